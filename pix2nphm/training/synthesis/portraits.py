"""Registers the portraits: an identity, an expression and a camera for each, from its MediaPipe points.

python -m pix2nphm.training.synthesis.portraits --data DATA --out runs/portraits.npz

Corners of eyes and mouth, the middles of the lips and the nose's base (`HELD`) are where the head has them, and the
other points of lids and lips lie on the head's lids and lips (`HALVES`): were they all free, a head that nods and
smiles too little would fit as well, and skins would lie millimetres astray. The rest carry the shape of MediaPipe's own
mean face: what the population shows of each on average, it is (`offsets`).
MediaPipe's depth is used for nothing but a first guess.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from ...frames import FRONTAL, Camera, rotation_from_6d
from ..head_space import HeadSpace, IctFaceKit

# MediaPipe's points that stand for the 68 of iBUG, in its order; the first 17 are the jaw line.
MEDIAPIPE_68 = [
    162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87,
]  # fmt: skip
INNER = slice(17, 68)  # the 51 that are not on the jaw line
SHARP = slice(31, 68)  # in iBUG order: the nose's base, eyes and mouth, where a picture shows what is meant
HELD = [33, 36, 39, 42, 45, 48, 51, 54, 57, 60, 62, 64, 66]  # in iBUG order
HALVES = [  # of lids and lips, from one corner to the other
    [36, 37, 38, 39], [36, 41, 40, 39], [42, 43, 44, 45], [42, 47, 46, 45],
    [48, 49, 50, 51, 52, 53, 54], [48, 59, 58, 57, 56, 55, 54], [60, 61, 62, 63, 64], [60, 67, 66, 65, 64],
]  # fmt: skip
INNER_WEIGHT, CONTOUR_WEIGHT, OTHER_WEIGHT = 6.0, 0.3, 0.25  # the contour slides as the head turns
OUTER_EYES = (36, 45)  # in iBUG order: their distance is the unit of landmark errors
MESH_POINTS = 468  # MediaPipe's first 468 lie on the face; the other ten are irises
INVERSE_DISTANCE = 0.6  # 1/m; official portraits are taken from 1.5 to 2 m
COEFFICIENTS = 64  # of the population; the portraits' points show no more
TEST_PERSONS = 200


def person_split(names: np.ndarray, seed: int = 0) -> np.ndarray:
    """(N,) names -> (N,) "train" or "test", at least 200 of the latter. One person's portraits stay together.

    The last four digits of a portrait's number are the person's (members who changed party have several numbers).
    """
    persons = np.array([name[-4:] for name in names])
    order = np.random.default_rng(seed).permutation(np.unique(persons))
    counts = np.cumsum([np.sum(persons == person) for person in order])
    tested = order[: np.searchsorted(counts, TEST_PERSONS) + 1]
    return np.where(np.isin(persons, tested), "test", "train")


class Fit(torch.nn.Module):
    """All portraits at once: population coefficients (N, K), expressions (N, E), cameras, shared point offsets."""

    def __init__(self, space: HeadSpace, points_px: Tensor):
        super().__init__()
        count = len(points_px)
        size = points_px.std(dim=1).norm(dim=-1)
        self.points_px, self.size = points_px, size  # (N, P, 2), (N,)
        self.coefficients = torch.nn.Parameter(torch.zeros(count, COEFFICIENTS))
        self.expression = torch.nn.Parameter(torch.full((count, space.code_shape.expression), 0.05))
        self.six = torch.nn.Parameter(FRONTAL[:, :2].T.reshape(1, 6).repeat(count, 1))
        self.log_scale = torch.nn.Parameter((size / 0.045).log())
        self.centre = torch.nn.Parameter(points_px.mean(1) / size[:, None])
        self.attach(space, torch.zeros(points_px.shape[1], dtype=torch.long))

    def attach(self, space: HeadSpace, vertices: Tensor) -> None:
        """Say which vertex each point is, (P,), and forget the offsets."""
        self.mean = space.mean[vertices]
        self.identity_map = space.coefficient_map(vertices)[..., :COEFFICIENTS]
        self.expression_map = space.expression_modes[vertices]
        self.offsets = torch.nn.Parameter(torch.zeros_like(self.mean))

    def camera(self) -> Camera:
        rotation = rotation_from_6d(self.six)
        distance = torch.full_like(self.log_scale, INVERSE_DISTANCE)
        return Camera(rotation, self.log_scale.exp(), self.centre * self.size[:, None], distance)

    def points_head(self) -> Tensor:
        """(N, P, 3) metres."""
        shape = torch.einsum("pck,nk->npc", self.identity_map, self.coefficients)
        return self.mean + self.offsets + shape + torch.einsum("pce,ne->npc", self.expression_map, self.expression)

    def run(self, steps: int, weight: Tensor, held: np.ndarray, rate: float = 0.03) -> None:
        """Minimise the points' distances, (P,) weighted; `held` points have no offsets."""
        heads = [self.coefficients, self.expression, self.six, self.log_scale, self.centre]
        groups: list[dict[str, Any]] = [{"params": heads}, {"params": [self.offsets], "lr": 0.0005}]
        adam = torch.optim.Adam(groups, lr=rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps, eta_min=rate / 20)
        for _ in range(steps):
            adam.zero_grad()
            off = (self.camera().project(self.points_head()) - self.points_px).norm(dim=-1) / self.size[:, None]
            far = torch.nn.functional.huber_loss(off, torch.zeros_like(off), delta=0.05, reduction="none")
            data = (far * weight).mean(1)
            prior = 1.2e-5 * self.coefficients.square().sum(1) + 4e-5 * self.expression.square().sum(1)
            loss = (data + prior).sum() + 40.0 * len(data) * self.offsets.square().mean()
            loss.backward()
            adam.step()
            schedule.step()
            with torch.no_grad():
                self.expression.clamp_(0, 1)
                self.offsets[held] = 0


