"""The shelf under a hand, on a page of its own with heads that are discs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import gradio as gr
import numpy as np
import pytest
import torch

from explorer.components.pictures import data_url
from explorer.explore.shelf import shelf as shelves
from explorer.explore.shelf.shelf import Shelf, ShelfHead
from explorer.explore.shelf.view import ShelfView, shelf_value
from explorer.platform.theme import CSS_FILE, THEME
from pix2nphm.codes import HeadCode
from tests.browser.patience import SLOW

NAMES = ("Ada", "Ben", "</script><img src=x onerror=document.hacked=1>", *(f"Head {i}" for i in range(9)))
SMALL, SMALL_TOUCH = 28, 44  # px, the smallest side of a control


def picture_url(code: HeadCode) -> str:
    y, x = np.mgrid[:48, :48] - 23.5
    disc = np.hypot(x / 2, y / 3) < 5 + float(code.whole[0]) / 4
    return data_url(np.where(disc[..., None], np.array([150, 140, 132, 255], np.uint8), 0).astype(np.uint8))


def heads() -> Shelf:
    codes = [HeadCode(torch.full((1,), i), torch.zeros(1, 1), torch.zeros(1)) for i in range(len(NAMES))]
    return tuple(ShelfHead(f"id{i}", name, code) for i, (name, code) in enumerate(zip(NAMES, codes)))


@dataclass
class Owner:
    """What a tab does with a shelf. Everything that the page message is in `told`."""

    shelf: Shelf = ()
    a: str = "id0"
    b: str = "id1"
    told: list[tuple] = field(default_factory=list)

    def begin(self) -> dict:
        self.__init__(heads())
        return self.value()

    def value(self) -> dict:
        return shelf_value(self.shelf, self.a, self.b, picture_url)

    def use(self, event: gr.EventData) -> dict:
        side = getattr(event, "as")
        self.told.append(("use", event.id, side))
        setattr(self, side.lower(), event.id)
        return self.value()

    def rename(self, event: gr.EventData) -> dict:
        self.told.append(("rename", event.id, event.name))
        self.shelf = shelves.rename(self.shelf, event.id, event.name)
        return self.value()

    def remove(self, event: gr.EventData) -> dict:
        self.told.append(("remove", event.id))
        self.shelf = shelves.remove(self.shelf, event.id)
        return self.value()

    def clear(self) -> dict:
        self.told.append(("clear",))
        self.shelf = ()
        return self.value()


def a_page(owner: Owner) -> gr.Blocks:
    with gr.Blocks(analytics_enabled=False) as page:
        view = ShelfView(elem_id="shelf")
        for name in ("use", "rename", "remove", "clear"):
            getattr(view, name)(getattr(owner, name), None, view, trigger_mode="multiple", show_progress="hidden")
        page.load(owner.begin, None, view)
    return page


@pytest.fixture(scope="module")
def owner() -> Owner:
    return Owner()


@pytest.fixture(scope="module")
def address(owner):
    page = a_page(owner)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, theme=THEME, css_paths=CSS_FILE, run_history=False)
    yield url
    page.close()


@pytest.fixture
def state(browser, address):
    """state(width, **context) opens the page. Pages must not have thrown, nor grown wider than the screen."""
    contexts, thrown = [], []

    def opened(width: int = 1280, **context):
        contexts.append(browser.new_context(viewport={"width": width, "height": 700}, **context))
        page = contexts[-1].new_page()
        page.set_default_timeout(SLOW)
        page.on("pageerror", lambda error: thrown.append(error))
        page.goto(address)
        page.wait_for_selector("#shelf li:nth-child(12)")
        return page

    yield opened
    wide, hacked = [], []
    for context in contexts:
        for page in context.pages:
            wide.append(page.evaluate("document.documentElement.scrollWidth") - page.viewport_size["width"])
            hacked.append(page.evaluate("document.hacked"))
        context.close()
    assert max(wide) <= 0
    assert not any(hacked)
    assert not thrown


def told(owner: Owner, count: int) -> list[tuple]:
    end = time.monotonic() + SLOW / 1000
    while len(owner.told) < count and time.monotonic() < end:
        time.sleep(0.05)
    assert len(owner.told) == count
    return owner.told


def press(page, name: str):
    """A button by its whole name."""
    button = page.get_by_role("button", name=name, exact=True)
    button.click()
    return button


def focused(page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_heads_become_a_and_b_and_the_page_says_so(state, owner):
    page = state()
    assert page.locator("#shelf .used span").all_inner_texts() == ["A\nAda", "B\nBen"]
    press(page, "Use Head 0 as A")
    press(page, "Use Ada as B")
    page.wait_for_selector("#shelf li:nth-child(1) .b[aria-pressed='true']")
    page.wait_for_selector("#shelf li:nth-child(4) .a[aria-pressed='true']")
    assert sorted(told(owner, 2)) == [("use", "id0", "B"), ("use", "id3", "A")]
    assert page.locator("#shelf [aria-pressed='true']").count() == 2
    assert page.locator("#shelf .used span").all_inner_texts() == ["A\nHead 0", "B\nAda"]


def test_names_are_text_and_are_changed_in_place(state, owner):
    page = state()
    assert page.locator("#shelf .name").all_inner_texts() == list(NAMES)
    press(page, "Rename Ben")
    page.keyboard.type("Nobody")
    page.keyboard.press("Escape")
    assert page.locator("#shelf .name").nth(1).inner_text() == "Ben" and focused(page) == "Rename Ben"
    page.locator("#shelf .name").nth(1).dblclick()
    page.keyboard.type("  Ada ")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Rename Ada 2", exact=True).wait_for()  # the owner's answer: that name was taken
    assert owner.told == [("rename", "id1", "Ada")] and focused(page) == "Rename Ada 2"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # nothing was written
    assert page.locator("#shelf input").count() == 0 and len(owner.told) == 1


def test_an_answer_leaves_scroll_focus_and_a_half_written_name(state, owner):
    page = state(390)
    scrolled = "document.querySelector('#shelf ul').scrollLeft"
    press(page, "Use Head 6 as B")
    press(page, "Rename Head 6")
    page.keyboard.type("Half")
    before = page.evaluate(scrolled)
    page.wait_for_selector("#shelf li:nth-child(10) .b[aria-pressed='true']")
    assert before > 300 and page.evaluate(scrolled) == before
    page.keyboard.type(" a name")
    page.keyboard.press("Enter")
    assert told(owner, 2)[1] == ("rename", "id9", "Half a name")


def test_the_next_head_has_the_focus_when_one_is_removed(state, owner):
    page = state()
    press(page, "Remove Ben")
    page.wait_for_selector("#shelf li:nth-child(12)", state="detached")
    assert owner.told == [("remove", "id1")] and focused(page) == f"Remove {NAMES[2]}"
    assert page.locator("#shelf .used span").all_inner_texts() == ["A\nAda", "B\nNot chosen"]


def test_the_tab_key_stops_at_one_head_and_arrows_reach_the_others(state, owner):
    page = state()
    assert page.locator("#shelf li button[tabindex='0']").count() == 4
    page.get_by_role("button", name="Use Ada as B", exact=True).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert focused(page) == "Use Ben as B"
    page.keyboard.press("End")
    assert focused(page) == "Use Head 8 as B" and page.locator("#shelf li button[tabindex='0']").count() == 4
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    assert told(owner, 1) == [("use", "id0", "B")]


def test_clearing_asks_first(state, owner):
    page = state()
    clear = page.locator("#shelf .clear")
    asked = clear.evaluate("(button) => { button.focus(); button.click(); button.click(); return button.innerText; }")
    assert asked == "Press again to clear"  # a double click is not a decision
    page.keyboard.press("Escape")
    assert clear.inner_text() == "Clear the shelf" and owner.told == []
    clear.click()
    page.wait_for_function("document.querySelector('#shelf .clear').textContent === 'Clear the shelf'")  # after a while
    clear.evaluate("(button) => { button.click(); setTimeout(() => button.click(), 600); }")
    page.wait_for_selector("#shelf .empty")
    assert owner.told == [("clear",)] and not clear.is_visible() and page.locator("#shelf li").count() == 0


@pytest.mark.parametrize("width, touch, side", [(1280, False, SMALL), (390, True, SMALL_TOUCH)])
def test_controls_are_large_enough_and_named(state, width, touch, side):
    page = state(width, has_touch=touch, is_mobile=touch)
    for button in page.locator("#shelf li:nth-child(3) button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= side
        assert NAMES[2] in button.get_attribute("aria-label")
