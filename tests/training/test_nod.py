"""The nod in shapes: from the front it looks like a turn of the head, and it is none."""

from __future__ import annotations

import numpy as np

from pix2nphm.codes import HeadCode
from pix2nphm.training.nod import nod_identity


def left_over(moved: np.ndarray, motions: list[np.ndarray]) -> float:
    """Share of (N, D) displacements, by its root mean square, that sums of motions do not explain."""
    columns = np.stack([motion.ravel() for motion in motions], axis=1)
    explained, *_ = np.linalg.lstsq(columns, moved.ravel(), rcond=None)
    return float(np.linalg.norm(moved.ravel() - columns @ explained) / np.linalg.norm(moved))


def test_a_nod_in_shape_looks_from_the_front_like_a_nod_of_the_head(ict, space):
    mean = HeadCode.zeros(space.code_shape)
    nods = HeadCode.stack([mean.with_identity(0.04 * nod_identity(ict, space))])
    front = np.flatnonzero(ict.vertices[: ict.regions["face"].stop, 2] > 0.05)
    points = ict.vertices[front] - ict.vertices[front].mean(0)
    moved = space.neutral(nods)[0].numpy()[front] - ict.vertices[front]
    assert 0.0005 < np.linalg.norm(moved, axis=1).mean() < 0.004  # metres
    shifts = [np.broadcast_to(axis, points.shape) for axis in np.eye(3)]
    turns = [np.cross(axis, points) for axis in np.eye(3)]
    assert left_over(moved, [*shifts, *turns, points]) > 0.3
    in_picture = lambda *motions: left_over(moved[:, :2], [motion[:, :2] for motion in (*shifts, *motions, points)])
    assert in_picture(*turns) < 0.32 and in_picture(*turns[1:]) > 0.5  # the first turn is a nod
