"""What the page may still do under its security policy, who may frame it, and what it says where there is no room."""

from __future__ import annotations

import errno

import httpx
import pytest

from explorer.platform import uploads
from explorer.platform.fair_queue import FairQueue
from explorer.platform.messages import NO_ROOM
from tests.browser.patience import SLOW
from tests.browser.reconstruct_steps import PHOTO, choose


def test_the_webcam_takes_a_photo(open_page):
    page = open_page(1280)
    page.locator("#photo [aria-label='Capture from camera']").click()
    page.locator("#photo").get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#photo video')?.videoWidth > 0", timeout=SLOW)
    page.locator("#photo [aria-label='capture photo']").click()
    page.wait_for_selector("#photo img")
    page.locator("#notice p").first.wait_for(timeout=SLOW)  # it is on its way to become a head


@pytest.mark.parametrize("where, shown", [("https://me-heads.hf.space/", True), ("https://evil.example/", False)])
def test_only_spaces_frame_the_page(browser, server, where, shown):
    """Under an address of the internet: Chromium lets no page of it frame one of this machine."""
    answer = httpx.get(server)
    policy = {"Content-Security-Policy": answer.headers["Content-Security-Policy"], "Content-Type": "text/html"}
    page, refused = browser.new_page(), []
    page.on("console", lambda line: refused.append(line.text) if "frame-ancestors" in line.text else None)
    page.route("https://heads.example/**", lambda route: route.abort())
    page.route("https://heads.example/", lambda route: route.fulfill(body=answer.text, headers=policy))
    framing = "<iframe src='https://heads.example/'></iframe>"
    page.route(where, lambda route: route.fulfill(body=framing, content_type="text/html"))
    page.goto(where)
    assert page.frame_locator("iframe").locator("gradio-app").count() == shown and bool(refused) != shown
    page.close()


def test_a_photo_for_which_there_is_no_room_is_a_sentence(open_page, monkeypatch):
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uploads, "new_upload_folder", full)
    page = open_page(1280)
    choose(page, PHOTO)
    page.get_by_text(NO_ROOM).first.wait_for(timeout=SLOW)


def test_a_job_for_which_there_is_no_room_is_a_sentence(open_page, monkeypatch):
    page = open_page(1280)
    sentence = "9 of your jobs are waiting already. Try again in about 20 seconds."
    monkeypatch.setattr(FairQueue, "_refusal", lambda *_: sentence)
    choose(page, PHOTO)
    page.get_by_text(sentence).first.wait_for(timeout=SLOW)
