"""What the decoder learns from: signed distances around heads (a pool, made once) and exact correspondences (fresh)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...codes import HeadCode
from ...frames import Box
from ..head_space import HeadSpace, IctFaceKit
from ..head_space.expressions import INDEX, sample_expressions
from .distances import SolidHead
from .surfaces import ClosedHead

CANONICAL_JAW = 0.3  # of jawOpen in canonical space: the lips are apart
SPREADS = ((0.45, 0.0008), (0.33, 0.005))  # share of points, their distance from the surface; the others fill the box
PAIR_DISTANCE = 0.0015  # metres between the two points of a pair, with which slopes are compared
CANONICAL_PAIRS, POSED_PAIRS = 2000, 1000  # a head
BEYOND_BOX = 0.15  # points outside the box too, so that signs are right in its corners
AIR_REACH, AIR_GAP = 1.8, 0.001  # how far before the mouth's film, in its bulges, and the least bulge, metres
OFFSETS = ((0.6, 0.0006), (0.4, 0.005))  # of correspondences along the normal: share, standard deviation


STRONG = (("jawOpen",), ("eyeBlink_L", "eyeBlink_R"))  # what moves farthest, and is hard to undo
STRONG_SHARE = 0.3  # of expressions that get one of these at half or more


class HeadSurfaces:
    """The closed surface of any code, from a HeadSpace. V vertices of a ClosedHead."""

    def __init__(self, ict: IctFaceKit, space: HeadSpace) -> None:
        self.closed = ClosedHead.build(ict)
        self.space = space
        self.mean = torch.from_numpy(self.closed.linear(space.mean.numpy()).astype(np.float32))
        self.modes = torch.from_numpy(self.closed.linear(space.modes.numpy()).astype(np.float32))  # (V, 3, I)
        self.expression_modes = torch.from_numpy(self.closed.linear(space.expression_modes.numpy()).astype(np.float32))
        self.canonical_expression = torch.zeros(space.code_shape.expression)
        self.canonical_expression[ict.unit("jawOpen")] = CANONICAL_JAW
        corners = self.mean[self.closed.faces].numpy()
        self.areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=-1) / 2

    def neutral(self, identity: Tensor) -> Tensor:
        """(B, I) -> (B, V, 3) metres."""
        return self.mean + (identity @ self.modes.flatten(0, 1).T).unflatten(-1, (-1, 3))

    def moved(self, expression: Tensor) -> Tensor:
        """(B, E) -> (B, V, 3) the displacements of an expression."""
        return (expression @ self.expression_modes.flatten(0, 1).T).unflatten(-1, (-1, 3))

    def vertices(self, code: HeadCode) -> Tensor:
        """(B) codes -> (B, V, 3) metres, posed."""
        return self.neutral(code.identity) + self.moved(code.expression)

    def canonical(self, code: HeadCode) -> HeadCode:
        return code.with_expression(self.canonical_expression.expand_as(code.expression))


@dataclass(frozen=True)
class SamplePool:
    """H heads, each with n pairs of points around it in canonical space and m around it posed."""

    whole: Tensor  # (H, G)
    parts: Tensor  # (H, A, L)
    expression: Tensor  # (H, E)
    points: Tensor  # (H, n, 2, 3) canonical, metres
    sdf: Tensor  # (H, n, 2)
    posed_points: Tensor  # (H, m, 2, 3)
    posed_sdf: Tensor  # (H, m, 2)

    @staticmethod
    def build(surfaces: HeadSurfaces, heads: int, box: Box, generator: np.random.Generator, progress) -> SamplePool:
        """Some 0.15 s a head. `progress` is called with the number of heads done."""
        code = surfaces.space.sample(heads, generator, split="train").with_expression(expressions(heads, generator))
        rows = []
        for i in range(heads):
            one = code[i : i + 1]
            canonical, posed = surfaces.vertices(surfaces.canonical(one))[0], surfaces.vertices(one)[0]
            samples = around(surfaces, canonical, CANONICAL_PAIRS, box, generator)
            rows.append(samples + around(surfaces, posed, POSED_PAIRS, box, generator))
            progress(i + 1)
        return SamplePool(code.whole, code.parts, code.expression, *map(torch.stack, zip(*rows)))

    def codes(self, index: Tensor) -> HeadCode:
        return HeadCode(self.whole[index], self.parts[index], self.expression[index])

    def save(self, path: Path) -> None:
        torch.save({f.name: getattr(self, f.name) for f in fields(self)}, path)

    @staticmethod
    def load(path: Path) -> SamplePool:
        return SamplePool(**torch.load(path, weights_only=True))


def expressions(count: int, generator: np.random.Generator) -> Tensor:
    """(count, E) plausible expressions, with more wide mouths and closed eyes than faces show."""
    weights = sample_expressions(count, generator)
    for row in np.flatnonzero(generator.random(count) < STRONG_SHARE):
        units = [INDEX[name] for name in STRONG[generator.integers(len(STRONG))]]
        weights[row, units] = np.maximum(weights[row, units], generator.uniform(0.5, 1))
    return torch.from_numpy(weights)


def around(
    surfaces: HeadSurfaces, vertices: Tensor, pairs: int, box: Box, generator: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Pairs of points near a head (V, 3) and in its box: (pairs, 2, 3) and their signed distances (pairs, 2)."""
    solid = SolidHead(surfaces.closed, vertices.numpy())
    near = [int(share * pairs) for share, _ in SPREADS]
    triangles, places = surfaces.closed.sample(sum(near), generator, surfaces.areas)
    points = solid.points(triangles, places)
    spread = np.repeat([distance for _, distance in SPREADS], near)[:, None]
    points = points + generator.standard_normal(points.shape) * spread
    low, high = np.array(box.low), np.array(box.high)
    margin = BEYOND_BOX * (high - low) / 2
    points = np.concatenate([points, generator.uniform(low - margin, high + margin, (pairs - sum(near), 3))])
    step = generator.standard_normal(points.shape)
    step *= PAIR_DISTANCE / np.linalg.norm(step, axis=-1, keepdims=True)
    points = np.stack([points, points + step], axis=1)
    distances = solid.signed_distance(points.reshape(-1, 3)).reshape(pairs, 2)
    shuffled = generator.permutation(pairs)
    return torch.from_numpy(points[shuffled]).float(), torch.from_numpy(distances[shuffled]).float()


