"""What a browser keeps of the shelf until it is told to forget; and heads that come, on a small page of its own."""

from __future__ import annotations

import gradio as gr
import pytest

from explorer.explore.shelf import shelf as shelves
from explorer.explore.shelf.browser_memory import FORGOTTEN, recall, remember
from explorer.explore.shelf.view import ShelfView, shelf_value
from pix2nphm.codes import CodeShape, HeadCode
from tests.browser.patience import SLOW

SHAPE = CodeShape(1, 1, 1, 1)
CODE = HeadCode.zeros(SHAPE)
NAMES = [f"Head {i}" for i in range(12)]


def build() -> gr.Blocks:
    examples = shelves.EMPTY
    for name in NAMES:
        examples = shelves.add(examples, name, CODE)

    def shown(shelf):
        newest = shelf[-1].id if len(shelf) > len(NAMES) else None
        return shelf, shelf_value(shelf, None, None, lambda code: "", newest), remember(shelf, "balls")

    with gr.Blocks() as page:
        state, memory = gr.State(examples), gr.BrowserState(storage_key="shelf", secret="shelf")
        view = ShelfView(elem_id="shelf")
        everything = [state, view, memory]
        gr.Button("Add one").click(lambda shelf: shown(shelves.add(shelf, "New", CODE)), state, everything)
        gr.Button("Forget everything").click(lambda: (*shown(examples)[:2], FORGOTTEN), None, everything)
        page.load(lambda kept: shown(recall(kept, "balls", SHAPE) or examples)[:2], memory, [state, view])
    return page


@pytest.fixture
def shelf_page(browser):
    app = build()
    _, address, _ = app.launch(prevent_thread_lock=True, quiet=True)
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.set_default_timeout(SLOW)
    page.goto(address)
    wait_for_count(page, len(NAMES))
    yield page
    page.close()
    app.close()


def wait_for_count(page, count: int) -> None:
    page.wait_for_function(f"document.querySelectorAll('#shelf li').length === {count}", timeout=SLOW)


def test_a_head_that_comes_is_seen_and_a_browser_remembers_until_it_forgets(shelf_page):
    page = shelf_page
    assert page.evaluate("document.querySelector('#shelf ul').scrollLeft") == 0
    page.get_by_role("button", name="Add one").click()
    wait_for_count(page, len(NAMES) + 1)
    new, row = (page.locator(part).bounding_box() for part in ("#shelf li:last-child", "#shelf ul"))
    assert row["x"] <= new["x"] and new["x"] + new["width"] <= row["x"] + row["width"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.wait_for_function("localStorage.getItem('shelf') !== null", timeout=SLOW)
    kept = page.evaluate("localStorage.getItem('shelf').length")
    page.reload()
    wait_for_count(page, len(NAMES) + 1)
    page.get_by_role("button", name="Forget everything").click()
    wait_for_count(page, len(NAMES))
    page.wait_for_function(f"localStorage.getItem('shelf').length < {kept} / 5", timeout=SLOW)
    page.reload()
    wait_for_count(page, len(NAMES))
    page.wait_for_timeout(500)  # time enough for an old shelf to come back
    wait_for_count(page, len(NAMES))
