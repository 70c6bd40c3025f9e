"""What the page says and shows while a photo becomes a head, and when the photo is taken away."""

from __future__ import annotations

from threading import Event

import numpy as np

from explorer.platform.messages import DRAWING, LOOKING, WAITING
from explorer.reconstruct.updates import KEPT
from pix2nphm import Head
from tests.browser.patience import SLOW
from tests.browser.reconstruct_steps import EXAMPLES, KIND, PHOTO, choose, wait_for_head

RECORD = """
    window.__said = [];
    new MutationObserver(() => {
        const [working, kind] = [".working", ".shown"].map((part) => document.querySelector(`#viewer ${part}`));
        if (!working) return;
        const fine = document.querySelector("#notice .fine");
        const now = [working.textContent, kind.hidden ? "" : kind.textContent, Boolean(fine?.offsetParent)];
        if (JSON.stringify(now) !== JSON.stringify(window.__said.at(-1))) window.__said.push(now);
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
"""
REMOVE = "#photo button[aria-label='Remove Image']"


def camera(page) -> list[float]:
    return page.evaluate("window.__viewer.camera.position.toArray()")


def posted(page) -> list[str]:
    """Where the page posts to from now on."""
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    return posts


def test_what_is_said_never_runs_ahead_of_the_head_and_never_lags_behind(open_page):
    page = open_page(1280)
    page.evaluate(RECORD)
    choose(page, PHOTO)
    wait_for_head(page)
    page.locator("#notice .fine").first.wait_for(timeout=SLOW)
    said = page.evaluate("window.__said")
    stages = [WAITING, LOOKING, DRAWING, ""]
    order = [stages.index(working) for working, _, _ in said if working or said[0][0]]
    assert order == sorted(order) and {LOOKING, DRAWING} <= {working for working, _, _ in said}
    for working, kind, fine in said:
        assert working != LOOKING or not kind  # the first head is not there while a face is looked for
        assert kind != "Preview" or working in (LOOKING, DRAWING)
        assert not fine or (kind == "Exact" and not working)


def test_another_photo_is_framed_anew_unless_the_view_is_to_stay(open_page):
    page = open_page(1280)
    choose(page, PHOTO)
    wait_for_head(page)
    first = camera(page)
    page.locator("#viewer canvas").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    turned = camera(page)
    assert np.linalg.norm(np.subtract(turned, first)) > 0.2
    for kept, photo in ((False, "mast_brian_jeffery.jpg"), (True, "lee_barbara.jpg")):
        before = camera(page)
        if kept:
            page.get_by_role("button", name="Keep view").click()
        choose(page, EXAMPLES / photo)
        page.wait_for_function(f"{KIND} === 'Preview'", timeout=SLOW)
        wait_for_head(page)
        moved = np.linalg.norm(np.subtract(camera(page), before))
        assert moved < 1e-3 if kept else moved > 0.2


def test_taking_an_example_away_computes_nothing_and_keeps_the_head(open_page):
    page = open_page(1280)
    page.get_by_role("button", name="Use the photo of Eileen Collins").click()
    wait_for_head(page)
    page.locator("#notice .fine").first.wait_for(timeout=SLOW)
    posts = posted(page)
    page.locator(REMOVE).click()
    page.get_by_text(KEPT).wait_for(timeout=SLOW)
    page.wait_for_timeout(1500)  # the photo that was there used to be read again
    assert not [url for url in posts if "queue/join" in url]
    assert page.locator("#photo img").count() == 0 and page.evaluate(KIND) == "Exact"
    assert page.locator("#download-glb").is_enabled()


def test_a_photo_taken_away_while_its_head_is_drawn_leaves_an_empty_page(open_page, monkeypatch):
    may_be_drawn, mesh = Event(), Head.mesh
    monkeypatch.setattr(Head, "mesh", lambda *given: may_be_drawn.wait(SLOW / 1000) and mesh(*given))
    page = open_page(1280)
    choose(page, PHOTO)
    page.wait_for_function(f"{KIND} === 'Preview'", timeout=SLOW)
    page.locator(REMOVE).click()
    page.wait_for_function("window.__viewer.surface === null", timeout=SLOW)
    may_be_drawn.set()
    page.wait_for_timeout(1500)
    assert page.evaluate("window.__viewer.surface") is None and page.locator("#viewer .working").inner_text() == ""


def test_a_job_that_is_not_taken_is_not_waited_for(open_page):
    page = open_page(1280)
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, body='{"detail": "full"}'))
    page.evaluate(RECORD)
    page.get_by_role("button", name="Use the photo of Eileen Collins").click()
    page.wait_for_function(f"window.__said.some(([working]) => working === {WAITING!r})", timeout=SLOW)
    page.wait_for_function("document.querySelector('#viewer .working').textContent === ''", timeout=SLOW)
