"""The Directions tool: what heads differ by most, and the units of an expression."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Iterator

import gradio as gr

from pix2nphm.latent.editing import FARTHEST, readings
from pix2nphm.latent.edits import PullBack, Random, Recipe

from ...components import figures
from ...components.controls import Sliders, read_settled
from .. import state as visits
from ..linear_preview import EXPRESSION, GROUPS, IDENTITY, along_to, tidy, units_to
from ..panels import ranges, sliders
from ..services import Studio
from ..session import Desk
from ..updates import Answer, answer, same_head, tool_opened
from ..wiring import Wiring
from .blend import VIEWER

SEEDS = 100_000
TYPICAL = "Everything about this head is typical, so it stays as it is."


def about(group: str) -> str:
    """The lesson for a group of sliders."""
    return {IDENTITY: "identity_directions", EXPRESSION: "expression_directions"}.get(group, "units")


def build(page: Wiring, studio: Studio) -> None:
    group = page.add("group", gr.Dropdown(GROUPS, value=IDENTITY, label="What to move", elem_id="group"))
    directions = page.add("directions", Sliders(sliders(studio, IDENTITY), viewer=VIEWER, elem_id="directions"))
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

    def settle(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        group = desk.group
        settled = read_settled(event, ranges(studio, group))

        def step(visit: visits.Visit) -> visits.Visit:
            if group in (IDENTITY, EXPRESSION):
                return visits.edit(visit, along_to(studio.model, visit, group, settled.values))
            moved = {settled.moved: settled.values[settled.moved]} if settled.moved else settled.values
            return visits.edit(visit, units_to(visit, tidy(moved)))

        yield from answer(studio, desk, step, about(group), settled.generation)

    def choose(desk: Desk, event: gr.EventData, group: str) -> Iterator[Answer]:
        desk.group = group if group in GROUPS else desk.group
        return tool_opened(studio, desk, about(desk.group))

    def random(desk: Desk, event: gr.EventData, seed: float | None, cut: float, posed: bool) -> Iterator[Answer]:
        """By the seed that was typed since the last one; when none was, by a new one."""
        typed = seed is not None and seed != desk.seed
        return drawn(desk, event, seed if typed else secrets.randbelow(SEEDS), cut, posed)

    def again(desk: Desk, event: gr.EventData, cut: float, posed: bool) -> Iterator[Answer]:
        """The random head on show, drawn otherwise."""
        last = desk.visit.recipe.steps[-1:]
        return drawn(desk, event, last[0].seed, cut, posed) if last and isinstance(last[0], Random) else iter(())

    def drawn(desk: Desk, event: gr.EventData, seed: float | None, cut: float, posed: bool) -> Iterator[Answer]:
        desk.seed = int(min(max(seed or 0, 0), 2**31))
        step = Random(desk.seed, float(min(max(cut or 0, 0), FARTHEST)), bool(posed))
        return answer(studio, desk, lambda visit: visits.edit(visit, step), "random")

    def pull(visit: visits.Visit) -> visits.Visit:
        pulled = visits.edit(visit, PullBack())
        return replace(visit, said=TYPICAL) if same_head(visit, pulled, studio) else pulled

    def chart(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        population = studio.model.population
        names = [direction.name for direction in studio.names["identity"]]
        at, _ = readings(population, visits.code_of(desk.visit, studio.model))
        yield {"unusual": figures.unusual(at.tolist(), names, population.identity_share.tolist())}

    page.follow(directions, settle)
    page.on(group.input, choose, "group")
    page.on(draw.click, random, "seed", cut, posed)
    page.on(cut.release, again, cut, posed)
    page.on(posed.input, again, cut, posed)
    page.on(seed.submit, drawn, "seed", cut, posed)
    to_mean = lambda visit: visits.start_from(visit, Recipe())
    page.on(mean.click, lambda desk, event: answer(studio, desk, to_mean, "random"))
    page.on(back.click, lambda desk, event: answer(studio, desk, pull, "plausibility"))
    page.on(unusual_fold.expand, chart)
