"""Shapes that ICT-FaceKit's scans lack: heads of MakeHuman, other ages, weights and origins, as codes.

Both head models are linear. Each target of MakeHuman is carried to ICT-FaceKit's vertices and written in codes once; a
random head is then a weighted sum of codes.
Source: MakeHuman's base mesh and targets, CC0; per-vertex map between the meshes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .derived import principal_directions
from .heads import HeadSpace, small_motions, surface_weight
from .ict import IctFaceKit

METRES_PER_UNIT = 0.1
DIRECTIONS, SAMPLES = 160, 6000  # principal directions of the population in which targets are written
HELD = 3e-4  # metres: how far a target's fit may be off before a direction goes a standard deviation
FARTHEST = 1.0  # millimetres that the map may be off
DETAIL = 0.2  # standard deviation of weights of single features
FEATURES = ("cheek", "chin", "eyebrows", "eyes", "forehead", "head", "mouth", "nose")
MOVEMENTS = ("height", "angles", "laugh", "dimples", "push")  # in names of features that are expressions as well
ORIGINS, GENDERS, AGES = ("african", "asian", "caucasian"), ("female", "male"), ("young", "old")
BUILDS = ("min", "average", "max")


@dataclass(frozen=True)
class MakeHuman:
    """I = the length of an identity, T targets."""

    names: dict[str, int]  # of targets, into `targets`
    base: Tensor  # (I,) the code of MakeHuman's base mesh
    targets: Tensor  # (T, I)
    features: list[list[int]]  # of the targets, those of the left and the right side together

    @staticmethod
    def read(data: str | Path, ict: IctFaceKit, space: HeadSpace) -> "MakeHuman":
        """Read `makehuman_head.npz` and `ict_uvmap_mh.npz` in the folder `data`."""
        with np.load(Path(data) / "ict_uvmap_mh.npz") as pack:
            triangles, places, away = pack["ict_vertex_tri"], pack["ict_vertex_bary"], pack["ict_vertex_dist_mm"]
            metres_per_unit = METRES_PER_UNIT * float(pack["scale"])
        with np.load(Path(data) / "makehuman_head.npz") as pack:
            names = [str(name) for name in pack["target_names"]]
            kept = [i for i, name in enumerate(names) if is_shape(name)]
            base, moves = pack["vertices"], pack["target_q"][kept] * pack["target_scale"][kept, None, None]
        weight = surface_weight(ict)[: len(triangles)] * (away < FARTHEST)
        used = np.flatnonzero(weight)
        carried = lambda field: (field[..., triangles[used], :] * places[used, :, None]).sum(-2) * metres_per_unit
        shapes = np.concatenate([carried(base)[None] - ict.vertices[used], carried(moves)])
        codes = as_codes(shapes, weight[used] / weight[used].sum(), space, torch.from_numpy(used))
        numbers = {names[i]: number for number, i in enumerate(kept)}
        sides: dict[str, list[int]] = {}
        for name, number in numbers.items():
            if not name.startswith("macrodetails"):
                sides.setdefault(name.replace("/l-", "/").replace("/r-", "/"), []).append(number)
        return MakeHuman(numbers, codes[0], codes[1:], list(sides.values()))

    def sample(self, count: int, g: np.random.Generator) -> Tensor:
        """(count, I) random adults."""
        weights = np.zeros((count, len(self.targets)), dtype=np.float32)
        for row in weights:
            origin = g.dirichlet((1, 1, 1))
            gender, age = with_rest(g.beta(0.6, 0.6)), with_rest(1 - g.beta(1, 1.6))
            muscle, fat = three(g.random()), three(g.uniform(0.1, 0.9))
            for (i, of), (j, sex), (k, years) in product(*map(enumerate, (ORIGINS, GENDERS, AGES))):
                row[self.names[f"macrodetails/{of}-{sex}-{years}"]] = origin[i] * gender[j] * age[k]
            for (j, sex), (k, years), (m, strong), (f, heavy) in product(*map(enumerate, (GENDERS, AGES, BUILDS, BUILDS))):
                number = self.names.get(f"macrodetails/universal-{sex}-{years}-{strong}muscle-{heavy}weight")
                if number is not None:  # the average of all is the base
                    row[number] = gender[j] * age[k] * muscle[m] * fat[f]
            for sides in self.features:
                row[sides] = max(0.0, g.normal(0, DETAIL))
        return self.base + torch.from_numpy(weights) @ self.targets


def is_shape(name: str) -> bool:
    """Whether a target makes an adult's head another one, symmetric and at rest."""
    kind, rest = name.split("/", 1)
    if kind == "macrodetails":
        return any(f"-{age}" in rest for age in AGES)
    return kind in FEATURES and not any(word in rest for word in MOVEMENTS)


def with_rest(share: float) -> tuple[float, float]:
    return share, 1 - share


def three(place: float) -> tuple[float, float, float]:
    """0..1 -> weights of the least, the average and the most."""
    return max(0.0, 1 - 2 * place), 1 - abs(2 * place - 1), max(0.0, 2 * place - 1)


def as_codes(shapes: np.ndarray, weight: np.ndarray, space: HeadSpace, vertices: Tensor) -> Tensor:
    """(n, V, 3) displacements of some vertices (V,) of the mean head, metres -> (n, I) identities that come closest under
    a weight (V,), but for turning, moving and scaling."""
    drawn = space.sample(SAMPLES, np.random.default_rng(13)).identity
    share = torch.from_numpy(weight)
    root = share.sqrt()[:, None, None]
    modes = (space.modes[vertices] * root).flatten(0, 1)
    directions, _, _ = principal_directions(drawn.T.cov(), modes, DIRECTIONS)
    motions = (small_motions(space.mean[vertices].double(), share) * root).flatten(0, 1)
    system = torch.cat([modes.double() @ directions.double().T, motions], dim=1)
    held = torch.cat([torch.full((DIRECTIONS,), HELD**2), torch.zeros(7)]).double()
    wanted = (torch.from_numpy(shapes) * root[:, 0]).flatten(1).T
    found = torch.linalg.solve(system.T @ system + torch.diag(held), system.T @ wanted)
    return found[:DIRECTIONS].T.float() @ directions
