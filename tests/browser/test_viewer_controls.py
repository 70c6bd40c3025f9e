"""Around a head by mouse, wheel, fingers and keys; the whole screen; a picture to keep; and no WebGL."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.browser.patience import SLOW
from tests.browser.reconstruct_steps import PHOTO, choose, wait_for_head, wait_until_still

AT = "[...window.__viewer.camera.position.toArray(), ...window.__viewer.controls.target.toArray()]"


@pytest.fixture
def page(open_page):
    """With a head, and the pointer beside its middle."""
    page = open_page(1280)
    choose(page, PHOTO)
    wait_for_head(page)
    box = page.locator("#viewer canvas").bounding_box()
    page.mouse.move(box["x"] + 0.65 * box["width"], box["y"] + 0.4 * box["height"])
    return page


def places(page) -> tuple[np.ndarray, np.ndarray]:
    """Where the camera is and what it looks at, at rest."""
    wait_until_still(page)
    both = np.array(page.evaluate(AT))
    return both[:3], both[3:]


def distance(page) -> float:
    position, target = places(page)
    return float(np.linalg.norm(position - target))


def under_pointer(page) -> np.ndarray:
    """The point of the head's plane, through the origin and facing the camera, at which the pointer is."""
    box = page.locator("#viewer canvas").bounding_box()
    x, y = box["x"] + 0.65 * box["width"], box["y"] + 0.4 * box["height"]
    ray = page.evaluate(f"window.__viewer.rayThrough({x}, {y})")
    start, along = np.array(ray["from"]), np.array(ray["along"])
    normal = places(page)[0] / np.linalg.norm(places(page)[0])
    return start - along * (start @ normal) / (along @ normal)


def wheel(page, down: float) -> None:
    page.mouse.wheel(0, down)
    page.wait_for_timeout(300)  # the next one is another gesture


def drag(page, right: float, **button) -> None:
    box = page.locator("#viewer canvas").bounding_box()
    x, y = box["x"] + 0.65 * box["width"], box["y"] + 0.4 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down(**button)
    page.mouse.move(x + right, y, steps=4)
    page.mouse.up(**button)
    page.mouse.move(x, y)


def test_the_wheel_comes_closer_to_the_pointer_without_a_click_and_scrolls_the_page_at_the_end(page):
    before, at = distance(page), under_pointer(page)
    wheel(page, -300)
    assert distance(page) < 0.95 * before and page.evaluate("scrollY") == 0
    assert np.linalg.norm(under_pointer(page) - at) < 0.004  # metres: what was under the pointer still is
    for _ in range(30):
        wheel(page, 1000)
        if page.evaluate("scrollY"):
            break
    assert page.evaluate("scrollY") > 0 and distance(page) < 2.5 * before


def test_a_wheel_on_its_way_down_the_page_is_not_caught_by_the_head(page):
    before = distance(page)
    head = "document.querySelector('#viewer canvas')"
    caught = page.evaluate(
        f"""() => {{
            const send = (to) => {{
                const event = new WheelEvent("wheel", {{ deltaY: 100, bubbles: true, cancelable: true }});
                to.dispatchEvent(event);
                return event.defaultPrevented;
            }};
            return [send(document.body), send({head})];
        }}"""
    )
    assert caught == [False, False] and distance(page) == pytest.approx(before)


def test_the_head_is_moved_by_the_right_button_by_shift_and_by_keys_but_never_out_of_sight(page):
    for move in (
        lambda: drag(page, 60, button="right"),
        lambda: (page.keyboard.down("Shift"), drag(page, 60), page.keyboard.up("Shift")),
        lambda: (page.locator("#viewer canvas").focus(), page.keyboard.press("Shift+ArrowRight")),
    ):
        page.get_by_role("button", name="Reset view").click()
        (camera, target) = places(page)
        move()
        (camera_after, target_after) = places(page)
        shift = target_after - target
        assert np.linalg.norm(shift) > 0.005
        np.testing.assert_allclose(camera_after - camera, shift, atol=2e-3)  # moved, not turned
        assert shift @ np.cross([0, 1, 0], camera - target) < 0  # the head to the right is the camera to the left
    for _ in range(60):
        page.keyboard.press("Shift+ArrowRight")
    assert np.linalg.norm(places(page)[1]) < 0.3  # metres


def test_the_whole_screen_and_back(page):
    button = page.get_by_role("button", name="Full screen")
    button.click()
    page.wait_for_function("document.querySelector('#viewer .stage').clientHeight > 700", timeout=SLOW)
    page.locator("#viewer [data-fullscreen][aria-pressed=true]").wait_for(timeout=SLOW)
    button.click()
    page.wait_for_function("document.querySelector('#viewer .stage').clientHeight < 600", timeout=SLOW)
    page.locator("#viewer [data-fullscreen][aria-pressed=false]").wait_for(timeout=SLOW)
    page.evaluate("Element.prototype.requestFullscreen = undefined")  # as on a phone that lends its screen to videos
    button.click()
    page.wait_for_function("document.querySelector('#viewer .stage').clientHeight > 700", timeout=SLOW)
    page.keyboard.press("Escape")
    page.wait_for_function("document.querySelector('#viewer .stage').clientHeight < 600", timeout=SLOW)


def test_a_picture_is_saved_finer_than_the_screen_and_without_background(page, tmp_path):
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("button", name="Save a picture").click()
    assert download.value.suggested_filename == "head.png"
    download.value.save_as(tmp_path / "head.png")
    picture = np.asarray(Image.open(tmp_path / "head.png"))
    assert max(picture.shape[:2]) == 2048 and picture.shape[2] == 4
    assert picture[0, 0, 3] == 0 and 0.05 < (picture[..., 3] > 200).mean() < 0.8


def test_two_fingers_pinch_and_one_turns(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.goto(server)
    page.wait_for_function("window.__viewer !== undefined")
    choose(page, PHOTO)
    wait_for_head(page)
    page.locator("#viewer canvas").scroll_into_view_if_needed()
    box = page.locator("#viewer canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = context.new_cdp_session(page)

    def fingers(kind: str, *apart: float) -> None:
        points = [{"x": x + far, "y": y, "id": i} for i, far in enumerate(apart)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before, scrolled = distance(page), page.evaluate("scrollY")
    fingers("touchStart", -40, 40)
    for far in (50, 70, 90, 110):
        fingers("touchMove", -far, far)
    fingers("touchEnd")
    assert distance(page) < 0.8 * before and page.evaluate("scrollY") == scrolled
    assert page.evaluate("visualViewport.scale") == 1  # the head came closer, not the page
    camera = places(page)[0]
    fingers("touchStart", 0)
    for far in (20, 40, 60):
        fingers("touchMove", far)
    fingers("touchEnd")
    assert np.linalg.norm(places(page)[0] - camera) > 0.02
    context.close()


def test_without_webgl_the_page_says_so_and_the_files_come_all_the_same(browser, server):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    thrown: list = []
    page.on("pageerror", lambda error: thrown.append(error))
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    page.goto(server)
    page.get_by_text("This browser cannot draw in 3D").first.wait_for(timeout=SLOW)
    choose(page, PHOTO)
    page.wait_for_selector("#download-glb:not([disabled])", timeout=SLOW)
    buttons = page.locator("#viewer :is(.tools, .corner)")
    assert buttons.evaluate_all("parts => parts.every((part) => !part.offsetParent)")
    assert page.locator("#viewer .working").inner_text() == "" and not thrown
    page.close()
