"""A head that follows the controls: an egg with a nose on a page of its own."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import trimesh

from explorer.platform.page import SERVER
from explorer.platform.theme import THEME
from tests.browser.egg_page import (
    GROUPS,
    HEAD,
    a_page,
    drag,
    egg,
    head,
    nose_of,
    picture,
    wait,
    wait_until_drawn,
    wait_until_told,
)  # fmt: skip
from tests.browser.patience import SLOW


@pytest.fixture(scope="module")
def small_server():
    told, go = [], threading.Semaphore(0)
    page = a_page(told, go)
    _, address, _ = page.launch(prevent_thread_lock=True, quiet=True, theme=THEME, run_history=False, app_kwargs=SERVER)
    yield address, told, go
    page.close()


@pytest.fixture
def told(small_server) -> list:
    """What the page told Python, in order: (Committed, value of the control), or (region, vertex) of a pick."""
    small_server[1].clear()
    return small_server[1]


@pytest.fixture
def go(small_server) -> threading.Semaphore:
    """Lets the decoder that waits go on, once for each release."""
    return small_server[2]


@pytest.fixture
def open_small(browser, small_server):
    pages, thrown = [], []

    def opened(width: int = 1280, height: int = 900, theme: str = "light"):
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
        pages.append(page)
        page.on("pageerror", lambda error: thrown.append(error))
        page.set_default_timeout(SLOW)
        page.on("console", lambda line: thrown.append(line.text) if line.type == "error" else None)
        page.goto(small_server[0])
        page.wait_for_function("window.p2n?.viewers.head?.preview", timeout=SLOW)
        wait(page, f"shown === 'exact' && {HEAD}.frames")
        page.wait_for_function("document.querySelectorAll('#sliders input').length > 1", timeout=SLOW)
        return page

    yield opened
    for page in pages:
        page.close()
    assert not thrown


def test_the_head_follows_the_slider_and_the_exact_mesh_follows_the_release(open_small):
    page = open_small()
    camera = head(page, "viewer.camera.position.toArray()")
    assert page.locator("#head .shown").inner_text() == "Exact"
    before, generation = head(page, "frames"), head(page, "generation")
    drag(page, "Identity", 0.2, 0.5, 1.5, let_go=False)
    wait(page, f"frames > {before}")
    assert head(page, "shown") == "preview" and head(page, "generation") == generation + 3
    assert page.locator("#head .shown").inner_text() == "Preview"
    wait_until_drawn(page, egg(5, identity=1.5))
    assert page.locator("#sliders output").first.inner_text() == "150 %"

    drag(page, "Identity", 1.0)
    wait(page, "shown === 'exact'")
    wait_until_drawn(page, egg(6, identity=1))
    assert page.locator("#head .shown").inner_text() == "Exact"
    np.testing.assert_allclose(head(page, "viewer.camera.position.toArray()"), camera, atol=1e-6)


def test_without_a_graphics_card_a_preview_that_waits_is_not_drawn_finer(open_small):
    page = open_small()
    if head(page, "viewer.hasCard"):
        pytest.skip("this browser draws with a graphics card")
    width = head(page, "viewer.canvas.clientWidth")
    wait(page, f"viewer.canvas.width === 2 * {width}")
    drag(page, "Identity", 0.7, let_go=False)
    wait(page, f"viewer.canvas.width === {width}")
    page.wait_for_timeout(1500)  # a head at rest is finer after 1 s
    assert head(page, "shown") == "preview" and head(page, "viewer.canvas.width") == width
    drag(page, "Identity", 0.7)
    wait(page, f"shown === 'exact' && {HEAD}.viewer.canvas.width === 2 * {width}")


def test_normals_of_the_preview_are_those_of_its_surface(open_small):
    page = open_small()
    drag(page, "Identity", 0.7, let_go=False)
    drag(page, "Expression", 1.2, let_go=False)
    mesh = egg(5, identity=0.7, expression=1.2)
    wait_until_drawn(page, mesh)
    normals = np.array(page.evaluate(f"[...{HEAD}.preview.normals]")).reshape(-1, 3)
    expected = trimesh.geometry.weighted_vertex_normals(
        len(mesh.vertices), mesh.faces, mesh.face_normals, np.repeat(mesh.area_faces[:, None], 3, axis=1)
    )
    assert (normals * expected).sum(1).min() > 0.9995


def test_python_is_told_once_when_the_hand_lets_go(open_small, told):
    page = open_small()
    drag(page, "Identity", 0.2, 0.4, 0.6)
    wait(page, "shown === 'exact'")
    ((committed, held),) = told
    assert committed.values == {"identity": 0.6, "expression": 0} and committed.moved == "identity"
    assert committed.generation == head(page, "generation") and held == committed.values


def test_a_late_answer_does_not_replace_what_the_hand_shows(open_small, told, go):
    page = open_small()
    page.get_by_label("The decoder waits").check()
    drag(page, "Identity", 0.5)
    wait_until_told(page, told, 1)
    drag(page, "Identity", 1.2)
    drag(page, "Identity", 1.4, let_go=False)
    assert len(told) == 1
    go.release()
    wait_until_told(page, told, 2)  # the page has the answer to 0.5: it tells of 1.2 only then
    page.wait_for_timeout(1000)  # time enough for the mesh of the answer to come, too
    assert len(told) == 2 and head(page, "shown") == "preview"
    wait_until_drawn(page, egg(5, identity=1.4))
    drag(page, "Identity", 1.0)
    go.release(2)
    wait(page, "shown === 'exact'")
    wait_until_drawn(page, egg(6, identity=1))


def test_a_turn_is_over_when_it_comes_to_rest(open_small):
    page = open_small()
    at_first = head(page, "viewer.camera.position.toArray()")
    place = page.locator("#head canvas").bounding_box()
    page.mouse.move(place["x"] + 200, place["y"] + 200)
    page.mouse.down()
    page.mouse.move(place["x"] + 290, place["y"] + 220, steps=5)
    page.mouse.up()
    wait(page, "viewer.pending === null")
    turned = head(page, "viewer.camera.position.toArray()")
    assert np.abs(np.subtract(turned, at_first)).max() > 0.05
    drag(page, "Identity", 0.5, 1.0)
    wait(page, "shown === 'exact'")
    np.testing.assert_allclose(head(page, "viewer.camera.position.toArray()"), turned, atol=1e-6)


def test_another_head_keeps_the_camera_and_moves_from_its_own_base(open_small):
    page = open_small()
    page.locator("#head canvas").focus()
    page.keyboard.press("ArrowRight")
    camera = head(page, "viewer.camera.position.toArray()")
    page.get_by_role("button", name="Normals").click()
    page.get_by_role("button", name="Wide head").click()
    page.wait_for_function(f"Math.max(...{HEAD}.preview.base.filter((_, i) => i % 3 === 0)) > 0.09", timeout=SLOW)
    wait_until_drawn(page, egg(6, identity=1))
    drag(page, "Expression", 1.0, let_go=False)
    wait_until_drawn(page, egg(5, identity=1, expression=1))
    np.testing.assert_allclose(head(page, "viewer.camera.position.toArray()"), camera, atol=1e-4)
    assert page.get_by_role("button", name="Normals").get_attribute("aria-pressed") == "true"


def test_an_answer_may_bring_the_next_preview(open_small):
    page = open_small()
    drag(page, "Alone", 1)
    page.wait_for_function(f"Math.max(...{HEAD}.preview.base.filter((_, i) => i % 3 === 0)) > 0.09", timeout=SLOW)
    wait(page, "shown === 'exact'")
    wait_until_drawn(page, egg(6, identity=1))


def test_pad_and_sliders_never_disagree(open_small, told):
    page = open_small()
    drag(page, "Identity", 0.5)
    pad = page.locator("#pad .square").bounding_box()

    def at(x: float, y: float) -> tuple[float, float]:
        """The point of the window of two values between -0.5 and 1.5."""
        return pad["x"] + pad["width"] * (x + 0.5) / 2, pad["y"] + pad["height"] * (1.5 - y) / 2

    thumb = page.locator("#pad .thumb").bounding_box()
    np.testing.assert_allclose(
        (thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2), at(0.5, 0), atol=1.5
    )
    page.mouse.move(*at(0.5, 0))
    page.mouse.down()
    page.mouse.move(*at(1, 1))
    assert page.locator("#sliders output").all_inner_texts() == ["100 %", "100 %"]
    assert head(page, "shown") == "preview"
    page.mouse.up()
    wait(page, "shown === 'exact'")
    committed, held = told[-1]
    assert committed.values == held and committed.moved == ""
    np.testing.assert_allclose([committed.values["identity"], committed.values["expression"]], 1, atol=0.02)

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    wait(page, "shown === 'exact'")  # of the last one: only an answer to it is exact
    moved = told[-1][0]
    np.testing.assert_allclose(moved.values["identity"], committed.values["identity"] - 0.05, atol=1e-6)
    np.testing.assert_allclose(moved.values["expression"], committed.values["expression"] + 0.05, atol=1e-6)
    ranges = page.locator("#pad input").evaluate_all("inputs => inputs.map(input => Number(input.value))")
    np.testing.assert_allclose(ranges, list(moved.values.values()), atol=1e-6)


def test_python_sets_sliders_silently_even_back_to_where_it_set_them_last(open_small, told):
    page = open_small()
    for value in (0.8, 0.6):
        drag(page, "Identity", value)
        wait(page, "shown === 'exact'")
        count = len(told)
        page.get_by_role("button", name="Back to A").click()
        page.wait_for_function("document.querySelector('#sliders input').value === '0'", timeout=SLOW)
        wait(page, "shown === 'exact'")
        assert len(told) == count


def test_reset_and_double_click_bring_a_slider_back_to_zero(open_small, told):
    page = open_small()
    drag(page, "Identity", 0.8)
    wait_until_told(page, told, 1)
    page.get_by_role("button", name="Identity: back to 0 %").click()
    assert page.locator("#sliders output").first.inner_text() == "0 %"
    wait_until_told(page, told, 2)
    drag(page, "Identity", 0.8)
    wait_until_told(page, told, 3)
    page.locator("#sliders input").first.dispatch_event("dblclick")
    assert page.locator("#sliders output").first.inner_text() == "0 %"
    wait_until_told(page, told, 4)
    wait(page, "shown === 'exact'")
    assert [committed.values["identity"] for committed, _ in told] == [0.8, 0, 0.8, 0]


def test_a_key_held_down_tells_python_once(open_small, told):
    page = open_small()
    page.locator("#sliders input").first.focus()
    for _ in range(5):
        page.keyboard.down("ArrowRight")
    page.keyboard.up("ArrowRight")
    wait(page, "shown === 'exact'")
    ((committed, _),) = told
    assert committed.values["identity"] == pytest.approx(0.05)


def test_units_are_grouped_counted_and_found_by_name(open_small):
    page = open_small()
    page.get_by_role("button", name="Units").click()
    page.get_by_placeholder("Find a control").wait_for(timeout=SLOW)
    assert page.locator("#sliders .slider:visible").count() == GROUPS["Brows"]
    assert page.locator("#sliders summary").all_inner_texts() == ["Brows", "Eyes\n1 moved", "Mouth"]
    page.get_by_placeholder("Find a control").fill("eyes number 1")
    assert page.locator("#sliders label:visible").all_inner_texts() == ["Eyes number 1"]
    page.get_by_placeholder("Find a control").fill("tail")
    assert page.get_by_text("No control has this name.").is_visible()
    page.get_by_placeholder("Find a control").fill("")
    assert page.locator("#sliders .slider:visible").count() == GROUPS["Brows"]


def test_heat_is_in_millimetres_and_paints_only_what_moved(open_small):
    page = open_small()
    drag(page, "Expression", 0.6, let_go=False)
    page.get_by_role("button", name="What moved").click()
    page.wait_for_function("document.querySelector('#head .legend').innerText.includes('20')", timeout=SLOW)
    assert page.locator("#head .legend").inner_text().split() == ["0", "10", "20", "mm"]
    moved = np.array(page.evaluate(f"[...{HEAD}.preview.moved]"))
    assert moved.max() == pytest.approx(18, abs=0.3) and np.median(moved) < 0.1
    before = picture(page)
    page.get_by_role("button", name="What moved").click()
    after = picture(page)
    changed = np.abs(before - after).max(axis=2) > 60
    head_pixels = after[..., 3] > 200
    assert 0.01 < changed.sum() / head_pixels.sum() < 0.5
    assert page.locator("#head .legend").is_hidden()


def test_a_click_says_the_region_and_a_drag_says_nothing(open_small, told):
    page = open_small()
    box = page.locator("#head canvas").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 40, middle[1])
    page.mouse.up()
    page.evaluate(
        f"""{HEAD}.viewer.controls.enableDamping = false; {HEAD}.viewer.controls.update();
            {HEAD}.viewer.camera.position.set(0, 0, 1); {HEAD}.viewer.controls.update()"""
    )
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    page.mouse.click(middle[0], middle[1] + 10)
    wait_until_told(page, told, 1)
    page.mouse.click(middle[0], middle[1] - 150)
    wait_until_told(page, told, 2)
    assert [region for region, _ in told] == ["nose", "skull"]
    assert nose_of(trimesh.creation.icosphere(subdivisions=5))[told[0][1]] > 0.1


def test_a_phone_has_room_and_large_targets(open_small):
    page = open_small(390, 844, theme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    drag(page, "Identity", 0.8)
    sizes = page.locator("#sliders :is(.slider input, .reset):visible").evaluate_all(
        "targets => targets.map(target => target.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 44
    nameless = page.evaluate(
        """[...document.querySelectorAll(":is(#sliders, #pad, #head) :is(button, canvas, input)")]
           .filter((c) => !(c.ariaLabel || c.innerText || c.labels?.[0]?.innerText || "").trim()).length"""
    )
    assert nameless == 0
