"""What a thumb needs at 390 px: the head in sight, large targets, nothing covered, and signs of what goes on beyond."""

from __future__ import annotations

import pytest

from tests.browser.explore_steps import explore, tool, wait
from tests.browser.patience import SLOW
from tests.browser.reconstruct_steps import PHOTO, choose, wait_for_head

# Controls below 44 px. Gradio measures its tabs by copies that nobody sees, a pixel high.
LOW = """(roots) => [...document.querySelectorAll(roots)]
    .flatMap((root) => [...root.querySelectorAll("button, [role=tab], input[type=range], select")])
    .map((one) => [one.ariaLabel || one.innerText || one.className, one.offsetParent ? one.offsetHeight : 0])
    .filter(([, height]) => height > 1 && height < 44)"""


@pytest.fixture
def phone(open_page):
    return open_page(390, 844, theme="dark")


def box(page, selector: str) -> dict:
    return page.locator(selector).first.bounding_box()


def test_the_page_goes_to_the_new_head_and_buttons_are_large(phone):
    choose(phone, PHOTO)
    wait_for_head(phone)
    seen = "(({ top, bottom }) => top > -2 && bottom < innerHeight)"
    phone.wait_for_function(f"{seen}(document.querySelector('#viewer .stage').getBoundingClientRect())", timeout=SLOW)
    assert phone.evaluate(LOW, "#photo, #examples, #viewer, .downloads, #overlay") == []


def test_a_message_covers_no_control_and_moves_none(phone):
    explore(phone)
    phone.evaluate("window.scrollTo(0, 300)")
    before = box(phone, "#blend input[type=range]")
    phone.evaluate("document.querySelector('#keep').click()")
    wait(phone, "document.querySelector('#explore-notice p') !== null")
    note, stage = box(phone, "#explore-notice p"), box(phone, "#head .stage")
    assert stage["y"] <= note["y"] and note["y"] + note["height"] < stage["y"] + stage["height"] / 2
    assert box(phone, "#blend input[type=range]")["y"] == pytest.approx(before["y"], abs=1)
    tools = [box(phone, f"#head {part}") for part in ("[data-mode=shaded]", "[data-heat]")]
    assert tools[0]["y"] == pytest.approx(tools[1]["y"], abs=2)  # one row: the picture leaves room for the controls


def test_targets_of_the_tools_are_large(phone):
    explore(phone)
    for name in ("Blend", "Parts", "Directions", "Map", "Animate"):
        tool(phone, name)
        phone.locator("#tools .tabitem:visible").first.wait_for()
        assert phone.evaluate(LOW, "#head, #tools, .actions") == [], name


@pytest.mark.parametrize("row, last", [("#examples [role=group]", "#examples button"), ("#shelf ul", "#shelf li")])
def test_a_row_that_goes_on_to_the_right_fades_there_and_ends_in_full(phone, row, last):
    if row.startswith("#shelf"):
        explore(phone)
    answers = phone.evaluate(
        """([row, last]) => {
            const scroller = document.querySelector(row);
            const fades = getComputedStyle(scroller).maskImage.includes("linear-gradient");
            const goesOn = scroller.scrollWidth > scroller.clientWidth;
            scroller.scrollLeft = 1e6;
            const end = [...document.querySelectorAll(last)].at(-1).getBoundingClientRect().right;
            return [fades, goesOn, scroller.getBoundingClientRect().right - end >= 30];
        }""",
        [row, last],
    )
    assert answers == [True, True, True]
