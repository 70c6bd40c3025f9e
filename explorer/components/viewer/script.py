"""How a component's JavaScript is found: modules in a folder of the package, served by Gradio as they are."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


@cache  # every update of a component makes it anew
def on_load(static: Path, call: str) -> str:
    """JavaScript for `js_on_load` that imports `static`/mount.js as `module` and does `call`.

    `static` must be a static path of Gradio's; `call` sees element, props, watch and trigger. The version in the
    address defeats stale browser caches.
    """
    version = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(static.glob("*.js")))).hexdigest()[:12]
    script = f"gradio_api/file={static.as_posix()}/mount.js?v={version}"
    return f"""
        const root = (window.gradio_config?.root ?? location.origin).replace(/\\/$/, "");
        import(`${{root}}/{script}`).then((module) => {call});
    """
