"""The Directions tool: what heads differ by most, and the units of an expression."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Iterator

import gradio as gr

from pix2nphm.latent.editing import FARTHEST, readings
from pix2nphm.latent.edits import PullBack, Random, Recipe

from ...components import figures
from ...components.controls import Sliders, read_commit
from .. import state as states
from ..linear_preview import EXPRESSION, GROUPS, IDENTITY, along_to, tidy, units_to
from ..panels import ranges, sliders
from ..services import Services
from ..session import Session
from ..updates import Answer, answer, same_head, tool_opened
from ..wiring import Wiring
from .blend import VIEWER

SEEDS = 100_000
TYPICAL = "Everything about this head is typical, so it stays as it is."


def about(group: str) -> str:
    """The lesson for a group of sliders."""
    return {IDENTITY: "identity_directions", EXPRESSION: "expression_directions"}.get(group, "units")


def build(page: Wiring, services: Services) -> None:
    group = page.add("group", gr.Dropdown(GROUPS, value=IDENTITY, label="What to move", elem_id="group"))
    directions = page.add("directions", Sliders(sliders(services, IDENTITY), viewer=VIEWER, elem_id="directions"))
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
        group = session.group
        committed = read_commit(event, ranges(services, group))

        def step(state: states.ExploreState) -> states.ExploreState:
            if group in (IDENTITY, EXPRESSION):
                return states.edit(state, along_to(services.model, state, group, committed.values))
            moved = {committed.moved: committed.values[committed.moved]} if committed.moved else committed.values
            return states.edit(state, units_to(state, tidy(moved)))

        yield from answer(services, session, step, about(group), committed.generation)

    def choose(session: Session, event: gr.EventData, group: str) -> Iterator[Answer]:
        session.group = group if group in GROUPS else session.group
        return tool_opened(services, session, about(session.group))

    def random(session: Session, event: gr.EventData, seed: float | None, cut: float, posed: bool) -> Iterator[Answer]:
        """By the seed that was typed since the last one; when none was, by a new one."""
        typed = seed is not None and seed != session.seed
        return drawn(session, event, seed if typed else secrets.randbelow(SEEDS), cut, posed)

    def again(session: Session, event: gr.EventData, cut: float, posed: bool) -> Iterator[Answer]:
        """The random head on show, drawn otherwise."""
        last = session.state.recipe.steps[-1:]
        return drawn(session, event, last[0].seed, cut, posed) if last and isinstance(last[0], Random) else iter(())

    def drawn(session: Session, event: gr.EventData, seed: float | None, cut: float, posed: bool) -> Iterator[Answer]:
        session.seed = int(min(max(seed or 0, 0), 2**31))
        step = Random(session.seed, float(min(max(cut or 0, 0), FARTHEST)), bool(posed))
        return answer(services, session, lambda state: states.edit(state, step), "random")

    def pull(state: states.ExploreState) -> states.ExploreState:
        pulled = states.edit(state, PullBack())
        return replace(state, message=TYPICAL) if same_head(state, pulled, services) else pulled

    def chart(session: Session, event: gr.EventData) -> Iterator[Answer]:
        population = services.model.population
        names = [direction.name for direction in services.names["identity"]]
        at, _ = readings(population, states.code_of(session.state, services.model))
        yield {"unusual": figures.unusual(at.tolist(), names, population.identity_share.tolist())}

    page.follow(directions, commit)
    page.on(group.input, choose, "group")
    page.on(draw.click, random, "seed", cut, posed)
    page.on(cut.release, again, cut, posed)
    page.on(posed.input, again, cut, posed)
    page.on(seed.submit, drawn, "seed", cut, posed)
    to_mean = lambda state: states.start_from(state, Recipe())
    page.on(mean.click, lambda session, event: answer(services, session, to_mean, "random"))
    page.on(back.click, lambda session, event: answer(services, session, pull, "plausibility"))
    page.on(unusual_fold.expand, chart)