def correspondences(
    surfaces: HeadSurfaces, one: Tensor, other: Tensor, pairs: int, generator: np.random.Generator, air: float = 0
) -> tuple[Tensor, Tensor]:
    """The same places on and near two poses (B, V, 3) of B heads: (B, pairs, 2, 3) twice. Pairs share a triangle.

    air  share of the places on the mouth's film that are taken before it, where the lips are apart: in the open mouth.
    """
    heads = len(one)
    triangles, places = surfaces.closed.sample(heads * pairs, generator, surfaces.areas)
    turned = places[:, [1, 2, 0]] * 0.7 + places * 0.3  # another place in the triangle
    corners = torch.from_numpy(surfaces.closed.faces[triangles].reshape(heads, -1))
    flat = torch.from_numpy(surfaces.closed.flat)[corners]
    at = lambda vertices, numbers: vertices.gather(1, numbers[..., None].expand(-1, -1, 3)).view(-1, 3, 3)
    reach = torch.from_numpy(generator.uniform(0, AIR_REACH, heads * pairs) * (generator.random(heads * pairs) < air))
    reach = (reach * ((at(one, flat) - at(one, corners)).norm(dim=-1).amax(-1) > AIR_GAP)).float()[:, None, None]
    weights = torch.from_numpy(np.stack([places, turned], axis=1)).float()  # (heads * pairs, 2, 3)
    shares, spreads = zip(*OFFSETS)
    offset = generator.standard_normal((heads, pairs, 1, 1)) * generator.choice(spreads, (heads, pairs, 1, 1), p=shares)
    offset = torch.from_numpy(offset).float()
    result = []
    for vertices in (one, other):
        triangle = torch.lerp(at(vertices, corners), at(vertices, flat), reach)
        normal = torch.linalg.cross(triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0])
        normal = torch.nn.functional.normalize(normal, dim=-1, eps=1e-20).view(heads, pairs, 1, 3)
        result.append((weights @ triangle).view(heads, pairs, 2, 3) + offset * normal)
    return result[0], result[1]
