"""Patience with a page: how long a test waits for it, and when it has come to rest.

A test that passes never waits the whole time, however busy the machine is.
"""

from __future__ import annotations

import io
import time

import numpy as np
from PIL import Image

SLOW = 120_000  # ms: a loaded machine that draws without a graphics card


def picture_of(locator) -> np.ndarray:
    """(H, W, 3) what a locator shows, once two pictures in a row are the same.

    After scrolling, a busy Chromium first fills in the page's background for what it has not drawn yet.
    """
    last, end = None, time.monotonic() + SLOW / 1000
    while time.monotonic() < end:
        locator.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        picture = np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB")).astype(int)
        if last is not None and np.array_equal(picture, last):
            return picture
        last = picture
    raise TimeoutError("The page did not come to rest.")
