"""The server is started, and its port is named: the one that was asked for, or another where that one is taken."""

from __future__ import annotations

import signal
import sys
from typing import Any

import gradio as gr
from gradio import http_server


class NoPort(OSError):
    """Says in one sentence that all ports are taken."""


def launch(page: gr.Blocks, **settings: Any) -> None:
    """Launch `page`, say where it is, and stay until the process is asked to end. Raises NoPort.

    Gradio takes the next free port after GRADIO_SERVER_PORT, or after 7860, and looks at GRADIO_NUM_PORTS of them.
    """
    first = http_server.INITIAL_PORT_VALUE
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # in peace, so that visitors' files go at once
    try:
        _, address, _ = page.launch(prevent_thread_lock=True, quiet=True, **settings)
    except OSError as error:
        last = first + http_server.TRY_NUM_PORTS - 1
        tried = f"Port {first} is" if last == first else f"All ports from {first} to {last} are"
        raise NoPort(f"{tried} in use. GRADIO_SERVER_PORT names another.") from error
    if page.server_port != first:
        print(f"Port {first} is in use by another program.")
    print(f"The app is at {address}", flush=True)
    page.block_thread()
