from __future__ import annotations

import torch

from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.nphm.mirror import Mirror
from pix2nphm.regressor.framing import FACE_CENTRE, frame
from pix2nphm.regressor.network import FRAME_SIDE, Regressor, RegressorConfig

SIZES = dict(shape=CodeShape(4, 5, 3, 6), widths=(8, 16, 32), layers=1, token_layers=1, points=60)
SMALL, FINDER = RegressorConfig(**SIZES, crop=160, experts=True), RegressorConfig(**SIZES, crop=64, experts=False)


def turned(degrees: float) -> torch.Tensor:
    angle = torch.deg2rad(torch.tensor(degrees))
    roll = torch.eye(3)
    roll[:2, :2] = torch.tensor([[angle.cos(), -angle.sin()], [angle.sin(), angle.cos()]])
    return roll @ FRONTAL


def test_every_output_has_its_shape_at_several_sizes():
    for config, size in ((SMALL, 160), (SMALL, 96), (FINDER, 64)):
        seen = Regressor(config).eval()(torch.rand(2, 3, size, size))
        assert seen.code.shape == SMALL.shape and seen.code.batch_shape == (2,)
        assert seen.camera.rotation.shape == (2, 3, 3) and seen.face.shape == (2,)
        assert seen.points_px.shape == seen.rough_px.shape == (2, SMALL.points, 2)
        assert ((seen.points_px > 0) & (seen.points_px < size)).all()
        assert seen.dense.canonical.shape == seen.dense.normals_camera.shape == (2, 3, size // 2, size // 2)
        assert torch.allclose(seen.dense.normals_camera.norm(dim=1), torch.ones(()), atol=1e-4)
        assert ((seen.code.expression >= 0) & (seen.code.expression <= 1)).all()


def test_zero_raw_values_are_a_framed_frontal_face():
    camera, _ = Regressor.read_camera(torch.zeros(1, 11), 128)
    assert torch.allclose(camera.rotation[0], FRONTAL)
    assert torch.allclose(camera.centre, torch.tensor([[64.0, 64.0]]))


def test_the_ideal_frame_shows_the_face_upright_centred_and_at_its_size():
    camera = Camera(turned(35.0)[None], torch.tensor([700.0]), torch.tensor([[300.0, 200.0]]), torch.tensor([0.5]))
    linear, offset = frame(camera, 128)
    framed = camera.warped(linear, offset)
    middle = framed.project(torch.tensor([[FACE_CENTRE]]))[0, 0]
    assert torch.allclose(middle, torch.tensor([64.0, 64.0]), atol=1e-3)
    assert torch.allclose(framed.scale, torch.tensor(128 / FRAME_SIDE))
    assert torch.allclose(framed.rotation[0], FRONTAL, atol=1e-5)


def test_mirrored_cameras_see_the_mirrored_head():
    camera = Camera(turned(20.0)[None], torch.tensor([500.0]), torch.tensor([[50.0, 70.0]]), torch.tensor([1.0]))
    points = torch.randn(1, 10, 3) * 0.1
    flipped = camera.mirrored(128).project(points * torch.tensor([-1.0, 1.0, 1.0]))
    expected = camera.project(points)
    assert torch.allclose(flipped[..., 0], 128 - expected[..., 0], atol=1e-3)
    assert torch.allclose(flipped[..., 1], expected[..., 1], atol=1e-3)


def test_the_average_of_a_view_and_its_mirror_image_is_that_view():
    mirror = Mirror(CodeShape(4, 5, 3, 6))
    mirror.whole_signs[1] = -1
    mirror.partner.copy_(torch.tensor([1, 0, 3, 2, 4]))
    code = HeadCode(torch.randn(4), torch.randn(5, 3), torch.rand(6))
    camera = Camera(turned(10.0), torch.tensor(500.0), torch.tensor([60.0, 66.0]), torch.tensor(0.7))
    cameras = Camera.stack([camera, camera.mirrored(128)])
    found, where = mirror.average(HeadCode.stack([code, mirror(code)]), cameras, 128)
    assert torch.allclose(found.parts, code.parts) and torch.allclose(found.whole, code.whole)
    assert torch.allclose(where.rotation, camera.rotation, atol=1e-5) and torch.allclose(where.centre, camera.centre)
