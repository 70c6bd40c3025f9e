"""What a visitor of the Explore tab does, and waits for."""

from __future__ import annotations

import json

from tests.browser.patience import SLOW

MOVE = """(input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
}"""
DRAG = "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }"
HEAD = "window.p2n?.viewers?.head"
UPLOAD = "#bring-in input[type=file], input[type=file][accept*=npz]"
POSITIONS = f"{HEAD}.viewer.surface.geometry.attributes.position.array"
SHAPE = f"[...{POSITIONS}].reduce((sum, number, i) => sum + number * (1 + (i % 7)), {POSITIONS}.length).toFixed(5)"


def explore(page, query: str = "") -> None:
    """Open the tab and wait for its first head."""
    if query:
        page.goto(page.url.split("?")[0] + query)
    else:
        page.get_by_role("tab", name="Explore").click()
    wait(page, f"{HEAD}?.shown === 'exact' && {HEAD}.preview !== null")


def wait(page, condition: str) -> None:
    page.wait_for_function(condition, timeout=SLOW)


def slider(page, section: str, index: int = 0):
    return page.locator(f"#{section} input[type=range]").nth(index)


def at(page, section: str, index: int, value: float) -> None:
    """Wait until a slider stands there."""
    wait(page, f"Math.abs(document.querySelectorAll('#{section} input[type=range]')[{index}]?.value - {value}) < 0.006")


def shape(page) -> str:
    """Tells one exact mesh from another."""
    return page.evaluate(SHAPE)


def new_head(page, before: str) -> None:
    """Wait until another exact mesh is shown."""
    wait(page, f"{HEAD}.shown === 'exact' && {SHAPE} !== {json.dumps(before)}")


def move(page, section: str, index: int, value: float) -> None:
    """Move a slider and let it go; the exact head follows."""
    before = shape(page)
    slider(page, section, index).evaluate(MOVE, value)
    new_head(page, before)


def says(page, text: str) -> None:
    """Wait until the line under the viewer says that."""
    wait(page, f"document.querySelector('#explore-notice')?.innerText.includes({json.dumps(text)})")


def press(page, name: str) -> None:
    """Press a button that changes the head."""
    before = shape(page)
    page.locator(f"#{name}").click()
    new_head(page, before)


def tool(page, name: str) -> None:
    page.locator("#tools").get_by_role("tab", name=name).click()
