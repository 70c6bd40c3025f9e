"""Every control of the tools, used once, in one state after another."""

from __future__ import annotations

import pytest
import trimesh
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from tests.browser.explore_steps import (
    DRAG,
    HEAD,
    MOVE,
    SLOW,
    at,
    explore,
    move,
    new_head,
    press,
    says,
    shape,
    slider,
    tool,
    wait,
)


def test_a_first_visitor_moves_a_head_at_once(open_page):
    page = open_page(1280)
    explore(page)
    assert [slider(page, "blend", i).input_value() for i in (0, 1)] == ["0.5", "0"]
    assert page.locator("#shelf li").count() >= 2 and page.locator("#undo").is_disabled()

    before = shape(page)
    slider(page, "blend").evaluate(DRAG, 1.2)
    wait(page, f"{HEAD}.shown === 'preview'")  # at once, and without the server
    assert page.locator("#head .shown").inner_text() == "Preview"
    slider(page, "blend").evaluate("(input) => input.dispatchEvent(new Event('change', { bubbles: true }))")
    new_head(page, before)
    assert page.locator("#head .shown").inner_text() == "Exact"

    page.locator("#undo:enabled").click()
    at(page, "blend", 0, 0.5)
    wait(page, f"document.querySelector('#undo').disabled && {HEAD}.shown === 'exact'")


def test_blend(open_page):
    page = open_page(1280)
    explore(page)
    move(page, "blend", 1, 0.7)
    press(page, "swap-ba")
    at(page, "blend", 0, 1)
    at(page, "blend", 1, 0)
    press(page, "swap-ab")
    at(page, "blend", 1, 1)

    page.get_by_text("Both at once").click()
    page.locator("#pad input").first.focus()
    before = shape(page)
    page.keyboard.press("ArrowRight")
    new_head(page, before)

    page.get_by_text("Swap matrix").click()
    page.locator("#matrix td button").nth(1).wait_for(timeout=SLOW)
    page.locator("#matrix td button").nth(2).click()
    at(page, "blend", 0, 0)
    at(page, "blend", 1, 1)

    page.locator("#head-b input").click()
    page.get_by_role("option").nth(3).click()
    wait(page, "document.querySelectorAll('#shelf li')[3].querySelector('.b[aria-pressed=true]') !== null")


def test_the_pad_opens_where_the_head_is(open_page):
    page = open_page(1280)
    explore(page)
    move(page, "blend", 0, 1.2)
    move(page, "blend", 1, 1.3)
    page.get_by_text("Both at once").click()
    wait(page, "Math.abs(document.querySelector('#pad input')?.value - 1.2) < 0.006")
    at(page, "blend", 0, 1.2)
    at(page, "blend", 1, 1.3)
    page.locator("#pad input").first.focus()
    before = shape(page)
    page.keyboard.press("ArrowRight")
    new_head(page, before)
    at(page, "blend", 0, 1.25)
    at(page, "blend", 1, 1.3)


def test_the_swap_matrix_begins_with_a_and_b(open_page):
    page = open_page(1280)
    explore(page)
    before = shape(page)
    page.locator("#shelf li").nth(8).get_by_role("button", name="as A").click()
    new_head(page, before)
    names = [page.locator("#shelf li").nth(i).locator(".name").inner_text() for i in (8, 1)]
    page.get_by_text("Swap matrix").click()
    page.locator("#matrix td button").nth(1).wait_for(timeout=SLOW)
    rows = page.locator("#matrix tbody th").all_inner_texts()
    assert [row.strip() for row in rows[:2]] == names


def test_a_slider_stays_where_it_was_let_go_of_while_older_answers_come_in(open_page):
    page = open_page(1280)
    explore(page)
    before, count, sent = shape(page), page.locator("#shelf li").count(), []

    def hold_all_but_the_first(route) -> None:
        sent.append(route)
        if len(sent) == 1:
            route.continue_()

    page.route("**/queue/join*", hold_all_but_the_first)
    slider(page, "blend").evaluate(f"(input) => {{ document.querySelector('#keep').click(); ({MOVE})(input, 1.4); }}")
    wait(page, f"document.querySelectorAll('#shelf li').length === {count + 1}")
    assert slider(page, "blend").input_value() == "1.4" and page.evaluate(f"{HEAD}.shown") == "preview"
    page.unroute("**/queue/join*")  # and now Python hears of the movement
    new_head(page, before)
    at(page, "blend", 0, 1.4)


