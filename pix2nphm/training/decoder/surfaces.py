"""Closed skins for ICT heads.

The skin is cut at the neck and closed there; a thin film closes the mouth behind the lips and bulges back as they part;
cones toward the eyeballs' centres close the eye openings. All of it is linear in the vertices of ICT-FaceKit, with one
fixed topology. The solid of a head is the union of this skin and its two eyeballs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from ..head_space import IctFaceKit

NECK_POINT, NECK_UP = (0.0, -0.104, 0.0), (0.0, 1.0, 0.12)  # the cutting plane on the mean head: lower in front
RINGS = 4  # of triangles in a cap, so that no triangle is much larger than its neighbours
FILM_ROWS, FILM_COLUMNS = 7, 41
FILM_BULGE = 0.45  # depth of the film behind the lips, in units of their gap

# Sampling density by what is looked at: landmarks (iBUG), weight, reach in metres.
DETAIL = ((slice(48, 68), 8.0, 0.009), (slice(36, 48), 9.0, 0.009), (slice(27, 36), 2.0, 0.012))
EARS, EAR_WEIGHT, EAR_REACH = ((0.08, 0.005, -0.01), (-0.08, 0.005, -0.01)), 1.8, 0.035
BACK_WEIGHT, FILM_WEIGHT = 0.35, 3.0
LIPS_REACH = 0.007


@dataclass(frozen=True)
class ClosedHead:
    """The topology of a closed head. V vertices, the skin's first, then each eyeball's, made of M of ICT-FaceKit."""

    matrix: csr_matrix  # (V, M) from the vertices of ICT-FaceKit
    bulge: csr_matrix  # (V, M) from their heights to extra depth
    faces: np.ndarray  # (T, 3) outward
    part: np.ndarray  # (T,) 0 skin, 1 left and 2 right eyeball
    weight: np.ndarray  # (T,) sampling density, 1 on plain face
    face: np.ndarray  # (T,) bool: what is measured, the face without film, cones and eyeballs' backs
    lips: np.ndarray  # (T,) bool
    flat: np.ndarray  # (V,) where each vertex of the film would be without its bulge; other vertices themselves

    @staticmethod
    def build(ict: IctFaceKit) -> ClosedHead:
        rows = Rows(len(ict.vertices))
        skin = np.concatenate([ict.faces[in_region(ict, name)] for name in ("face", "head_neck")])
        mouth, eyes = rims(ict, skin)
        faces, neck = cut_neck(ict, skin, rows)
        count = len(faces)
        faces += cap(rows, neck, None)
        film, flat = mouth_film(rows, mouth, ict.vertices)
        film_faces = slice(len(faces), len(faces) + len(film))
        faces += film
        for side, rim in eyes.items():
            eyeball = sclera(ict, side)
            centre = rows.add(np.unique(eyeball), np.full(len(np.unique(eyeball)), 1 / len(np.unique(eyeball))))
            faces += cap(rows, rim, centre)
        part = [0] * len(faces)
        for number, side in enumerate(eyes, start=1):
            eyeball = sclera(ict, side)
            faces += eyeball.tolist()
            part += [number] * len(eyeball)
        used = np.unique(np.r_[np.ravel(faces), list(flat.values())])
        faces, part = np.searchsorted(used, faces), np.array(part)
        flat = np.searchsorted(used, [flat.get(vertex, vertex) for vertex in used.tolist()])
        matrix, bulge = (part[used] for part in rows.matrices())
        centroids = (matrix @ ict.vertices)[faces].mean(1)
        weight, lips = densities(ict, centroids)
        front = np.isin(used, np.arange(*ict.regions["face"].indices(len(ict.vertices))))[faces].all(1)
        front &= (centroids[:, 2] > 0.03) & (centroids[:, 1] > -0.085) & (centroids[:, 1] < 0.09)
        hidden = np.zeros(len(faces), dtype=bool)
        hidden[count:] = part[count:] == 0
        for number, side in enumerate(eyes, start=1):
            middle = ict.vertices[np.unique(sclera(ict, side))].mean(0)
            hidden |= (part == number) & (centroids[:, 2] < middle[2])
        weight[hidden] = np.minimum(weight[hidden], BACK_WEIGHT)
        weight[film_faces] = FILM_WEIGHT
        return ClosedHead(matrix, bulge, faces, part, weight, (front | (part > 0)) & ~hidden, lips & front, flat)

    def linear(self, displacements: np.ndarray) -> np.ndarray:
        """(M, 3, ...) vertices of ICT-FaceKit, or modes of them -> (V, 3, ...)."""
        flat = displacements.reshape(len(displacements), -1)
        closed = (self.matrix @ flat).reshape(-1, *displacements.shape[1:])
        closed[:, 2] += (self.bulge @ displacements[:, 1].reshape(len(flat), -1)).reshape(closed[:, 2].shape)
        return closed

    def sample(self, count: int, generator: np.random.Generator, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Random places on the surface: triangles (count,) and barycentrics (count, 3); `areas` (T,)."""
        density = np.cumsum(areas * self.weight, dtype=np.float64)
        triangles = np.searchsorted(density, generator.random(count) * density[-1])
        root, along = np.sqrt(generator.random(count)), generator.random(count)
        places = np.stack([1 - root, root * (1 - along), root * along], axis=-1)
        return np.minimum(triangles, len(self.faces) - 1), places


