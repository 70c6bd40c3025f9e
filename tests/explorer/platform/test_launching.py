"""The port that is taken is named, and so is the one that is used in its place."""

import signal
import socket

import gradio as gr
import pytest

from explorer.platform.launching import NoPort, launch


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Markdown("A page")
    monkeypatch.setattr(page, "block_thread", lambda: None)
    yield page
    page.close()


@pytest.fixture
def taken(monkeypatch) -> int:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setattr("gradio.http_server.INITIAL_PORT_VALUE", other.getsockname()[1])
        yield other.getsockname()[1]


def test_the_next_free_port_is_named(page, taken, capsys):
    launch(page)
    address = f"http://127.0.0.1:{page.server_port}/"
    assert page.server_port > taken
    assert capsys.readouterr().out == f"Port {taken} is in use by another program.\nThe app is at {address}\n"


def test_no_free_port_is_one_sentence(page, taken, monkeypatch):
    monkeypatch.setattr("gradio.http_server.TRY_NUM_PORTS", 1)
    with pytest.raises(NoPort, match=rf"^Port {taken} is in use\. GRADIO_SERVER_PORT names another\.$"):
        launch(page)
