from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
import torch

from pix2nphm import latent
from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.errors import BadCode
from pix2nphm.latent.editing import BadStep
from pix2nphm.nphm.template import REGIONS
from pix2nphm.nphm.units import UNITS

STORED = 3e-3  # standard deviations: directions and readings are kept in half precision


@pytest.fixture(scope="module")
def two_heads(model) -> tuple[HeadCode, HeadCode]:
    """Both with an expression."""
    return tuple(latent.random_head(model.population, model.code_shape, seed, expression=True) for seed in (1, 2))


def same(a: HeadCode, b: HeadCode) -> bool:
    """To the last bit."""
    return all(torch.equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(HeadCode))


def moved_mm(model, a: HeadCode, b: HeadCode) -> torch.Tensor:
    """(V,) of the template, without expressions."""
    return (model.template.neutral(a) - model.template.neutral(b)).norm(dim=-1) * 1000


def test_interpolation_is_exact_at_its_ends_and_its_two_sliders_are_independent(two_heads):
    a, b = two_heads
    assert same(latent.interpolate(a, b), a)
    assert same(latent.interpolate(a, b, identity=1, expression=1), b)
    assert same(latent.interpolate(a, b, expression=1), a.with_expression(b.expression))
    assert same(latent.interpolate(a, b, identity=1), b.with_expression(a.expression))
    half = latent.interpolate(a, b, 0.5, 0.5)
    assert torch.allclose(half.identity, (a.identity + b.identity) / 2, atol=1e-6)
    assert torch.allclose(half.expression, (a.expression + b.expression) / 2, atol=1e-6)
    assert same(latent.interpolate(a, a, -0.5, 1.5), a)  # the same head as A and B


def test_beyond_the_ends_expressions_stay_what_a_face_can_do():
    rest = torch.zeros(len(UNITS))
    identity = torch.zeros(2), torch.zeros(3, 4)
    a = HeadCode(*identity, rest)
    b = HeadCode(*identity, rest.clone())
    for name, value in (("jawOpen", 0.2), ("mouthClose", 0.1), ("mouthSmile_L", 0.9)):
        b.expression[UNITS.index(name)] = value
    beyond = latent.interpolate(a, b, expression=1.5).expression
    assert beyond[UNITS.index("mouthSmile_L")] == 1 and beyond[UNITS.index("jawOpen")] == pytest.approx(0.3)
    before = latent.interpolate(a, b, expression=-0.5).expression
    assert torch.equal(before, rest)
    b.expression[UNITS.index("jawOpen")] = 0.0
    a.expression[UNITS.index("jawOpen")] = 0.4
    held = latent.interpolate(a, b, expression=1.5).expression
    assert held[UNITS.index("jawOpen")] == 0 and held[UNITS.index("mouthClose")] == pytest.approx(0.1)  # as far as b is
    assert same(latent.interpolate(a, b, expression=1), b)  # and within, nothing is held


def test_extrapolated_mouths_close_no_more_than_jaws_open():
    identity = torch.zeros(2), torch.zeros(3, 4)
    open_, closed = torch.zeros(2, len(UNITS))
    open_[UNITS.index("jawOpen")] = 0.6
    closed[UNITS.index("jawOpen")] = closed[UNITS.index("mouthClose")] = 0.5
    beyond = latent.interpolate(HeadCode(*identity, open_), HeadCode(*identity, closed), expression=1.5).expression
    assert beyond[UNITS.index("mouthClose")] == beyond[UNITS.index("jawOpen")] == pytest.approx(0.45)


def test_swapping_is_an_involution(two_heads):
    a, b = two_heads
    mixed = latent.swap(a, b)
    assert torch.equal(mixed[0].identity, a.identity) and torch.equal(mixed[0].expression, b.expression)
    assert torch.equal(mixed[1].identity, b.identity) and torch.equal(mixed[1].expression, a.expression)
    assert all(map(same, latent.swap(*mixed), (a, b)))


def test_transplanting_all_regions_is_swapping_identity(model, two_heads):
    a, b = two_heads
    assert same(latent.transplant(model.template, a, b, REGIONS), latent.swap(a, b)[1])
    half = latent.transplant(model.template, a, b, REGIONS, strength=0.5)
    assert same(half, latent.interpolate(a, b, identity=0.5))


