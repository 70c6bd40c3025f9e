"""What ships beside the trained networks: the template of fixed topology, the population, and maps for the fit."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...nphm.measured_points import MeasuredPoints, MeasuredPointsConfig
from ...nphm.population import Population, PopulationConfig
from ...nphm.template import REGIONS, Template, TemplateConfig
from ..decoder.surfaces import ClosedHead
from ..head_space import HeadSpace, IctFaceKit
from ..head_space.head_space import WHOLE, surface_weight
from ..regressor.losses import Probe

MODES = 500_000  # numbers; fewer are cheap to store as they are
LARGE = 1024  # numbers; larger tensors of networks go in half precision: surfaces change by less than a micrometre
NEGLIGIBLE = 1e-5  # metres a standard deviation: local modes are kept where they move more
SAMPLES, SURFACE_POINTS = 20_000, 1500

# Places on the mean head's left half, centimetres; an anchor belongs to the region of the nearest.
PLACES = {
    "nose": ((0, 0.1, 13.1), (1.2, 0.4, 11.1), (0, 3.7, 10.7)),
    "mouth": ((1.5, -3.2, 11), (0, -3.4, 11)),
    "eyes": ((1.2, 2.8, 9.9), (3.1, 1.9, 9.5), (5.4, 3.8, 8.3)),
    "brows": ((2.8, 5, 10),),
    "cheeks": ((3.4, -0.7, 9.9), (6.4, -0.5, 7), (4.1, -3.9, 9.1)),
    "jaw": ((2.4, -7.3, 9.4), (0, -7.8, 10), (5.8, -4.5, 5.7), (5.5, -5.5, 1.8), (2.6, -8.9, 4.4)),
    "ears": ((8.2, 2.6, -1), (7.2, -0.3, 0.9)),
    "skull": ((2.9, 8.9, 9.3), (3.3, 12.2, 5.9), (0, 8.7, 10), (7.4, 3.7, 3.7), (6.3, 8.2, 5.9), (7.6, 8.3, 1.4),
              (3.6, 13.3, -2.7), (4.6, 7.7, -7.1), (4.1, 1.1, -6.4), (5.4, -4.1, -1.8), (3.4, -7.3, -4.6),
              (5.7, -9.6, 0.3), (2.2, -13.6, 3.5), (6.2, -14.4, 1.3), (8.8, -12.3, -3.1), (4, -12.4, -7.7)),
}  # fmt: skip


def halved(tensor: Tensor) -> Tensor:
    """Large floating tensors in half precision, others as they are."""
    return tensor.half() if tensor.is_floating_point() and tensor.numel() > LARGE else tensor


def compact(tensor: Tensor) -> Tensor:
    """Half precision where a tensor is very large, or where nothing is lost: readings and directions stay exact."""
    small = tensor.half() if tensor.is_floating_point() else tensor
    return small if tensor.numel() > MODES or torch.equal(small.to(tensor.dtype), tensor) else tensor


def build_template(ict: IctFaceKit, space: HeadSpace) -> Template:
    """The closed heads that the decoder learns from, as linear maps, rounded as they ship."""
    closed = ClosedHead.build(ict)
    linear = lambda displacements: torch.from_numpy(closed.linear(displacements.numpy().astype(np.float64))).float()
    shape = space.code_shape
    parts = linear(space.modes[:, :, WHOLE:]).unflatten(-1, (shape.parts, shape.local))  # (V, 3, A, L)
    vertex, anchor = (parts.abs().amax((1, 3)) > NEGLIGIBLE).nonzero(as_tuple=True)
    template = Template(TemplateConfig(closed.matrix.shape[0], len(closed.faces), len(vertex), shape))
    regions = anchor_regions(space)
    weights = torch.from_numpy(closed.matrix @ space.anchor_weights.numpy())
    values = dict(
        mean=linear(space.mean), faces=torch.from_numpy(closed.faces), whole_modes=linear(space.modes[:, :, :WHOLE]),
        part_modes=parts[vertex, :, anchor], part_vertex=vertex, part_anchor=anchor,
        expression_modes=linear(space.expression_modes), vertex_region=regions[weights.argmax(-1)],
        anchor_region=regions, local_from_whole=space.local_from_modes[:, :, :WHOLE],
    )  # fmt: skip
    for name, value in values.items():
        getattr(template, name).copy_(compact(value))
    return template


def anchor_regions(space: HeadSpace) -> Tensor:
    """(A,) into REGIONS."""
    places = torch.tensor([place for region in REGIONS for place in PLACES[region]]) / 100
    region = torch.tensor([i for i, region in enumerate(REGIONS) for _ in PLACES[region]])
    anchors = space.mean[space.anchors_index]
    left = torch.cat([anchors[:, :1].abs(), anchors[:, 1:]], dim=1)
    return region[torch.cdist(left, places).argmin(-1)]


def build_population(ict: IctFaceKit, space: HeadSpace) -> Population:
    """Principal components of SAMPLES training heads, measured at random points of the skin."""
    generator = np.random.default_rng(11)
    weight = surface_weight(ict)
    index = torch.from_numpy(generator.choice(len(weight), SURFACE_POINTS, p=weight))
    codes = space.sample(SAMPLES, generator)
    population = Population(PopulationConfig(shape=space.code_shape))
    population.expression_mean.copy_(codes.expression.mean(0))
    for name, values, modes in (
        ("identity", codes.identity, space.modes[index]),
        ("expression", codes.expression, space.expression_modes[index]),
    ):
        count = getattr(population.config, f"{name}_directions")
        directions, readings, share = principal_directions(values.T.cov(), modes.flatten(0, 1), count)
        getattr(population, f"{name}_directions").copy_(directions)
        getattr(population, f"{name}_readings").copy_(readings)
        getattr(population, f"{name}_share").copy_(share)
    for anchor, local in enumerate(codes.parts.unbind(1)):
        population.parts_precision[anchor] = torch.linalg.inv(local.T.cov().double()).float()
    return population


def build_measured_points(probe: Probe, points: int, template: Template) -> MeasuredPoints:
    """The first `points` of the probe, less what `template`, rounded as it ships, knows of them."""
    shape = template.shape
    mean, expression = probe.mean[:points].clone(), probe.expression[:points].clone()
    whole, parts = halved(probe.identity[:points]).float().split([shape.whole, shape.parts * shape.local], dim=-1)
    parts = parts.unflatten(-1, (shape.parts, shape.local)).clone()  # (K, 3, A, L)
    apart, nearest = torch.cdist(mean.double(), template.mean.double()).min(1)
    point = (apart == 0).nonzero()[:, 0]
    known = template.rows(nearest[point])
    mean[point] -= known.mean
    parts[point[known.part_vertex.long()], :, known.part_anchor.long()] -= known.part_modes
    part_vertex, part_anchor = (parts.abs().amax((1, 3)) > 0).nonzero(as_tuple=True)
    values = dict(
        mean=mean, whole_modes=whole.index_add(0, point, -known.whole_modes),
        expression_modes=expression.index_add(0, point, -known.expression_modes),
        part_modes=parts[part_vertex, :, part_anchor], part_vertex=part_vertex, part_anchor=part_anchor,
        point=point, vertex=nearest[point],
    )  # fmt: skip
    measured = MeasuredPoints(MeasuredPointsConfig(points, len(point), len(part_vertex), shape))
    measured.load_state_dict(values)
    return measured


def principal_directions(covariance: Tensor, modes: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """The PCA of codes of `covariance` (I, I) that move points by `modes` (3n, I).

    -> directions and readings (count, I), share of the variance (count,).
    With R R^T the covariance and M the modes, v an eigenvector of R^T M^T M R with eigenvalue l: the direction R v has
    unit standard deviation, the reading is M^T M R v / l. The largest part of each direction is positive.
    """
    values, vectors = torch.linalg.eigh(covariance.double())
    root = vectors * values.clamp_min(0).sqrt()
    moves = modes.double() @ root
    spread, axes = torch.linalg.eigh(moves.T @ moves)
    spread, axes = spread.flip(0), axes.flip(1)[:, :count]
    directions = root @ axes
    readings = modes.double().T @ (modes.double() @ directions) / spread[:count]
    sign = directions.gather(0, directions.abs().argmax(0, keepdim=True)).sign()
    return (directions * sign).T.float(), (readings * sign).T.float(), (spread[:count] / spread.sum()).float()
