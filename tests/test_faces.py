"""Photos of several people, and of one who is small in a large picture, on the bundled weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

import pix2nphm
from pix2nphm.photo.read import read_photo
from tests.places import EXAMPLES

NAMES = sorted(path.name for path in EXAMPLES.glob("*.jpg"))
WIDTHS = (480, 300, 280, 240, 150, 110, 100, 90)  # px of the portraits that are put side by side; faces have a third


def portrait(name: str, width: int) -> Image.Image:
    photo = Image.open(EXAMPLES / name).convert("RGB")
    return photo.resize((width, round(photo.height * width / photo.width)), Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def group() -> tuple[np.ndarray, list[float]]:
    """Eight people from left to right, the largest in the middle, and where each begins."""
    picture, left, begins = Image.new("RGB", (sum(WIDTHS), 640), (120, 125, 130)), 0, []
    order = (5, 2, 6, 0, 1, 7, 3, 4)
    for person in order:
        picture.paste(portrait(NAMES[person], WIDTHS[person]), (left, 20))
        begins.append(left)
        left += WIDTHS[person]
    return np.asarray(picture), [begins[order.index(person)] for person in range(len(WIDTHS))]


@pytest.fixture(scope="module")
def heads(model, group) -> list[pix2nphm.Head]:
    return model.reconstruct_faces(group[0])


def test_small_people_of_a_group_are_seen_and_numbered_by_size(heads, group):
    assert len(heads) == len(WIDTHS) and [head.face for head in heads] == list(range(1, 9))
    sides = [face.crop.side_px for face in heads[0].seen]
    assert sides == sorted(sides, reverse=True)
    for person, begin in zip(range(4), group[1]):  # of these the sizes are far enough apart, but for two
        among = heads[:1] if person == 0 else heads[1:4]
        assert any(begin < head.crop.centre_px[0] < begin + WIDTHS[person] for head in among)


def test_every_head_knows_the_boxes_of_all(heads):
    height, width = heads[0].photo_size
    for head in heads:
        assert head.faces == len(head.boxes) == 8 and head.boxes == heads[0].boxes
        left, top, right, bottom = head.boxes[head.face - 1]
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
        inside = (head.landmarks_px >= torch.tensor([left, top])) & (head.landmarks_px <= torch.tensor([right, bottom]))
        assert inside.all(-1).float().mean() > 0.9
        assert (right - left) < 1.8 * (head.landmarks_px.max(0).values - head.landmarks_px.min(0).values).max()


def test_a_face_is_chosen_by_its_number(model, heads, group):
    chosen = model.reconstruct_faces(group[0], [3, 2])
    assert [head.face for head in chosen] == [3, 2]
    assert torch.equal(chosen[0].code.identity, heads[2].code.identity)
    assert "At least 8 faces were found; number 3 by size was used." in chosen[0].warnings


def test_who_asks_for_no_face_hears_that_there_are_several(model, group):
    head = model.reconstruct(group[0])
    assert head.face == 1 and head.faces == 8
    assert "At least 8 faces were found; the largest was used." in head.warnings


def test_a_face_that_is_not_there_is_named(model, group):
    with pytest.raises(pix2nphm.NoFaceFound, match="no face 9 in this photo: 8 faces were seen"):
        model.reconstruct(group[0], face=9)


def test_one_face_alone_is_number_one_and_nothing_is_said(model):
    head = model.reconstruct(EXAMPLES / NAMES[0])
    assert (head.faces, head.face, head.warnings) == (1, 1, ())
    assert len(model.reconstruct_faces(EXAMPLES / NAMES[0])) == 1
    for face in (0, 2):
        with pytest.raises(pix2nphm.NoFaceFound, match=f"no face {face} in this photo: 1 face was seen"):
            model.reconstruct(EXAMPLES / NAMES[0], face=face)


def test_a_small_face_in_a_panorama_and_everything_in_the_panoramas_pixels(model, tmp_path):
    """A face of 156 px in 12,000 x 3,000; the same face alone says where its points are."""
    face, (left, top) = portrait(NAMES[8], 515), (8000, 1500)
    panorama = Image.new("RGB", (12_000, 3_000), (100, 120, 140))
    panorama.paste(face, (left, top))
    panorama.save(tmp_path / "panorama.jpg", quality=95)
    photo = read_photo(tmp_path / "panorama.jpg")
    assert photo.shrink == 2
    found, alone = model.reconstruct(photo), model.reconstruct(face)
    assert found.photo_size == photo.size == (3_000, 12_000)
    height = (alone.landmarks_px.max(0).values - alone.landmarks_px.min(0).values).max()
    assert 140 < height < 170
    error = (found.landmarks_px - alone.landmarks_px - torch.tensor([float(left), float(top)])).norm(dim=-1)
    assert error.mean() < 0.03 * height
    assert found.crop.side_px == pytest.approx(alone.crop.side_px, rel=0.05)


def test_a_moving_picture_without_a_face_says_that_one_frame_was_looked_at(model, tmp_path):
    frames = [Image.new("RGB", (120, 120), (level, 90, 90)) for level in (60, 200)]
    frames[0].save(tmp_path / "blink.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(pix2nphm.NoFaceFound, match="No face found.*only its first frame was used"):
        model.reconstruct(tmp_path / "blink.gif")


def test_a_large_picture_without_a_face_gets_advice(model):
    with pytest.raises(pix2nphm.NoFaceFound, match="cut out the part"):
        model.reconstruct(np.full((400, 1700, 3), (100, 120, 140), np.uint8))
