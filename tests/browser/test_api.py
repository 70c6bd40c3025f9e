import re

import numpy as np
import pytest
import torch
import trimesh
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from tests.browser.patience import SLOW
from tests.places import ROOT

PHOTO = ROOT / "examples" / "lee_barbara.jpg"
README_SERVER = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def client(server):
    return Client(server, verbose=False, httpx_kwargs={"timeout": SLOW / 1000})


def test_a_client_gets_a_mesh_a_code_and_a_summary(client):
    import pix2nphm

    mesh_file, code_file, summary = client.predict(handle_file(PHOTO), api_name="/reconstruct")
    mesh = trimesh.load_mesh(mesh_file)
    assert len(mesh.vertices) > 5000 and 0.12 < mesh.extents[0] < 0.35  # metres
    pix2nphm.load().load_code(code_file)
    landmarks = np.array(summary["landmarks_px"])
    height, width = summary["photo_size"]
    assert landmarks.shape == (68, 2) and (landmarks > 0).all() and (landmarks < (width, height)).all()
    rotation = np.array(summary["rotation"])
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-4)
    assert summary["faces"] == 1


def test_a_client_with_a_bad_photo_gets_one_sentence(client, tmp_path):
    (tmp_path / "notes.jpg").write_text("not a picture")
    with pytest.raises(AppError) as error:
        client.predict(handle_file(tmp_path / "notes.jpg"), api_name="/reconstruct")
    assert "not a picture" in str(error.value) and "/" not in str(error.value) and "Traceback" not in str(error.value)


BAD_INPUTS = {
    "no number": ("/interpolate", {"identity": None}, "identity must be a number"),
    "text": ("/interpolate", {"expression": "much"}, "expression must be a number"),
    "too large": ("/interpolate", {"identity": 1e9}, "from -0.5 to 1.5"),
    "no file": ("/swap", {"b": None}, "A head code file is needed"),
    "a plain path": ("/swap", {"a": "examples/codes/lee_barbara.npz"}, "is not what swap takes"),
    "a number for a file": ("/decode", {"code": 7}, "is not what decode takes"),
    "a format that is none": ("/decode", {"format": None}, "A mesh comes as"),
    "a path for a photo": ("/reconstruct", {"photo_path": "examples/lee_barbara.jpg"}, "is not what reconstruct takes"),
    "no photo": ("/reconstruct", {"photo_path": None}, "Choose a photo first"),
}


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_a_client_that_sends_nonsense_gets_one_sentence(client, name):
    endpoint, bad, sentence = BAD_INPUTS[name]
    code = handle_file(ROOT / "examples" / "codes" / "lee_barbara.npz")
    good = {
        "/interpolate": {"a": code, "b": code, "identity": 0.5, "expression": 0.5},
        "/swap": {"a": code, "b": code},
        "/decode": {"code": code, "format": "glb"},
        "/reconstruct": {"photo_path": handle_file(PHOTO)},
    }[endpoint]
    with pytest.raises(AppError) as error:
        client.predict(**good | bad, api_name=endpoint)
    assert sentence in str(error.value) and str(error.value).endswith(".") and "Traceback" not in str(error.value)


def test_the_readmes_example_runs_verbatim(server, monkeypatch):
    """But for the address: tests launch the app where a port is free."""
    section = re.search(r"## From another program\n(.*?)\n## ", (ROOT / "README.md").read_text(), re.DOTALL).group(1)
    example = re.search(r"```python\n(.*?)```", section, re.DOTALL).group(1)
    assert README_SERVER in example
    monkeypatch.chdir(ROOT)
    names = {}
    exec(example.replace(README_SERVER, server), names)
    import pix2nphm

    model = pix2nphm.load()
    a = model.load_code(names["a"]["path"])
    b = model.load_code(names["b"]["path"])
    assert torch.equal(model.load_code(names["a_as_b"]).expression, b.expression)
    assert torch.equal(model.load_code(names["b_as_a"]).expression, a.expression)
    assert torch.equal(model.load_code(names["code_file"]).expression, b.expression)
    assert names["mesh_file"].endswith(".ply") and len(trimesh.load_mesh(names["mesh_file"]).vertices) > 5000
