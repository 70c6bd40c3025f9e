"""A tool is its file and one line: one that nobody else knows of is laid out, opened, set, previewed and used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import pytest

import pix2nphm
from explorer.components.controls import Slider, Sliders, read_commit
from explorer.components.viewer import Exact
from explorer.components.viewer.preview_file import unpack_preview
from explorer.explore import state as states
from explorer.explore import tab as explore_tab
from explorer.explore.lessons import Lesson
from explorer.explore.linear_preview import LinearPreview, minus
from explorer.explore.services import Services
from explorer.explore.session import Session, Snapshot
from explorer.explore.shelf.shelf import EMPTY, add
from explorer.explore.tool import VIEWER, Tool
from explorer.explore.tools import TOOLS
from explorer.explore.updates import Answer, answer, tool_opened
from pix2nphm.latent import random_head
from pix2nphm.latent.edits import Units

SLIDER = Slider(name="shout", label="How loud")


@dataclass(frozen=True)
class Settings:
    unit: str = "jawOpen"


def settings(state: states.ExploreState) -> Settings:
    return state.settings.get("shout", Settings())


def shout(state: states.ExploreState, loud: float) -> states.ExploreState:
    return states.edit(state, Units(((settings(state).unit, loud),)))


def build(page) -> None:
    sliders = page.add("shout", Sliders([SLIDER], viewer=VIEWER, elem_id="shout"))

    def commit(session: Session, event: gr.EventData) -> Iterator[Answer]:
        committed = read_commit(event, {"shout": (0.0, 1.0)})
        return answer(session, lambda state: shout(state, committed.values["shout"]), "shout", committed.generation)

    page.follow(sliders, commit)


def preview(at: Snapshot) -> LinearPreview:
    recipe = at.state.recipe.before(Units(()))
    silent, loud = (at.code_of(recipe.then(Units(((settings(at.state).unit, by),)))) for by in (0.0, 1.0))
    so_far = dict(getattr(at.state.recipe.steps[-1], "values", ()))
    return LinearPreview(silent, {"shout": minus(loud, silent)}, {"shout": so_far.get("jawOpen", 0.0)})


def controls(at: Snapshot) -> dict[str, Any]:
    return {"shout": at.preview.values}


LESSON = Lesson("Shouting", ("{a} shouts at {b}.",), "s", "s: how loud.", "One of {expression} numbers.")
SHOUT = Tool("shout", "Shout", {"shout": LESSON}, build, preview, controls)


@pytest.fixture(scope="module")
def services() -> Services:
    services = Services(pix2nphm.load(), (*TOOLS, SHOUT))
    services.exact.resolution = 32
    return services


@pytest.fixture
def session(services, tmp_path, monkeypatch) -> Session:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    shelf = EMPTY
    for seed, name in enumerate(("Ada", "Bob")):
        shelf = add(shelf, name, random_head(services.model.population, services.model.code_shape, seed))
    return Session(services, states.begin(shelf))


def test_it_is_laid_out_beside_the_others(services, session):
    with gr.Blocks() as page, gr.Tabs() as tabs, gr.Tab("Explore") as tab:
        memory, last = explore_tab.memory(), gr.State(None)
        explore_tab.build(services.model, session.state.shelf, tab, tabs, memory, last, tools=(*TOOLS, SHOUT))
    components = page.get_config_file()["components"]
    labels = [one["props"].get("label") for one in components if one["type"] == "tabitem"]
    assert labels[-len(TOOLS) - 1 :] == [*(tool.label for tool in TOOLS), "Shout"]
    assert any(one["props"].get("elem_id") == "shout" for one in components)


def test_it_opens_with_its_controls_its_lesson_and_its_preview(session):
    pages = list(tool_opened(session, lambda state: states.open_tool(state, "shout", "shout")))
    page = {name: value for one in pages for name, value in one.items()}
    assert page["shout"] == {"shout": 0.0} and "Ada shouts at Bob." in page["learn"]
    with open(page["viewer"]["preview"], "rb") as file:
        assert set(unpack_preview(file.read()).fields) == {"shout"}


def test_it_changes_the_head_and_what_it_is_set_to_is_the_visitors(session):
    list(tool_opened(session, lambda state: states.open_tool(state, "shout", "shout")))
    pages = list(answer(session, lambda state: shout(state, 0.5), "shout", generation=1))
    assert isinstance(pages[-1]["viewer"]["value"], Exact)
    assert session.state.recipe.steps[-1] == Units((("jawOpen", 0.5),)) and session.now.preview.values == {"shout": 0.5}
    session.take(lambda state: states.set_tool(state, "shout", replace(settings(state), unit="mouthSmile_L")))
    list(answer(session, lambda state: shout(state, 1.0), "shout", generation=2))
    assert session.state.recipe.steps[-1] == Units((("mouthSmile_L", 1.0),))


def test_every_tool_has_a_name_and_lessons_of_its_own():
    assert len({tool.name for tool in TOOLS}) == len({tool.label for tool in TOOLS}) == len(TOOLS)
    lessons = [control for tool in TOOLS for control in tool.lessons]
    assert len(lessons) == len(set(lessons)) and all(tool.lessons for tool in TOOLS)
