"""What a prediction costs: the loss is on what codes mean, and only a little on the codes."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...codes import HeadCode
from ...frames import Camera, rotation_angle_degrees
from ...regressor.framing import frame
from ...regressor.network import Prediction
from ...surface.repose import area_weighted_normals
from ..head_space import HeadSpace, IctFaceKit
from ..head_space.head_space import surface_weight
from ..synthesis.portraits import INNER, OUTER_EYES
from .batches import Batch, Samples

FACE_POINTS, SKULL_POINTS = 700, 100
# How much is believed of what was fitted to a portrait, beside the marked landmarks: where other points are, and the
# expression. Of its camera nothing: marks tell a nod hardly from a long nose. And how much of the marks by patch
# experts: they err as much as what is to be corrected.
FITTED_POINT, FITTED_EXPRESSION, MARK = 0.2, 0.3, 0.2


@dataclass(frozen=True)
class Probe:
    """Points of the head on which predictions are judged: 51 landmarks first, then the face, then the skull.

    `outward` are normals of the mean head: a point's displacement along them is, to first order, the difference of
    signed distance that the paper supervises.
    """

    mean: Tensor  # (P, 3)
    identity: Tensor  # (P, 3, G + A * L)
    expression: Tensor  # (P, 3, E)
    outward: Tensor  # (P, 3)
    shape_weight: Tensor  # (P,) sums to one over the face; zero for landmarks and skull
    similarity: Tensor  # (P * 3, 7) orthonormal (under shape_weight): what moves, turns or scales the mean face

    @staticmethod
    def build(ict: IctFaceKit, space: HeadSpace, landmarks68: np.ndarray) -> Probe:
        generator = np.random.default_rng(5)
        weight = surface_weight(ict)
        face = np.arange(ict.regions["face"].stop)
        front = face[ict.vertices[face, 2] > 0.02]
        chosen = generator.choice(front, FACE_POINTS, replace=False, p=weight[front] / weight[front].sum())
        skin = np.flatnonzero(weight[: ict.regions["head_neck"].stop] > 0)
        skull = generator.choice(skin, SKULL_POINTS, replace=False)
        index = torch.from_numpy(np.concatenate([landmarks68[INNER], chosen, skull]).astype(np.int64))
        mean = space.mean[index]
        shape_weight = torch.zeros(len(index))
        shape_weight[51 : 51 + FACE_POINTS] = 1 / FACE_POINTS
        arms = mean - (mean * shape_weight[:, None]).sum(0)
        motions = torch.cat(
            [
                torch.stack([torch.linalg.cross(axis.expand_as(arms), arms) for axis in torch.eye(3)], -1),
                torch.eye(3).expand(len(arms), 3, 3),
                arms[..., None],
            ],
            dim=-1,
        )  # (P, 3, 7)
        root = shape_weight.sqrt()[:, None, None]
        similarity, _ = torch.linalg.qr((motions * root).flatten(0, 1))
        outward = torch.from_numpy(area_weighted_normals(ict.vertices, ict.faces)[index]).float()
        return Probe(mean, space.modes[index], space.expression_modes[index], outward, shape_weight, similarity)

    def to(self, device: torch.device | str) -> Probe:
        return Probe(*(getattr(self, field.name).to(device) for field in fields(self)))

    def neutral(self, code: HeadCode) -> Tensor:
        """(B) codes -> (B, P, 3) metres at rest."""
        return self.mean + torch.einsum("pci,bi->bpc", self.identity, code.identity)

    def motion(self, code: HeadCode) -> Tensor:
        """(B) codes -> (B, P, 3) metres that the expression adds."""
        return torch.einsum("pce,be->bpc", self.expression, code.expression)

    @property
    def picture_weight(self) -> Tensor:
        """(P,) how much each point counts in the picture."""
        return torch.cat([self.shape_weight.new_full((51,), 6.0), torch.ones_like(self.shape_weight[51:])])

    def shape_difference(self, a: Tensor, b: Tensor) -> Tensor:
        """(B, P, 3) heads -> (B,) mean square distance over the face after the best small similarity, m^2."""
        difference = ((a - b) * self.shape_weight.sqrt()[:, None]).flatten(1)
        return difference.square().sum(1) - (difference @ self.similarity).square().sum(1)


def believed(portraits: float, batch: Batch) -> Tensor:
    """(B,) one for rendered heads, `portraits` for real ones."""
    return portraits + (1 - portraits) * batch.rendered


def mean_where(values: Tensor, where: Tensor) -> Tensor:
    """The mean of values with weights `where`, of the same shape; zero where there is nothing."""
    return (values * where).sum() / where.sum().clamp_min(1)


def geometry_losses(seen: Prediction, batch: Batch, probe: Probe, truth: Truth) -> dict[str, Tensor]:
    """Normals, canonical points, mask and measured points: the geometry pretraining task."""
    inside = batch.mask * batch.dense[:, None, None]
    cosine = (seen.dense.normals_camera * batch.normals).sum(1)
    off = (seen.dense.canonical - batch.canonical).norm(dim=1) / 0.01
    mask = functional.binary_cross_entropy_with_logits(seen.dense.mask, batch.mask, reduction="none").mean((1, 2))
    target = truth.picture[:, : seen.points_px.shape[1]]
    size = batch.crops.shape[-1]
    measured = ((target > 0) & (target < size)).all(-1) * probe.picture_weight[: target.shape[1]]
    measured[:, 51:] *= batch.rendered[:, None]  # a fitted head's cheeks are not where the photo's are
    measured /= measured.sum(1, keepdim=True).clamp_min(1)
    misplaced = lambda found: (robust((found - target).norm(dim=-1) / size, delta=0.005) * measured).sum(1)
    close = batch.usable * batch.face * believed(MARK, batch)  # patches hold nothing where the frame is bad
    return {"normals": mean_where(1 - cosine, inside), "canonical": 0.3 * mean_where(off, inside),
            "mask": 0.3 * mean_where(mask, batch.dense), "face": 0.15 * face_loss(seen, batch),
            "rough": 30 * mean_where(misplaced(seen.rough_px), batch.usable),
            "points": 30 * mean_where(misplaced(seen.points_px), close)}  # fmt: skip


def face_loss(seen: Prediction, batch: Batch) -> Tensor:
    """Is there a well framed face?"""
    return functional.binary_cross_entropy_with_logits(seen.face, batch.face)


@dataclass(frozen=True)
class Truth:
    """The probe's points as they are on the heads of a batch."""

    rest: Tensor  # (B, P, 3) metres
    motion: Tensor  # (B, P, 3) metres that the expression adds
    picture: Tensor  # (B, P, 2) crop px; marked landmarks count more than the code's own

    @staticmethod
    def of(batch: Batch, probe: Probe) -> Truth:
        rest, motion = probe.neutral(batch.code), probe.motion(batch.code)
        seen = batch.camera.project(rest + motion)
        marked = ~batch.landmarks_px[..., :1].isnan()
        landmarks = torch.where(marked, batch.landmarks_px.nan_to_num(), seen[:, :51])
        return Truth(rest, motion, torch.cat([landmarks, seen[:, 51:]], 1))


