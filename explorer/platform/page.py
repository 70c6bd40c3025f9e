"""The page as Gradio's Blocks: what it takes from outside is checked, and jobs wait in a fair queue."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from starlette.middleware import Middleware

from . import clearing, page_files, uploads
from .fair_queue import FairQueue
from .headers import Headers
from .messages import GONE, failure

NOT_TAKEN = (
    "What was sent is not what {} takes. Its inputs are {}; a file is sent as gradio_client.handle_file(path) does it."
)
SERVER = {"middleware": [Middleware(Headers)], "routes": [page_files.ROUTE, uploads.ROUTE]}  # `launch`'s app_kwargs

log = logging.getLogger(__name__)


class Page(gr.Blocks):
    """Blocks that are launched with `app_kwargs=SERVER`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(delete_cache=clearing.GRADIOS, **settings)
        self._queue = FairQueue(self)

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], *state: Any, **settings: Any
    ) -> list[Any]:
        """As Gradio's. What components cannot read is a sentence: theirs names types and paths, and goes unheard."""
        try:
            values = await super().preprocess_data(block_fn, inputs, *state, **settings)
        except gr.Error:
            raise
        except Exception as error:
            log.info("not taken by %s: %s", block_fn.api_name, error)
            named = [str(component.label) for component in block_fn.inputs if getattr(component, "label", None)]
            raise failure(NOT_TAKEN.format(block_fn.api_name, ", ".join(named))) from error
        for component, value in zip(block_fn.inputs, values):
            files = value if isinstance(value, list) else [value] if value else []
            if isinstance(component, (gr.File, gr.Image)) and not all(Path(file).is_file() for file in files):
                raise failure(GONE)
        return values
