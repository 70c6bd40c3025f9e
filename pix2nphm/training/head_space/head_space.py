"""The population of training heads: codes that are linear in geometry, and local where they are named local.

A head is the mean plus 48 modes of the whole head plus, around each of 65 anchors, 16 modes of what is left there:

    vertex = mean + sum_g whole_g M_g + sum_a w_a sum_l parts_al Q_al + sum_e expression_e E_e

The weights w_a blend smoothly between anchors, so one local code moves only what is around its anchor. All modes come
from ICT-FaceKit made symmetric (each mode and its mirror image), hence a mirrored head has a mirrored code.
Ours: the paper learns its codes with an auto-decoder on registered scans; ours are a fixed linear embedding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.cluster.vq import kmeans2
from torch import Tensor

from ...codes import CodeShape, HeadCode
from ...nphm.mirror import Mirror
from .expressions import sample_expressions
from .ict import IctFaceKit

WHOLE, LOCAL = 48, 16
PAIRS, MIDLINE = 30, 5
SYMMETRIC_MODES, ANTISYMMETRIC_MODES = 80, 40  # more than 99.5 % of the variance of the face
SPREAD = 0.85  # standard deviation of the coefficients; 1 gives crania that are too broad
LOCAL_SPREAD = 0.5  # of local deviations from one smooth head, against that head's own, at their strongest
TEST_IDENTITIES = 10  # every tenth identity is never trained on
IDENTITIES = 1_000_000

# Surface weights for placing anchors and measuring variance: by region of the mean head, centimetres.
DETAIL = (
    ((0, -1.9, 10), 2.6, 5.0),
    ((3.2, 3.5, 9), 2.0, 5.0),
    ((-3.2, 3.5, 9), 2.0, 5.0),
    ((0, 1, 11), 2.2, 3.0),
    ((8.5, 1.5, -1), 2.5, 2.0),
    ((-8.5, 1.5, -1), 2.5, 2.0),
)  # mouth, eyes, nose, ears: centre, radius, weight


@dataclass(frozen=True)
class HeadSpace:
    """Linear maps between codes and vertices. A = 65 anchors: 30 mirrored pairs (2i, 2i + 1), then 5 on the midline."""

    mean: Tensor  # (V, 3) metres
    modes: Tensor  # (V, 3, G + A * L): whole, then local modes in anchor order
    expression_modes: Tensor  # (V, 3, E)
    anchors_index: Tensor  # (A,) vertices
    anchor_weights: Tensor  # (V, A) sum to one over anchors
    local_from_modes: Tensor  # (A, L, K) from the deviation's population coefficients to local codes
    modes_std: Tensor  # (K,) metres, of the population coefficients; the first G are the whole code's
    mirror_signs: tuple[Tensor, Tensor]  # (G,), (A, L)
    expression_mirror: Tensor  # (E,) indices

    @property
    def code_shape(self) -> CodeShape:
        return CodeShape(WHOLE, 2 * PAIRS + MIDLINE, LOCAL, self.expression_modes.shape[-1])

    @staticmethod
    def build(ict: IctFaceKit) -> HeadSpace:
        """The space of heads of ICT-FaceKit. Deterministic; takes a few seconds."""
        weight = surface_weight(ict)
        mirror = ict.mirror
        modes, std, signs = symmetric_modes(ict.identity_modes, mirror, weight)  # (V, 3, K), (K,), (K,)
        order = np.argsort(-std)
        modes, std, signs = modes[:, :, order], std[order], signs[order]
        anchors = place_anchors(ict, weight)
        blend = blending_weights(ict, anchors)  # (V, A)
        # what a local code must express: modes beyond the whole code's, and deviations from one smooth head
        varies = std * np.sqrt((np.arange(len(std)) >= WHOLE) + LOCAL_SPREAD**2 / 3)
        local: list[np.ndarray] = []
        from_modes: list[np.ndarray] = []
        local_signs = np.zeros((len(anchors), LOCAL))
        for a in range(len(anchors)):
            if a < 2 * PAIRS and a % 2:  # the mirror image of its partner
                local.append(mirrored(local[-1], mirror))
                from_modes.append(from_modes[-1] * signs)
                local_signs[a - 1 : a + 1] = 1
                continue
            basis, vectors = local_modes(modes, varies, weight * blend[:, a])
            if a >= 2 * PAIRS:
                local_signs[a] = np.sign((mirrored(basis, mirror) * basis * weight[:, None, None]).sum((0, 1)))
            local.append(basis)
            from_modes.append(vectors.T * (std / varies))
        whole = modes[:, :, :WHOLE] * std[:WHOLE]
        blended = [basis * blend[:, a, None, None] for a, basis in enumerate(local)]
        tensor = lambda array: torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
        return HeadSpace(
            mean=tensor(ict.vertices),
            modes=tensor(np.concatenate([whole, *blended], axis=-1)),
            expression_modes=tensor(ict.expression_modes.transpose(1, 2, 0)),
            anchors_index=torch.from_numpy(anchors),
            anchor_weights=tensor(blend),
            local_from_modes=tensor(np.stack(from_modes)),
            modes_std=tensor(std),
            mirror_signs=(tensor(signs[:WHOLE]), tensor(local_signs)),
            expression_mirror=torch.from_numpy(ict.expression_mirror),
        )

    def restricted(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """The linear map to some vertices: mean (n, 3) and (n, 3, G + A * L + E) over the flat code."""
        return self.mean[index], torch.cat([self.modes[index], self.expression_modes[index]], dim=-1)

    def coefficient_map(self, index: Tensor) -> Tensor:
        """(n, 3, K): what each population coefficient, unit variance, does to some vertices through the codes."""
        parts = self.modes[index, :, WHOLE:]
        around = torch.einsum("vcj,jk->vck", parts, self.local_from_modes.flatten(0, 1))
        around[..., :WHOLE] = self.modes[index, :, :WHOLE]
        return around

    def neutral(self, code: HeadCode) -> Tensor:
        """(B) codes -> (B, V, 3) metres, without the expression."""
        return self.mean + torch.einsum("vci,bi->bvc", self.modes, code.identity)

    def vertices(self, code: HeadCode) -> Tensor:
        """(B) codes -> (B, V, 3) metres, posed."""
        return self.neutral(code) + torch.einsum("vce,be->bvc", self.expression_modes, code.expression)

    def anchors(self, code: HeadCode) -> Tensor:
        """(B) codes -> (B, A, 3) metres, on the neutral head: linear in the identity."""
        moved = torch.einsum("vci,bi->bvc", self.modes[self.anchors_index], code.identity)
        return self.mean[self.anchors_index] + moved

    def encode(self, coefficients: Tensor, deviations: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Population coefficients (B, K), unit variance, and local deviations from them (B, A, K) -> whole, parts."""
        rest = coefficients.clone()
        rest[:, :WHOLE] = 0
        around = rest[:, None] + (0 if deviations is None else deviations)
        around = around.expand(-1, len(self.anchors_index), -1)
        return coefficients[:, :WHOLE], torch.einsum("alk,bak->bal", self.local_from_modes, around)

    @cached_property
    def mirror(self) -> Mirror:
        """The code of the mirrored head, from a code."""
        mirror = Mirror(self.code_shape)
        mirror.whole_signs.copy_(self.mirror_signs[0])
        mirror.part_signs.copy_(self.mirror_signs[1])
        mirror.partner[: 2 * PAIRS] ^= 1
        mirror.expression_partner.copy_(self.expression_mirror)
        return mirror

    def sample(self, count: int, generator: np.random.Generator, split: str = "train") -> HeadCode:
        """Random heads. Identities are numbered; every tenth number is `split` "test", the others "train"."""
        numbers = generator.integers(IDENTITIES // TEST_IDENTITIES, size=count) * TEST_IDENTITIES
        if split == "train":
            numbers += generator.integers(1, TEST_IDENTITIES, size=count)
        elif split != "test":
            raise ValueError(f"split is 'train' or 'test', not {split!r}")
        whole, parts = zip(*(self.identity(int(number)) for number in numbers))
        return HeadCode(torch.cat(whole), torch.cat(parts), torch.from_numpy(sample_expressions(count, generator)))

    def identity(self, number: int) -> tuple[Tensor, Tensor]:
        """The identity of that number: one smooth head, in three cases of four with other features blended in."""
        generator = np.random.default_rng([65, number])
        smooth = torch.from_numpy(generator.standard_normal((1, len(self.modes_std)), dtype=np.float32))
        if generator.random() < 0.25:
            return self.encode(smooth)
        centres = self.mean[self.anchors_index]
        reach = generator.uniform(0.015, 0.05)  # metres over which neighbours deviate alike
        kernel = torch.softmax(-torch.cdist(centres, centres).square() / (2 * reach**2), dim=-1)
        kernel = kernel / kernel.norm(dim=-1, keepdim=True)
        free = torch.from_numpy(generator.standard_normal((1, len(centres), len(self.modes_std)), dtype=np.float32))
        return self.encode(smooth, generator.uniform(0, LOCAL_SPREAD) * (kernel @ free))


def surface_weight(ict: IctFaceKit) -> np.ndarray:
    """(V,) how much each vertex counts: skin only, the face more than the back, features most."""
    weight = np.zeros(len(ict.vertices))
    weight[ict.regions["face"]] = 1.0
    weight[ict.regions["head_neck"]] = 0.25
    vertices = ict.vertices * 100
    for centre, radius, more in DETAIL:
        weight *= 1 + (more - 1) * np.exp(-((vertices - centre) ** 2).sum(-1) / (2 * radius**2))
    area = vertex_areas(ict)
    weight *= area * np.clip((vertices[:, 1] + 19) / 6, 0.05, 1)  # the neck fades out
    return (weight / weight.sum()).astype(np.float64)


def vertex_areas(ict: IctFaceKit) -> np.ndarray:
    """(V,) a third of the area of the triangles around each vertex."""
    corners = ict.vertices[ict.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=-1) / 2
    return np.bincount(ict.faces.ravel(), np.repeat(area / 3, 3), minlength=len(ict.vertices))


def mirrored(modes: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """(V, 3, K) displacements -> the displacements of the mirrored head."""
    return modes[mirror] * np.array([-1.0, 1.0, 1.0])[:, None]


def symmetric_modes(
    modes: np.ndarray, mirror: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Principal modes of the population and its mirror image: (V, 3, K) of weighted norm 1, std (K,) m, signs (K,)."""
    modes = modes.transpose(1, 2, 0).astype(np.float64) * SPREAD
    result = []
    for sign, count in ((1, SYMMETRIC_MODES), (-1, ANTISYMMETRIC_MODES)):
        half = (modes + sign * mirrored(modes, mirror)) / 2
        values, vectors = np.linalg.eigh(np.einsum("vci,vcj,v->ij", half, half, weight, optimize=True))
        values, vectors = values[::-1][:count], vectors[:, ::-1][:, :count]
        result.append((half @ vectors / np.sqrt(values), np.sqrt(values), np.full(count, sign)))
    both, std, signs = (np.concatenate(part, axis=-1) for part in zip(*result))
    return both, std, signs


def place_anchors(ict: IctFaceKit, weight: np.ndarray) -> np.ndarray:
    """(A,) vertices: k-means of the left half of the surface, mirrored, and five along the midline."""
    points, mirror = ict.vertices, ict.mirror
    skin = np.flatnonzero(weight)
    generator = np.random.default_rng(0)
    left = skin[points[skin, 0] > 0.004]
    drawn = generator.choice(left, 20000, p=weight[left] / weight[left].sum())
    centres, _ = kmeans2(points[drawn].astype(np.float64), PAIRS, seed=0, minit="++", iter=60)
    midline = skin[np.abs(points[skin, 0]) < 0.001]
    front = midline[points[midline, 2] > 0.05]
    heights = np.array(
        [[0.0, 0.085, 0.09], [0.0, 0.035, 0.1], [0.0, 0.0, 0.13], [0.0, -0.035, 0.11], [0.0, -0.075, 0.1]]
    )
    nearest = lambda among, centre: among[np.argmin(((points[among] - centre) ** 2).sum(-1))]
    pairs = [vertex for centre in centres for one in [nearest(left, centre)] for vertex in (one, mirror[one])]
    return np.array(pairs + [nearest(front, height) for height in heights])


def blending_weights(ict: IctFaceKit, anchors: np.ndarray) -> np.ndarray:
    """(V, A) smooth weights that sum to one; eyeballs, teeth and gums are rigid: one set of weights each."""
    points = ict.vertices.copy()
    for names in (["eyeball_left"], ["eyeball_right"], ["gums_tongue", "teeth"]):
        where = np.r_[tuple(ict.regions[name] for name in names)]
        points[where] = points[where].mean(0)
    centres = ict.vertices[anchors]
    between = np.sort(np.linalg.norm(centres[:, None] - centres, axis=-1), axis=-1)
    reach = 0.55 * between[:, 1:5].mean(-1)
    partner = np.arange(len(anchors))
    partner[: 2 * PAIRS] ^= 1
    reach = (reach + reach[partner]) / 2
    exponent = -((points[:, None] - centres) ** 2).sum(-1) / (2 * reach**2)
    weights = np.exp(exponent - exponent.max(-1, keepdims=True))
    weights[weights < 0.003] = 0
    return weights / weights.sum(-1, keepdims=True)


def local_modes(modes: np.ndarray, varies: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal modes of what varies under `weight` (V,): fields (V, 3, L) of one std, and their vectors (K, L).

    `modes` (V, 3, K) with coefficients of standard deviation `varies` (K,) here.
    """
    near = weight > 1e-4 * weight.max()
    gram = np.einsum("vci,vcj,v->ij", modes[near], modes[near], weight[near] / weight.sum(), optimize=True)
    _, vectors = np.linalg.eigh(varies[:, None] * gram * varies)
    vectors = vectors[:, ::-1][:, :LOCAL]
    return modes @ (varies[:, None] * vectors), vectors
