"""From the release of a slider to the exact head on the screen: `python tests/release_latency.py`.

Starts the app and a real Chromium on this machine, lets each slider of the blend go at ten places, and prints how many
milliseconds passed until the exact head was drawn; then the same for places that were shown before.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

PLACES = (0.37, 0.61, 0.22, 0.48, 0.83, 0.29, 0.71, 0.55, 0.91, 0.05)
SETTLES_MS = 1600  # after a head is drawn, its picture at rest follows
RELEASE = """(input, value) => new Promise((done) => {
    const head = window.p2n.viewers.head, viewer = head.viewer;
    const drawn = (frame, start) =>
        viewer.frames > frame ? done(performance.now() - start) : setTimeout(drawn, 2, frame, start);
    const exact = (start) => {
        if (head.shown !== "exact") return setTimeout(exact, 4, start);
        viewer.draw();
        drawn(viewer.frames, start);
    };
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => {
        if (head.shown !== "preview") throw new Error("the head did not follow the slider");
        input.dispatchEvent(new Event("change", { bubbles: true }));
        exact(performance.now());
    }, 600);
})"""


def milliseconds(page, index: int) -> list[float]:
    """For each of `PLACES`, by the blend's slider of that index."""
    from tests.browser.explore_steps import slider

    taken = []
    for place in PLACES:
        taken.append(slider(page, "blend", index).evaluate(RELEASE, place))
        page.wait_for_timeout(SETTLES_MS)
    return taken


def main() -> None:
    from playwright.sync_api import sync_playwright

    import app
    from tests.browser.conftest import CHROMIUM, FLAGS
    from tests.browser.explore_steps import explore

    served = app.start()
    _, address, _ = served.launch(prevent_thread_lock=True, quiet=True, **app.LAUNCH)
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS).new_page(
            viewport={"width": 1280, "height": 900}
        )
        page.goto(address)
        page.wait_for_selector("#viewer canvas")
        explore(page)
        page.wait_for_timeout(SETTLES_MS)
        for name, index in (("identity", 0), ("expression", 1), ("expression, seen before", 1)):
            taken = milliseconds(page, index)
            print(f"{name}: median {statistics.median(taken):.0f} ms, slowest {max(taken):.0f} ms")
    served.close()


if __name__ == "__main__":
    main()
