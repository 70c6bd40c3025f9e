"""Registration of portraits: points on lids and lips stay there, so that a smiling population is found smiling."""

from __future__ import annotations

import numpy as np
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.frames import Camera, rotation_angle_degrees, yaw_pitch_roll_degrees
from pix2nphm.training.nod import nod_identity
from pix2nphm.training.portraits import HELD, MEDIAPIPE_68, MESH_POINTS, SHARP, register, slid
from pix2nphm.training.scene_sampling import facing

UPPER, LOWER = [50, 51, 52, 61, 62, 63], [56, 57, 58, 65, 66, 67]  # of the lips, iBUG order
PX_PER_METRE = 1200


def test_points_slide_along_their_own_lip(ict):
    own = ict.vertices[ict.landmarks68]
    vertices = slid(ict, own + [0.002, 0.006, 0.0])  # as far up as the other lip
    falls = -ict.expression_modes[ict.unit("jawOpen"), :, 1]
    assert falls[vertices[UPPER]].max() < 0.5 * falls[vertices[LOWER]].min()
    moved = ict.vertices[vertices] - own
    assert np.abs(moved[UPPER + LOWER][:, 1]).max() < 0.002
    assert 0.0005 < moved[[i for i in range(SHARP.start, SHARP.stop) if i not in HELD], 0].mean() < 0.003
    assert np.array_equal(vertices[HELD], ict.landmarks68[HELD])


def registered(ict, space, codes: HeadCode, pitch: np.ndarray):
    """Heads of `codes` (B) at `pitch` (B) degrees, marked as MediaPipe would: their cameras, the fit, and the vertices."""
    generator = np.random.default_rng(0)
    face = np.flatnonzero(ict.vertices[: ict.regions["face"].stop, 2] > 0.05)
    marked = generator.choice(face, MESH_POINTS)
    marked[MEDIAPIPE_68] = ict.landmarks68
    count = len(pitch)
    rotation = torch.from_numpy(np.stack([facing(0, degrees, 0) for degrees in pitch])).float()
    camera = Camera(rotation, torch.full((count,), float(PX_PER_METRE)), torch.full((count, 2), 192.0), torch.full((count,), 0.6))
    points = space.vertices(codes)[:, marked]
    depth = PX_PER_METRE * camera.depth(points)
    landmarks = torch.cat([camera.project(points), depth[..., None]], dim=-1).numpy()
    return camera, *register(ict, space, landmarks)


def test_smiles_and_poses_are_found_in_a_population_that_smiles_and_nods(ict, space):
    count = 24
    codes = HeadCode.stack([HeadCode.zeros(space.code_shape)] * count)
    smiles = torch.from_numpy(np.random.default_rng(1).uniform(0.4, 1, count)).float()
    smile = [ict.unit("mouthSmile_L"), ict.unit("mouthSmile_R")]
    codes.expression[:, smile] = smiles[:, None]
    camera, fit, vertices = registered(ict, space, codes, np.linspace(-9, 9, count))
    found = fit.expression.detach()[:, smile].mean(1)
    assert (found - smiles).abs().mean() < 0.2
    assert rotation_angle_degrees(fit.camera().rotation.detach(), camera.rotation).mean() < 2
    corners = ict.vertices[vertices[MEDIAPIPE_68]] - ict.vertices[ict.landmarks68]
    assert np.linalg.norm(corners[SHARP], axis=-1).mean() < 0.0015  # metres


def test_noses_lower_than_the_mean_heads_are_no_nod(ict, space):
    count = 24
    low = HeadCode.zeros(space.code_shape).with_identity(-0.05 * nod_identity(ict, space))
    _, fit, _ = registered(ict, space, HeadCode.stack([low] * count), np.linspace(-9, 9, count))
    assert yaw_pitch_roll_degrees(fit.camera().rotation.detach())[:, 1].mean().abs() < 0.5
