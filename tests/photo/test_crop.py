"""Crops of pictures whose every pixel is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pix2nphm.frames import FRONTAL, Camera, yaw_pitch_roll_degrees
from pix2nphm.photo.crop import Crop


def ramp(height: int, width: int) -> np.ndarray:
    """Red grows with x, green falls with x, blue grows with y, by one level each 4 px."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.stack([x / 4, 250 - x / 4, y / 4], axis=-1).round().astype(np.uint8)


def test_a_crop_at_scale_one_is_the_photo_itself():
    photo = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    taken = Crop.around((40, 30), 32, 32).take(photo)
    np.testing.assert_array_equal(taken, photo[14:46, 24:56])


def test_the_inverse_is_exact_and_the_corners_go_clockwise():
    crop = Crop.around((500.0, 300.0), 200.0, 192, roll_degrees=30)
    points = torch.rand(10, 2) * 1000
    torch.testing.assert_close(crop.to_photo(crop.to_crop(points)), points, atol=1e-2, rtol=0)
    torch.testing.assert_close(crop.corners_px.mean(0), torch.tensor([500.0, 300.0]))
    torch.testing.assert_close(crop.centre_px, torch.tensor([500.0, 300.0]))
    assert (crop.side_px, crop.roll_degrees) == (pytest.approx(200, rel=1e-5), pytest.approx(30, rel=1e-5))
    half = 100 * 2**0.5  # the top left corner is at 225 degrees, turned clockwise by 30 to 255
    expected = torch.tensor([500 + half * np.cos(np.radians(255)), 300 + half * np.sin(np.radians(255))])
    torch.testing.assert_close(crop.corners_px[0], expected.float(), atol=1e-2, rtol=0)


@pytest.mark.parametrize("roll", [0, 25, -140])
@pytest.mark.parametrize("side", [30, 192, 333, 700])
def test_pixels_land_where_the_mapping_says(roll, side):
    photo = ramp(1000, 1000)
    crop = Crop.around((487.0, 512.0), side, 96, roll)
    taken = crop.take(photo).astype(float)
    x, y = np.meshgrid(np.arange(96) + 0.5, np.arange(96) + 0.5)
    photo_px = crop.to_photo(torch.tensor(np.stack([x, y], axis=-1), dtype=torch.float32)).numpy()
    inside = ((photo_px > 8) & (photo_px < 992)).all(-1)
    red, green, blue = np.moveaxis(taken, -1, 0)
    assert np.abs(red - photo_px[..., 0] / 4)[inside].max() < 1.6  # levels, rounded twice
    assert np.abs(blue - photo_px[..., 1] / 4)[inside].max() < 1.6
    shift = ((red - green + 250) * 2 - photo_px[..., 0])[inside]  # px; what rounding does to both colours cancels
    assert np.abs(shift.mean()) < 0.3


def test_another_size_shows_the_same_square():
    small = Crop.around((40, 30), 32, 16, roll_degrees=20)
    large = small.of_size(48)
    assert large.size == 48 and large.side_px == pytest.approx(small.side_px)
    torch.testing.assert_close(large.corners_px, small.corners_px)
    point = torch.tensor([[35.0, 25.0]])
    torch.testing.assert_close(large.to_crop(point), 3 * small.to_crop(point))


def test_beyond_the_photo_is_mid_grey():
    photo = np.full((100, 100, 3), 255, np.uint8)
    taken = Crop.around((0, 50), 100, 64).take(photo)
    assert (taken[:, :31] == 127).all() and (taken[:, 33:] == 255).all()
    assert (Crop.around((-500, 50), 100, 64).take(photo) == 127).all()


def test_shrinking_averages_instead_of_skipping():
    checks = np.indices((960, 960)).sum(0) % 2 * 255
    photo = np.repeat(checks[..., None], 3, axis=-1).astype(np.uint8)
    for side in (200, 500, 900):
        taken = Crop.around((480, 480), side, 64, roll_degrees=10).take(photo)
        assert np.abs(taken.astype(float) - 127.5).max() < 30, side


def test_a_mirrored_photo_gives_a_mirrored_crop():
    photo = np.random.default_rng(1).integers(0, 256, (25, 30, 3), dtype=np.uint8).repeat(24, 0).repeat(24, 1)
    width = photo.shape[1]
    taken = Crop.around((250, 310), 400, 96, 20).take(photo)
    mirrored = Crop.around((width - 250, 310), 400, 96, -20).take(np.ascontiguousarray(photo[:, ::-1]))
    difference = np.abs(taken[:, ::-1].astype(float) - mirrored)
    assert difference.mean() < 3 and np.abs(taken.astype(float) - mirrored).mean() > 30


def test_a_tilted_head_is_upright_in_its_crop():
    tilt = torch.tensor(20.0).deg2rad()
    clockwise = torch.tensor([[tilt.cos(), -tilt.sin(), 0], [tilt.sin(), tilt.cos(), 0], [0, 0, 1]])
    in_photo = Camera(clockwise @ FRONTAL, torch.tensor(1000.0), torch.tensor([400.0, 300.0]), torch.tensor(0.0))
    crop = Crop.around(in_photo.centre, 250, 128, yaw_pitch_roll_degrees(in_photo.rotation)[2].item())
    in_crop = in_photo.warped(crop.linear, crop.offset)
    assert yaw_pitch_roll_degrees(in_crop.rotation)[2].abs() < 1e-3
    torch.testing.assert_close(in_crop.centre, torch.tensor([64.0, 64.0]), atol=1e-3, rtol=0)
    points = torch.randn(20, 3) * 0.1
    torch.testing.assert_close(
        crop.camera_to_photo(in_crop).project(points), in_photo.project(points), atol=1e-2, rtol=0
    )


def test_the_same_square_of_a_resized_photo():
    crop = Crop.around((200, 100), 80, 64, 15)
    doubled = crop.of_resized(2)
    torch.testing.assert_close(doubled.corners_px, crop.corners_px * 2)


def test_a_widened_crop_keeps_its_centre_its_tilt_and_its_size():
    crop = Crop.around((120.0, 80.0), 60.0, 192, roll_degrees=20.0)
    wider = crop.widened(1.5)
    expected = Crop.around((120.0, 80.0), 90.0, 192, roll_degrees=20.0)
    assert torch.allclose(wider.linear, expected.linear) and torch.allclose(wider.offset, expected.offset, atol=1e-4)
    assert wider.size == 192
