import base64
import io

import numpy as np
import torch
from PIL import Image

from explorer.components.pictures import LONGEST_SIDE, around_head, data_url, draw
from pix2nphm.frames import FRONTAL, Camera

HALF_WIDTH, HALF_HEIGHT = 0.075, 0.115  # of the known head, metres


def camera_at(x: float, y: float, scale: float = 1000.0) -> Camera:
    return Camera(FRONTAL, torch.tensor(scale), torch.tensor([x, y], dtype=torch.float32), torch.tensor(0.0))


def known_mesh(known_model):
    return known_model.reconstruct(np.full((99, 99, 3), 255, np.uint8)).mesh(48)


def test_window_is_the_head_and_a_margin(known_model):
    window = around_head(known_mesh(known_model), camera_at(400, 300), (800, 1000))
    assert abs(window.left - (400 - 1.6 * 1000 * HALF_WIDTH)) < 2
    assert abs(window.bottom - (300 + 1.6 * 1000 * HALF_HEIGHT)) < 2
    assert max(window.width, window.height) == LONGEST_SIDE


def test_window_stays_in_the_photo_and_is_all_of_it_when_the_head_is_elsewhere(known_model):
    cut = around_head(known_mesh(known_model), camera_at(10, 10), (800, 1000))
    assert (cut.left, cut.top) == (0, 0)
    elsewhere = around_head(known_mesh(known_model), camera_at(5000, 5000), (800, 1000))
    assert (elsewhere.left, elsewhere.top, elsewhere.right, elsewhere.bottom) == (0, 0, 1000, 800)


def test_mesh_lands_on_the_same_pixels_as_the_photo(known_model):
    mesh, camera = known_mesh(known_model), camera_at(400, 300)
    photo = np.zeros((800, 1000, 3), np.uint8)
    photo[300 - 115 : 300 + 115, 400 - 75 : 400 + 75] = 255  # the head's box in the photo
    window = around_head(mesh, camera, photo.shape[:2])
    drawn = draw(mesh, window.camera(camera), window.height, window.width)
    seen = drawn[..., 3] > 127
    white = window.take(photo)[..., 0] > 127
    for axis in (0, 1):
        ends_seen, ends_white = np.flatnonzero(seen.any(axis))[[0, -1]], np.flatnonzero(white.any(axis))[[0, -1]]
        np.testing.assert_allclose(ends_seen, ends_white, atol=4)
    assert drawn[0, 0, 3] == 0


def test_data_url_holds_the_picture_and_its_transparency():
    picture = np.zeros((20, 30, 4), np.uint8)
    picture[:, :15] = (200, 100, 50, 255)
    kind, data = data_url(picture).split(",")
    back = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert kind == "data:image/webp;base64"
    np.testing.assert_array_equal(back[..., 3], picture[..., 3])
    np.testing.assert_allclose(back[:, :12, :3].mean((0, 1)), (200, 100, 50), atol=12)
