from pathlib import Path

import numpy as np
import pytest
import trimesh
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from tests.browser.patience import SLOW

PHOTO = Path(__file__).parents[2] / "examples" / "lee_barbara.jpg"


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
