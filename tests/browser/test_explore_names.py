"""What a visitor names is text, wherever the page shows it: nothing of it is fetched and nothing runs."""

from __future__ import annotations

import zipfile
from urllib.parse import urlparse

import pytest

import pix2nphm
from pix2nphm import latent
from tests.browser.explore_steps import UPLOAD, explore, says, tool, wait

NAMES = (
    "![](http:&#47;&#47;o.invalid&#47;a.png)",  # a slash would end a folder's name
    "<img src=x onerror=hacked=1>",
    "${hacked=1}{{value}}[x](http:o.invalid)",
)
RENAMED = "![](http://outside.invalid/x.png)"


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """A zip of heads whose entries are named like that."""
    model, path = pix2nphm.load(), tmp_path_factory.mktemp("named") / "heads.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for seed, name in enumerate(NAMES):
            code = path.with_name(f"{seed}.npz")
            model.save_code(latent.random_head(model.population, model.code_shape, seed), code)
            archive.write(code, f"{name}.npz")
        archive.writestr("<img src=http:outside.invalid>.txt", "no code")
    return path


def test_names_are_text_everywhere(open_page, server, named):
    page = open_page(1280)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    explore(page)
    count = page.locator("#shelf li").count()
    page.locator(UPLOAD).first.set_input_files(named)
    says(page, "Left out what is no code: <img src=http:outside.invalid>.txt.")
    wait(page, f"document.querySelectorAll('#shelf li').length === {count + len(NAMES)}")
    page.get_by_text("Show me in Python").click()
    page.get_by_text("What is happening here").click()
    page.locator("#shelf li").nth(count).get_by_role("button", name="as A").click()
    page.locator("#shelf li").nth(count).get_by_role("button", name="Rename").click()
    page.keyboard.type(RENAMED)
    page.keyboard.press("Enter")
    page.locator("#python-note").get_by_text(f"a.npz is the code of {RENAMED}.").wait_for()
    page.locator("#undo").click()
    page.locator("#python-note").get_by_text(f"a.npz is the code of {NAMES[0]}.").wait_for()
    for i in range(len(NAMES)):
        name = page.locator("#shelf li").nth(count + i).locator(".name").inner_text()
        page.locator("#shelf li").nth(count + i).get_by_role("button", name="as A").click()
        page.locator("#shelf li").nth(count + (i + 1) % len(NAMES)).get_by_role("button", name="as B").click()
        page.locator("#python-note").get_by_text(f"a.npz is the code of {name}.").wait_for()
        page.locator("#learn").get_by_text(f"the slider, 0 at {name}").wait_for()
    page.get_by_text("Swap matrix").click()
    page.locator("#matrix td button").nth(1).wait_for()
    for name in ("Parts", "Map", "Animate", "Blend"):
        tool(page, name)
        page.locator("#tools .tabitem:visible").first.wait_for()
    page.locator("#head-a input").click()
    page.get_by_role("option").nth(count).wait_for()
    page.locator("#shelf li").nth(count).get_by_role("button", name="Remove").click()
    wait(page, f"document.querySelectorAll('#shelf li').length === {count + len(NAMES) - 1}")
    page.wait_for_timeout(500)  # time enough for a picture to be asked for
    hosts = {urlparse(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlparse(server).netloc} and page.evaluate("window.hacked") is None
    assert page.locator("#shelf img[src*=invalid], #python-note img, #learn img, #explore-notice img").count() == 0