class Rows:
    """New vertices as weighted sums of old ones, by number."""

    def __init__(self, vertices: int) -> None:
        self.columns, self.weights = [np.array([i]) for i in range(vertices)], [np.ones(1)] * vertices
        self.heights: list[tuple[int, int, float]] = []  # vertex, the vertex whose height it sees, weight
        self.vertices = vertices

    def add(self, numbers, weights) -> int:
        """The number of the vertex sum_i weights_i vertex_i; `numbers` may be new vertices themselves."""
        self.columns.append(np.concatenate([self.columns[i] for i in numbers]))
        self.weights.append(np.concatenate([self.weights[i] * w for i, w in zip(numbers, weights)]))
        return len(self.columns) - 1

    def bulge(self, number: int, upper: int, lower: int, share: float) -> None:
        """Move a new vertex forward by `share` of the height of `upper` above `lower`."""
        self.heights += [(number, upper, share), (number, lower, -share)]

    def matrices(self) -> tuple[csr_matrix, csr_matrix]:
        """(all, M) twice: positions, and heights added to depth."""
        shape = len(self.columns), self.vertices
        rows = np.repeat(np.arange(len(self.columns)), [len(c) for c in self.columns])
        positions = coo_matrix((np.concatenate(self.weights), (rows, np.concatenate(self.columns))), shape).tocsr()
        numbers, seen, shares = zip(*self.heights)
        chosen = coo_matrix((shares, (numbers, seen)), (shape[0], shape[0])).tocsr()
        return positions, chosen @ positions


def in_region(ict: IctFaceKit, name: str) -> np.ndarray:
    """(F,) bool: faces whose last corner belongs to a region; seams belong to the region that was appended."""
    region = ict.regions[name]
    highest = ict.faces.max(-1)
    return (highest >= region.start) & (highest < region.stop)


def sclera(ict: IctFaceKit, side: str) -> np.ndarray:
    """(n, 3) faces of the outer, closed shell of an eyeball: the component that starts the region."""
    faces = ict.faces[in_region(ict, f"eyeball_{side}")]
    start = ict.regions[f"eyeball_{side}"].start
    shell = np.zeros(len(ict.vertices), dtype=bool)
    shell[start] = True
    while True:
        grown = faces[shell[faces].any(-1)]
        if shell[grown].all():
            return grown
        shell[grown] = True


def boundary_loops(faces: np.ndarray) -> list[np.ndarray]:
    """Directed loops of edges that only one face has, in the direction of that face."""
    edges = {tuple(edge) for edge in np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).tolist()}
    following = {a: b for a, b in edges if (b, a) not in edges}
    loops = []
    while following:
        loop = [next(iter(following))]
        while loop[-1] in following:
            loop.append(following.pop(loop[-1]))
        loops.append(np.array(loop[:-1]))
    return loops


