"""The Directions tool: what heads differ by most, and the blendshapes of an expression."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.latent.direction_names import UNIT_AREAS, unit_label, units_of
from pix2nphm.latent.editing import FARTHEST, readings
from pix2nphm.latent.edits import Along, PullBack, Random, Recipe, Units
from pix2nphm.nphm.units import UNITS

from ...components import figures
from ...components.controls import Slider, Sliders, read_commit
from .. import state as states
from ..exact import code_key
from ..lessons import Lesson
from ..linear_preview import LinearPreview, plus, tidy
from ..services import DIRECTIONS, Services
from ..session import Session, Snapshot
from ..state import ExploreState
from ..tool import VIEWER, Tool
from ..updates import Answer, answer, tool_opened
from ..wiring import Wiring

NAME = "directions"
IDENTITY, EXPRESSION = "Shape of the head", "Expression"
GROUPS = (IDENTITY, EXPRESSION, *UNIT_AREAS)  # a handful of sliders each
KINDS = {IDENTITY: "identity", EXPRESSION: "expression"}  # of directions; all other groups are blendshapes
DEVIATIONS = 3.0  # of a direction's slider, to either side
SEEDS = 100_000
TYPICAL = "Everything about this head is typical, so it stays as it is."


@dataclass(frozen=True)
class Settings:
    """Which sliders are there, and the number of the last random head."""

    group: str = IDENTITY
    seed: int = 1  # of the random head that was drawn last


def settings(state: ExploreState) -> Settings:
    """How the tool is set."""
    return state.settings.get(NAME, Settings())


def set_to(state: ExploreState, **changes: Any) -> ExploreState:
    """The tool set otherwise."""
    return states.set_tool(state, NAME, replace(settings(state), **changes))


def about(group: str) -> str:
    """The lesson for a group of sliders."""
    return f"{KINDS[group]}_directions" if group in KINDS else "units"


def build(page: Wiring) -> None:
    """A group of sliders, random heads, and how plausible a head is."""
    services = page.services
    group = page.add("group", gr.Dropdown(GROUPS, value=IDENTITY, label="What to move", elem_id="group"))
    directions = page.add(NAME, Sliders(sliders(services, IDENTITY), viewer=VIEWER, elem_id=NAME))
    with gr.Accordion("Another head, at random", open=False, elem_id="random-fold"):
        with gr.Row(elem_classes="pair"):
            draw = gr.Button("Random head", size="sm", min_width=120, elem_id="random")
            mean = gr.Button("Back to the mean head", size="sm", min_width=120, elem_id="mean")
        seed = page.add("seed", gr.Number(1, label="Seed: the same gives the same head", precision=0, elem_id="seed"))
        cut = gr.Slider(0, 3, 2, step=0.1, label="How unusual it may be, in standard deviations", elem_id="truncation")
        posed = gr.Checkbox(False, label="With a random expression", elem_id="random-expression")
    with gr.Accordion("How plausible this head is", open=False, elem_id="meter-fold"):
        page.add("meter", gr.HTML(elem_id="meter"))
        with gr.Row(elem_classes="pair"):
            back = gr.Button("Pull back to what is typical", size="sm", elem_id="pull-back")
    with gr.Accordion("What is unusual about it", open=False, elem_id="unusual-fold") as unusual_fold:
        page.add("unusual", gr.Plot(show_label=False, container=False))

    def commit(session: Session, event: gr.EventData) -> Iterator[Answer]:
        group = settings(session.state).group
        committed = read_commit(event, ranges(services, group))
        step = lambda state: moved(services, state, group, committed.values, committed.moved)
        return answer(session, step, about(group), committed.generation)

    def choose(session: Session, event: gr.EventData, group: str) -> Iterator[Answer]:
        chosen = lambda state: replace(set_to(state, group=group), about=about(group))
        return tool_opened(session, chosen if group in GROUPS else lambda state: state)

    def random(session: Session, event: gr.EventData, seed: float | None, cut: float, posed: bool) -> Iterator[Answer]:
        """By the seed that was typed since the last one; when none was, by a new one."""
        typed = seed is not None and seed != settings(session.state).seed
        return drawn(session, event, seed if typed else secrets.randbelow(SEEDS), cut, posed)

    def again(session: Session, event: gr.EventData, cut: float, posed: bool) -> Iterator[Answer]:
        """The random head on show, drawn otherwise."""
        last = session.state.recipe.steps[-1:]
        return drawn(session, event, last[0].seed, cut, posed) if last and isinstance(last[0], Random) else iter(())

    def drawn(session: Session, event: gr.EventData, seed: float | None, cut: float, posed: bool) -> Iterator[Answer]:
        number = int(min(max(seed or 0, 0), 2**31))
        step = Random(number, float(min(max(cut or 0, 0), FARTHEST)), bool(posed))
        return answer(session, lambda state: states.edit(set_to(state, seed=number), step), "random")

    def to_mean(session: Session, event: gr.EventData) -> Iterator[Answer]:
        return answer(session, lambda state: states.start_from(state, Recipe()), "random")

    def pull(session: Session, event: gr.EventData) -> Iterator[Answer]:
        return answer(session, lambda state: pulled(services, state), "plausibility")

    def chart(session: Session, event: gr.EventData) -> Iterator[Answer]:
        population = services.model.population
        names = [direction.name for direction in services.names["identity"]]
        at, _ = readings(population, session.now.code)
        yield {"unusual": figures.unusual(at.tolist(), names, population.identity_share.tolist())}

    page.follow(directions, commit)
    page.on(group.input, choose, "group")
    page.on(draw.click, random, "seed", cut, posed)
    page.on(cut.release, again, cut, posed)
    page.on(posed.input, again, cut, posed)
    page.on(seed.submit, drawn, "seed", cut, posed)
    page.on(mean.click, to_mean)
    page.on(back.click, pull)
    page.on(unusual_fold.expand, chart)


def sliders(services: Services, group: str) -> list[Slider]:
    """The sliders of one group."""
    if group not in KINDS:
        return [Slider(name=unit, label=unit_label(unit), unit="%") for unit in units_of(group)]
    names = services.names[KINDS[group]][:DIRECTIONS]
    return [
        Slider(name=field_of(KINDS[group], i), label=direction.name, hint=direction.hint,
               min=-DEVIATIONS, max=DEVIATIONS, step=0.05, unit="σ")
        for i, direction in enumerate(names)
    ]  # fmt: skip


def ranges(services: Services, group: str) -> dict[str, tuple[float, float]]:
    """How far these sliders go."""
    return {slider["name"]: (slider.get("min", 0.0), slider.get("max", 1.0)) for slider in sliders(services, group)}


def preview(at: Snapshot) -> LinearPreview:
    """The sliders of one group: directions in standard deviations from the mean, blendshapes from 0 to 1."""
    group = settings(at.state).group
    return of_directions(at, KINDS[group]) if group in KINDS else of_units(at, group)


def of_directions(at: Snapshot, kind: str) -> LinearPreview:
    """The first directions of a kind, "identity" or "expression"."""
    population = at.model.population
    start, added = along_so_far(at.state.recipe)
    head = at.code_of(start)
    places = readings(population, head)[kind == "expression"][:DIRECTIONS]
    rows = getattr(population, f"{kind}_directions")[:DIRECTIONS]
    zero = HeadCode.zeros(head.shape)
    moves = {field_of(kind, i): plus(zero, **{kind: row}) for i, row in enumerate(rows)}
    further = dict(getattr(added, kind))
    values = {field_of(kind, i): float(places[i]) + further.get(i, 0.0) for i in range(len(rows))}
    others = replace(added, **{kind: tuple(item for item in further.items() if item[0] >= DIRECTIONS)})
    rest = at.code_of(start.then(others))
    return LinearPreview(plus(rest, **{kind: -places @ rows}), moves, values)


def of_units(at: Snapshot, group: str) -> LinearPreview:
    """The blendshapes of one area of the face."""
    names, code = units_of(group), at.code
    values = {name: float(code.expression[UNITS.index(name)].clamp(0, 1)) for name in names}
    moves, expression = {}, code.expression.clone()
    for name in names:
        one = torch.zeros_like(expression)
        one[UNITS.index(name)] = 1
        moves[name] = HeadCode.zeros(code.shape).with_expression(one)
        expression[UNITS.index(name)] -= values[name]
    return LinearPreview(code.with_expression(expression), moves, values)


def controls(at: Snapshot) -> dict[str, Any]:
    """The sliders of the group, the group and the seed."""
    now, values = settings(at.state), at.preview.values | {"generation": at.state.heard}
    moving = gr.update(sliders=sliders(at.services, now.group), value=values)
    return {NAME: moving, "group": now.group, "seed": now.seed}


def moved(services: Services, state: ExploreState, group: str, values: dict[str, float], one: str) -> ExploreState:
    """The head with the sliders of one group at `values`. `one` is the slider that moved, "" when several did."""
    if group in KINDS:
        return states.edit(state, along_to(services, state, KINDS[group], values))
    return states.edit(state, units_to(state, tidy({one: values[one]} if one else values)))


def along_so_far(recipe: Recipe) -> tuple[Recipe, Along]:
    """The recipe before its directions, if it ends with some, and these."""
    last = recipe.steps[-1] if recipe.steps else None
    return recipe.before(Along()), last if isinstance(last, Along) else Along()


def along_to(services: Services, state: ExploreState, kind: str, values: dict[str, float]) -> Along:
    """The step that brings the sliders of one kind to `values`; those of the other kind stay where they are."""
    start, added = along_so_far(state.recipe)
    at = readings(services.model.population, services.code(start, state.codes))[kind == "expression"]
    further = dict(getattr(added, kind))
    for i in range(DIRECTIONS):
        name = field_of(kind, i)
        if name in values:
            further[i] = round(values[name] - float(at[i]), 4)
    return replace(added, **{kind: tuple((i, step) for i, step in sorted(further.items()) if step)})


def units_to(state: ExploreState, values: dict[str, float]) -> Units:
    """The step that brings some blendshapes to `values`; others that were set in the same breath stay."""
    last = state.recipe.steps[-1] if state.recipe.steps else None
    so_far = dict(last.values) if isinstance(last, Units) else {}
    return Units(tuple({**so_far, **values}.items()))


def pulled(services: Services, state: ExploreState) -> ExploreState:
    """The head pulled back to what is typical, if there is anything to pull."""
    after = states.edit(state, PullBack())
    before, now = (code_key(services.code(one.recipe, one.codes)) for one in (state, after))
    return replace(state, message=TYPICAL) if now == before else after


def field_of(kind: str, number: int) -> str:
    """The name of a direction's slider and of its field in the preview."""
    return f"{kind} {number + 1}"


