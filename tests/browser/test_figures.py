"""The swap matrix, the map and the player under a hand, on a page of their own with a viewer that takes notes."""

from __future__ import annotations

import time

import gradio as gr
import numpy as np
import pytest
import torch

from explorer.components import figures
from explorer.components.atlas import Atlas, map_of
from explorer.components.matrix import SwapMatrix, swap_matrix
from explorer.components.player import Player
from explorer.components.player.ease import ease
from explorer.explore.shelf.shelf import Shelf, ShelfHead
from explorer.platform.theme import CSS_FILE, THEME
from pix2nphm.codes import HeadCode
from tests.browser.patience import SLOW

NOTES = """window.p2n = {viewers: {head: {
    notes: [], get generation() { return this.notes.length; }, setWeights(weights) { this.notes.push(weights); },
}}};"""
NAMES = ("Ada", "Ben", "Cleo", "Dora", "<b>Emil</b> with a long name", "Fay")
PLACES = [(1.0, 1.0), (-1.0, 0.5), (-0.9, 0.45), (-0.95, 0.55), (0.2, -1.5), (6.0, 0.0)]
LIMIT = 3.5  # standard deviations at the map's edge


def picture(code: HeadCode) -> np.ndarray:
    """A disc, as wide as the identity says and as green as the expression."""
    y, x = np.mgrid[:48, :48] - 23.5
    disc = np.hypot(x, y) < 8 + 3 * float(code.whole[0])
    colour = np.array([90, 60 + 40 * int(code.expression[0]), 120, 255], np.uint8)
    return np.where(disc[..., None], colour, 0).astype(np.uint8)


def heads() -> Shelf:
    codes = [HeadCode(torch.full((1,), i), torch.zeros(1, 1), torch.full((1,), i)) for i in range(len(NAMES))]
    return tuple(ShelfHead(f"id{i}", name, codes[i]) for i, name in enumerate(NAMES))


def a_page(told: list, answers: list) -> gr.Blocks:
    """Everything that reaches Python is added to `told`. A button moves the map's handle to the last of `answers`.

    The map then has as many heads as there were answers, so that a test sees it start.
    """
    with gr.Blocks(analytics_enabled=False) as page:
        with gr.Row(elem_classes="columns"):
            with gr.Column(scale=4, min_width=300):
                player = Player("head", elem_id="player")
                slider = gr.Slider(0, 1, 0, label="Another control", elem_id="other")
                atlas = Atlas("head", "face width", value=map_of(heads(), PLACES, (1.0, 1.0)), elem_id="atlas")
                late = gr.Button("Answer", elem_id="late")
            with gr.Column(scale=7, min_width=300):
                matrix = SwapMatrix(value=swap_matrix(heads(), picture), elem_id="matrix")
                empty = gr.Button("Clear", elem_id="clear")
                gr.Plot(figures.unusual([2.6, -0.4, 1.1], NAMES[:3], [0.5, 0.2, 0.1]), show_label=False, elem_id="plot")

        def open_cell(event: gr.EventData):
            told.append(("open", event.row, event.column, event.identity, event.expression))

        def commit_map(event: gr.EventData):
            assert event.generation > 0
            told.append(("map", event.values["x"], event.values["y"]))

        def commit_player(event: gr.EventData):
            assert event.generation > 0
            told.append(("player", event.values))

        matrix.open(open_cell, trigger_mode="multiple")
        atlas.commit(commit_map, trigger_mode="multiple")
        player.commit(commit_player, trigger_mode="multiple")
        slider.input(lambda: None)
        late.click(lambda: map_of(heads()[: len(answers)], PLACES[: len(answers)], answers[-1]), None, atlas)
        empty.click(lambda: swap_matrix(heads()[:1], picture), None, matrix)
    return page


@pytest.fixture(scope="module")
def told() -> list:
    return []


@pytest.fixture(scope="module")
def answers() -> list:
    return []


@pytest.fixture(scope="module")
def address(told, answers):
    page = a_page(told, answers)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, theme=THEME, css_paths=CSS_FILE, run_history=False)
    yield url
    page.close()


