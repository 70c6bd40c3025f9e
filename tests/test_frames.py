"""Frames and the camera, by points whose place is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from pix2nphm.frames import (
    FRONTAL,
    MIRROR_HEAD,
    Camera,
    rotation_angle_degrees,
    rotation_from_6d,
    yaw_pitch_roll_degrees,
)
from pix2nphm.photo.crop import Crop


def camera(rotation=FRONTAL, scale=1000.0, centre=(200.0, 100.0), inverse_distance=0.0) -> Camera:
    return Camera(rotation, torch.tensor(scale), torch.tensor(centre), torch.tensor(inverse_distance))


def turn(axis: str, degrees: float) -> torch.Tensor:
    return torch.tensor(Rotation.from_euler(axis, degrees, degrees=True).as_matrix(), dtype=torch.float32)


def random_rotations(count: int) -> torch.Tensor:
    return torch.tensor(Rotation.random(count, random_state=0).as_matrix(), dtype=torch.float32)


def test_a_frontal_head_in_pixels():
    points = torch.tensor([[0.0, 0.0, 0.0], [0.05, 0.0, 0.0], [0.0, 0.05, 0.0], [0.0, 0.0, 0.1]])
    expected = torch.tensor([[200.0, 100.0], [250.0, 100.0], [200.0, 50.0], [200.0, 100.0]])
    torch.testing.assert_close(camera().project(points), expected)  # left is right in the picture, up is up
    torch.testing.assert_close(camera().depth(points), torch.tensor([0.0, 0.0, 0.0, -0.1]))  # the nose is nearer


def test_perspective_makes_near_things_larger():
    near = camera(inverse_distance=2.0)  # half a metre away
    points = torch.tensor([[0.05, 0.0, 0.0], [0.05, 0.0, 0.1], [0.05, 0.0, -0.1]])
    offsets = near.project(points)[:, 0] - 200
    torch.testing.assert_close(offsets, torch.tensor([50.0, 50 / 0.8, 50 / 1.2]))


def test_perspective_is_a_pinhole_camera():
    focal, distance = 800.0, 0.6
    rotation = turn("y", 20) @ FRONTAL
    points = torch.randn(30, 3) * 0.1
    seen = points @ rotation.T + torch.tensor([0.0, 0.0, distance])
    expected = torch.tensor([200.0, 100.0]) + focal * seen[:, :2] / seen[:, 2:]
    ours = camera(rotation, focal / distance, inverse_distance=1 / distance)
    torch.testing.assert_close(ours.project(points), expected, atol=1e-2, rtol=1e-5)


def test_batches_project_one_by_one():
    rotations = random_rotations(4)
    batch = Camera(rotations, torch.rand(4) + 500, torch.rand(4, 2) * 100, torch.rand(4))
    points = torch.randn(4, 7, 3) * 0.1
    for i in range(4):
        one = Camera(batch.rotation[i], batch.scale[i], batch.centre[i], batch.inverse_distance[i])
        torch.testing.assert_close(batch[i].project(points[i]), one.project(points[i]), atol=0, rtol=0)
        torch.testing.assert_close(batch.project(points)[i], one.project(points[i]), atol=1e-3, rtol=1e-5)


@pytest.mark.parametrize("inverse_distance", [0.0, 1.5])
@pytest.mark.parametrize("roll, factor", [(0, 0.5), (30, 1.0), (-120, 2.5)])
def test_a_warped_camera_projects_to_warped_pixels(roll, factor, inverse_distance):
    angle = math.radians(roll)
    linear = factor * torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    offset = torch.tensor([12.0, -7.0])
    ours = camera(turn("xyz", [10, 40, 15]) @ FRONTAL, inverse_distance=inverse_distance)
    points = torch.randn(50, 3) * 0.1
    warped = ours.warped(linear, offset)
    torch.testing.assert_close(warped.project(points), ours.project(points) @ linear.T + offset, atol=2e-3, rtol=1e-5)
    torch.testing.assert_close(warped.rotation @ warped.rotation.T, torch.eye(3), atol=1e-5, rtol=0)
    assert torch.linalg.det(warped.rotation) == pytest.approx(1, abs=1e-5)


def test_a_warped_camera_agrees_with_warped_pixels():
    ours = camera(turn("y", 30) @ FRONTAL, 1500.0, (310.0, 290.0), 1.0)
    points = torch.tensor([[0.05, 0.03, 0.05], [-0.04, 0.06, 0.04], [0.01, -0.06, 0.06]])
    photo = np.zeros((600, 600, 3), np.uint8)
    x, y = np.meshgrid(np.arange(600) + 0.5, np.arange(600) + 0.5)
    for channel, (dot_x, dot_y) in enumerate(ours.project(points).tolist()):
        photo[..., channel] = 255 * np.exp(-((x - dot_x) ** 2 + (y - dot_y) ** 2) / (2 * 4.0**2))
    crop = Crop.around((300, 300), 300, 256, roll_degrees=25)
    taken = crop.take(photo).astype(float)
    in_crop = ours.warped(crop.linear, crop.offset).project(points)
    x, y = np.meshgrid(np.arange(256) + 0.5, np.arange(256) + 0.5)
    for channel in range(3):
        weight = taken[..., channel] / taken[..., channel].sum()
        np.testing.assert_allclose([(weight * x).sum(), (weight * y).sum()], in_crop[channel], atol=0.1)


def test_rotations_from_six_numbers():
    rotations = random_rotations(10)
    six = torch.cat([rotations[..., 0], rotations[..., 1]], dim=-1)
    torch.testing.assert_close(rotation_from_6d(six), rotations, atol=1e-5, rtol=0)
    skewed = torch.cat([3 * rotations[..., 0], rotations[..., 1] + 0.7 * rotations[..., 0]], dim=-1)
    torch.testing.assert_close(rotation_from_6d(skewed), rotations, atol=1e-5, rtol=0)


@pytest.mark.parametrize("degrees", [0.0, 1.0, 45.0, 179.0])
def test_the_angle_between_rotations(degrees):
    a = random_rotations(5)
    torch.testing.assert_close(
        rotation_angle_degrees(a, a @ turn("z", degrees)), torch.full((5,), degrees), atol=0.1, rtol=0
    )


def test_the_signs_of_yaw_pitch_and_roll():
    def angles(rotation):
        return yaw_pitch_roll_degrees(rotation).tolist()

    assert angles(FRONTAL) == pytest.approx([0, 0, 0], abs=1e-5)
    for degrees in (-50, 20, 80):
        to_its_left = FRONTAL @ turn("y", degrees)  # its left is the picture's right
        assert angles(to_its_left)[0] == pytest.approx(degrees, abs=1e-3)
        looks_up = FRONTAL @ turn("x", -degrees)
        assert angles(looks_up)[1] == pytest.approx(degrees, abs=1e-3)
        clockwise = turn("z", degrees) @ FRONTAL  # in the picture, where y goes down
        assert angles(clockwise)[2] == pytest.approx(degrees, abs=1e-3)


def test_a_mirrored_head_is_seen_mirrored():
    rotation = turn("xyz", [10, 30, 5]) @ FRONTAL
    flip = torch.diag(torch.tensor([-1.0, 1.0, 1.0]))
    points = torch.randn(20, 3) * 0.1
    there = camera(rotation, centre=(0.0, 0.0)).project(points)
    mirrored = camera(flip @ rotation @ flip, centre=(0.0, 0.0)).project(points * MIRROR_HEAD)
    torch.testing.assert_close(mirrored, there * torch.tensor([-1.0, 1.0]), atol=1e-3, rtol=1e-5)


def test_stacking_and_indexing_cameras_undo_each_other():
    cameras = [camera(rotation, scale=100.0 + i, centre=(i, 2.0 * i)) for i, rotation in enumerate(random_rotations(3))]
    batch = Camera.stack(cameras)
    assert batch[1:].scale.shape == (2,)
    for i, one in enumerate(cameras):
        for name, value in vars(one).items():
            assert torch.equal(getattr(batch[i], name), value)
    with pytest.raises(IndexError):
        cameras[0][0]


def test_a_camera_in_another_dtype():
    assert all(value.dtype == torch.float64 for value in vars(camera().to(torch.float64)).values())


def test_a_camera_mirrored_twice_is_the_same():
    ours = camera(turn("xyz", [10, 40, 15]) @ FRONTAL, inverse_distance=0.5)
    back = ours.mirrored(300).mirrored(300)
    assert all(torch.equal(getattr(back, name), value) for name, value in vars(ours).items())
