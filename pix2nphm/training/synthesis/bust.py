"""What the renderer draws of a head: ICT-FaceKit's skin, eyeballs and mouth, on shoulders of our own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from scipy.spatial import cKDTree
from torch import Tensor

from ...frames import Box
from ..head_space import IctFaceKit
from .hair import might_grow

SKIN = ("face", "head_neck")
SCLERA_VERTICES = 770  # of each eyeball, before its iris
MOUTH_COLOURS = {"mouth_socket": (0.45, 0.2, 0.2), "gums_tongue": (0.62, 0.3, 0.3), "teeth": (0.86, 0.82, 0.76)}
SPACING = 0.0045  # metres between the vertices that are drawn: about three pixels of a training photograph
FINE_SPOTS = (  # metres: centre, reach, spacing there
    (0.031, 0.035, 0.092, 0.012, 0.0009), (-0.031, 0.035, 0.092, 0.012, 0.0009),  # lids
    (0.0, -0.034, 0.105, 0.018, 0.0017), (0.0, -0.003, 0.12, 0.012, 0.002),  # lips, nostrils
)  # fmt: skip
EYES_AND_MOUTH_SPACING = 0.0026
# Rings of the shoulders, from the edge of the neck downward: widths in x and z and drop, metres.
SHOULDERS = ((1.0, 1.0, 0.0), (1.25, 1.1, 0.012), (1.55, 1.2, 0.04), (1.7, 1.3, 0.10), (1.7, 1.3, 0.45))


@dataclass(frozen=True)
class Bust:
    """V vertices: `index` of ICT-FaceKit's (skin first), then the shoulders'. Attributes are per vertex.

    In shapes `skin` is how many are skin.
    """

    index: np.ndarray  # (M,) vertices of ICT-FaceKit that are drawn
    skin: int  # the first so many are skin
    canonical: np.ndarray  # (V, 3) on the neutral mean head, 0..1 over `box`
    box: Box  # of the skin of the neutral mean head, metres
    paint: np.ndarray  # (V, 3) colours of the mouth; directions from the centre of the eyeball
    mirror: np.ndarray  # (skin,) the skin vertex on the other side
    triangles: dict[str, np.ndarray]  # (F, 3) of "skin", "eyes", "mouth", "shoulders", "hair"
    landmarks68: np.ndarray  # (68,) iBUG order
    neck_edge: np.ndarray  # (R,) the loop of vertices that the shoulders hang on
    quads: np.ndarray  # (Q, 4) for the normals; a triangle repeats its first corner
    vertex_from_quad: sparse.csr_matrix  # (V, Q): sums what is around a vertex

    @staticmethod
    def build(ict: IctFaceKit) -> Bust:
        """Of the regions that can be seen, in the order skin, eyes, mouth; thinned out to what a picture can show."""
        sockets = {side: numbers(ict.regions[f"eye_socket_{side}"]) for side in ("left", "right")}
        eyes = [np.concatenate([sclera(ict, side), socket]) for side, socket in sockets.items()]
        groups = {
            "skin": np.concatenate([numbers(ict.regions[name]) for name in SKIN]),
            "eyes": np.concatenate(eyes),
            "mouth": np.concatenate([numbers(ict.regions[name]) for name in MOUTH_COLOURS]),
        }
        nearest = np.full(len(ict.vertices), -1)  # the vertex drawn in place of each
        for part in eyes:
            nearest[part] = thinned(ict, part, np.full(len(part), EYES_AND_MOUTH_SPACING))
        nearest[groups["skin"]] = thinned(ict, groups["skin"], skin_spacing(ict.vertices[groups["skin"]]))
        for name in MOUTH_COLOURS:
            region = numbers(ict.regions[name])
            nearest[region] = thinned(ict, region, np.full(len(region), EYES_AND_MOUTH_SPACING))
        drawn = {name: np.unique(nearest[group]) for name, group in groups.items()}
        index = np.concatenate(list(drawn.values()))
        skin, shown = len(drawn["skin"]), len(drawn["skin"]) + len(drawn["eyes"])
        position = np.full(len(ict.vertices), -1)
        position[index] = np.arange(len(index))
        position = np.where(nearest >= 0, position[nearest], -1)
        faces = position[ict.faces]
        a, b, c = faces.T
        faces = faces[(faces >= 0).all(-1) & (a != b) & (b != c) & (c != a)]
        vertices = ict.vertices[index]
        low, high = vertices[:skin].min(0), vertices[:skin].max(0)

        paint = np.zeros_like(vertices)
        for part in eyes:
            where = position[part]
            paint[where] = vertices[where] - sphere_centre(ict.vertices[part[:SCLERA_VERTICES]])
        for name, colour in MOUTH_COLOURS.items():
            paint[position[ict.regions[name]]] = colour

        group = np.digitize(faces.max(-1), [skin, shown])  # the mouth's first triangles share edges with the lips
        edge = lowest_loop(faces[group == 0], vertices)
        rings = len(index) + np.arange((len(SHOULDERS) - 1) * len(edge)).reshape(-1, len(edge))
        strip = ring_strip(np.concatenate([edge[None], rings]))
        triangles = {name: faces[group == i] for i, name in enumerate(("skin", "eyes", "mouth"))} | {"shoulders": strip}
        quads = paired(np.concatenate(list(triangles.values())))
        triangles["hair"] = triangles["skin"][might_grow(vertices[:skin])[triangles["skin"]].any(-1)]
        canonical = np.concatenate([vertices, shoulders(vertices[None, edge])[0]])
        return Bust(
            index=index,
            skin=skin,
            canonical=((canonical - low) / (high - low)).astype(np.float32),
            box=Box(tuple(map(float, low)), tuple(map(float, high))),
            paint=np.concatenate([paint, np.zeros((rings.size, 3))]).astype(np.float32),
            mirror=position[ict.mirror[index[:skin]]],
            triangles=triangles,
            landmarks68=position[ict.landmarks68],
            neck_edge=edge,
            quads=quads,
            vertex_from_quad=incidence(quads, len(canonical)),
        )

    def neutral_skin(self) -> np.ndarray:
        """(skin, 3) metres on the neutral mean head."""
        low, high = np.array(self.box.low), np.array(self.box.high)
        return low + self.canonical[: self.skin] * (high - low)

    def surfaces(self, vertices: Tensor) -> Tensor:
        """(M, 3, B) metres, the drawn vertices of heads -> (B, V, 6) with shoulders, and unit normals beside."""
        edge = vertices[self.neck_edge].permute(2, 0, 1).numpy()
        by_vertex = torch.cat([vertices, torch.from_numpy(shoulders(edge)).permute(1, 2, 0)])  # (V, 3, B)
        count, _, batch = by_vertex.shape
        a, b, c, d = (by_vertex[corner] for corner in torch.from_numpy(self.quads).T)
        areas = torch.linalg.cross(c - a, d - b, dim=1)  # (Q, 3, B)
        normals = torch.from_numpy(self.vertex_from_quad @ areas.view(len(areas), -1).numpy()).view(count, 3, batch)
        normals = torch.nn.functional.normalize(normals, dim=1)
        return torch.cat([by_vertex, normals], dim=1).permute(2, 0, 1).contiguous()


def numbers(part: slice) -> np.ndarray:
    """A region's vertices."""
    return np.arange(part.start, part.stop)


