"""The template moved on to a field's surface: exact where the field is, in triangles that lids, lips and ears keep.

Ours. Marching cubes at a resolution that is quick cut lids and the rims of ears into zigzags. The template already lies
within a tenth of a millimetre of the field: one step of Newton's along its normals is enough, and smoothed steps keep
smooth what is.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from trimesh import Trimesh

from ..codes import HeadCode
from ..nphm.decoder import HeadField
from ..nphm.template import Template
from .normals import area_weighted_normals

FARTHEST = 5e-4  # metres: a surface farther away than this is another sheet's, as inside lips and behind closed lids
SLOPES = (0.5, 1.7)  # of the field along the normal; other than these, another sheet is near
NEAR_ENOUGH = 2e-5  # metres: steps below this are not checked
STIFFNESS = 0.1  # of neighbours' steps to each other, over what the field says
AT_REST = 0.02  # of the template where the field says nothing
PASSES = 20  # of the smoothing: it reaches over as many edges
ROUNDS = 2  # of choosing the vertices at which the field is asked: two fifths of them; with all it takes twice as long
FRONT = 0.0  # metres, z: behind it the skull is smooth, and within 0.03 mm of the field


class TemplateMesh:
    """The surface of one head after another, in the template's triangles. Set up once, it is for all heads and threads:

        on_field = TemplateMesh(model.template)
        mesh = on_field(code, model.decoder.bind(code))

    Over the face the field is 0.025 mm away on average (of the template 0.058). Takes 0.1 s on one core, whatever
    changed, and keeps nothing. Skin and eyeballs are closed each for itself; what is not seen of them is there too.
    """

    def __init__(self, template: Template) -> None:
        self.template = template
        self.faces = template.faces.cpu().numpy()
        count = template.config.vertices
        start, end = np.concatenate([self.faces[:, [0, 1]], self.faces[:, [1, 2]], self.faces[:, [2, 0]]]).T
        joined = csr_array((np.ones(len(start)), (start, end)), shape=(count, count))
        self.neighbours = ((joined + joined.T) > 0).astype(float)
        self.neighbour_count = self.neighbours.sum(axis=1)
        part = connected_components(self.neighbours, directed=False)[1]
        skin = part == np.bincount(part).argmax()
        front = np.flatnonzero(skin & (template.mean[:, 2].cpu().numpy() > FRONT))
        self.asked = _spread(self.neighbours, front, ROUNDS)

    @torch.no_grad()
    def __call__(self, code: HeadCode, field: HeadField) -> Trimesh:
        """The head of `code`, which `field` is bound to: metres, head frame, area-weighted normals."""
        vertices = self.template.vertices(code).double().cpu().numpy()
        normals = area_weighted_normals(vertices, self.faces)
        steps, trust = self._steps(vertices[self.asked], normals[self.asked], field)
        moved = vertices + self._smooth(steps, trust)[:, None] * normals
        return Trimesh(moved, self.faces, vertex_normals=area_weighted_normals(moved, self.faces), process=False)

    def _steps(self, points: np.ndarray, normals: np.ndarray, field: HeadField) -> tuple[np.ndarray, np.ndarray]:
        """Points and normals (N, 3) -> how far along the normal the field's surface is, and 0..1 how sure that is."""

        def distance(points: np.ndarray) -> np.ndarray:
            return field.sdf(torch.from_numpy(points).to(field.anchors)).double().cpu().numpy()

        values = distance(points)
        trust = np.clip(2 - 2 * np.abs(values) / FARTHEST, 0, 1)
        steps = np.clip(-values, -FARTHEST, FARTHEST)
        far = np.flatnonzero((np.abs(steps) > NEAR_ENOUGH) & (trust > 0))
        slopes = (distance(points[far] + steps[far, None] * normals[far]) - values[far]) / steps[far]
        trust[far] *= (slopes > SLOPES[0]) & (slopes < SLOPES[1])
        steps[far] /= np.clip(slopes, *SLOPES)
        return steps, trust

    def _smooth(self, steps: np.ndarray, trust: np.ndarray) -> np.ndarray:
        """Steps and trust of the vertices that were asked -> steps (V,) of all, as their neighbours' are."""
        said, pull = np.zeros((2, len(self.neighbour_count)))
        said[self.asked], pull[self.asked] = steps * trust, trust
        total = pull + AT_REST + STIFFNESS * self.neighbour_count
        smooth = said / total
        for _ in range(PASSES):
            smooth = (said + STIFFNESS * (self.neighbours @ smooth)) / total
        return smooth


def _spread(neighbours: csr_array, candidates: np.ndarray, rounds: int) -> np.ndarray:
    """Some of the `candidates`, ascending: in each round all those that can be had of which no two are neighbours."""
    taken = np.zeros(neighbours.shape[0], bool)
    for _ in range(rounds):
        now = np.zeros_like(taken)
        for vertex in candidates[~taken[candidates]]:
            around = neighbours.indices[neighbours.indptr[vertex] : neighbours.indptr[vertex + 1]]
            now[vertex] = not now[around].any()
        taken |= now
    return np.flatnonzero(taken)
