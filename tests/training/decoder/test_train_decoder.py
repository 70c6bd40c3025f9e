from __future__ import annotations

import numpy as np
import pytest
import torch

from pix2nphm.codes import CodeShape
from pix2nphm.nphm.compact import CompactDecoder
from pix2nphm.nphm.compact_config import CompactConfig
from pix2nphm.training.decoder.samples import SamplePool
from pix2nphm.training.decoder.train import (
    CODE_RATE_SHARE,
    SLOPE,
    Training,
    distance_loss,
    motion_loss,
    new_decoder,
    rated_parameters,
    read_decoder,
)


def test_a_distance_error_of_a_tenth_of_a_millimetre():
    true = torch.zeros(1, 5, 2)
    assert distance_loss(true, true) == 0
    assert distance_loss(true + 1e-4, true).item() == pytest.approx(0.01)  # centimetres, and no error of slope
    tilted = true + torch.tensor([1e-4, -1e-4])
    assert distance_loss(tilted, true).item() == pytest.approx(0.01 + SLOPE * 0.02 / 0.15)
    assert distance_loss(true + 0.0101, true + 0.01).item() == pytest.approx(0.005, rel=1e-4)  # half as bad a centimetre away


def test_a_motion_error_counts_by_its_length():
    true = torch.randn(1, 5, 2, 3)
    assert motion_loss(true, true).item() < 1e-3
    assert motion_loss(true + torch.tensor([3e-4, 0, 4e-4]), true).item() == pytest.approx(0.05, abs=1e-3)


def test_every_parameter_is_optimised_once_and_those_of_codes_slower():
    decoder = CompactDecoder(CompactConfig(shape=CodeShape(48, 7, 16, 53), pairs=2, width=8))
    groups = {group["share"]: group["params"] for group in rated_parameters(decoder)}
    assert sorted(id(p) for group in groups.values() for p in group) == sorted(map(id, decoder.parameters()))
    assert any(parameter is decoder.forward_motion.last for parameter in groups[CODE_RATE_SHARE])
    assert any(parameter is decoder.shape.last for parameter in groups[1.0])


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(ict, surfaces, tmp_path):
    decoder = new_decoder(ict, surfaces)
    pool = SamplePool.build(surfaces, 8, decoder.box, np.random.default_rng(0), lambda done: None)
    first = Training(decoder, surfaces, pool, tmp_path, budget=1e9, rate=1e-3)
    first.one_step()
    first.save()
    saved = read_decoder(tmp_path)
    second = Training(new_decoder(ict, surfaces), surfaces, pool, tmp_path, budget=1e9, rate=1e-3)
    second.resume()
    assert all(torch.equal(a, b) for a, b in zip(saved.state_dict().values(), second.decoder.state_dict().values()))
    assert second.one_step() == pytest.approx(first.one_step(), rel=1e-5)
