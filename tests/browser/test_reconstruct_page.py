"""What a visitor does, done: choose a photo, see a head, turn it, download it, choose a bad photo."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from PIL import Image

from tests.browser.patience import SLOW, picture_of
from tests.browser.reconstruct_steps import EXAMPLES, PHOTO, choose, wait_for_head, wait_until_still


def frames(page) -> int:
    return page.evaluate("window.__viewer.frames")


def wait_for_next_frame(page, before: int) -> None:
    page.wait_for_function(f"window.__viewer.frames > {before}", timeout=SLOW)


def seen(page) -> np.ndarray:
    """(H, W, 3) the viewer as it stands on the screen."""
    return picture_of(page.locator("#viewer .stage"))


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the pixels that clearly differ."""
    return float((np.abs(a - b).max(axis=2) > 25).mean())


def test_an_uploaded_photo_becomes_a_head_that_can_be_turned_and_downloaded(open_page, tmp_path):
    page = open_page(1280)
    assert page.locator("#viewer .message").inner_text() == "Choose a photo to see its head here"
    empty = seen(page)
    choose(page, PHOTO)
    wait_for_head(page)
    head = seen(page)
    assert 0.08 < difference(empty, head) < 0.8

    with page.expect_download(timeout=SLOW) as download:
        page.locator("#download-glb").click()
    assert download.value.suggested_filename == "haaland_debra.glb"
    download.value.save_as(tmp_path / "head.glb")
    mesh = trimesh.load_mesh(tmp_path / "head.glb")
    assert len(mesh.vertices) > 5000 and 0.12 < mesh.extents[0] < 0.35  # metres

    views = {"Shaded": head}
    for name in ("Normals", "Wireframe"):
        before = frames(page)
        page.get_by_role("button", name=name).click()
        wait_for_next_frame(page, before)
        views[name] = seen(page)
        assert page.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"
    assert difference(views["Shaded"], views["Normals"]) > 0.05
    assert difference(views["Normals"], views["Wireframe"]) > 0.05

    page.get_by_role("button", name="Shaded").click()
    page.locator("#viewer canvas").focus()
    before = frames(page)
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    wait_for_next_frame(page, before)
    turned = page.evaluate("window.__viewer.camera.position.toArray()")
    page.get_by_role("button", name="Keep view").click()
    page.evaluate("window.__first = window.__viewer.surface.geometry")
    choose(page, EXAMPLES / "mast_brian_jeffery.jpg")
    page.wait_for_function("window.__viewer.surface.geometry !== window.__first", timeout=SLOW)
    wait_for_head(page)
    kept = page.evaluate("window.__viewer.camera.position.toArray()")
    np.testing.assert_allclose(kept, turned, atol=1e-3)  # the camera is the visitor's
    before = frames(page)
    page.get_by_role("button", name="Reset view").click()
    wait_for_next_frame(page, before)
    reset = page.evaluate("window.__viewer.camera.position.toArray()")
    assert np.linalg.norm(np.subtract(reset, turned)) > 0.1


def test_an_example_is_laid_over_its_photo_and_the_slider_blends(open_page):
    page = open_page(1280)
    page.get_by_role("button", name="Use the photo of Eileen Collins").click()
    wait_for_head(page)
    stack = page.locator("#overlay .stack")
    stack.locator("img").evaluate_all("images => Promise.all(images.map((image) => image.decode()))")
    slider = page.get_by_role("slider")

    def blended(value: int) -> np.ndarray:
        slider.evaluate("(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value)
        return picture_of(stack)

    photo, mesh = blended(0), blended(100)
    assert difference(photo, mesh) > 0.15
    half = blended(50)
    assert np.abs(half - (photo + mesh) / 2).mean() < 4
    crop = page.get_by_alt_text("The part of the photo the network looked at")
    assert crop.evaluate("image => image.naturalWidth") > 64


def test_a_bad_photo_says_why_in_one_sentence_and_the_head_stays(open_page, tmp_path):
    page = open_page(1280)
    choose(page, PHOTO)
    wait_for_head(page)
    head = seen(page)
    Image.new("RGB", (300, 300), (90, 120, 150)).save(tmp_path / "wall.png")
    (tmp_path / "notes.jpg").write_text("not a picture")
    for name, why in (("wall.png", "No face found"), ("notes.jpg", "not a picture")):
        choose(page, tmp_path / name)
        error = page.locator("#notice .error", has_text=why)
        error.wait_for(timeout=SLOW)
        assert error.inner_text().strip().endswith(".") and "/" not in error.inner_text()
        assert "The head shown is still the one from haaland_debra." in page.locator("#notice").inner_text()
        assert difference(head, seen(page)) < 0.01
        assert page.locator("#download-glb").is_enabled()


def test_the_turntable_turns_until_it_is_stopped(open_page):
    page = open_page(1280)
    choose(page, PHOTO)
    wait_for_head(page)
    button = page.get_by_role("button", name="Turntable")
    button.click()
    before = frames(page)
    page.wait_for_function(f"window.__viewer.frames > {before} + 3", timeout=SLOW)
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    wait_until_still(page)  # it runs out softly
    before = frames(page)
    page.wait_for_timeout(1000)
    assert frames(page) == before


def test_without_a_graphics_card_a_head_is_drawn_finer_when_it_rests(open_page):
    page = open_page(1280)
    if page.evaluate("window.__viewer.hasCard"):
        pytest.skip("this browser draws with a graphics card")
    choose(page, PHOTO)
    wait_for_head(page)
    width = page.evaluate("window.__viewer.canvas.clientWidth")
    page.wait_for_function(f"window.__viewer.canvas.width === 2 * {width}", timeout=SLOW)
    page.locator("#viewer canvas").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"window.__viewer.canvas.width === {width}", timeout=SLOW)
    page.wait_for_function(f"window.__viewer.canvas.width === 2 * {width}", timeout=SLOW)


def test_a_phone_in_the_dark_needs_no_sideways_scrolling(open_page):
    page = open_page(390, 844, theme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Use the photo of Eileen Collins").click()
    wait_for_head(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in ("body", "gradio-app", "#overlay"):
        colour = page.evaluate(f"getComputedStyle(document.querySelector('{part}')).backgroundColor")
        assert colour == "rgba(0, 0, 0, 0)" or max(map(int, colour[4:-1].split(","))) < 60, part


def test_every_control_has_a_name(open_page):
    page = open_page(1280)
    nameless = page.evaluate(
        """[...document.querySelectorAll(":is(#examples, #viewer, #overlay, .downloads) :is(button, canvas, input)")]
           .filter((control) => !(control.ariaLabel || control.innerText).trim()).length"""
    )
    assert nameless == 0


def test_moved_vertices_are_drawn_without_a_new_mesh(open_page):
    page = open_page(1280)
    choose(page, PHOTO)
    wait_for_head(page)
    head, before = seen(page), frames(page)
    page.evaluate(
        """const viewer = window.__viewer;
           viewer.setPositions(viewer.surface.geometry.attributes.position.array.map((metres) => 0.6 * metres));"""
    )
    wait_for_next_frame(page, before)
    assert difference(head, seen(page)) > 0.05