def rims(ict: IctFaceKit, skin: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The mouth's rim and both eyes' rims; the fourth hole of the skin, the neck's, is replaced by the cut."""
    holes = {}
    for loop in boundary_loops(skin):
        x, y, _ = ict.vertices[loop].mean(0)
        if y > 0:
            holes["left" if x > 0 else "right"] = loop
        elif y > -0.1:
            holes["mouth"] = loop
    return holes["mouth"], {side: holes[side] for side in ("left", "right")}


def cut_neck(ict: IctFaceKit, skin: np.ndarray, rows: Rows) -> tuple[list[list[int]], np.ndarray]:
    """Faces above the plane of the neck, those it crosses clipped, and the rim they leave."""
    height = (ict.vertices - NECK_POINT) @ np.array(NECK_UP)
    made: dict[tuple[int, int], int] = {}

    def crossing(a: int, b: int) -> int:
        key = (min(a, b), max(a, b))
        if key not in made:
            share = height[a] / (height[a] - height[b])
            made[key] = rows.add((a, b), (1 - share, share))
        return made[key]

    faces = skin[(height[skin] >= 0).all(1)].tolist()
    for face in skin[(height[skin] >= 0).any(1) & (height[skin] < 0).any(1)].tolist():
        polygon = []
        for a, b in zip(face, face[1:] + face[:1]):
            if height[a] >= 0:
                polygon.append(a)
            if (height[a] >= 0) != (height[b] >= 0):
                polygon.append(crossing(a, b))
        faces += [[polygon[0], polygon[i], polygon[i + 1]] for i in range(1, len(polygon) - 1)]
    created = set(made.values())
    neck = max((loop for loop in boundary_loops(np.array(faces)) if created & set(loop.tolist())), key=len)
    return faces, neck


def cap(rows: Rows, rim: np.ndarray, centre: int | None) -> list[list[int]]:
    """Faces that close a rim by rings toward a point, by default the rim's mean."""
    if centre is None:
        centre = rows.add(rim, np.full(len(rim), 1 / len(rim)))
    rings = [rim.tolist()]
    for ring in range(1, RINGS):
        share = ring / RINGS
        rings.append([rows.add((vertex, centre), (1 - share, share)) for vertex in rim])
    rings.append([centre] * len(rim))
    return [face for outer, inner in pairwise(rings) for face in zipped(outer + outer[:1], inner + inner[:1])]


def mouth_film(rows: Rows, rim: np.ndarray, vertices: np.ndarray) -> tuple[list[list[int]], dict[int, int]]:
    """Faces between upper and lower lip, and for each new vertex of theirs another one without the bulge.

    The film lies behind the rim by FILM_BULGE of the gap between the lips.
    """
    rim = np.roll(rim, -int(vertices[rim, 0].argmax()))  # starts in the left corner
    right = int(vertices[rim, 0].argmin())
    first, second = rim[: right + 1], np.r_[rim[right:], rim[:1]][::-1]  # both from left to right
    upper, lower = (first, second) if vertices[first, 1].mean() > vertices[second, 1].mean() else (second, first)
    lines, flat = [upper.tolist()], {}
    for row in range(1, FILM_ROWS):
        down = row / FILM_ROWS
        line = [int(upper[0])]
        for along in np.linspace(0, 1, FILM_COLUMNS)[1:-1]:
            ends = [rows.add(*between(side, along)) for side in (upper, lower)]
            over, under = ends
            line.append(rows.add(ends, (1 - down, down)))
            rows.bulge(line[-1], over, under, -FILM_BULGE * 4 * down * (1 - down))
            flat[line[-1]] = rows.add(ends, (1 - down, down))
        lines.append([*line, int(upper[-1])])
    lines.append(lower.tolist())
    return [face for above, below in pairwise(lines) for face in zipped(below, above)], flat


def between(line: np.ndarray, along: float) -> tuple[tuple[int, int], tuple[float, float]]:
    """The place `along` (0..1) a polyline of evenly counted vertices: two vertices and their weights."""
    at = along * (len(line) - 1)
    start = min(int(at), len(line) - 2)
    return (int(line[start]), int(line[start + 1])), (1 - (at - start), at - start)


def zipped(above: list[int], below: list[int]) -> list[list[int]]:
    """Triangles between two polylines with common or parallel ends, whatever their counts."""
    faces, i, j = [], 0, 0
    while i < len(above) - 1 or j < len(below) - 1:
        if j == len(below) - 1 or (i < len(above) - 1 and (i + 1) * (len(below) - 1) <= (j + 1) * (len(above) - 1)):
            face, i = [above[i], below[j], above[i + 1]], i + 1
        else:
            face, j = [above[i], below[j], below[j + 1]], j + 1
        if len(set(face)) == 3:
            faces.append(face)
    return faces


def densities(ict: IctFaceKit, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) places on the mean head -> sampling density (N,), and whether they are lips (N,)."""
    near = lambda centres, reach: np.exp(-np.square(cKDTree(centres).query(places)[0] / reach))
    face = np.clip(places[:, 2] / 0.05 + 0.5, 0, 1)
    density = BACK_WEIGHT + (1 - BACK_WEIGHT) * face
    density += (EAR_WEIGHT - density) * near(EARS, EAR_REACH)
    for which, weight, reach in DETAIL:
        density += np.maximum(weight - density, 0) * near(ict.vertices[ict.landmarks68[which]], reach)
    return density, cKDTree(ict.vertices[ict.landmarks68[48:68]]).query(places)[0] < LIPS_REACH
