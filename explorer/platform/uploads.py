"""How files come in: each upload in a folder of its own, and a sentence where there is no room for it.

Gradio would put an upload where its content says. Two visitors who send the same photograph would share one file, and
the one who forgets it would take it from the other.
"""

from __future__ import annotations

import math
import shutil

from gradio.route_utils import MultiPartException, upload_fn
from gradio.routes import file_upload_statuses
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .messages import NO_ROOM
from .visitor_files import new_upload_folder


async def _upload(request: Request) -> Response:
    blocks, upload_id = request.app.get_blocks(), request.query_params.get("upload_id")
    try:
        folder = new_upload_folder()
    except OSError:
        return PlainTextResponse(NO_ROOM, 507)
    try:
        size = blocks.max_file_size or math.inf
        progress = file_upload_statuses if upload_id else None
        files, _, _ = await upload_fn(request, folder, size, upload_id, force_move=True, upload_progress=progress)
    except BaseException as error:  # also of a visitor who left meanwhile: what came of the file goes
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, MultiPartException):
            return PlainTextResponse(error.message, 413 if "maximum allowed size" in error.message else 400)
        if isinstance(error, OSError):
            return PlainTextResponse(NO_ROOM, 507)
        raise
    blocks.upload_file_set.update(files)  # so that `delete_cache` knows of them
    return JSONResponse(files)


ROUTE = Route("/gradio_api/upload", _upload, methods=["POST"])