LESSONS = {
    "identity_directions": Lesson(
        "Directions of identity",
        (
            "Among the heads that the model knows, changes go together: a larger head has a longer face and a wider "
            "jaw. PCA directions are such changes, the greatest first. A slider moves along one of them and "
            "counts in standard deviations: two of three heads are between −1 and 1, nineteen of twenty between −2 "
            "and 2.",
            "A direction has a name only where one measured length goes with more than half of it. Most mix several "
            "things, and a number is the honest name for those.",
        ),
        "z′ = z + k d<sub>i</sub>, &nbsp; k<sub>i</sub> = r<sub>i</sub> · z",
        "d<sub>i</sub>: direction i. k: standard deviations. r<sub>i</sub>: reads how far along it a head is.",
        "{identity_directions} directions instead of {identity} numbers.",
    ),
    "expression_directions": Lesson(
        "Directions of expression",
        (
            "Expressions mix blendshapes (expression units): when people smile, cheeks rise and eyes narrow. PCA "
            "directions of many expressions find what goes together, the greatest first; the first one mostly opens "
            "the jaw.",
            "They are counted from the average expression, which is not quite at rest. No unit is moved out of 0 to 1.",
        ),
        "e′ = e + k d<sub>i</sub>, &nbsp; k<sub>i</sub> = r<sub>i</sub> · (e − ē)",
        "d<sub>i</sub>: direction i. k: standard deviations. ē: the average expression.",
        "{expression_directions} directions instead of {expression} numbers.",
    ),
    "units": Lesson(
        "Blendshapes (expression units)",
        (
            "Each of the {expression} expression numbers has a name and does one thing, from 0, not at all, to 1, as "
            "far as it goes. Many come in pairs, for the left and the right side of the head.",
            "In the preview they add up: two units move a point by the sum of what each does. The exact head is drawn "
            "by a network that has learnt where skin really goes.",
        ),
        "x<sub>v</sub> = x<sub>v</sub><sup>rest</sup> + Σ<sub>i</sub> e<sub>i</sub> E<sub>iv</sub>",
        "e<sub>i</sub>: unit i. E<sub>iv</sub>: how it moves point v.",
        "Each slider is one of {expression} numbers.",
    ),
    "random": Lesson(
        "A random head",
        (
            "A place along each of {identity_directions} directions is drawn from the bell curve, as if meeting "
            "somebody new. The seed names the draw: the same seed is the same head, today and tomorrow.",
            "The cut forbids places far out. At 0 only the mean head is left; large cuts allow stranger heads.",
        ),
        "z = Σ<sub>i</sub> k<sub>i</sub> d<sub>i</sub>, &nbsp; k<sub>i</sub> ∼ N(0, 1), &nbsp; |k<sub>i</sub>| ≤ cut",
        "d<sub>i</sub>: direction i. k<sub>i</sub>: standard deviations, drawn at random.",
        "{identity_directions} draws make {identity} numbers.",
    ),
    "plausibility": Lesson(
        "How likely a head is",
        (
            "Some changes are common among heads, others are rare. The meter measures how far a head is from the mean, "
            "and rare changes count more: for the whole head, and for each region.",
            "0 is the mean head. Heads that the model was taught with are usually around 1, so hardly anybody is as "
            "average as the average. Heads from photos come out below 1, because from one picture the model plays "
            "safe. Pulling back shrinks what is beyond {typical} and leaves the rest as it is.",
        ),
        "m = √( pᵀ Σ⁻¹ p ⁄ n )",
        "p: n numbers of the code. Σ: how they vary together among heads. m: the Mahalanobis distance, per number.",
        "{whole} numbers for the whole head, {local} for each of {parts} anchors.",
    ),
}
TOOL = Tool(NAME, "Directions", LESSONS, build, preview, controls)
