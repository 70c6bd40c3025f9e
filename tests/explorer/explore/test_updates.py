"""Answers to steps, with the bundled model: what the page is sent, and what it is not."""

from __future__ import annotations

import copy
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import gradio as gr
import pytest
import torch

import pix2nphm
from explorer.components.viewer import Exact
from explorer.components.viewer.mesh_file import MAGIC
from explorer.components.viewer.preview_file import unpack_preview
from explorer.explore import linear_preview as stances
from explorer.explore import state as visits
from explorer.explore.exact import key_of
from explorer.explore.previews import stance_key
from explorer.explore.services import Studio
from explorer.explore.session import Desk
from explorer.explore.shelf.shelf import ShelfHead
from explorer.explore.tab import TOOLS
from explorer.explore.updates import Answer, answer, opened, tool_opened
from explorer.explore.wiring import without_echo
from explorer.platform import worker
from pix2nphm.codes import HeadCode
from pix2nphm.latent.editing import random_head
from pix2nphm.latent.edits import Along, Transplant, Units, apply


@pytest.fixture(scope="module")
def studio() -> Studio:
    studio = Studio(pix2nphm.load())
    studio.exact.resolution = 32
    return studio


@pytest.fixture(scope="module")
def heads(studio) -> tuple[ShelfHead, ...]:
    draw = lambda seed: random_head(studio.model.population, studio.model.code_shape, seed, 1.5, expression=True)
    return tuple(ShelfHead(name, name.title(), draw(seed)) for seed, name in enumerate(("ada", "bob", "cat")))


@pytest.fixture
def desk(heads, tmp_path, monkeypatch) -> Desk:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return Desk(visits.begin(heads))


def moved(identity: float):
    return lambda visit: visits.blend(visit, identity, 0.0)


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


def test_a_visit_opens_with_everything(studio, desk):
    page = merged(opened(studio, desk))
    assert page["blend"] == {"identity": 0.5, "expression": 0.0, "generation": -1}
    assert Path(page["viewer"]["value"]).read_bytes()[:4] == MAGIC
    preview = unpack_preview(Path(page["viewer"]["preview"]).read_bytes())
    assert set(preview.fields) == {"identity", "expression"}
    assert [name for name, _ in page["a"]["choices"]] == ["Ada", "Bob", "Cat"] and page["b"]["value"] == "bob"


def test_a_settled_slider_gets_its_exact_head_and_nothing_that_moves_it(studio, desk):
    list(opened(studio, desk))
    page = merged(answer(studio, desk, moved(0.8), "blend_identity", generation=7))
    assert "blend" not in page and page["undo"]["interactive"]
    exact = page["viewer"]["value"]
    assert isinstance(exact, Exact) and exact.answers == 7 and "preview" not in page["viewer"]
    known = studio.exact.packed(visits.code_of(desk.visit, studio.model)).result()
    assert Path(exact.path).read_bytes() == known


def test_what_is_known_does_not_wait_for_a_head_that_takes_long(studio, desk):
    list(opened(studio, desk))
    updates = answer(studio, desk, moved(1.27), "blend_identity", 3)
    with busy_decoder():
        first = next(updates)
    assert "viewer" not in first and first["undo"]["interactive"]
    (last,) = updates
    assert list(last) == ["viewer"] and last["viewer"]["value"].answers == 3


def test_a_head_that_was_seen_does_not_wait_for_others(studio, desk):
    list(answer(studio, desk, moved(0.8), "blend_identity", 1))
    list(answer(studio, desk, moved(0.9), "blend_identity", 2))
    with busy_decoder():
        (only,) = answer(studio, desk, moved(0.8), "blend_identity", 3)
    assert only["viewer"]["value"].answers == 3


def test_an_answer_that_comes_too_late_brings_no_head(studio, desk):
    list(opened(studio, desk))
    late = answer(studio, desk, moved(1.31), "blend_identity", 1)
    with busy_decoder():
        next(late)  # the head is not there yet, and meanwhile:
    list(answer(studio, desk, moved(0.25), "blend_identity", 2))
    assert [update for update in late if "viewer" in update] == []


def test_a_movement_that_was_overtaken_on_its_way_is_none(studio, desk):
    list(answer(studio, desk, moved(0.25), "blend_identity", 5))
    assert list(answer(studio, desk, moved(0.9), "blend_identity", 4)) == []
    assert visits.blend_of(desk.visit) == (0.25, 0.0)


def test_what_the_page_sent_does_not_come_back():
    answer = {"region": "jaw", "a": gr.update(choices=["x", "y"], value="x"), "b": gr.update(value="y"), "undo": 1}
    news = without_echo(answer, {"region": "jaw", "a": "x", "b": "x"})
    assert news == {"a": gr.update(choices=["x", "y"]), "b": gr.update(value="y"), "undo": 1}