def test_a_place_that_was_exact_before_is_exact_at_once(open_page):
    page = open_page(1280)
    explore(page)
    move(page, "blend", 0, 0.8)
    exact = shape(page)
    move(page, "blend", 0, 0.3)
    page.route("**/queue/join*", lambda route: None)  # Python hears nothing of what follows
    slider(page, "blend").evaluate(MOVE, 0.8)
    wait(page, f"{HEAD}.shown === 'exact'")
    assert shape(page) == exact
    slider(page, "blend").evaluate(MOVE, 0.7)
    assert page.evaluate(f"{HEAD}.shown") == "preview"  # never seen there
    page.unroute("**/queue/join*")  # and now it does
    wait(page, f"{HEAD}.shown === 'exact'")


def test_parts(open_page):
    page = open_page(1280)
    explore(page)
    tool(page, "Parts")
    page.locator("#strength input[type=range]").wait_for()
    move(page, "strength", 0, 1)
    page.locator("#region").get_by_label("Jaw").click()
    at(page, "strength", 0, 0)
    page.locator("#region").get_by_label("Nose").click()
    at(page, "strength", 0, 1)
    press(page, "mirrored input")
    page.locator("#donor input").click()
    page.get_by_role("option").nth(2).click()
    at(page, "strength", 0, 0)

    stage = page.locator("#head canvas").bounding_box()
    page.mouse.click(stage["x"] + 0.5 * stage["width"], stage["y"] + 0.3 * stage["height"])
    wait(page, "document.querySelector('#region input:checked').value !== 'nose'")
    page.locator("#head [data-heat]").click()
    wait(page, f"{HEAD}.heat && {HEAD}.shown === 'preview'")
    assert page.locator("#head .legend").is_visible()
    page.get_by_text("What is happening here").click()
    wait(page, "document.querySelector('#learn h3')?.innerText === 'What moved'")


def test_directions(open_page):
    page = open_page(1280)
    explore(page)
    tool(page, "Directions")
    page.locator("#directions input[type=range]").first.wait_for()
    move(page, "directions", 0, 2)
    page.locator("#group input").click()
    page.get_by_role("option", name="Jaw").click()
    wait(page, "document.querySelector('#directions').innerText.includes('Jaw open')")
    move(page, "directions", 2, 0.8)

    page.get_by_text("Another head, at random").click()
    page.locator("#random-expression input").click()  # before there is a random head: nothing to draw again
    page.locator("#random-expression input").click()
    press(page, "random")
    assert page.locator("#shelf li").count() == 16
    page.locator("#seed input").fill("7")
    before = shape(page)
    page.locator("#seed input").press("Enter")
    new_head(page, before)
    before = shape(page)
    page.locator("#seed input").fill("8")
    press(page, "random")
    assert page.locator("#seed input").input_value() == "8"
    press(page, "random-expression input")
    before = shape(page)
    page.locator("#truncation input[type=range]").evaluate(DRAG, 0.5)
    page.locator("#truncation input[type=range]").dispatch_event("pointerup")
    new_head(page, before)
    assert page.locator("#seed input").input_value() == "8"

    page.get_by_text("How plausible this head is").click()
    wait(page, "document.querySelector('#meter')?.innerText.includes('This head is')")
    page.locator("#pull-back").click()
    says(page, "is typical, so it stays as it is")
    page.get_by_text("What is unusual about it").click()
    page.locator("#unusual-fold .js-plotly-plot").wait_for(timeout=SLOW)
    press(page, "mean")


def test_map(open_page):
    page = open_page(1280)
    explore(page)
    tool(page, "Map")
    page.locator("#atlas svg").wait_for()
    wait(page, "document.querySelector('#atlas .here').innerText.includes('standard deviations')")
    before = shape(page)
    place = page.locator("#atlas svg").bounding_box()
    page.mouse.click(place["x"] + 0.75 * place["width"], place["y"] + 0.25 * place["height"])
    new_head(page, before)
    before = shape(page)
    page.locator("#atlas .handle").focus()
    page.keyboard.press("Shift+ArrowLeft")
    new_head(page, before)

    tool(page, "Blend")  # whose sliders no longer say where the head is
    page.locator("#blend").get_by_text("not on the line from A to B").wait_for()
    assert page.locator("#blend output").all_inner_texts() == ["—", "—"]
    move(page, "blend", 0, 0.25)
    assert page.locator("#blend output").all_inner_texts() == ["25 %", "0 %"]
    assert not page.locator("#blend .elsewhere").is_visible()
    press(page, "undo")
    page.locator("#blend").get_by_text("not on the line from A to B").wait_for()


