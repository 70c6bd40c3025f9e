"""MakeHuman's heads as codes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from pix2nphm.training.heads import small_motions, surface_weight
from pix2nphm.training.makehuman import MakeHuman, as_codes, is_shape, three

DATA = Path(os.environ.get("PIX2NPHM_SHARED", Path(__file__).parents[3] / "shared")) / "data"


@pytest.fixture(scope="module")
def makehuman(ict, space) -> MakeHuman:
    if not (DATA / "makehuman_head.npz").exists():
        pytest.skip("needs MakeHuman")
    return MakeHuman.read(DATA, ict, space)


def test_targets_are_of_adults_at_rest():
    assert is_shape("nose/nose-hump-incr") and is_shape("macrodetails/asian-female-old")
    for name in ("macrodetails/asian-female-child", "expression/units/asian/mouth-open", "asym/asym-jaw-1-l", "eyes/l-eye-height2-decr"):
        assert not is_shape(name), name


def test_the_middle_of_three_is_the_average():
    assert three(0.5) == (0, 1, 0)
    assert three(0.0) == (1, 0, 0) and three(1.0) == (0, 0, 1)
    assert sum(three(0.7)) == pytest.approx(1)


def test_a_head_of_the_space_turned_and_scaled_a_little_has_its_code(ict, space):
    index = torch.arange(0, ict.regions["face"].stop, 3)
    weight = surface_weight(ict)[index.numpy()]
    weight /= weight.sum()
    code = space.sample(1, np.random.default_rng(4))
    shape = space.neutral(code)[0, index].double() - space.mean[index]
    motions = small_motions(space.mean[index].double(), torch.from_numpy(weight))
    moved = shape + motions @ torch.tensor([0.02, -0.03, 0.01, 0.002, -0.003, 0.001, 0.02]).double()
    plain, displaced = (as_codes(field[None].numpy(), weight, space, index)[0] for field in (shape, moved))
    assert torch.allclose(plain, displaced, atol=1e-4)
    away = (torch.einsum("vci,i->vc", space.modes[index], plain) - shape).flatten()
    similar = motions.flatten(0, 1)
    away = away - similar @ torch.linalg.lstsq(similar, away[:, None]).solution[:, 0]
    assert away.square().mean() < 0.05 * shape.square().mean()  # held back a little, as all shapes are


def test_random_heads_differ_are_repeatable_and_stay_among_the_population(makehuman, space):
    one, again = (makehuman.sample(50, np.random.default_rng(1)) for _ in range(2))
    assert torch.equal(one, again)
    assert one.std(0).norm() > 0.5
    usual = space.sample(200, np.random.default_rng(2)).identity.norm(dim=-1)
    assert one.norm(dim=-1).max() < usual.quantile(0.95)


def test_features_of_both_sides_come_together(makehuman):
    names = {number: name for name, number in makehuman.names.items()}
    pairs = [sorted(names[number] for number in sides) for sides in makehuman.features if len(sides) == 2]
    assert ["cheek/l-cheek-bones-incr", "cheek/r-cheek-bones-incr"] in pairs
    assert all(left.replace("/l-", "/r-") == right for left, right in pairs)