def framed_points(samples: Samples, probe: Probe) -> Tensor:
    """(n, P, 2) where the probe's points are in ideal crops, 0..1."""
    known = samples.known
    code = HeadCode(*(known[name] for name in ("whole", "parts", "expression")))
    camera = Camera(*(known[name] for name in ("rotation", "scale", "centre", "inverse_distance")))
    return camera.warped(*frame(camera, 1)).project(probe.neutral(code) + probe.motion(code))


def robust(off: Tensor, delta: float) -> Tensor:
    """Distances over the crop's side: squares up to `delta`, beyond it lines of slope one."""
    return functional.huber_loss(off, torch.zeros_like(off), delta=delta, reduction="none") / delta


def code_losses(seen: Prediction, batch: Batch, probe: Probe, truth: Truth) -> dict[str, Tensor]:
    """Codes and camera, judged by the head they make and by where it falls in the crop."""
    size = batch.crops.shape[-1]
    usable, rendered = batch.usable, batch.usable * batch.rendered
    true_rest, true_motion = truth.rest, truth.motion
    rest, motion = probe.neutral(seen.code), probe.motion(seen.code)

    weight = probe.picture_weight.repeat(len(rest), 1)
    weight[:, 51:] *= believed(FITTED_POINT, batch)[:, None]
    picture = robust((seen.camera.project(rest + motion) - truth.picture).norm(dim=-1) / size, delta=0.01)
    shape = probe.shape_difference(rest, true_rest) / 0.002**2
    size_and_shape = (rest - true_rest).square().sum(-1).mean(1) / 0.005**2
    outward = (((rest - true_rest) + (motion - true_motion)) * probe.outward).sum(-1).square().mean(1) / 0.002**2
    moved = (motion - true_motion).square().sum(-1)[:, : 51 + FACE_POINTS].mean(1) / 0.001**2
    turned = (seen.camera.rotation - batch.camera.rotation).square().sum((1, 2)).add(1e-6).sqrt()
    nearness = (seen.camera.inverse_distance - batch.camera.inverse_distance).abs()
    codes = (seen.code.whole - batch.code.whole).square().mean(1)
    codes = codes + 0.3 * (seen.code.parts - batch.code.parts).square().mean((1, 2))
    expression = (seen.code.expression - batch.code.expression).abs().mean(1)
    scale = (seen.camera.scale / batch.camera.scale).log().abs()
    centre = (seen.camera.centre - batch.camera.centre).norm(dim=-1) / size
    fitted = usable * believed(FITTED_EXPRESSION, batch)
    return {
        "picture": 12 * mean_where((picture * weight).sum(1) / weight.sum(1), usable),
        "shape": 0.6 * mean_where(shape, rendered),
        "size": 0.1 * mean_where(size_and_shape, rendered),
        "outward": 0.05 * mean_where(outward, rendered),
        "moved": 0.1 * mean_where(moved, fitted),
        "rotation": 1.5 * mean_where(turned, rendered),
        "camera": mean_where(scale + 2 * centre + 0.03 * nearness, rendered),
        "codes": 0.1 * mean_where(codes, rendered),
        "expression": mean_where(expression, fitted),
    }


@torch.no_grad()
def measures(seen: Prediction, batch: Batch, probe: Probe) -> dict[str, Tensor]:
    """Per-sample figures to watch: landmark error over the outer-eye distance, rotation, shape, the mean head's."""
    truth, rest = Truth.of(batch, probe), probe.neutral(seen.code)
    true_rest, true = truth.rest, truth.picture[:, :51]
    eyes = (true[:, OUTER_EYES[0] - 17] - true[:, OUTER_EYES[1] - 17]).norm(dim=-1)
    found = seen.camera.project(rest + probe.motion(seen.code))[:, :51]
    return {
        "landmarks": (found - true).norm(dim=-1).mean(1) / eyes,
        "points": (seen.points_px[:, :51] - true).norm(dim=-1).mean(1) / eyes,
        "rotation_degrees": rotation_angle_degrees(seen.camera.rotation, batch.camera.rotation),
        "shape_mm": 1000 * probe.shape_difference(rest, true_rest).clamp_min(0).sqrt(),
        "mean_head_mm": 1000 * probe.shape_difference(probe.mean.expand_as(rest), true_rest).clamp_min(0).sqrt(),
        "face": torch.sigmoid(seen.face),
    }
