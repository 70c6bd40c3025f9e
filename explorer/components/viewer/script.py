"""How a component's JavaScript is found: modules in a folder, served by `explorer.platform.page_files`."""

from __future__ import annotations

from pathlib import Path

from ...platform.page_files import address


def on_load(static: Path, call: str) -> str:
    """JavaScript for `js_on_load` that imports `static`/mount.js as `module` and does `call`.

    `call` sees element, props, watch and trigger.
    """
    return f"""
        const root = (window.gradio_config?.root ?? location.origin).replace(/\\/$/, "");
        import(`${{root}}/{address(static / "mount.js")}`).then((module) => {call});
    """