@pytest.mark.parametrize("region", [name for name in REGIONS if name != "skull"])
def test_a_transplanted_region_leaves_the_rest_unmoved(model, two_heads, region):
    a, b = two_heads
    mixed = latent.transplant(model.template, a, b, [region])
    moved = moved_mm(model, a, mixed)
    inside = model.template.vertex_region == REGIONS.index(region)
    far = torch.cdist(model.template.mean, model.template.mean[inside]).amin(-1) > 0.035
    assert far.sum() > 4000 and moved[far].mean() < 0.1 and moved[far].max() < 2
    assert moved[inside].mean() > 0.4 and moved[inside].mean() > 5 * moved[~inside].mean()
    assert torch.equal(mixed.whole, a.whole) and torch.equal(mixed.expression, a.expression)
    assert same(latent.transplant(model.template, a, b, [region], strength=0), a)


def test_a_transplanted_nose_leaves_the_decoded_jaw_and_ears_unmoved(model, two_heads):
    a, b = two_heads
    at_rest = a.with_expression(model.mean_code.expression)
    mixed = latent.transplant(model.template, at_rest, b, ["nose"])
    region = lambda *names: torch.isin(model.template.vertex_region, torch.tensor([REGIONS.index(n) for n in names]))
    surface = model.template.vertices(at_rest)
    apart = (model.sdf(surface, mixed) - model.sdf(surface, at_rest)).abs() * 1000
    change = lambda chosen: apart[chosen].mean()
    assert change(region("jaw", "ears", "skull")) < 0.05 and change(region("nose")) > 1


def test_regions_can_be_transplanted_together_or_one_by_one(model, two_heads):
    a, b = two_heads
    together = latent.transplant(model.template, a, b, ["nose", "jaw"], strength=0.7)
    one_by_one = latent.transplant(model.template, a, b, ["jaw"], strength=0.7)
    assert same(latent.transplant(model.template, one_by_one, b, ["nose"], strength=0.7), together)
    assert same(latent.transplant(model.template, a, b, []), a)


def test_mirror_lock_takes_a_symmetric_donor(model, two_heads):
    _, b = two_heads
    mean, mirror = model.mean_code, model.regressor.mirror
    locked = latent.transplant(model.template, mean, b, ["mouth", "nose"], mirror=mirror)
    free = latent.transplant(model.template, mean, b, ["mouth", "nose"])
    lopsided = lambda code: moved_mm(model, code, mirror(code)).max()
    assert lopsided(locked) < 1e-2 and lopsided(free) > 0.2
    assert same(latent.transplant(model.template, mean, b, REGIONS, mirror=mirror),
                latent.symmetric(b, mirror).with_expression(mean.expression))  # fmt: skip


def test_directions_move_what_their_readings_read(model, two_heads):
    a, _ = two_heads
    identity, _ = latent.readings(model.population, a)
    moved, _ = latent.readings(model.population, latent.along(model.population, a, identity={0: 1.5, 7: -2}))
    expected = torch.zeros_like(identity)
    expected[0], expected[7] = 1.5, -2
    assert torch.allclose(moved - identity, expected, atol=STORED)
    middle = a.with_expression(torch.full((len(UNITS),), 0.5))
    _, before = latent.readings(model.population, middle)
    _, after = latent.readings(model.population, latent.along(model.population, middle, expression={2: 1.0}))
    expected = torch.zeros_like(before)
    expected[2] = 1
    assert torch.allclose(after - before, expected, atol=STORED)


def test_along_keeps_expressions_possible_and_the_rest_as_it_is(model):
    rest = model.mean_code
    moved = latent.along(model.population, rest, expression={0: -3.0})
    assert moved.expression.min() >= 0 and moved.expression.max() <= 1
    assert same(moved.with_expression(rest.expression), rest)
    assert same(latent.along(model.population, rest), rest)


def test_units_are_set_by_name(model, two_heads):
    a, _ = two_heads
    smiling = latent.with_units(a, {"mouthSmile_L": 0.75, "jawOpen": 0.5})
    assert smiling.expression[UNITS.index("mouthSmile_L")] == 0.75 and smiling.expression[UNITS.index("jawOpen")] == 0.5
    others = [i for i, name in enumerate(UNITS) if name not in ("mouthSmile_L", "jawOpen", "mouthClose")]
    assert torch.equal(smiling.expression[others], a.expression[others]) and torch.equal(smiling.identity, a.identity)
    closed = latent.with_units(model.mean_code, {"mouthClose": 0.8, "jawOpen": 0.3})
    assert closed.expression[UNITS.index("mouthClose")] == pytest.approx(0.3)


def test_random_heads_are_the_same_for_the_same_seed(model):
    draw = lambda seed, **settings: latent.random_head(model.population, model.code_shape, seed, **settings)
    assert same(draw(5), draw(5)) and not same(draw(5), draw(6))
    assert same(draw(5, truncation=0), model.mean_code)
    assert torch.equal(draw(5).expression, model.mean_code.expression)
    posed = draw(5, expression=True)
    assert torch.equal(posed.identity, draw(5).identity) and posed.expression.amax() > 0.05


