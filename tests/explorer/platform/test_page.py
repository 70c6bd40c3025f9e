"""What the server answers, and what it keeps to itself: headers, uploads, scripts, and inputs that nobody can read."""

from __future__ import annotations

import asyncio
import errno
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import gradio as gr
import pytest
from gradio.context import LocalContext
from gradio.routes import App
from starlette.testclient import TestClient

from explorer.components.controls import Sliders
from explorer.components.viewer import HeadViewer
from explorer.platform import page_files, uploads
from explorer.platform.messages import NO_ROOM
from explorer.platform.page import NOT_TAKEN, SERVER, Page
from explorer.platform.visitor_files import VisitorFiles
from tests.places import ROOT

EVIL = "evil.example"


def a_page() -> Page:
    with Page(analytics_enabled=False) as page:
        HeadViewer(elem_id="head")
        Sliders([{"name": "a", "label": "A"}], viewer="head")
        one, many = gr.File(label="one"), gr.File(label="many", file_count="multiple")
        number = gr.Number(label="number")
        gr.Button().click(lambda *values: str(values), [one, many, number], gr.Textbox(), api_name="show")
    page.max_file_size = 1000
    return page


@pytest.fixture
def client(tmp_path, monkeypatch) -> TestClient:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    return TestClient(App.create_app(a_page(), app_kwargs=dict(SERVER)), "http://heads.example")


def sent(client: TestClient, content: bytes = b"a face") -> str:
    """The path of an upload."""
    (path,) = client.post("/gradio_api/upload", files=[("files", ("face.jpg", content))]).json()
    return path


@pytest.mark.parametrize("path", ["/config", "/gradio_api/info", "/nothing", "/gradio_api/file=/etc/passwd"])
def test_every_answer_has_the_headers(client, path):
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = dict(one.split(" ", 1) for one in headers["Content-Security-Policy"].split("; "))
    assert policy["frame-ancestors"] == "'self' https://huggingface.co https://*.hf.space"
    assert policy["object-src"] == "'none'" and "*" not in policy["script-src"] and "http" not in policy["script-src"]


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Gradio-Server"])
def test_the_page_names_no_other_host(client, name):
    config = client.get("/config", headers={name: f"http://{EVIL}" if "Server" in name else EVIL})
    assert EVIL not in config.text and config.json()["root"] == "http://heads.example"


def test_a_space_is_told_its_own_host(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setenv("SPACE_HOST", "me-heads.hf.space")
    client = TestClient(App.create_app(a_page(), app_kwargs=dict(SERVER)), "http://10.0.0.7:7860")
    proxied = {"X-Forwarded-Host": "me-heads.hf.space", "X-Forwarded-Proto": "https"}
    assert client.get("/config", headers=proxied).json()["root"] == "https://me-heads.hf.space"
    assert EVIL not in client.get("/config", headers={"X-Forwarded-Host": EVIL}).text


def test_the_configuration_holds_no_path_of_the_server(client):
    config = client.get("/config").text
    assert str(ROOT) not in config and page_files.PREFIX in config


def test_scripts_are_served_and_nothing_else(client):
    base = f"/{page_files.PREFIX}/{page_files.version()}"
    script = client.get(f"{base}/controls/static/mount.js")
    assert script.status_code == 200 and "javascript" in script.headers["Content-Type"]
    assert "immutable" in script.headers["Cache-Control"]
    for other in ("viewer/__init__.py", "viewer/static/../__init__.py", "%2e%2e/%2e%2e/app.py", "viewer/static/"):
        assert client.get(f"{base}/{other}").status_code == 404, other


def test_scripts_are_served_below_a_root_path_too(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    page = a_page()
    page.root_path = "https://example.org/heads"
    client = TestClient(App.create_app(page, app_kwargs=dict(SERVER)))
    assert client.get(f"/{page_files.PREFIX}/x/viewer/static/mount.js").status_code == 200
    assert client.get("/config").json()["root"] == "https://example.org/heads"


def test_equal_uploads_are_two_files_and_forgetting_one_leaves_the_other(client, tmp_path):
    mine, theirs = VisitorFiles(), VisitorFiles()
    paths = sent(client), sent(client)
    for visitor, path in zip((mine, theirs), paths):
        visitor.keep(path)
    mine.erase()
    assert client.get(f"/gradio_api/file={paths[0]}").status_code == 403
    assert client.get(f"/gradio_api/file={paths[1]}").content == b"a face"
    theirs.erase()
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_is_too_large_leaves_nothing(client, tmp_path):
    answer = client.post("/gradio_api/upload", files=[("files", ("face.jpg", bytes(1001)))])
    assert answer.status_code == 413 and list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("step", ["new_upload_folder", "upload_fn"])
@pytest.mark.parametrize("why", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_no_upload_is_a_sentence(client, tmp_path, monkeypatch, step, why):
    def fails(*_, **__):
        raise OSError(why, "no")

    monkeypatch.setattr(uploads, step, fails)
    answer = client.post("/gradio_api/upload", files=[("files", ("face.jpg", b"a face"))])
    assert (answer.status_code, answer.text) == (507, NO_ROOM)
    assert not (tmp_path / "cache").exists() or list((tmp_path / "cache").iterdir()) == []


def file_data(path: str) -> dict:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize(
    "one, many",
    [("a.npz", None), (3, None), ({"path": 3}, None), (file_data("/etc/passwd"), None), ([], None), (None, "a.npz")],
)
def test_what_no_component_reads_is_a_sentence(client, one, many):
    with pytest.raises(gr.Error) as error:
        read(client, one, many, 0)
    sentence = error.value.message
    assert sentence == NOT_TAKEN.format("show", "one, many, number") and "passwd" not in sentence


def test_too_few_inputs_are_a_sentence(client):
    with pytest.raises(gr.Error, match="is not what show takes"):
        read(client, None)


def test_a_file_that_was_cleared_away_is_a_sentence(client):
    path = sent(client)
    assert read(client, file_data(path), [file_data(path)], 0) == [path, [path], 0]
    Path(path).unlink()
    for values in ((file_data(path), None, 0), (None, [file_data(path)], 0)):
        with pytest.raises(gr.Error, match="Please send it again"):
            read(client, *values)


def read(client: TestClient, *values) -> list:
    """What the handler of "show" would get."""
    page = client.app.get_blocks()
    page.has_launched = True  # before, Gradio believes every path
    LocalContext.blocks.set(page)
    work = page.preprocess_data(page.fns[0], list(values), None)
    with ThreadPoolExecutor(1) as thread:  # in this one the browser of other tests may have a loop of its own
        return thread.submit(copy_context().run, asyncio.run, work).result()
