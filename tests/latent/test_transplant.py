from __future__ import annotations

import pytest
import torch

from pix2nphm import latent
from pix2nphm.latent.transplant import in_place, rim_of
from pix2nphm.nphm.template import REGIONS


@pytest.fixture(scope="module")
def large_and_small(model):
    sizes = (-2.0, 2.0)  # along the first direction, which is mostly size
    heads = (latent.random_head(model.population, model.code_shape, seed) for seed in (1, 2))
    return tuple(latent.along(model.population, head, identity={0: s}) for head, s in zip(heads, sizes))


def form(points: torch.Tensor) -> torch.Tensor:
    return points - points.mean(0)


@pytest.mark.parametrize("region", REGIONS)
def test_a_transplanted_region_has_the_donors_form_at_the_old_place(model, large_and_small, region):
    a, b = large_and_small
    mixed = latent.transplant(model.template, a, b, [region])
    vertices = {name: model.template.neutral(code) * 1000 for name, code in (("a", a), ("b", b), ("mixed", mixed))}
    inside = model.template.vertex_region == REGIONS.index(region)
    faces = model.template.faces[(inside[model.template.faces].float().mean(-1) % 1) > 0].long()
    rim = torch.isin(torch.arange(len(inside)), faces) & inside
    assert (vertices["mixed"][rim].mean(0) - vertices["a"][rim].mean(0)).norm() < 0.05  # millimetres
    assert (vertices["b"][rim].mean(0) - vertices["a"][rim].mean(0)).norm() > 3
    apart = lambda one, other: (form(vertices[one][inside]) - form(vertices[other][inside])).norm(dim=-1).mean()
    assert apart("mixed", "b") < 0.75 * apart("a", "b")


def test_a_mere_shift_of_a_region_is_taken_out_and_nothing_is_left(model):
    region = REGIONS.index("nose")
    _, shift = rim_of(model.template, region)
    forwards = shift @ torch.tensor([0.0, 0.0, 0.01])
    code = model.mean_code
    code.parts[model.template.anchor_region == region] = forwards
    moved = (model.template.neutral(code) - model.template.mean) * 1000
    tip = model.template.mean[:, 2].argmax()
    assert torch.allclose(moved[tip], torch.tensor([0.0, 0.0, 10.0]), atol=1.0)
    assert in_place(model.template, region, forwards).abs().max() < 1e-3 * forwards.abs().max()
