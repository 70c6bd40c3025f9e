"""The identity test: how close reconstructed faces are to avatars made with another head model altogether.

Source of the avatars: VALID avatar library, MIT licence, (c) 2022 Tiffany Do. They are never trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ..frames import MILLIMETRES_PER_METRE
from ..training.decoder.distances import Triangles

INNER = slice(17, 68)  # landmarks that are not on the jaw line
ALIGNMENT_STEPS = 8
ALIGNED_POINTS = slice(None, None, 3)  # of the true points; all of them are measured
POSED_VIEW = 2  # avatars wear an expression there
OTHERS = (3, 7, 11, 14)  # how far down the list the avatars are whose predictions are tried instead

Surface = tuple[np.ndarray, np.ndarray]  # corners (T, 3, 3) and iBUG landmarks (68, 3), metres


@dataclass(frozen=True)
class Avatars:
    """54 pictures of 18 avatars. Lengths in metres, head frame."""

    files: list[Path]  # (54,)
    identity: np.ndarray  # (54,)
    view: np.ndarray  # (54,) 0 frontal, 1 turned, 2 with an expression
    points: np.ndarray  # (54, 2500, 3) of the true face's surface
    landmarks: np.ndarray  # (54, 68, 3)

    @staticmethod
    def read(data: str | Path) -> Avatars:
        folder = Path(data) / "avatars"
        with np.load(folder / "ground_truth.npz") as truth:
            identity, view, scale = truth["identity"], truth["view"], float(truth["scale"])
            posed = (view == POSED_VIEW)[:, None, None]
            pick = lambda rest, moved: np.where(posed, truth[moved][identity], truth[rest][identity]) * scale
            corners = pick("neutral_head", "posed_head")[:, truth["faces"][truth["sample_face"]]]
            points = (corners * truth["sample_bary"][None, ..., None]).sum(2)
            return Avatars(
                [folder / file for file in truth["files"]],
                identity,
                view,
                points,
                pick("landmarks68_neutral", "landmarks68_posed"),
            )


def surface_error(surface: Surface, points: np.ndarray, landmarks: np.ndarray) -> float:
    """Mean distance in mm from true `points` (N, 3) to the surface moved, turned and scaled to fit them best."""
    corners, found = surface
    triangles = Triangles(corners)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True).clip(1e-12)
    # The points are moved to the surface, which is the same, and the distance is scaled back.
    rotation, offset, total = similarity(landmarks[INNER], found[INNER])
    moved = total * points @ rotation.T + offset
    for _ in range(ALIGNMENT_STEPS):
        some = moved[ALIGNED_POINTS]
        at, _, away = triangles.nearest(some)
        rotation, offset, scale = step_to_planes(some, away, normals[at])
        moved, total = scale * moved @ rotation.T + offset, total * scale
    _, _, away = triangles.nearest(moved)
    return float(np.linalg.norm(away, axis=-1).mean() / total * MILLIMETRES_PER_METRE)


def step_to_planes(points: np.ndarray, away: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """One step of point-to-plane alignment: rotation, offset and scale that bring `points` (N, 3), now `away` (N, 3)
    from planes of `normals` (N, 3), closest to them. Source: Chen and Medioni, 1992.
    """
    centre = points.mean(0)
    arms = points - centre
    moves = np.column_stack([np.cross(arms, normals), normals, (arms * normals).sum(1)])
    turn, shift, growth = np.split(np.linalg.lstsq(moves, -(away * normals).sum(1), rcond=None)[0], [3, 6])
    rotation, scale = Rotation.from_rotvec(turn).as_matrix(), 1 + float(growth[0])
    return rotation, centre + shift - scale * rotation @ centre, scale


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(N, 3), (N, 3) -> rotation, offset and scale of the least squares fit. Source: Umeyama, PAMI 1991."""
    source_mean, target_mean = source.mean(0), target.mean(0)
    source, target = source - source_mean, target - target_mean
    u, values, v = np.linalg.svd(target.T @ source)
    values[2] *= (turn := np.sign(np.linalg.det(u @ v)))
    rotation = u @ np.diag([1, 1, turn]) @ v
    scale = values.sum() / (source**2).sum()
    return rotation, target_mean - scale * rotation @ source_mean, scale


def score(
    avatars: Avatars,
    surface_of: Callable[[int, int], Surface],
    mean_surface: Callable[[int], Surface],
    pictures: list[int] | None = None,
) -> dict[str, np.ndarray]:
    """Errors in mm, one a picture: of the prediction, of the mean head, of predictions for other avatars.

    surface_of    (identity from picture i, expression from picture j) -> surface
    mean_surface  expression from picture j -> the mean head's surface
    pictures      those that could be reconstructed; all when not said
    """
    rows = list(range(len(avatars.files))) if pictures is None else pictures
    errors: dict[str, list[float]] = {"own": [], "mean": [], "other": []}
    for i in rows:
        truth = avatars.points[i], avatars.landmarks[i]
        errors["own"].append(surface_error(surface_of(i, i), *truth))
        errors["mean"].append(surface_error(mean_surface(i), *truth))
        wrong = [(avatars.identity[i] + step) % (avatars.identity.max() + 1) for step in OTHERS]
        others = [j for j in rows if avatars.view[j] == avatars.view[i] and avatars.identity[j] in wrong]
        errors["other"].append(float(np.mean([surface_error(surface_of(j, i), *truth) for j in others])))
    return {name: np.array(values) for name, values in errors.items()}
