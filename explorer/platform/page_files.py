"""The JavaScript of the page's components under an address of the app's own, so that no path of the server is in it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

COMPONENTS = Path(__file__).parents[1] / "components"
PREFIX = "page_files"
FOR_EVER = "public, max-age=31536000, immutable"  # another version has another address
_static = StaticFiles(directory=COMPONENTS)


@cache
def scripts() -> frozenset[str]:
    """What is served: the modules in the components' folders called static, by their path below `COMPONENTS`."""
    return frozenset(path.relative_to(COMPONENTS).as_posix() for path in COMPONENTS.glob("*/static/*.js"))


@cache
def version() -> str:
    """Of all modules together: they import each other by relative addresses, so one version holds for all."""
    contents = ((COMPONENTS / script).read_bytes() for script in sorted(scripts()))
    return hashlib.sha256(b"".join(contents)).hexdigest()[:12]


def address(script: Path) -> str:
    """Of a module, below the root of the app."""
    return f"{PREFIX}/{version()}/{script.relative_to(COMPONENTS).as_posix()}"


async def _serve(request: Request) -> Response:
    script = request.path_params["script"]
    if script not in scripts():
        raise HTTPException(404)
    response = await _static.get_response(script, request.scope)
    response.headers["Cache-Control"] = FOR_EVER
    return response


ROUTE = Route(f"/{PREFIX}/{{version}}/{{script:path}}", _serve)
