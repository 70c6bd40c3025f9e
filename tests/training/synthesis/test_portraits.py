"""Registration of portraits: points on lids and lips stay there, so that a smiling population is found smiling."""

from __future__ import annotations

import numpy as np
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.frames import FRONTAL, Camera, rotation_angle_degrees
from pix2nphm.training.synthesis.portraits import HELD, MEDIAPIPE_68, MESH_POINTS, SHARP, register, slid

UPPER, LOWER = [50, 51, 52, 61, 62, 63], [56, 57, 58, 65, 66, 67]  # of the lips, iBUG order
PX_PER_METRE = 1200


def test_points_slide_along_their_own_lip(ict):
    own = ict.vertices[ict.landmarks68]
    vertices = slid(ict, own + np.array([0.002, 0.006, 0.0]))  # as far up as the other lip
    falls = -ict.expression_modes[ict.unit("jawOpen"), :, 1]
    assert falls[vertices[UPPER]].max() < 0.5 * falls[vertices[LOWER]].min()
    moved = ict.vertices[vertices] - own
    assert np.abs(moved[UPPER + LOWER][:, 1]).max() < 0.002
    assert 0.0005 < moved[[i for i in range(SHARP.start, SHARP.stop) if i not in HELD], 0].mean() < 0.003
    assert np.array_equal(vertices[HELD], ict.landmarks68[HELD])


def test_smiles_and_poses_are_found_in_a_population_that_smiles_and_looks_down(ict, space):
    generator = np.random.default_rng(0)
    face = np.flatnonzero(ict.vertices[: ict.regions["face"].stop, 2] > 0.05)
    marked = generator.choice(face, MESH_POINTS)
    marked[MEDIAPIPE_68] = ict.landmarks68
    count = 24
    code = HeadCode.zeros(space.code_shape)
    smiles = torch.from_numpy(generator.uniform(0.4, 1, count)).float()
    smile = [ict.unit("mouthSmile_L"), ict.unit("mouthSmile_R")]
    codes = HeadCode.stack([code] * count)
    codes.expression[:, smile] = smiles[:, None]
    down = torch.tensor(0.1)  # radians
    nod = torch.tensor([[1, 0, 0], [0, down.cos(), -down.sin()], [0, down.sin(), down.cos()]])
    camera = Camera((nod @ FRONTAL).expand(count, 3, 3), torch.full((count,), float(PX_PER_METRE)),
                    torch.full((count, 2), 192.0), torch.full((count,), 0.6))  # fmt: skip
    points = space.vertices(codes)[:, marked]
    depth = PX_PER_METRE * camera.depth(points)
    landmarks = torch.cat([camera.project(points), depth[..., None]], dim=-1).numpy()
    fit, vertices = register(ict, space, landmarks)
    found = fit.expression.detach()[:, smile].mean(1)
    assert (found - smiles).abs().mean() < 0.2
    assert rotation_angle_degrees(fit.camera().rotation.detach(), camera.rotation).mean() < 2
    corners = ict.vertices[vertices[MEDIAPIPE_68]] - ict.vertices[ict.landmarks68]
    assert np.linalg.norm(corners[SHARP], axis=-1).mean() < 0.0015  # metres
