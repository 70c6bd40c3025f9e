"""Normals from triangles."""

from __future__ import annotations

import numpy as np
import trimesh

from pix2nphm.surface.normals import area_weighted_normals


def test_normals_of_a_ball_point_outwards():
    ball = trimesh.creation.icosphere(subdivisions=3)
    normals = area_weighted_normals(np.array(ball.vertices), np.array(ball.faces))
    assert (normals * ball.vertices).sum(1).min() > 0.999


def test_a_vertex_without_faces_has_no_normal():
    normals = area_weighted_normals(np.eye(4, 3), np.array([[0, 1, 2]]))
    assert np.isfinite(normals).all() and not normals[3].any()
