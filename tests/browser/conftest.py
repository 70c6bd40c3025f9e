"""The real app with the bundled weights, launched once, and a real Chromium to meet it with."""

from __future__ import annotations

import shutil
from functools import partial

import httpx
import pytest

from tests.browser.patience import SLOW

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
]  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def patient_launch():
    """Before `launch` returns, Gradio asks for the page once, and fails if that takes 3 s. Here it may take longer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gradio.networking.url_ok", lambda url: httpx.head(url, timeout=SLOW / 1000).is_success)
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of the app."""
    import app
    import pix2nphm
    from explorer.reconstruct.stages import stages

    model = pix2nphm.load()
    page = app.build(model, partial(stages, model))
    _, address, _ = page.launch(prevent_thread_lock=True, quiet=True, **app.LAUNCH)
    yield address
    page.close()


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context(browser):
    """A browser of one visitor, which has loaded and compiled the page's scripts once."""
    return browser.new_context()


@pytest.fixture
def open_page(browser, context, server):
    """Opens the app: open_page(width, theme="light"), the theme being the one of the system.

    Each page is another visitor's, whose browser remembers nothing. At the end pages are closed, and must not have
    thrown nor asked for what the security policy forbids.
    """
    pages, thrown = [], []

    def opened(width: int, height: int = 900, theme: str = "light"):
        page = browser.new_page() if pages else context.new_page()  # the first may share what was loaded before
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        forget = {"origin": server.rstrip("/"), "storageTypes": "local_storage"}
        page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", forget)
        page.set_default_timeout(SLOW)
        page.on("pageerror", lambda error: thrown.append(error))
        page.on("console", lambda line: thrown.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(f"{server}")
        page.wait_for_selector("#viewer canvas")
        page.wait_for_function("window.__viewer !== undefined")
        return page

    yield opened
    for page in pages:
        page.close()
    assert not thrown
