"""Codes from codes: blends, swaps, moves along directions, random heads.

`template` and `population` are `model.template` and `model.population`. A `code`, `a` or `b` is one head without batch
dimensions. Every function raises BadCode for a code of another shape or with values that are no numbers, and BadStep
for a setting that makes no sense, each with a sentence fit for a user. Nothing is changed in place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..codes import CodeShape, HeadCode
from ..errors import BadCode, Pix2NPHMError
from ..nphm.population import Population
from ..nphm.template import Template
from ..nphm.units import UNITS

FIRST, LAST = -0.5, 1.5  # how far a blend goes: half the way beyond A and beyond B
FARTHEST = 10.0  # standard deviations; no head is that far from the mean along one direction
JAW_OPEN, MOUTH_CLOSE = UNITS.index("jawOpen"), UNITS.index("mouthClose")


class BadStep(Pix2NPHMError):
    """A setting out of range, or a name that is not there."""


def interpolate(a: HeadCode, b: HeadCode, identity: float = 0.0, expression: float = 0.0) -> HeadCode:
    """The head that is `identity` of the way from a's identity to b's, and `expression` from a's expression to b's.

    0 is exactly a and 1 exactly b; both go from -0.5 to 1.5. Beyond a and b, where a straight line may leave what a
    face can do, expression units stay within 0..1 and the mouth closes no more than the jaw opens.
    """
    check_alike(a, b)
    t, s = within(identity, FIRST, LAST, "A blend"), within(expression, FIRST, LAST, "A blend")
    blended = torch.lerp(a.expression, b.expression, s)
    if not 0 <= s <= 1:
        blended = possible(blended, a.expression, b.expression)
    return HeadCode(torch.lerp(a.whole, b.whole, t), torch.lerp(a.parts, b.parts, t), blended)


def swap(a: HeadCode, b: HeadCode) -> tuple[HeadCode, HeadCode]:
    """A's identity with b's expression, and b's identity with a's expression. Swapping twice gives a and b back."""
    check_alike(a, b)
    return a.with_expression(b.expression), b.with_expression(a.expression)


def along(
    population: Population,
    code: HeadCode,
    identity: Mapping[int, float] | None = None,
    expression: Mapping[int, float] | None = None,
) -> HeadCode:
    """`code` moved along PCA directions: number of the direction (from 0) -> standard deviations to add.

    Identity moves on a straight line. Expression units stay within 0..1, or where `code` has them beyond.
    """
    check_known(population, code)
    if identity:
        code = code.with_identity(code.identity + combine(population.identity_directions, identity))
    if expression:
        moved = code.expression + combine(population.expression_directions, expression)
        code = code.with_expression(possible(moved, code.expression))
    return code


def readings(population: Population, code: HeadCode) -> tuple[Tensor, Tensor]:
    """Where a head is along the directions, in standard deviations from the mean: identity (K,), expression (Q,)."""
    check_known(population, code)
    return (
        population.identity_readings @ code.identity,
        population.expression_readings @ (code.expression - population.expression_mean),
    )


def with_units(code: HeadCode, units: Mapping[str, float]) -> HeadCode:
    """`code` with some expression units (of `UNITS`) set to values in 0..1. mouthClose is held to jawOpen."""
    code.check_one(code.shape)
    if code.expression.shape[-1] != len(UNITS):
        raise BadCode("The expression of this code is not made of named units.")
    expression = code.expression.clone()
    for name, value in units.items():
        if name not in UNITS:
            raise BadStep(f"There is no expression unit called '{name[:40]}'.")
        expression[UNITS.index(name)] = within(value, 0, 1, "An expression unit")
    return code.with_expression(possible(expression, code.expression))


def random_head(
    population: Population, shape: CodeShape, seed: int, truncation: float = 2.0, expression: bool = False
) -> HeadCode:
    """A head of the population, the same for the same seed. At rest, unless `expression` asks for a random one too.

    Positions along the directions are normal, cut off at `truncation` standard deviations; 0 is the mean head.
    """
    limit = within(truncation, 0, FARTHEST, "The cut")
    if not 0 <= seed < 2**63:
        raise BadStep("A seed is a whole number from 0 on.")
    generator = torch.Generator().manual_seed(int(seed))
    counts = len(population.identity_directions), len(population.expression_directions)
    uniform = torch.rand(sum(counts), generator=generator, dtype=torch.float64) * 2 - 1
    share = math.erf(limit / math.sqrt(2))  # of the normal distribution that is within the cut
    places = (torch.erfinv(uniform * share) * math.sqrt(2)).clamp(-limit, limit).to(population.identity_directions)
    of_identity, of_expression = places.split(counts)
    code = HeadCode.zeros(shape)
    check_known(population, code)
    code = code.with_identity(of_identity @ population.identity_directions)
    if expression:
        posed = population.expression_mean + of_expression @ population.expression_directions
        code = code.with_expression(possible(posed, code.expression))
    return code


def map_position(population: Population, code: HeadCode) -> tuple[float, float]:
    """Where a head is on the map: along the first two directions of identity, in standard deviations."""
    x, y = readings(population, code)[0][:2].tolist()
    return x, y


def move_on_map(population: Population, code: HeadCode, x: float, y: float) -> HeadCode:
    """The head at (x, y) on the map that is like `code` in all else: expression, and every other direction."""
    x, y = within(x, -FARTHEST, FARTHEST, "The map"), within(y, -FARTHEST, FARTHEST, "The map")
    away = torch.tensor([x, y]) - readings(population, code)[0][:2]
    plane = population.identity_directions[:2]
    # directions and readings are dual only as precisely as weights are stored; the solution reads exactly there
    step = torch.linalg.solve(population.identity_readings[:2] @ plane.T, away)
    return code.with_identity(code.identity + step @ plane)


def nearest(population: Population, code: HeadCode, others: Sequence[HeadCode]) -> list[tuple[int, float]]:
    """The places of `others`, nearest identity first, with their distances.

    A distance is a typical difference along one direction (root mean square), in standard deviations. The expression
    does not count. Two random heads are about 1.4 apart.
    """
    if not others:
        return []
    here = readings(population, code)[0]
    apart = torch.stack([readings(population, other)[0] for other in others]) - here
    distances = apart.square().mean(-1).sqrt()
    return [(int(i), float(distances[i])) for i in distances.argsort(stable=True)]


def possible(expression: Tensor, *origins: Tensor) -> Tensor:
    """(E,) units kept within 0..1, mouthClose at most jawOpen; nothing is pulled back beyond where an origin is.

    Expressions of models without these units are left alone.
    """
    if len(expression) != len(UNITS):
        return expression
    held = torch.stack(origins)
    units = expression.clamp(held.amin(0).clamp(max=0), held.amax(0).clamp(min=1))
    slack = (held[:, MOUTH_CLOSE] - held[:, JAW_OPEN]).amax().clamp(min=0)
    units[MOUTH_CLOSE] = torch.minimum(units[MOUTH_CLOSE], units[JAW_OPEN] + slack)
    return units


def combine(directions: Tensor, steps: Mapping[int, float]) -> Tensor:
    """(Q, n) directions, number -> standard deviations -> their (n,) sum. Raises BadStep."""
    total = torch.zeros_like(directions[0])
    for number, deviations in steps.items():
        if not 0 <= number < len(directions):
            raise BadStep(f"There is no direction {number + 1}; they are numbered to {len(directions)}.")
        total = total + within(deviations, -FARTHEST, FARTHEST, "A direction") * directions[number]
    return total


def within(value: float, low: float, high: float, what: str) -> float:
    """`value` as a float. Raises BadStep unless it is within low..high."""
    if not low <= value <= high:  # also refuses what is not a number
        raise BadStep(f"{what} goes from {low:g} to {high:g}.")
    return float(value)


def check_alike(a: HeadCode, b: HeadCode) -> None:
    """Raises BadCode unless both are ordinary codes of one head each, of the same shape."""
    a.check_one(a.shape)
    b.check_one(a.shape)


def check_known(knowing: Template | Population, code: HeadCode) -> None:
    """Raises BadCode unless this is an ordinary code of one head of the model whose template or population this is."""
    code.check_one(knowing.config.shape)