def test_animate(open_page, tmp_path):
    page = open_page(1280)
    explore(page)
    tool(page, "Animate")
    before = shape(page)
    page.get_by_role("button", name="Play").click()
    wait(page, f"{HEAD}.shown === 'preview'")
    page.get_by_role("button", name="Pause").click()
    new_head(page, before)
    for button, name in (("morph-glb", "morph.glb"), ("morph-gif", "morph.gif"), ("turntable-gif", "turntable.gif")):
        with page.expect_download(timeout=SLOW) as download:
            page.locator(f"#{button}").click()
        assert download.value.suggested_filename == name
        download.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes()[:4] in (b"glTF", b"GIF8")


def test_learning_follows_the_control_in_hand(open_page):
    page = open_page(1280)
    explore(page)
    page.get_by_text("What is happening here").click()
    wait(page, "document.querySelector('#learn')?.innerText.includes('Blending who it is')")
    move(page, "blend", 1, 0.6)
    wait(page, "document.querySelector('#learn')?.innerText.includes('Blending what the face does')")
    page.get_by_text("Show me in Python").click()
    wait(page, "document.querySelector('#python')?.innerText.includes('expression=0.6')")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_scrolls_only_downwards(open_page, theme):
    page = open_page(390, 844, theme=theme)
    explore(page)
    for name in ("Blend", "Parts", "Directions", "Map", "Animate"):
        tool(page, name)
        page.locator("#tools .tabitem:visible").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
    page.evaluate("window.scrollTo(0, 600)")
    assert page.locator("#head canvas").bounding_box()["y"] >= -1  # the head stays in sight


def test_a_list_closes_behind_the_keyboard(open_page):
    page = open_page(1280)
    explore(page)
    page.locator("#head-a input").click()
    page.get_by_role("option").nth(1).wait_for()
    page.keyboard.press("Tab")
    wait(page, "document.activeElement.closest('#head-b') !== null")
    page.locator("#title").click()
    wait(page, "document.querySelector('[role=option]') === null")
    count = page.locator("#shelf li").count()
    page.locator("#shelf li").nth(3).get_by_role("button", name="Remove").click()
    wait(page, f"document.querySelectorAll('#shelf li').length === {count - 1}")
    assert page.get_by_role("option").count() == 0


def test_every_control_of_the_tab_has_a_name(open_page):
    page = open_page(1280)
    explore(page)
    for name in ("Blend", "Parts", "Directions", "Map", "Animate"):
        tool(page, name)
        nameless = page.evaluate(
            """["#stage", "#tools", "#shelf", "#shelf-actions"]
               .flatMap((part) => [...document.querySelectorAll(`${part} :is(button, input, canvas, select)`)])
               .filter((one) => one.offsetParent && one.type !== "file")
               .filter((one) => ![one.ariaLabel, one.innerText, one.title, one.labels?.[0]?.innerText].join("").trim())
               .map((one) => one.outerHTML.slice(0, 120))"""
        )
        assert nameless == [], name


def test_other_programs_blend_swap_and_decode(server, tmp_path):
    import pix2nphm
    from explorer.explore.shelf.example_codes import read_example_shelf

    model = pix2nphm.load()
    a, b = (head.code for head in read_example_shelf(model)[:2])
    for name, code in (("a.npz", a), ("b.npz", b)):
        model.save_code(code, tmp_path / name)
    files = [handle_file(tmp_path / name) for name in ("a.npz", "b.npz")]
    client = Client(server, verbose=False, httpx_kwargs={"timeout": SLOW / 1000})
    mesh, between = client.predict(*files, 1.0, 0.0, api_name="/interpolate")
    assert len(trimesh.load_mesh(mesh).vertices) > 5000
    assert (model.load_code(between).identity - b.identity).abs().max() < 1e-6
    first, second = (model.load_code(file) for file in client.predict(*files, api_name="/swap"))
    assert (first.expression == b.expression).all() and (second.identity == b.identity).all()
    assert client.predict(files[0], "ply", api_name="/decode").endswith(".ply")

    (tmp_path / "bad.npz").write_text("no code")
    with pytest.raises(AppError, match="not a head code file"):
        client.predict(handle_file(tmp_path / "bad.npz"), "glb", api_name="/decode")