def face_of(ict: IctFaceKit) -> np.ndarray:
    """(n, 3) the face's vertices, which come first."""
    return ict.vertices[: ict.regions["face"].stop]


def nearest_seen_vertices(ict: IctFaceKit, points: np.ndarray, near: np.ndarray) -> np.ndarray:
    """(P,) the face vertices closest to (P, 3) `points` across the face, not in depth, within 2 cm of (P, 3) `near`."""
    flat = np.array([1.0, 1.0, 0.15])
    _, candidates = cKDTree(face_of(ict) * flat).query(points * flat, k=40)
    far = np.linalg.norm(ict.vertices[candidates] - near[:, None], axis=-1) > 0.02
    return candidates[np.arange(len(points)), np.argmax(~far, axis=1)]


def slid(ict: IctFaceKit, points: np.ndarray) -> np.ndarray:
    """(68, 3) iBUG landmarks -> (68,) vertices of lids and lips: as far across the face as the landmarks are. Others'
    entries mean nothing.
    """
    own = ict.vertices[ict.landmarks68]
    line = own.copy()
    for half in HALVES:
        for axis in (1, 2):
            line[half, axis] = np.interp(points[half, 0], own[half, 0], own[half, axis])
        line[half, 0] = points[half, 0]
    line[HELD] = own[HELD]
    return cKDTree(face_of(ict)).query(line)[1]


