"""Dense geometry as a measurement: the normals and canonical points of a crop, against a head's skin as it lies there.

Both are compared at places on the skin, where the head that is tried has them in the crop. Source: Pix2NPHM, whose
inference-time optimisation fits predicted normals and canonical points. Ours: in closed form, for a template that is
linear in the code.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..codes import HeadCode
from ..frames import Camera
from ..nphm.template import REGIONS, Template
from ..regressor.network import Prediction
from .gauss_newton import CAMERA_UNKNOWNS, Residuals, Term, cross_matrix, huber_weight, picture_jacobian

PLACES = 600
HIDDEN = torch.tensor([REGIONS.index("ears"), REGIONS.index("skull")])  # by hair, mostly
EDGE_ON, FACING = 0.1, 0.6  # cosines to the camera: from where a place counts, and from where fully
NORMAL_NOISE, NORMALS = 0.2, 60  # radians; neighbours err together: all places count as that many measurements
NORMAL_OUTLIER = 0.25  # normals farther off count less
CANONICAL_NOISE, CANONICALS = 0.016, 300  # of the crop's side; as above
CANONICAL_OUTLIER = 0.012  # of the crop's side
ELSEWHERE = 0.01  # metres on the mean head: a pixel that shows a point farther off shows something else


class Dense(Term):
    """F triangles of a template's skin. The term's points are their corners (B, F, 3, 3)."""

    def __init__(self, template: Template, directions: HeadCode) -> None:
        """`directions`: a batch of Q codes."""
        super().__init__()
        triangles = template.faces.long()[places(template)]
        kept, corners = triangles.unique(return_inverse=True)
        self.skin = template.rows(kept)
        self.corners = nn.Buffer(corners, persistent=False)  # (F, 3) rows of the skin
        self.jacobian = nn.Buffer(self.skin.jacobian(directions)[corners], persistent=False)  # (F, 3, 3, Q)
        self.canonical = nn.Buffer(self.skin.mean[corners].mean(1), persistent=False)  # (F, 3) metres

    def points(self, code: HeadCode) -> Tensor:
        """B codes -> (B, F, 3, 3) the triangles' corners, metres."""
        return self.skin.posed(code)[:, self.corners]

    def residuals(self, points: Tensor, camera: Camera, seen: Prediction, size: int) -> list[Residuals]:
        """Of normals, unit vectors, then of places, in px."""
        middle, dense = points.mean(2), seen.dense
        normals, by_code = self.normals(points)
        normals = normals @ camera.rotation.mT
        places_px = camera.project(middle)
        maps = torch.cat([dense.normals_camera, dense.canonical, dense.mask[:, None].sigmoid()], dim=1)
        there = functional.grid_sample(maps, (2 * places_px / size - 1)[:, :, None], align_corners=False)[..., 0].mT
        seen_normals, seen_canonical, skin = there.split([3, 3, 1], dim=-1)
        visible = ((-normals[..., 2] - EDGE_ON) / (FACING - EDGE_ON)).clamp(0, 1) * skin[..., 0]

        turned = functional.normalize(seen_normals, dim=-1) - normals
        by_code = torch.einsum("bij,bfjq->bfiq", camera.rotation, by_code)
        still = normals.new_zeros(*normals.shape, CAMERA_UNKNOWNS - 3)  # only rotation turns normals
        precision = NORMALS * share(visible) * huber_weight(turned, NORMAL_OUTLIER) / NORMAL_NOISE**2
        of_normals = Residuals(turned, torch.cat([by_code, -cross_matrix(normals), still], -1), precision)

        beside = seen_canonical - self.canonical  # from each place to the one that the picture shows there
        visible = visible * (beside.norm(dim=-1) < ELSEWHERE)
        shown = middle + beside
        away = places_px - camera.project(shown)
        weight = CANONICALS * share(visible) * huber_weight(away, CANONICAL_OUTLIER * size)
        of_places = Residuals(away, picture_jacobian(camera, shown, self.jacobian.mean(1)),
                              weight / (CANONICAL_NOISE * size) ** 2)  # fmt: skip
        return [of_normals, of_places]

    def normals(self, corners: Tensor) -> tuple[Tensor, Tensor]:
        """(B, F, 3, 3) -> unit normals (B, F, 3) of the head frame, and their Jacobian (B, F, 3, Q)."""
        edges, moves = corners[:, :, 1:] - corners[:, :, :1], self.jacobian[:, 1:] - self.jacobian[:, :1]
        across = torch.linalg.cross(edges[:, :, 0], edges[:, :, 1])
        area = across.norm(dim=-1, keepdim=True).clamp_min(1e-12)
        normals = across / area
        first = torch.linalg.cross(moves[None, :, 0], edges[:, :, 1, :, None], dim=2)
        second = torch.linalg.cross(edges[:, :, 0, :, None], moves[None, :, 1], dim=2)
        turns = (first + second) / area[..., None]
        return normals, turns - normals[..., None] * (normals[..., None] * turns).sum(2, keepdim=True)


def places(template: Template) -> Tensor:
    """Triangles, spread evenly over the mean head's face, as far as it looks forward. Raises ValueError without any."""
    faces = template.faces.long()
    a, b, c = template.mean[faces].unbind(1)
    across = torch.linalg.cross(b - a, c - a)
    area = across.norm(dim=-1).double()
    area[(across[:, 2] <= 0) | torch.isin(template.vertex_region[faces], HIDDEN).any(1)] = 0
    ends = area.cumsum(0)
    if not ends[-1:].any():
        raise ValueError("no triangle of the template looks forward")
    return torch.searchsorted(ends, (torch.arange(PLACES) + 0.5) / PLACES * ends[-1]).unique()


def share(visible: Tensor) -> Tensor:
    """(B, F) how well places are seen -> how much each counts, all together as one: less where hardly any is seen."""
    return visible / visible.sum(1, keepdim=True).clamp_min(1)
