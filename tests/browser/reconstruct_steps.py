"""What a visitor of the Reconstruct tab does, and waits for."""

from __future__ import annotations

from pathlib import Path

from tests.browser.patience import SLOW
from tests.places import EXAMPLES

PHOTO = EXAMPLES / "haaland_debra.jpg"
KIND = "document.querySelector('#viewer .shown').textContent"  # of the head on show: "Preview" or "Exact"


def choose(page, path: Path) -> None:
    """Upload a photo, in place of one that may be there."""
    page.locator("#photo input[type=file]").set_input_files(path)


def wait_for_head(page) -> None:
    """Until the head is there, the exact one, and drawn."""
    page.wait_for_selector("#download-code:not([disabled])", timeout=SLOW)
    page.wait_for_function(f"{KIND} === 'Exact'", timeout=SLOW)
    wait_until_still(page)


def wait_until_still(page) -> None:
    """Until no frame is asked for any more."""
    page.wait_for_function("window.__viewer.frames > 0 && window.__viewer.pending === null", timeout=SLOW)