def test_random_heads_are_truncated_normal(model):
    heads = [latent.random_head(model.population, model.code_shape, seed, truncation=1.0) for seed in range(40)]
    places = torch.stack([latent.readings(model.population, head)[0] for head in heads])
    assert places.abs().max() <= 1.001 and places.abs().max() > 0.97
    density, share = math.exp(-0.5) / math.sqrt(2 * math.pi), math.erf(1 / math.sqrt(2))
    assert places.square().mean() == pytest.approx(1 - 2 * density / share, abs=0.02)


def test_moving_on_the_map_reads_exactly_there_and_keeps_all_else(model, two_heads):
    a, _ = two_heads
    moved = latent.move_on_map(model.population, a, 1.25, -0.75)
    assert latent.map_position(model.population, moved) == pytest.approx((1.25, -0.75), abs=1e-5)
    before, after = (latent.readings(model.population, code)[0] for code in (a, moved))
    assert torch.allclose(before[2:], after[2:], atol=STORED) and torch.equal(a.expression, moved.expression)
    back = latent.move_on_map(model.population, moved, *latent.map_position(model.population, a))
    assert torch.allclose(back.identity, a.identity, atol=1e-5)
    assert latent.map_position(model.population, model.mean_code) == (0, 0)


def test_nearest_heads_come_first(model, two_heads):
    a, b = two_heads
    near = latent.along(model.population, a, identity={3: 0.8})
    found = latent.nearest(model.population, a, [b, near, a.with_expression(b.expression)])
    assert [i for i, _ in found] == [2, 1, 0]
    assert [distance for _, distance in found[:2]] == pytest.approx([0, 0.8 / math.sqrt(64)], abs=STORED)
    assert latent.nearest(model.population, a, []) == []


def test_codes_that_are_no_heads_are_refused(model, two_heads):
    a, b = two_heads
    broken = replace(b, whole=torch.full_like(b.whole, torch.nan))
    foreign, several = HeadCode.zeros(CodeShape(2, 3, 4, 5)), HeadCode.stack([a, b])
    population, template = model.population, model.template
    for bad in (broken, foreign, several):
        for call in (
            lambda: latent.interpolate(a, bad), lambda: latent.interpolate(bad, a), lambda: latent.swap(a, bad),
            lambda: latent.transplant(template, a, bad, ["nose"]), lambda: latent.along(population, bad, {0: 1}),
            lambda: latent.readings(population, bad), lambda: latent.with_units(bad, {"jawOpen": 1}),
            lambda: latent.move_on_map(population, bad, 0, 0), lambda: latent.nearest(population, a, [bad]),
        ):  # fmt: skip
            with pytest.raises(BadCode):
                call()
    with pytest.raises(BadCode):
        latent.random_head(population, foreign.shape, seed=1)


def test_settings_that_make_no_sense_are_refused_in_words(model, two_heads):
    a, b = two_heads
    population, template = model.population, model.template
    for call, words in (
        (lambda: latent.interpolate(a, b, identity=1.6), "A blend goes from -0.5 to 1.5."),
        (lambda: latent.interpolate(a, b, expression=math.nan), "A blend goes"),
        (lambda: latent.transplant(template, a, b, ["tail"]), "There is no region called 'tail'. The regions are nose"),
        (lambda: latent.along(population, a, identity={64: 1}), "There is no direction 65"),
        (lambda: latent.along(population, a, expression={0: math.inf}), "A direction goes from -10 to 10."),
        (lambda: latent.with_units(a, {"jawOpen": 2}), "An expression unit goes from 0 to 1."),
        (lambda: latent.with_units(a, {"wink": 1}), "There is no expression unit called 'wink'."),
        (lambda: latent.random_head(population, a.shape, seed=-1), "A seed is a whole number from 0 on."),
        (lambda: latent.move_on_map(population, a, 11, 0), "The map goes"),
    ):
        with pytest.raises(BadStep) as refused:
            call()
        assert str(refused.value).startswith(words)


def test_nothing_is_changed_in_place(model, two_heads):
    a, b = two_heads
    before = HeadCode(*(getattr(a, f.name).clone() for f in fields(HeadCode)))
    latent.interpolate(a, b, 1.5, 1.5)
    latent.transplant(model.template, a, b, ["jaw"])
    latent.with_units(a, {"jawOpen": 1.0, "mouthClose": 0.5})
    latent.along(model.population, a, identity={0: 3}, expression={0: 3})
    assert same(a, before)