def test_a_step_that_cannot_be_taken_is_a_sentence_and_changes_nothing(studio, desk):
    before = desk.visit
    (page,) = answer(studio, desk, moved(99.0), "blend_identity", 1)
    assert page["notice"] == '<p class="error">A blend goes from -0.5 to 1.5.</p>' and desk.visit is before


def test_visitors_do_not_share_a_desk(studio, desk):
    other = copy.deepcopy(desk)
    list(answer(studio, other, moved(1.0), "blend_identity", 1))
    assert desk.visit.past == () and len(other.visit.past) == 1


def test_steps_at_once_are_all_taken(studio, desk):
    add = lambda visit: visits.blend(visit, visits.blend_of(visit)[0] + 0.01, 0.0)
    threads = [threading.Thread(target=lambda: [desk.take(add) for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert visits.blend_of(desk.visit)[0] == pytest.approx(0.9) and desk.number == 40


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_opens_with_a_preview_of_the_head_on_show(studio, desk, tool):
    list(opened(studio, desk))
    edits = (Transplant("bob", ("nose",), 0.5), Units((("jawOpen", 0.3),)), Along(identity=((0, 0.5),)))
    for step in edits:
        desk.take(lambda visit: visits.edit(visit, step))
    desk.tool = tool
    list(tool_opened(studio, desk, "blend_identity"))
    with torch.inference_mode():
        stance = studio.stance(desk, desk.visit)
        shown = stance.base
        for name, move in stance.moves.items():
            value = stance.values.get(name, 0.0)
            shown = stances.plus(shown, value * move.identity, value * move.expression)
        wanted = desk.visit.codes["ada"] if tool == "animate" else visits.code_of(desk.visit, studio.model)
        apart = (studio.model.template.vertices(shown) - studio.model.template.vertices(wanted)).norm(dim=-1)
    assert apart.max() < 2e-5  # metres
    assert desk.preview == stance_key(stance)


def test_directions_settle_where_their_sliders_stand(studio, desk):
    desk.tool, desk.group = "directions", stances.IDENTITY
    for values in ({"identity 1": 1.5, "identity 2": -0.5}, {"identity 1": 2.0}):
        desk.take(lambda visit: visits.edit(visit, stances.along_to(studio.model, visit, stances.IDENTITY, values)))
    now = stances.directions(studio.model, desk.visit, stances.IDENTITY).values
    assert (now["identity 1"], now["identity 2"]) == pytest.approx((2.0, -0.5), abs=2e-3)
    assert len(desk.visit.recipe.steps) == 2  # the blend, and one step along the directions


def test_units_set_one_after_another_stay(studio, desk):
    for values in ({"jawOpen": 0.5}, {"mouthSmile_L": 0.7}, {"jawOpen": 0.6}):
        desk.take(lambda visit: visits.edit(visit, stances.units_to(visit, values)))
    assert desk.visit.recipe.steps[-1] == Units((("jawOpen", 0.6), ("mouthSmile_L", 0.7)))


def test_the_python_of_a_head_makes_that_head(studio, desk):
    (page, *_) = answer(studio, desk, moved(0.8), "blend_identity", 1)
    assert "identity=0.8" in page["python"]
    assert page["python-note"] == "`a.npz` is the code of Ada. `b.npz` is the code of Bob."
    code = apply(desk.visit.recipe, studio.model, desk.visit.codes)
    assert key_of(code.identity) == key_of(visits.code_of(desk.visit, studio.model).identity)


def test_an_empty_shelf_leaves_every_tool_standing(studio, desk):
    list(answer(studio, desk, lambda visit: visits.with_shelf(visit, ()), "blend_identity"))
    for tool in TOOLS:
        desk.tool = tool
        assert all("error" not in str(page.get("notice")) for page in tool_opened(studio, desk, "blend_identity"))
    assert isinstance(visits.code_of(desk.visit, studio.model), HeadCode)


def test_the_lesson_on_parts_names_the_head_they_are_taken_from(studio, desk):
    desk.tool, desk.donor = "parts", "cat"
    first, *_ = tool_opened(studio, desk, "parts")
    assert "Cat" in first["learn"] and "Bob" not in first["learn"]
    desk.take(lambda visit: visits.with_shelf(visit, ()))
    first, *_ = tool_opened(studio, desk, "parts")
    assert "numbers of B," in first["learn"]


def test_a_head_that_is_kept_while_it_is_decoded_arrives_all_the_same(studio, desk):
    list(opened(studio, desk))
    settled = answer(studio, desk, moved(0.77), "blend_identity", generation=1)
    with busy_decoder():
        assert "viewer" not in next(settled)
    keep = lambda visit: visits.put(visit, "Kept", visits.code_of(visit, studio.model))
    list(answer(studio, desk, keep, "blend_identity"))
    (last,) = settled
    assert last["viewer"]["value"].answers == 1