@pytest.fixture
def state(browser, address, told):
    """state(width, theme="light") opens the page, whose viewer notes its weights. Pages must not have thrown."""
    pages, thrown = [], []
    told.clear()

    def opened(width: int = 1280, theme: str = "light"):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        pages.append(page)
        page.set_default_timeout(SLOW)
        page.on("pageerror", lambda error: thrown.append(error))
        page.add_init_script(NOTES)
        page.goto(address)
        page.wait_for_selector("#matrix button[data-row='4'][data-column='4']", timeout=SLOW)
        page.wait_for_selector("#atlas .heads g", timeout=SLOW)
        page.wait_for_function("document.querySelector('#player button').onclick !== null", timeout=SLOW)
        return page

    yield opened
    for page in pages:
        page.close()
    assert not thrown


def wait_for(told: list, count: int) -> list:
    end = time.monotonic() + SLOW / 1000
    while len(told) < count and time.monotonic() < end:
        time.sleep(0.05)
    assert len(told) == count
    return told


def notes(page) -> list[dict[str, float]]:
    return page.evaluate("window.p2n.viewers.head.notes")


def at(page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the map is on the screen."""
    page.locator("#atlas svg").scroll_into_view_if_needed()
    box = page.locator("#atlas svg").bounding_box()
    return box["x"] + box["width"] * (1 + x / LIMIT) / 2, box["y"] + box["height"] * (1 - y / LIMIT) / 2


def test_a_cell_of_the_matrix_opens_by_mouse_and_by_keyboard(state, told):
    page = state()
    matrix = page.locator("#matrix")
    assert matrix.locator("tbody button").count() == 25
    assert matrix.locator(".note").inner_text() == "5 of 6 heads, A and B first."
    page.get_by_role("button", name="Identity of Ben with the expression of Cleo").click()
    assert wait_for(told, 1) == [("open", 1, 2, "id1", "id2")]
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp", "Enter"):  # one too many stays in place
        page.keyboard.press(key)
    assert wait_for(told, 2)[1] == ("open", 0, 3, "id0", "id3")
    assert matrix.locator("[aria-current]").get_attribute("aria-label") == "Identity of Ada with the expression of Dora"
    assert matrix.locator("button[tabindex='0']").count() == 1
    assert matrix.locator("tbody th span").all_inner_texts() == list(NAMES[:5])  # a name is never markup
    page.locator("#clear").click()
    page.wait_for_function("document.querySelector('#matrix .note').textContent.startsWith('Two heads')", timeout=SLOW)


def test_the_headers_of_the_matrix_stay_in_sight_on_a_phone(state):
    page = state(390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    scrolled = page.evaluate(
        "(() => { const box = document.querySelector('#matrix .scroll'); box.scrollLeft = 1000; box.scrollTop = 60;"
        " const frame = box.getBoundingClientRect(), row = box.querySelector('tbody th').getBoundingClientRect(),"
        " column = box.querySelector('thead th').getBoundingClientRect();"
        " return [box.scrollLeft, row.left - frame.left, column.top - frame.top]; })()"
    )
    assert scrolled[0] > 50 and abs(scrolled[1]) < 2 and abs(scrolled[2]) < 2


def test_the_map_previews_a_drag_and_tells_its_end_once(state, told, answers):
    page = state()
    page.mouse.move(*at(page, 1, 1))
    page.mouse.down()
    page.mouse.move(*at(page, 0, 2), steps=4)
    page.mouse.move(*at(page, -2, 0.5), steps=4)
    assert told == []
    page.mouse.up()
    ((_, x, y),) = wait_for(told, 1)
    assert (x, y) == (pytest.approx(-2, abs=0.03), pytest.approx(0.5, abs=0.03))
    last = notes(page)[-1]
    assert len(notes(page)) >= 8 and set(last) == {"map x", "map y"}
    assert last["map x"] == pytest.approx(x - 1) and last["map y"] == pytest.approx(y - 1)  # from the head's own place
    assert page.locator("#atlas .nearest").inner_text() == "Nearest on the map: Ben 1.0 · Dora 1.1 · Cleo 1.1"
    page.mouse.click(*at(page, -2, 0.5))  # in the handle: nothing moved, nothing to tell
    page.mouse.click(*at(page, 0.5, -2.5))
    wait_for(told, 2)

    late, back = (told[0][1:], "-2.0"), ((1.0, 1.0), "1.0")  # and where it began
    for answer, stands in (((-3.0, 3.0), "-3.0"), late, back):
        answers.append(answer)
        page.locator("#late").click()
        arrived = f"document.querySelectorAll('#atlas .heads g').length === {len(answers)}"
        page.wait_for_function(arrived, timeout=SLOW)
        assert page.locator("#atlas .handle").get_attribute("aria-valuenow") == stands


def test_the_map_goes_by_keys_and_to_heads(state, told):
    page = state()
    handle = page.get_by_role("slider", name="Place on the map")
    handle.focus()
    for count, key in enumerate(("ArrowLeft", "ArrowLeft", "Shift+ArrowUp"), start=1):
        page.keyboard.press(key)
        wait_for(told, count)  # sent together, they may change places on their way
    np.testing.assert_allclose([event[1:] for event in told], [(0.9, 1), (0.8, 1), (0.8, 1.5)], atol=1e-9)
    assert handle.get_attribute("aria-valuetext") == "face width +0.8, Identity 2 +1.5 standard deviations"
    page.get_by_role("button", name="Go to Ben").focus()
    page.keyboard.press("Enter")
    assert wait_for(told, 4)[3] == ("map", -1, 0.5)
    box = page.get_by_role("button", name="Go to <b>Emil</b>").locator("circle").last.bounding_box()
    page.mouse.click(box["x"] + 6, box["y"] + 3)
    assert wait_for(told, 5)[4] == ("map", 0.2, -1.5)  # exactly there
    assert notes(page)[-1] == {"map x": pytest.approx(-0.8), "map y": pytest.approx(-2.5)}


def test_the_maps_names_leave_each_other_room(state):
    for width in (1280, 390):
        page = state(width)
        shown = page.evaluate(
            "[...document.querySelectorAll('#atlas .heads text, #atlas .names text')].map((text) =>"
            " [getComputedStyle(text).visibility, text.textContent, text.getBoundingClientRect()])"
            ".filter(([visible]) => visible === 'visible')"
            ".map(([, text, box]) => [text, box.left, box.top, box.right, box.bottom])"
        )
        assert len(shown) >= 6 and {"Ada", "Ben"} <= {text for text, *_ in shown}
        frame = page.locator("#atlas svg").bounding_box()
        for i, (_, left, top, right, bottom) in enumerate(shown):
            assert frame["x"] <= left and right <= frame["x"] + frame["width"] + 1
            for _, left_2, top_2, right_2, bottom_2 in shown[:i]:
                across = min(right, right_2) - max(left, left_2)
                down = min(bottom, bottom_2) - max(top, top_2)
                assert across <= 1 or down <= 3, shown


def test_the_player_eases_from_a_to_b_and_stops_there(state, told):
    page = state()
    assert notes(page) == []  # it does not start by itself
    page.get_by_label("Loop").uncheck()
    page.get_by_label("Speed", exact=True).select_option("2")
    page.get_by_role("button", name="Play", exact=True).click()
    assert wait_for(told, 1) == [("player", {"identity": 1, "expression": 1})]
    weights = [note["identity"] for note in notes(page)]
    assert weights == sorted(weights) and weights[0] == 0 and weights[-1] == 1
    assert all(note["identity"] == note["expression"] for note in notes(page))
    assert page.get_by_role("button", name="Play", exact=True).get_attribute("aria-pressed") == "false"


def test_the_players_easing_is_that_of_the_files(state):
    page = state()
    lines = Player("head", render=False).js_on_load.splitlines()
    script = next(line for line in lines if line.startswith("const ease"))
    times = [0, 0.1, 0.37, 0.5, 0.99, 1]
    in_page = page.evaluate("([script, t]) => t.map(new Function(`${script}\\n return ease;`)())", [script, times])
    np.testing.assert_allclose(in_page, [ease(t) for t in times], atol=1e-12)


def test_the_player_gives_way_to_any_other_control(state, told):
    page = state()
    play, pause = (page.get_by_role("button", name=name, exact=True) for name in ("Play", "Pause"))
    play.click()
    page.wait_for_function("window.p2n.viewers.head.notes.length > 3", timeout=SLOW)
    page.locator("#other input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    play.wait_for(timeout=SLOW)
    count = len(notes(page))
    page.wait_for_timeout(300)
    assert len(notes(page)) == count and told == []  # the other control tells where the head is
    play.click()
    pause.click()
    (_, values) = wait_for(told, 1)[0]
    assert 0 <= values["identity"] == values["expression"] == notes(page)[-1]["identity"] <= 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(state, theme):
    page = state(390, theme)
    page.wait_for_selector("#plot .main-svg", timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
