"""Each sentence comes when its reason is there, and only then."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.photo.judge import judge
from pix2nphm.photo.read import read_photo

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
