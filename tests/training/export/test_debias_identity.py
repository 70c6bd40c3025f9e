"""The bias of identities, which the heads of all photographs share, and the weights without it."""

import json

import numpy as np
import pytest
import torch

import pix2nphm
from pix2nphm.model import Pix2NPHM, as_batch, see
from pix2nphm.photo.read import read_photo
from pix2nphm.training.export import debias_identity
from pix2nphm.training.export.debias_identity import DEBIASED, debiased, identity_bias
from pix2nphm.weights.store import BUNDLED, load_weights, save_weights
from tests.places import EXAMPLES

PHOTOS = sorted(EXAMPLES.glob("*.jpg"))


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    return [read_photo(file).pixels for file in PHOTOS[:2]]


@pytest.fixture(scope="module")
def bias(photos) -> torch.Tensor:
    return identity_bias(pix2nphm.load(), photos)


def test_the_bias_is_symmetric_and_none_without_a_face_counts(photos, bias):
    model = pix2nphm.load()
    head = model.mean_code.with_identity(bias)
    torch.testing.assert_close(model.regressor.mirror(head).identity, bias)
    flipped = [np.ascontiguousarray(photo[:, ::-1]) for photo in photos]
    noise = np.random.default_rng(0).integers(0, 255, (240, 240, 3)).astype(np.uint8)
    again = identity_bias(model, [*flipped, noise])
    assert (again - bias).norm() < 0.3 * bias.norm()


def test_the_debiased_regressor_reads_every_head_less_by_the_bias(bias, tmp_path):
    config, tensors = load_weights(BUNDLED)
    before = pix2nphm.load()
    save_weights(tmp_path, config, debiased(tensors, 0.5 * bias, before.code_shape))
    after = Pix2NPHM.load(tmp_path)
    size = before.regressor.config.crop
    crop = as_batch(np.random.default_rng(1).integers(0, 255, (size, size, 3)).astype(np.uint8))
    with torch.inference_mode():
        read = [see(model.regressor, crop) for model in (before, after)]
    torch.testing.assert_close(read[1].code.identity, read[0].code.identity - 0.5 * bias, atol=2e-3, rtol=0)
    torch.testing.assert_close(read[1].code.expression, read[0].code.expression)
    torch.testing.assert_close(read[1].points_px, read[0].points_px)


def test_it_is_taken_once(tmp_path, monkeypatch, photos):
    config, tensors = load_weights(BUNDLED)
    save_weights(tmp_path, {name: value for name, value in config.items() if name != DEBIASED}, tensors)
    monkeypatch.setattr(debias_identity, "portraits_of_training", lambda *_: photos)
    command = ["debias_identity", "--data", "-", "--portraits", "-", "--weights", str(tmp_path)]
    monkeypatch.setattr("sys.argv", command)
    debias_identity.main()
    assert json.loads((tmp_path / "config.json").read_text())["config"][DEBIASED] == debias_identity.SHARE
    assert isinstance(Pix2NPHM.load(tmp_path), Pix2NPHM)
    with pytest.raises(SystemExit, match="already"):
        debias_identity.main()
