"""Where a tool's controls stand, and what they move: what the browser's preview and the sliders are made of.

Every control is linear in the code, so a tool is a head with all its controls at zero, and for each control the change
of the code that it makes at one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import torch

from pix2nphm.codes import HeadCode
from pix2nphm.latent.direction_names import UNIT_AREAS, units_of
from pix2nphm.latent.editing import interpolate, map_position, readings
from pix2nphm.latent.edits import Along, MoveOnMap, Recipe, Transplant, Units, apply
from pix2nphm.nphm.units import UNITS

from ..components.atlas import X_FIELD, Y_FIELD
from .state import ExploreState, blend_of, blended, code_of, strength_of, without_region

STRENGTH = "strength"
IDENTITY, EXPRESSION = "Shape of the head", "Expression"
GROUPS = (IDENTITY, EXPRESSION, *UNIT_AREAS)  # of the Directions tool, a handful of sliders each
DIRECTIONS = 6  # of identity and of expression; the first ones matter most


@dataclass(frozen=True)
class LinearPreview:
    """Exact at `values`: base + sum of value * move is the head on show, but for clamped expressions."""

    base: HeadCode
    moves: dict[str, HeadCode] = field(default_factory=dict)  # by the control's name: what it adds at 1
    values: dict[str, float] = field(default_factory=dict)


def blend(model, state: ExploreState) -> LinearPreview:
    """The blend from A (both controls at 0) to B, with the edits on top of it."""
    base, identity, expression = (
        apply(blended(state, *at), model, state.codes) for at in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    )
    values = dict(zip(("identity", "expression"), blend_of(state)))
    return LinearPreview(base, {"identity": minus(identity, base), "expression": minus(expression, base)}, values)


def animate(model, state: ExploreState) -> LinearPreview:
    """From A to B, without edits."""
    a, b = state.codes[state.a], state.codes[state.b]
    identity, expression = interpolate(a, b, identity=1), interpolate(a, b, expression=1)
    return LinearPreview(a, {"identity": minus(identity, a), "expression": minus(expression, a)})


def parts(model, state: ExploreState, step: Transplant) -> LinearPreview:
    """The regions of `step`, from the head on show (0) to its other head (1)."""
    recipe = without_region(state.recipe, step)
    base = apply(recipe, model, state.codes)
    whole = apply(recipe.then(replace(step, strength=1.0)), model, state.codes)
    return LinearPreview(base, {STRENGTH: minus(whole, base)}, {STRENGTH: strength_of(state.recipe, step)})


def directions(model, state: ExploreState, group: str) -> LinearPreview:
    """The sliders of one group: directions in standard deviations from the mean, units from 0 to 1."""
    if group not in (IDENTITY, EXPRESSION):
        return units(model, state, group)
    start, added = along_so_far(state.recipe)
    head = apply(start, model, state.codes)
    kind = "identity" if group == IDENTITY else "expression"
    at = readings(model.population, head)[kind == "expression"][:DIRECTIONS]
    rows = getattr(model.population, f"{kind}_directions")[:DIRECTIONS]
    zero = HeadCode.zeros(head.shape)
    moves = {direction_name(kind, i): plus(zero, **{kind: row}) for i, row in enumerate(rows)}
    further = dict(getattr(added, kind))
    values = {direction_name(kind, i): float(at[i]) + further.get(i, 0.0) for i in range(len(rows))}
    others = replace(added, **{kind: tuple(item for item in further.items() if item[0] >= DIRECTIONS)})
    rest = apply(start.then(others), model, state.codes)
    return LinearPreview(plus(rest, **{kind: -at @ rows}), moves, values)


def units(model, state: ExploreState, group: str) -> LinearPreview:
    names = units_of(group)
    code = code_of(state, model)
    values = {name: float(code.expression[UNITS.index(name)].clamp(0, 1)) for name in names}
    moves, expression = {}, code.expression.clone()
    for name in names:
        one = torch.zeros_like(expression)
        one[UNITS.index(name)] = 1
        moves[name] = HeadCode.zeros(code.shape).with_expression(one)
        expression[UNITS.index(name)] -= values[name]
    return LinearPreview(code.with_expression(expression), moves, values)


def atlas(model, state: ExploreState) -> LinearPreview:
    """The map's two directions, from where the head was before it moved on the map."""
    home = apply(state.recipe.before(MoveOnMap(0, 0)), model, state.codes)
    zero, rows = HeadCode.zeros(home.shape), model.population.identity_directions
    moves = {name: plus(zero, identity=rows[axis]) for axis, name in enumerate((X_FIELD, Y_FIELD))}
    (x, y), (x_home, y_home) = (map_position(model.population, one) for one in (code_of(state, model), home))
    return LinearPreview(home, moves, {X_FIELD: x - x_home, Y_FIELD: y - y_home})


def along_so_far(recipe: Recipe) -> tuple[Recipe, Along]:
    """The recipe before its directions, if it ends with some, and these."""
    last = recipe.steps[-1] if recipe.steps else None
    return recipe.before(Along()), last if isinstance(last, Along) else Along()


def along_to(model, state: ExploreState, group: str, values: dict[str, float]) -> Along:
    """The step that brings the sliders of one group to `values`; those of the other group stay where they are."""
    kind = "identity" if group == IDENTITY else "expression"
    start, added = along_so_far(state.recipe)
    at = readings(model.population, apply(start, model, state.codes))[kind == "expression"]
    further = dict(getattr(added, kind))
    for i in range(DIRECTIONS):
        name = direction_name(kind, i)
        if name in values:
            further[i] = round(values[name] - float(at[i]), 4)
    return replace(added, **{kind: tuple((i, step) for i, step in sorted(further.items()) if step)})


def units_to(state: ExploreState, values: dict[str, float]) -> Units:
    """The step that brings some units to `values`; others that were set in the same breath stay."""
    last = state.recipe.steps[-1] if state.recipe.steps else None
    so_far = dict(last.values) if isinstance(last, Units) else {}
    return Units(tuple({**so_far, **values}.items()))


def tidy(values: dict[str, float]) -> dict[str, float]:
    """Values to a thousandth, which is finer than anyone sees: they are read in links and as Python."""
    return {name: round(value, 3) for name, value in values.items()}


def direction_name(kind: str, number: int) -> str:
    """The name of a slider and of its field in the preview."""
    return f"{kind} {number + 1}"


def minus(a: HeadCode, b: HeadCode) -> HeadCode:
    return HeadCode(*(getattr(a, f.name) - getattr(b, f.name) for f in fields(HeadCode)))


def plus(code: HeadCode, identity: torch.Tensor | None = None, expression: torch.Tensor | None = None) -> HeadCode:
    """A code with numbers added to its identity (I,) or its expression (E,), whether a face can do that or not."""
    if identity is not None:
        code = code.with_identity(code.identity + identity)
    return code if expression is None else code.with_expression(code.expression + expression)
