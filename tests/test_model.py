"""The whole pipeline on the bundled weights: the promises that a caller meets."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

import pix2nphm
from pix2nphm.frames import FRONTAL, rotation_angle_degrees
from pix2nphm.weights.store import load_weights, save_weights
from tests.places import EXAMPLES

PHOTO = EXAMPLES / "lee_barbara.jpg"
CHIN, NOSE_TIP, RIGHT_EYE, LEFT_EYE = 8, 30, slice(36, 42), slice(42, 48)  # the subject's right; iBUG order


@pytest.fixture(scope="module")
def head(model) -> pix2nphm.Head:
    return model.reconstruct(PHOTO)


def test_a_portrait_is_upright_in_place_and_in_the_promised_frames(head):
    assert head.faces == 1 and head.photo_size == (600, 480)
    assert rotation_angle_degrees(head.rotation, FRONTAL) < 15
    points = head.landmarks_px
    assert points.shape == (68, 2)
    assert points[RIGHT_EYE].mean(0)[0] < points[NOSE_TIP][0] < points[LEFT_EYE].mean(0)[0]
    assert points[LEFT_EYE].mean(0)[1] < points[NOSE_TIP][1] < points[CHIN][1]


def test_path_picture_and_array_give_the_same_head(model, head):
    with Image.open(PHOTO) as picture:
        others = [model.reconstruct(picture), model.reconstruct(np.asarray(picture.convert("RGB")))]
    for other in others:
        assert torch.equal(other.code.identity, head.code.identity)
        assert torch.equal(other.camera.rotation, head.camera.rotation)


def test_a_mirrored_photo_gives_the_mirrored_head(model, head):
    with Image.open(PHOTO) as picture:
        width = picture.width
        other = model.reconstruct(ImageOps.mirror(picture.convert("RGB")))
    back = other.camera.mirrored(width)
    assert rotation_angle_degrees(back.rotation, head.rotation) < 1.5
    mirrored = model.regressor.mirror(other.code)
    surface = model.decoder.landmarks(mirrored) - model.decoder.landmarks(head.code)
    assert surface.norm(dim=-1).mean() < 0.0015  # metres; the two crops differ a little


def test_the_field_is_negative_inside_and_positive_outside(model, head):
    inside, outside = [[0.0, 0.02, 0.0]], [[0.0, 0.0, 0.3], [0.3, 0.0, 0.0]]
    assert model.sdf(np.array(inside), head.code) < -0.02
    assert (model.sdf(np.array(outside), head.code) > 0.05).all()


def test_the_mesh_is_one_head_in_metres(model, head):
    mesh = head.mesh(resolution=64)
    assert mesh.body_count == 1
    assert 0.12 < mesh.extents[0] < 0.25 and 0.2 < mesh.extents[1] < 0.35
    nose = model.decoder.landmarks(head.code)[NOSE_TIP].numpy()
    assert np.linalg.norm(mesh.vertices - nose, axis=1).min() < 0.004
    assert mesh.vertex_normals[mesh.vertices[:, 2].argmax()][2] > 0.5  # outward


def test_a_code_survives_its_file_and_is_refused_by_another_model(model, head, tmp_path):
    model.save_code(head.code, tmp_path / "code.npz")
    assert torch.equal(model.load_code(tmp_path / "code.npz").parts, head.code.parts)
    head.code.save(tmp_path / "other.npz", "another-model")
    with pytest.raises(pix2nphm.BadCode, match="another-model"):
        model.load_code(tmp_path / "other.npz")


def test_weights_of_another_shape_are_refused(tmp_path):
    config, tensors = load_weights()
    config["regressor"]["shape"]["whole"] += 1
    save_weights(tmp_path, config, tensors)
    with pytest.raises(pix2nphm.BadWeights):
        pix2nphm.load(tmp_path)


def test_a_picture_without_a_face_says_so(model):
    with pytest.raises(pix2nphm.NoFaceFound):
        model.reconstruct(np.full((200, 300, 3), (40, 90, 160), np.uint8))
