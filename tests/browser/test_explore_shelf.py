"""Heads come, stay, are shared and go: the shelf and the link in the whole app."""

from __future__ import annotations

from pathlib import Path

import trimesh
from gradio.utils import get_upload_folder
from PIL import Image, ImageOps

from tests.browser.explore_steps import HEAD, MOVE, SLOW, UPLOAD, at, explore, move, new_head, says, shape, slider, wait
from tests.browser.reconstruct_steps import PHOTO, choose, wait_for_head

KEPT = "localStorage.getItem('pix2nphm-shelf').length"


def test_a_head_is_kept_named_shared_and_forgotten(open_page, tmp_path):
    page = open_page(1280)
    explore(page)
    heads = page.locator("#shelf li")
    count = heads.count()
    page.locator("#keep").click()
    wait(page, f"document.querySelectorAll('#shelf li').length === {count + 1}")
    says(page, "My head is on the shelf.")
    for button, ending in (("explore-glb", ".glb"), ("explore-code", ".npz"), ("save-all", ".zip")):
        with page.expect_download(timeout=SLOW) as download:
            page.locator(f"#{button}").click()
        assert download.value.suggested_filename.endswith(ending)
        download.value.save_as(tmp_path / f"head{ending}")
    assert len(trimesh.load_mesh(tmp_path / "head.glb").vertices) > 5000
    page.locator("#keep").click()
    says(page, "This head is on the shelf already, as My head.")
    page.locator(UPLOAD).first.set_input_files(tmp_path / "head.zip")
    says(page, f"{count + 1} heads are on the shelf already")
    move(page, "blend", 0, 0.8)
    with page.expect_download(timeout=SLOW) as download:
        page.locator("#explore-code").click()
    download.value.save_as(tmp_path / "head.npz")

    page.locator(UPLOAD).first.set_input_files(tmp_path / "head.npz")
    wait(page, f"document.querySelectorAll('#shelf li').length === {count + 2}")
    (tmp_path / "bad.npz").write_text("no code")
    page.locator(UPLOAD).first.set_input_files(tmp_path / "bad.npz")
    says(page, "not a head code file")

    page.reload()
    explore(page)
    wait(page, f"document.querySelectorAll('#shelf li').length === {count + 2}")  # the browser remembers
    kept = page.evaluate(KEPT)
    page.locator("#forget").click()
    wait(page, f"document.querySelectorAll('#shelf li').length === {count} && {KEPT} < {kept}")
    page.reload()
    explore(page)
    wait(page, f"document.querySelectorAll('#shelf li').length === {count}")


def test_what_is_forgotten_is_gone_from_both_tabs_from_the_address_and_from_the_server(open_page, tmp_path):
    page = open_page(1280)
    mirrored = tmp_path / "somebody.jpg"
    ImageOps.mirror(Image.open(PHOTO)).save(mirrored)
    choose(page, mirrored)
    wait_for_head(page)
    wait(page, "!document.querySelector('#download-code').disabled")
    on_server = lambda: {path.name for path in Path(get_upload_folder()).rglob("somebody*")}
    assert on_server() == {f"somebody.{ending}" for ending in ("jpg", "glb", "ply", "obj", "stl", "code.npz")}
    explore(page)
    page.locator("#share").click()
    wait(page, "location.search.includes('state=')")
    page.locator("#forget").click()
    says(page, "Everything is forgotten")
    wait(page, "!location.search.includes('state=')")
    page.get_by_role("tab", name="Reconstruct").click()
    wait(page, "document.querySelector('#download-code').disabled && !document.querySelector('#photo img')")
    assert page.locator("#notice").inner_text().strip() == ""
    page.get_by_text("Choose a photo to see its head here").wait_for(timeout=SLOW)
    assert on_server() == set()
    page.reload()
    explore(page)
    assert page.locator("#shelf li", has_text="From a link").count() == 0
    page.get_by_role("tab", name="Reconstruct").click()
    choose(page, PHOTO)  # and a state begins anew
    wait_for_head(page)


def test_a_head_that_was_reconstructed_is_in_sight_on_the_shelf(open_page, tmp_path):
    page = open_page(390)
    mirrored = tmp_path / "somebody new.jpg"  # as it is, the head is on the shelf already
    ImageOps.mirror(Image.open(PHOTO)).save(mirrored)
    choose(page, mirrored)
    wait_for_head(page)
    explore(page)
    wait(page, "document.querySelector('#shelf ul').scrollLeft > 100")
    new, row = (page.locator(part).bounding_box() for part in ("#shelf li:last-child", "#shelf ul"))
    assert row["x"] <= new["x"] and new["x"] + new["width"] <= row["x"] + row["width"] + 1
    assert page.locator("#shelf .used span").first.inner_text() == "A\nSomebody New"  # Explore starts with it
    at(page, "blend", 0, 0)


def test_an_example_photo_that_is_chosen_is_the_head_that_is_there(open_page):
    page = open_page(1280)
    page.locator("#examples button").nth(2).click()
    wait_for_head(page)
    explore(page)
    wait(page, "document.querySelector('#shelf .used span')?.innerText.includes('Suzan DelBene')")
    assert page.locator("#shelf li").count() == 16


def test_heads_of_the_shelf_are_used_named_removed_and_cleared(open_page):
    page = open_page(1280)
    explore(page)
    heads = page.locator("#shelf li")
    count = heads.count()
    before = shape(page)
    heads.nth(4).get_by_role("button", name="as A").click()
    new_head(page, before)
    heads.nth(4).get_by_role("button", name="Rename").click()
    page.keyboard.type("Somebody")
    page.keyboard.press("Enter")
    wait(page, "document.querySelector('#head-a input').value === 'Somebody'")

    heads.nth(4).get_by_role("button", name="Remove").click()  # it is A
    wait(page, f"document.querySelectorAll('#shelf li').length === {count - 1}")
    says(page, "A is now")
    wait(page, "document.querySelector('#head-a input').value !== 'Somebody'")

    clear = page.locator("#shelf .clear")
    clear.evaluate("(button) => { button.click(); setTimeout(() => button.click(), 600); }")  # sooner: a double click
    wait(page, "document.querySelectorAll('#shelf li').length === 0")
    slider(page, "blend").evaluate(MOVE, 0.9)  # with nothing to blend
    says(page, "The shelf is empty.")
    page.locator("#examples-back").click()
    wait(page, f"document.querySelectorAll('#shelf li').length === {count}")


def test_a_link_opens_its_head_and_a_bad_one_says_so(open_page):
    page = open_page(1280)
    explore(page)
    move(page, "blend", 0, 1.3)
    shown = shape(page)
    page.locator("#share").click()
    wait(page, "location.search.startsWith('?state=')")
    address = page.evaluate("location.href")
    page.goto(address)
    wait(page, f"{HEAD}?.shown === 'exact'")
    says(page, "This is the head of the link you opened.")
    assert len(shape(page)) and shown
    explore(page, "?state=broken")
    says(page, "This link holds no head")