def skin_spacing(points: np.ndarray) -> np.ndarray:
    """(n, 3) on the mean head -> (n,) metres wanted between vertices there."""
    spots = np.array(FINE_SPOTS)
    nearness = np.exp(-((points[:, None] - spots[:, :3]) ** 2).sum(-1) / (2 * spots[:, 3] ** 2))
    return (SPACING + (spots[:, 4] - SPACING) * nearness).min(-1)


def thinned(ict: IctFaceKit, region: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """(n,) vertices -> (n,) the vertex that stands for each: some of them, at least `spacing` apart.

    Apart also when jaw and lids move: upper and lower lip never merge.
    """
    moves = [0 * ict.vertices[region]] + [
        sum(ict.expression_modes[ict.unit(name), region] for name in names)
        for names in (("jawOpen",), ("eyeBlink_L", "eyeBlink_R"))
    ]
    places = np.concatenate([ict.vertices[region] + move for move in moves], axis=1)
    tree = cKDTree(places)
    kept = np.zeros(len(region), dtype=bool)
    free = np.ones(len(region), dtype=bool)
    for i in range(len(region)):
        if free[i]:
            kept[i] = True
            free[tree.query_ball_point(places[i], spacing[i] * np.sqrt(len(moves)))] = False
    return region[kept][cKDTree(places[kept]).query(places)[1]]


def sclera(ict: IctFaceKit, side: str) -> np.ndarray:
    """The outer mesh of an eyeball: it covers the iris."""
    return numbers(ict.regions[f"eyeball_{side}"])[:SCLERA_VERTICES]


def sphere_centre(points: np.ndarray) -> np.ndarray:
    """(n, 3) -> (3,) the centre of the sphere that fits best."""
    system = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    return np.linalg.lstsq(system, (points**2).sum(1), rcond=None)[0][:3]


def lowest_loop(faces: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """The open edge of the skin at the neck, as a loop of vertices in the direction of its triangles."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    known = set(map(tuple, edges))
    following = {a: b for a, b in known if (b, a) not in known}
    loop = [min(following, key=lambda vertex: vertices[vertex, 1])]
    while following[loop[-1]] != loop[0]:
        loop.append(following[loop[-1]])
    return np.array(loop)


def shoulders(edge: np.ndarray) -> np.ndarray:
    """(B, R, 3) the edge of the neck -> (B, rings * R, 3) the rings below it."""
    centre = edge.mean(1, keepdims=True)
    rings = [centre + (edge - centre) * (x, 1, z) - (0, drop, 0) for x, z, drop in SHOULDERS[1:]]
    return np.concatenate(rings, axis=1).astype(np.float32)


def ring_strip(rings: np.ndarray) -> np.ndarray:
    """(K, R) vertices of loops -> triangles between each loop and the next."""
    upper, lower = rings[:-1], rings[1:]
    after = lambda ring: np.roll(ring, -1, axis=1)
    first = np.stack([upper, lower, after(lower)], -1)
    second = np.stack([upper, after(lower), after(upper)], -1)
    return np.stack([first, second], 2).reshape(-1, 3)[:, ::-1]


def paired(triangles: np.ndarray) -> np.ndarray:
    """(F, 3) -> (Q, 4): consecutive triangles with a common edge become one; the others repeat their first corner."""
    quads, rows = [], iter(triangles.tolist())
    held: list[int] = next(rows)
    for row in rows:
        common = [vertex for vertex in held if vertex in row]
        if len(common) != 2:
            if held:
                quads.append((*held, held[0]))
            held = row
            continue
        (alone,) = set(held) - set(common)
        (other,) = set(row) - set(common)
        i = held.index(alone)
        quads.append((alone, held[(i + 1) % 3], other, held[(i + 2) % 3]))
        held = []
    if held:
        quads.append((*held, held[0]))
    return np.array(quads)


def incidence(quads: np.ndarray, vertices: int) -> sparse.csr_matrix:
    """(V, Q): one where the quadrangle has the vertex."""
    rows, columns = quads.ravel(), np.repeat(np.arange(len(quads)), 4)
    return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(vertices, len(quads)))
