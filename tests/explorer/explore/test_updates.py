"""Answers to steps, with the bundled model: what the page is sent, and what it is not."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import FrozenInstanceError
from functools import partial
from pathlib import Path

import gradio as gr
import pytest
import torch

import pix2nphm
from explorer.components.viewer import Exact
from explorer.components.viewer.mesh_file import MAGIC
from explorer.components.viewer.preview_file import unpack_preview
from explorer.explore import state as states
from explorer.explore.exact import key_of
from explorer.explore.linear_preview import plus
from explorer.explore.previews import preview_key
from explorer.explore.services import Services
from explorer.explore.session import Session
from explorer.explore.shelf.shelf import ShelfHead
from explorer.explore.tools import TOOLS, blend, directions, parts
from explorer.explore.updates import Answer, answer, opened, tool_opened
from explorer.explore.wiring import without_echo
from explorer.platform import worker
from pix2nphm.codes import HeadCode
from pix2nphm.latent import edits
from pix2nphm.latent.editing import random_head
from pix2nphm.latent.edits import Along, MoveOnMap, PullBack, Random, Recipe, Transplant, Units, apply


@pytest.fixture(scope="module")
def services() -> Services:
    services = Services(pix2nphm.load(), TOOLS)
    services.exact.resolution = 32
    return services


@pytest.fixture(scope="module")
def heads(services) -> tuple[ShelfHead, ...]:
    draw = lambda seed: random_head(services.model.population, services.model.code_shape, seed, 1.5, expression=True)
    return tuple(ShelfHead(name, name.title(), draw(seed)) for seed, name in enumerate(("ada", "bob", "cat")))


@pytest.fixture
def session(services, heads, tmp_path, monkeypatch) -> Session:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return Session(services, states.begin(heads))


def moved(identity: float):
    return lambda state: blend.blend(state, identity, 0.0)


def opens(tool: str, **settings):
    """The step that opens a tool, set like that."""

    def step(state: states.ExploreState) -> states.ExploreState:
        state = states.open_tool(state, tool, state.about)
        set_to = {"parts": parts.set_to, "directions": directions.set_to}.get(tool)
        return set_to(state, **settings) if settings else state

    return step


def merged(updates: Iterator[Answer]) -> Answer:
    """The page after all of them. How many there are depends on how long the decoder takes."""
    return {name: value for update in updates for name, value in update.items()}


@contextmanager
def busy_decoder() -> Iterator[None]:
    free = threading.Event()
    worker.submit(free.wait)
    try:
        yield
    finally:
        free.set()


def test_the_tab_opens_with_everything(services, session):
    page = merged(opened(session))
    assert page["blend"] == {"identity": 0.5, "expression": 0.0, "generation": -1}
    assert Path(page["viewer"]["value"]).read_bytes()[:4] == MAGIC
    preview = unpack_preview(Path(page["viewer"]["preview"]).read_bytes())
    assert set(preview.fields) == {"identity", "expression"}
    assert [name for name, _ in page["a"]["choices"]] == ["Ada", "Bob", "Cat"] and page["b"]["value"] == "bob"


def test_a_committed_slider_gets_its_exact_head_and_nothing_that_moves_it(services, session):
    list(opened(session))
    page = merged(answer(session, moved(0.8), "blend_identity", generation=7))
    assert "blend" not in page and page["undo"]["interactive"]
    exact = page["viewer"]["value"]
    assert isinstance(exact, Exact) and exact.answers == 7 and "preview" not in page["viewer"]
    known = services.exact.packed(session.now.code).result()
    assert Path(exact.path).read_bytes() == known


def test_what_is_known_does_not_wait_for_a_head_that_takes_long(services, session):
    list(opened(session))
    updates = answer(session, moved(1.27), "blend_identity", 3)
    with busy_decoder():
        first = next(updates)
    assert "viewer" not in first and first["undo"]["interactive"]
    (last,) = updates
    assert list(last) == ["viewer"] and last["viewer"]["value"].answers == 3


def test_a_head_that_was_seen_does_not_wait_for_others(services, session):
    list(answer(session, moved(0.8), "blend_identity", 1))
    list(answer(session, moved(0.9), "blend_identity", 2))
    with busy_decoder():
        (only,) = answer(session, moved(0.8), "blend_identity", 3)
    assert only["viewer"]["value"].answers == 3


def test_an_answer_that_comes_too_late_brings_no_head(services, session):
    list(opened(session))
    late = answer(session, moved(1.31), "blend_identity", 1)
    with busy_decoder():
        next(late)  # the head is not there yet, and meanwhile:
    list(answer(session, moved(0.25), "blend_identity", 2))
    assert [update for update in late if "viewer" in update] == []


def test_a_movement_that_was_overtaken_on_its_way_is_none(services, session):
    list(answer(session, moved(0.25), "blend_identity", 5))
    assert list(answer(session, moved(0.9), "blend_identity", 4)) == []
    assert states.blend_of(session.state) == (0.25, 0.0)


def test_what_the_page_sent_does_not_come_back():
    answer = {"region": "jaw", "a": gr.update(choices=["x", "y"], value="x"), "b": gr.update(value="y"), "undo": 1}
    news = without_echo(answer, {"region": "jaw", "a": "x", "b": "x"})
    assert news == {"a": gr.update(choices=["x", "y"]), "b": gr.update(value="y"), "undo": 1}


def test_a_step_that_cannot_be_taken_is_a_sentence_and_changes_nothing(services, session):
    before = session.state
    (page,) = answer(session, moved(99.0), "blend_identity", 1)
    assert page["notice"] == '<p class="error">A blend goes from -0.5 to 1.5.</p>' and session.state is before


def test_visitors_do_not_share_a_session(services, session):
    other = copy.deepcopy(session)
    list(answer(other, moved(1.0), "blend_identity", 1))
    assert session.state.past == () and len(other.state.past) == 1


def test_steps_at_once_are_all_taken(services, session):
    add = lambda state: blend.blend(state, states.blend_of(state)[0] + 0.01, 0.0)
    threads = [threading.Thread(target=lambda: [session.take(add) for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states.blend_of(session.state)[0] == pytest.approx(0.9) and session.now.number == 40


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_opens_with_a_preview_of_the_head_on_show(services, session, tool):
    list(opened(session))
    for step in (Transplant("bob", ("nose",), 0.5), Units((("jawOpen", 0.3),)), Along(identity=((0, 0.5),))):
        session.take(lambda state, step=step: states.edit(state, step))
    list(tool_opened(session, opens(tool.name)))
    with torch.inference_mode():
        linear_preview = session.now.preview
        shown = linear_preview.base
        for name, move in linear_preview.moves.items():
            value = linear_preview.values.get(name, 0.0)
            shown = plus(shown, value * move.identity, value * move.expression)
        wanted = session.state.codes["ada"] if tool.name == "animate" else session.now.code
        apart = (services.model.template.vertices(shown) - services.model.template.vertices(wanted)).norm(dim=-1)
    assert apart.max() < 2e-5  # metres
    assert not session.needs_preview(preview_key(linear_preview))


def test_directions_end_where_their_sliders_stand(services, session):
    session.take(opens("directions", group=directions.IDENTITY))
    for values in ({"identity 1": 1.5, "identity 2": -0.5}, {"identity 1": 2.0}):
        session.take(partial(directions.moved, services, group=directions.IDENTITY, values=values, one=""))
    now = session.now.preview.values
    assert (now["identity 1"], now["identity 2"]) == pytest.approx((2.0, -0.5), abs=2e-3)
    assert len(session.state.recipe.steps) == 2  # the blend, and one step along the directions


def test_units_set_one_after_another_stay(services, session):
    for values in ({"jawOpen": 0.5}, {"mouthSmile_L": 0.7}, {"jawOpen": 0.6}):
        session.take(lambda state, values=values: states.edit(state, directions.units_to(state, values)))
    assert session.state.recipe.steps[-1] == Units((("jawOpen", 0.6), ("mouthSmile_L", 0.7)))


def test_the_python_of_a_head_makes_that_head(services, session):
    (page, *_) = answer(session, moved(0.8), "blend_identity", 1)
    assert "identity=0.8" in page["python"]
    assert page["python-note"] == "<code>a.npz</code> is the code of Ada. <code>b.npz</code> is the code of Bob."
    code = apply(session.state.recipe, services.model, session.state.codes)
    assert key_of(code.identity) == key_of(session.now.code.identity)


def test_an_empty_shelf_leaves_every_tool_standing(services, session):
    list(answer(session, lambda state: states.with_shelf(state, ()), "blend_identity"))
    for tool in TOOLS:
        assert all("error" not in str(page.get("notice")) for page in tool_opened(session, opens(tool.name)))
    assert isinstance(session.now.code, HeadCode)


def test_the_lesson_on_parts_names_the_head_they_are_taken_from(services, session):
    first, *_ = tool_opened(session, opens("parts", donor="cat"))
    assert "Cat" in first["learn"] and "Bob" not in first["learn"]
    session.take(lambda state: states.with_shelf(state, ()))
    first, *_ = tool_opened(session, opens("parts"))
    assert "numbers of B," in first["learn"]


def test_a_head_that_is_kept_while_it_is_decoded_arrives_all_the_same(services, session):
    list(opened(session))
    committed = answer(session, moved(0.77), "blend_identity", generation=1)
    with busy_decoder():
        assert "viewer" not in next(committed)
    keep = lambda state: states.put(state, "Kept", services.code(state.recipe, state.codes))
    list(answer(session, keep, "blend_identity"))
    (last,) = committed
    assert last["viewer"]["value"].answers == 1


@contextmanager
def counted(monkeypatch) -> Iterator[list[str]]:
    """The steps of recipes that are evaluated meanwhile, whoever asks."""
    steps = []
    take = edits.take
    with monkeypatch.context() as patch:
        patch.setattr(edits, "take", lambda step, *others: steps.append(step) or take(step, *others))
        yield steps


RELEASES = {
    "blend": [lambda state, by=by: blend.blend(state, by, 0.0) for by in (0.1, 0.2)],
    "parts": [lambda state, by=by: parts.transplanted(state, by) for by in (0.1, 0.2)],
    "map": [lambda state, by=by: states.edit(state, MoveOnMap(by, 0.0)) for by in (0.1, 0.2)],
}


@pytest.mark.parametrize("tool", RELEASES)
def test_a_release_evaluates_its_recipe_once(services, session, monkeypatch, tool):
    list(opened(session))
    first, second = RELEASES[tool]
    list(tool_opened(session, opens(tool)))
    list(answer(session, first, generation=1))
    with counted(monkeypatch) as steps:
        list(answer(session, second, generation=2))
    assert len(steps) == len(session.state.recipe.steps)
    with counted(monkeypatch) as steps:  # and what was seen lately is known
        list(answer(session, states.undo))
    assert steps == []


def test_directions_are_evaluated_once_a_release(services, session, monkeypatch):
    for group, values in ((directions.IDENTITY, {"identity 1": 1.5}), ("Jaw", {"jawOpen": 0.25})):
        list(opened(session))
        list(tool_opened(session, opens("directions", group=group)))
        with counted(monkeypatch) as steps:
            move = lambda state: directions.moved(services, state, group, values, next(iter(values)))
            list(answer(session, move, generation=1))
        assert len(steps) == len(session.state.recipe.steps)


def test_a_tool_is_set_by_a_step_and_each_visitor_has_their_own(services, session):
    other = copy.deepcopy(session)
    list(tool_opened(session, opens("parts", region="jaw")))
    assert parts.settings(session.state).region == "jaw" and session.state.tool == "parts"
    assert parts.settings(other.state).region == "nose" and other.state.tool == "blend"
    with pytest.raises(FrozenInstanceError):
        parts.settings(session.state).region = "ears"
    with pytest.raises(FrozenInstanceError):
        session.state.tool = "map"


def test_sliders_do_not_claim_a_place_on_a_line_that_the_head_has_left(services, session):
    list(opened(session))
    said = lambda: merged(tool_opened(session, opens("blend")))["blend"].get("elsewhere", "")
    assert said() == ""
    list(answer(session, lambda state: states.edit(state, Along(identity=((0, 0.5),)))))
    assert said() == ""  # directions stay on top of the blend, and the sliders say where that is
    for step in (MoveOnMap(1.0, 1.0), Random(3), PullBack()):
        list(answer(session, lambda state, step=step: states.edit(state, step)))
        assert said() == blend.ELSEWHERE
        list(answer(session, lambda state: blend.blend(state, 0.25, 0.0)))
        assert said() == ""
    list(answer(session, lambda state: states.start_from(state, Recipe())))
    assert said() == blend.ELSEWHERE
    list(answer(session, states.undo))
    assert said() == ""
