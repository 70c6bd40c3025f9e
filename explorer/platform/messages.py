"""What the page says: every failure as one sentence, every notice as a line under the photo."""

from __future__ import annotations

import errno
import html
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from pix2nphm.errors import Pix2NPHMError

OUR_FAULT = "Something went wrong on our side. Please try again, or try another photo."
NO_ROOM = "The server has no room for files at the moment. Please try again later."
GONE = "A file is not on the server any more, where files stay for an hour. Please send it again."
WAITING = "Waiting for its turn …"  # said by the viewer, as the next two are
LOOKING = "Looking for a face and reading it …"
DRAWING = "Drawing the exact head …"
FINE = "A good photo: one face, well seen."
PLAY = "Explore opens with this head."

NO_ROOM_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}  # disk full, quota used up, disk read-only

log = logging.getLogger(__name__)


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Errors raised on purpose become their sentence; all others are logged and become `OUR_FAULT` or `NO_ROOM`."""
    try:
        yield
    except gr.Error:
        raise
    except Pix2NPHMError as error:
        raise failure(str(error)) from error
    except Exception as error:
        log.exception("unexpected error")
        raise failure(NO_ROOM if getattr(error, "errno", None) in NO_ROOM_ERRORS else OUR_FAULT) from error


def failure(sentence: str) -> gr.Error:
    """The error that carries a sentence out of the API, and out of another process."""
    return gr.Error(sentence, print_exception=False)


def notice(*sentences: str, kind: str = "advice") -> str:
    """HTML of the line under the photo. `kind` is "advice", "fine", "error" or "kept"."""
    return "".join(f'<p class="{kind}">{html.escape(sentence)}</p>' for sentence in sentences)
