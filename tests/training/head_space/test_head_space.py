from __future__ import annotations

import numpy as np
import pytest
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.training.head_space.ict import without_rigid_motion
from pix2nphm.training.synthesis.portraits import person_split


def test_rigid_motion_is_removed_from_modes_and_nothing_else():
    generator = np.random.default_rng(0)
    vertices = generator.normal(size=(50, 3))
    rigid = np.arange(20)
    shape = without_rigid_motion(generator.normal(size=(1, 50, 3)), vertices, rigid)
    turned = shape + np.cross([0.3, -0.2, 0.1], vertices) + [1.0, 2.0, 3.0]
    assert np.allclose(without_rigid_motion(turned, vertices, rigid), shape, atol=1e-5)


def test_a_mirrored_code_is_a_mirrored_head(ict, space):
    code = space.sample(4, np.random.default_rng(0))
    flipped = space.neutral(space.mirror(code))
    expected = space.neutral(code)[:, ict.mirror] * torch.tensor([-1.0, 1.0, 1.0])
    skin = slice(0, ict.regions["head_neck"].stop)
    assert (flipped - expected)[:, skin].norm(dim=-1).max() < 1e-4  # metres; the template's own asymmetry is 0.05 mm
    again = space.mirror(space.mirror(code))
    assert torch.equal(again.whole, code.whole) and torch.equal(again.parts, code.parts)


def test_a_local_code_moves_what_is_around_its_anchor(ict, space):
    nose = int((space.mean[space.anchors_index] - torch.tensor([0.0, 0.0, 0.13])).norm(dim=-1).argmin())
    code = HeadCode.zeros(space.code_shape)
    code.parts[nose] = 2.0
    moved = (space.neutral(HeadCode.stack([code]))[0] - space.mean).norm(dim=-1)
    near = (space.mean - space.mean[space.anchors_index[nose]]).norm(dim=-1) < 0.015
    far = (space.mean - space.mean[space.anchors_index[nose]]).norm(dim=-1) > 0.06
    assert moved[near].mean() > 1e-4 and moved[far].max() < 3e-5  # metres


def test_identities_are_split_and_repeatable(space):
    draw = lambda split: space.sample(6, np.random.default_rng(3), split)
    assert torch.equal(draw("train").parts, draw("train").parts)
    assert not torch.equal(draw("train").parts, draw("test").parts)
    with pytest.raises(ValueError):
        draw("validation")


def test_one_person_is_never_on_both_sides():
    names = np.array([f"{prefix}{person:04d}" for person in range(900) for prefix in ("01", "09")[: 1 + person % 2]])
    split = person_split(names)
    sides = {}
    for name, side in zip(names, split):
        assert sides.setdefault(name[-4:], side) == side
    assert 200 <= (split == "test").sum() <= 202
