"""Each sentence comes when its reason is there, and only then."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.photo.judge import judge
from pix2nphm.photo.read import read_photo
from tests.places import EXAMPLES

PHOTO = np.full((600, 500, 3), 140, np.uint8)


def face(centre=(250.0, 300.0), width=200.0) -> torch.Tensor:
    """68 points on a circle."""
    angles = torch.linspace(0, 2 * math.pi, 68)
    return torch.tensor(centre) + width / 2 * torch.stack([angles.cos(), angles.sin()], dim=-1)


def camera(yaw: float = 0.0, pitch: float = 0.0) -> Camera:
    y, p = math.radians(yaw), math.radians(pitch)
    about_y = torch.tensor([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    about_x = torch.tensor([[1, 0, 0], [0, math.cos(p), -math.sin(p)], [0, math.sin(p), math.cos(p)]])
    return Camera(about_y @ about_x @ FRONTAL, torch.tensor(1000.0), torch.tensor([250.0, 300.0]), torch.tensor(0.0))


def test_a_good_picture_gets_no_sentence():
    assert judge(read_photo(PHOTO), face(), camera(30), faces=1) == ()


@pytest.mark.parametrize(
    "words, photo, points, pose, faces",
    [
        ("3 faces", PHOTO, face(), camera(), 3),
        ("only 60 pixels", PHOTO, face(width=60.0), camera(), 1),
        ("cut off", PHOTO, face((20.0, 300.0)), camera(), 1),
        ("cut off", PHOTO, face((-5000.0, 300.0)), camera(), 1),
        ("to the side", PHOTO, face(), camera(65), 1),
        ("to the side", PHOTO, face(), camera(-70), 1),
        ("eye level", PHOTO, face(), camera(pitch=40), 1),
        ("eye level", PHOTO, face(), camera(pitch=-40), 1),
        ("very dark", PHOTO // 5, face(), camera(), 1),
        ("overexposed", np.full_like(PHOTO, 252), face(), camera(), 1),
    ],
)
def test_one_fault_gets_one_sentence(words, photo, points, pose, faces):
    sentences = judge(read_photo(photo), points, pose, faces)
    assert len(sentences) == 1
    assert words in sentences[0] and sentences[0].endswith(".")


def test_a_dark_background_is_not_a_dark_face():
    photo = PHOTO // 20
    photo[200:400, 150:350] = 90
    assert judge(read_photo(photo), face(), camera(), faces=1) == ()


def test_faults_add_up():
    assert len(judge(read_photo(PHOTO // 10), face((5.0, 5.0), 40.0), camera(80), faces=2)) == 5


@pytest.fixture(scope="module")
def head(model):
    return model.reconstruct(EXAMPLES / "lee_barbara.jpg")


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return read_photo(EXAMPLES / "lee_barbara.jpg").pixels


def told(pixels: np.ndarray, head) -> tuple[str, ...]:
    return judge(read_photo(pixels.clip(0, 255).astype(np.uint8)), head.landmarks_px, head.camera, faces=1)


def test_the_examples_are_good_photos(model):
    for path in sorted(EXAMPLES.glob("*.jpg")) + sorted(EXAMPLES.glob("*.png")):
        assert model.reconstruct(path).warnings == (), path.name


@pytest.mark.parametrize("share", [0.15, 0.3, 0.4])
def test_a_dark_photo(pixels, head, share):
    (sentence,) = told(share * pixels, head)
    assert "very dark" in sentence


def test_a_dark_face_before_a_bright_window(pixels, head):
    lit = np.full_like(pixels, 250)
    low, high = head.landmarks_px.min(0).values.int().tolist(), head.landmarks_px.max(0).values.int().tolist()
    lit[low[1] : high[1], low[0] : high[0]] = 0.3 * pixels[low[1] : high[1], low[0] : high[0]]
    assert any("very dark" in sentence for sentence in told(lit, head))


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("share", [0.1, 0.25])
def test_a_face_of_which_one_half_is_lit(pixels, head, side, share):
    middle = head.landmarks_px[27:31, 0].mean().item()
    light_on = side * (np.arange(pixels.shape[1]) - middle) > 0
    (sentence,) = told(pixels * np.where(light_on, 1, share)[None, :, None], head)
    assert sentence.startswith("One half of the face is in the dark")


@pytest.mark.parametrize("blur", [0.02, 0.03, 0.05])  # of the face's height
def test_a_blurred_photo(pixels, head, blur):
    height = (head.landmarks_px.max(0).values - head.landmarks_px.min(0).values)[1].item()
    (sentence,) = told(gaussian_filter(pixels.astype(float), (blur * height, blur * height, 0)), head)
    assert "blurred" in sentence
    assert told(gaussian_filter(pixels.astype(float), (0.003 * height, 0.003 * height, 0)), head) == ()


@pytest.mark.parametrize(
    "roll, words", [(180, "upside down"), (-150, "upside down"), (90, "on its side"), (-50, "on its side"), (20, "")]
)
def test_a_head_that_is_not_upright(roll, words):
    angle = math.radians(roll)
    turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    for down, more in ((0.0, 0), (-28.0, 1)):  # what is steep is steep in every position
        sentences = judge(read_photo(PHOTO), face(), camera(pitch=down).warped(turn, torch.zeros(2)), faces=1)
        assert len(sentences) == bool(words) + more
        assert not words or words in sentences[0]


@pytest.mark.parametrize("down, steep", [(35, True), (20, False), (-10, False), (-25, True)])
def test_heads_in_portraits_lean_forward_a_little(down, steep):
    assert len(judge(read_photo(PHOTO), face(), camera(pitch=down), faces=1)) == steep