def register(ict: IctFaceKit, space: HeadSpace, landmarks: np.ndarray) -> tuple[Fit, np.ndarray]:
    """(N, 478, 3) MediaPipe points in px -> the fit, and the vertex of each of the 468 points."""
    points = torch.from_numpy(landmarks[:, :MESH_POINTS].astype(np.float32))
    first = Fit(space, points[:, MEDIAPIPE_68[INNER], :2])
    first.attach(space, torch.from_numpy(ict.landmarks68[INNER].astype(np.int64)))
    first.run(150, torch.ones(51), held=np.arange(51))

    # where MediaPipe's points are on the head, its depth believed this once
    with torch.no_grad():
        camera = first.camera()
        flat = (points[..., :2] - camera.centre[:, None]) / camera.scale[:, None, None]
        depth = points[..., 2] / camera.scale[:, None]
        eyes = camera.depth(first.points_head())[:, [OUTER_EYES[0] - 17, OUTER_EYES[1] - 17]].mean(1)
        seen = depth[:, [33, 263]].mean(1)
        in_camera = torch.cat([flat, (depth - seen[:, None] + eyes[:, None])[..., None]], dim=-1)
        mean_points = (in_camera @ camera.rotation).mean(0).numpy()
    _, vertices = cKDTree(face_of(ict)).query(mean_points)

    ibug = np.array(MEDIAPIPE_68)
    held, lines = ibug[HELD], sorted({i for half in HALVES for i in half})
    vertices[ibug[SHARP]] = ict.landmarks68[SHARP]
    weight = torch.full((MESH_POINTS,), OTHER_WEIGHT)
    weight[ibug[INNER]] = INNER_WEIGHT
    weight[ibug[: INNER.start]] = CONTOUR_WEIGHT
    fit = Fit(space, points[..., :2])
    fit.load_state_dict({k: v for k, v in first.state_dict().items() if k != "offsets"}, strict=False)
    with torch.no_grad():
        fit.log_scale.copy_(first.log_scale)
        fit.centre.copy_(first.centre * first.size[:, None] / fit.size[:, None])
    for steps in (120, 120):
        fit.attach(space, torch.from_numpy(vertices))
        fit.run(steps, weight, held)
        places = (fit.mean + fit.offsets).detach().numpy()
        vertices = nearest_seen_vertices(ict, places, ict.vertices[vertices])
        vertices[ibug[lines]] = slid(ict, places[ibug])[lines]
        vertices[held] = ict.landmarks68[HELD]
    fit.attach(space, torch.from_numpy(vertices))
    fit.run(200, weight, ibug[[*HELD, *lines]])
    return fit, vertices


def main() -> None:
    """Read the command line, register all portraits and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    ict = IctFaceKit.read(arguments.data)
    space = HeadSpace.build(ict)
    with np.load(arguments.data / "portraits" / "landmarks.npz") as pack:
        names, landmarks, photo_rect = pack["name"], pack["landmarks"], pack["photo_rect"]
    fit, vertices = register(ict, space, landmarks)

    landmarks68 = ict.landmarks68.astype(np.int64)
    landmarks68[INNER] = vertices[MEDIAPIPE_68[INNER]]
    with torch.no_grad():
        camera = fit.camera()
        padded = torch.nn.functional.pad(fit.coefficients, (0, len(space.modes_std) - COEFFICIENTS))
        whole, parts = space.encode(padded)
        maps = space.coefficient_map(torch.from_numpy(landmarks68))[..., :COEFFICIENTS]
        shape = torch.einsum("pck,nk->npc", maps, fit.coefficients)
        motion = torch.einsum("pce,ne->npc", space.expression_modes[landmarks68], fit.expression)
        posed = space.mean[landmarks68] + shape + motion
        projected = camera.project(posed).numpy()
        astray = fit.points_px - camera.project(fit.points_head())  # (N, 468, 2)
    truth = landmarks[:, MEDIAPIPE_68, :2].astype(np.float32)
    eyes = np.linalg.norm(truth[:, OUTER_EYES[0]] - truth[:, OUTER_EYES[1]], axis=-1)
    error = np.linalg.norm(projected - truth, axis=-1)[:, INNER].mean(1) / eyes
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        arguments.out,
        name=names,
        split=person_split(names),
        photo_rect=photo_rect,
        error=error.astype(np.float32),
        whole=whole.numpy(),
        parts=parts.numpy(),
        expression=fit.expression.detach().numpy(),
        rotation=camera.rotation.numpy(),
        scale=camera.scale.numpy(),
        centre=camera.centre.numpy(),
        inverse_distance=camera.inverse_distance.numpy(),
        landmarks68=landmarks68,
        mediapipe_vertices=vertices,
        astray_px=astray.numpy().astype(np.float16),
    )
    offset_mm = 1000 * fit.offsets.norm(dim=-1).median()
    print(f"{len(names)} portraits registered: 51 landmarks, median error {np.median(error):.4f} of the outer-eye "
          f"distance, 95 % {np.percentile(error, 95):.4f}; "
          f"offsets of the points, median {offset_mm:.1f} mm")  # fmt: skip


if __name__ == "__main__":
    main()
