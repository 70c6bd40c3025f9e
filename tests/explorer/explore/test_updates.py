"""Answers to steps, with the bundled model: what the page is sent, and what it is not."""

from __future__ import annotations

import copy
import threading
from contextlib import contextmanager
from pathlib import Path
from collections.abc import Iterator

import gradio as gr
import pytest
import torch

import pix2nphm
from explorer.components.viewer import Exact
from explorer.components.viewer.mesh_file import MAGIC
from explorer.components.viewer.preview_file import unpack_preview
from explorer.explore import linear_preview as previews_of
from explorer.explore import state as states
from explorer.explore.exact import key_of
from explorer.explore.previews import preview_key
from explorer.explore.services import Services
from explorer.explore.session import Session
from explorer.explore.shelf.shelf import ShelfHead
from explorer.explore.tab import TOOLS
from explorer.explore.updates import Answer, answer, opened, tool_opened
from explorer.explore.wiring import without_echo
from explorer.platform import worker
from pix2nphm.codes import HeadCode
from pix2nphm.latent.editing import random_head
from pix2nphm.latent.edits import Along, Transplant, Units, apply


@pytest.fixture(scope="module")
def services() -> Services:
    services = Services(pix2nphm.load())
    services.exact.resolution = 32
    return services


@pytest.fixture(scope="module")
def heads(services) -> tuple[ShelfHead, ...]:
    draw = lambda seed: random_head(services.model.population, services.model.code_shape, seed, 1.5, expression=True)
    return tuple(ShelfHead(name, name.title(), draw(seed)) for seed, name in enumerate(("ada", "bob", "cat")))


@pytest.fixture
def session(heads, tmp_path, monkeypatch) -> Session:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return Session(states.begin(heads))


def moved(identity: float):
    return lambda state: states.blend(state, identity, 0.0)


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


def test_a_visit_opens_with_everything(services, session):
    page = merged(opened(services, session))
    assert page["blend"] == {"identity": 0.5, "expression": 0.0, "generation": -1}
    assert Path(page["viewer"]["value"]).read_bytes()[:4] == MAGIC
    preview = unpack_preview(Path(page["viewer"]["preview"]).read_bytes())
    assert set(preview.fields) == {"identity", "expression"}
    assert [name for name, _ in page["a"]["choices"]] == ["Ada", "Bob", "Cat"] and page["b"]["value"] == "bob"


def test_a_settled_slider_gets_its_exact_head_and_nothing_that_moves_it(services, session):
    list(opened(services, session))
    page = merged(answer(services, session, moved(0.8), "blend_identity", generation=7))
    assert "blend" not in page and page["undo"]["interactive"]
    exact = page["viewer"]["value"]
    assert isinstance(exact, Exact) and exact.answers == 7 and "preview" not in page["viewer"]
    known = services.exact.packed(states.code_of(session.state, services.model)).result()
    assert Path(exact.path).read_bytes() == known


def test_what_is_known_does_not_wait_for_a_head_that_takes_long(services, session):
    list(opened(services, session))
    updates = answer(services, session, moved(1.27), "blend_identity", 3)
    with busy_decoder():
        first = next(updates)
    assert "viewer" not in first and first["undo"]["interactive"]
    (last,) = updates
    assert list(last) == ["viewer"] and last["viewer"]["value"].answers == 3


def test_a_head_that_was_seen_does_not_wait_for_others(services, session):
    list(answer(services, session, moved(0.8), "blend_identity", 1))
    list(answer(services, session, moved(0.9), "blend_identity", 2))
    with busy_decoder():
        (only,) = answer(services, session, moved(0.8), "blend_identity", 3)
    assert only["viewer"]["value"].answers == 3


def test_an_answer_that_comes_too_late_brings_no_head(services, session):
    list(opened(services, session))
    late = answer(services, session, moved(1.31), "blend_identity", 1)
    with busy_decoder():
        next(late)  # the head is not there yet, and meanwhile:
    list(answer(services, session, moved(0.25), "blend_identity", 2))
    assert [update for update in late if "viewer" in update] == []


def test_a_movement_that_was_overtaken_on_its_way_is_none(services, session):
    list(answer(services, session, moved(0.25), "blend_identity", 5))
    assert list(answer(services, session, moved(0.9), "blend_identity", 4)) == []
    assert states.blend_of(session.state) == (0.25, 0.0)


def test_what_the_page_sent_does_not_come_back():
    answer = {"region": "jaw", "a": gr.update(choices=["x", "y"], value="x"), "b": gr.update(value="y"), "undo": 1}
    news = without_echo(answer, {"region": "jaw", "a": "x", "b": "x"})
    assert news == {"a": gr.update(choices=["x", "y"]), "b": gr.update(value="y"), "undo": 1}


