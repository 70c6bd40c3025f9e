from __future__ import annotations

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from explorer.components.thumbnails import SIDE, picture, picture_url
from pix2nphm.codes import HeadCode

RADIUS = 0.1


def ball(subdivisions: int = 4):
    return trimesh.creation.icosphere(subdivisions=subdivisions, radius=RADIUS)


class Balls:
    """A model whose every head is a ball, larger by its whole code."""

    def __init__(self) -> None:
        self.drawn = 0
        mean = torch.tensor(np.array(ball().vertices), dtype=torch.float32)
        self.template = SimpleNamespace(mean=mean, faces=torch.tensor(np.array(ball().faces)), vertices=self.vertices)

    def vertices(self, code: HeadCode) -> torch.Tensor:
        self.drawn += 1
        return self.template.mean * (1 + code.whole[0])


@pytest.fixture
def balls() -> Balls:
    return Balls()


def code(larger: float = 0.0) -> HeadCode:
    return HeadCode(torch.tensor([larger]), torch.zeros(1, 1), torch.zeros(1))


def test_a_ball_is_a_disc_in_the_middle_with_nothing_around_it(balls):
    drawn = picture(balls, code(), 112)
    assert drawn.shape == (112, 112, 4) and drawn.dtype == np.uint8
    radius = np.sqrt((drawn[..., 3] / 255).sum() / np.pi)
    assert radius == pytest.approx(RADIUS / SIDE * 112, rel=0.02)  # the perspective adds a little
    row, column = (np.nonzero(drawn[..., 3])[axis].mean() + 0.5 for axis in (0, 1))
    assert column == pytest.approx(56, abs=0.5) and row > 56  # the middle of a head is above its origin
    assert not drawn[drawn[..., 3] == 0].any()


def test_all_heads_are_drawn_at_one_scale(balls):
    small, large = (np.sqrt((picture(balls, code(larger))[..., 3] > 127).sum()) for larger in (0.0, 0.2))
    assert large / small == pytest.approx(1.2, abs=0.03)


def test_the_head_is_seen_as_the_viewer_opens(balls):
    balls.template.mean = balls.template.mean + torch.tensor([0.0, 0.0, 0.05])  # a step ahead of the head's origin
    columns = np.nonzero(picture(balls, code())[..., 3])[1]
    assert columns.mean() + 0.5 < 56 - 4  # the camera stands at the subject's left: ahead is left


def test_the_same_code_is_drawn_once_whoever_asks(balls):
    first = picture(balls, code(0.1))
    assert picture(balls, code(0.1)) is first and balls.drawn == 1
    assert picture(balls, code(0.2)) is not first and picture(Balls(), code(0.1)) is not first
    assert picture(balls, code(0.1), 64).shape == (64, 64, 4)
    with pytest.raises(ValueError):
        first[0, 0] = 1


def test_the_url_holds_the_picture(balls):
    url = picture_url(balls, code())
    head, content = url.split(",")
    image = Image.open(io.BytesIO(base64.b64decode(content)))
    assert head == "data:image/webp;base64" and image.size == (112, 112) and len(url) < 8000
    assert np.abs(np.asarray(image)[..., 3].astype(int) - picture(balls, code())[..., 3]).max() == 0