def test_a_step_that_cannot_be_taken_is_a_sentence_and_changes_nothing(services, session):
    before = session.state
    (page,) = answer(services, session, moved(99.0), "blend_identity", 1)
    assert page["notice"] == '<p class="error">A blend goes from -0.5 to 1.5.</p>' and session.state is before


def test_visitors_do_not_share_a_desk(services, session):
    other = copy.deepcopy(session)
    list(answer(services, other, moved(1.0), "blend_identity", 1))
    assert session.state.past == () and len(other.state.past) == 1


def test_steps_at_once_are_all_taken(services, session):
    add = lambda state: states.blend(state, states.blend_of(state)[0] + 0.01, 0.0)
    threads = [threading.Thread(target=lambda: [session.take(add) for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states.blend_of(session.state)[0] == pytest.approx(0.9) and session.number == 40


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_opens_with_a_preview_of_the_head_on_show(services, session, tool):
    list(opened(services, session))
    edits = (Transplant("bob", ("nose",), 0.5), Units((("jawOpen", 0.3),)), Along(identity=((0, 0.5),)))
    for step in edits:
        session.take(lambda state: states.edit(state, step))
    session.tool = tool
    list(tool_opened(services, session, "blend_identity"))
    with torch.inference_mode():
        linear_preview = services.linear_preview(session, session.state)
        shown = linear_preview.base
        for name, move in linear_preview.moves.items():
            value = linear_preview.values.get(name, 0.0)
            shown = previews_of.plus(shown, value * move.identity, value * move.expression)
        wanted = session.state.codes["ada"] if tool == "animate" else states.code_of(session.state, services.model)
        apart = (services.model.template.vertices(shown) - services.model.template.vertices(wanted)).norm(dim=-1)
    assert apart.max() < 2e-5  # metres
    assert session.preview == preview_key(linear_preview)


def test_directions_settle_where_their_sliders_stand(services, session):
    session.tool, session.group = "directions", previews_of.IDENTITY
    for values in ({"identity 1": 1.5, "identity 2": -0.5}, {"identity 1": 2.0}):
        session.take(lambda state: states.edit(state, previews_of.along_to(services.model, state, previews_of.IDENTITY, values)))
    now = previews_of.directions(services.model, session.state, previews_of.IDENTITY).values
    assert (now["identity 1"], now["identity 2"]) == pytest.approx((2.0, -0.5), abs=2e-3)
    assert len(session.state.recipe.steps) == 2  # the blend, and one step along the directions


def test_units_set_one_after_another_stay(services, session):
    for values in ({"jawOpen": 0.5}, {"mouthSmile_L": 0.7}, {"jawOpen": 0.6}):
        session.take(lambda state: states.edit(state, previews_of.units_to(state, values)))
    assert session.state.recipe.steps[-1] == Units((("jawOpen", 0.6), ("mouthSmile_L", 0.7)))


def test_the_python_of_a_head_makes_that_head(services, session):
    (page, *_) = answer(services, session, moved(0.8), "blend_identity", 1)
    assert "identity=0.8" in page["python"]
    assert page["python-note"] == "<code>a.npz</code> is the code of Ada. <code>b.npz</code> is the code of Bob."
    code = apply(session.state.recipe, services.model, session.state.codes)
    assert key_of(code.identity) == key_of(states.code_of(session.state, services.model).identity)


def test_an_empty_shelf_leaves_every_tool_standing(services, session):
    list(answer(services, session, lambda state: states.with_shelf(state, ()), "blend_identity"))
    for tool in TOOLS:
        session.tool = tool
        assert all("error" not in str(page.get("notice")) for page in tool_opened(services, session, "blend_identity"))
    assert isinstance(states.code_of(session.state, services.model), HeadCode)


def test_the_lesson_on_parts_names_the_head_they_are_taken_from(services, session):
    session.tool, session.donor = "parts", "cat"
    first, *_ = tool_opened(services, session, "parts")
    assert "Cat" in first["learn"] and "Bob" not in first["learn"]
    session.take(lambda state: states.with_shelf(state, ()))
    first, *_ = tool_opened(services, session, "parts")
    assert "numbers of B," in first["learn"]


def test_a_head_that_is_kept_while_it_is_decoded_arrives_all_the_same(services, session):
    list(opened(services, session))
    committed = answer(services, session, moved(0.77), "blend_identity", generation=1)
    with busy_decoder():
        assert "viewer" not in next(committed)
    keep = lambda state: states.put(state, "Kept", states.code_of(state, services.model))
    list(answer(services, session, keep, "blend_identity"))
    (last,) = committed
    assert last["viewer"]["value"].answers == 1
