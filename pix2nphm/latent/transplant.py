"""Parts of one head on another, each where the part was before.

Heads differ in size and place as well as in form. Taken over as it is, the nose of a small head would lie inside a
large face. So a change of a region's local codes is freed of the shift that it gives the region's rim on average.
Ours: local codes can express a shift to within a few per cent, so the shift is taken out within the code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import lru_cache

import torch
from torch import Tensor

from ..codes import HeadCode
from ..nphm.template import REGIONS, Template
from .editing import FIRST, LAST, BadStep, check_known, interpolate, within

Mirror = Callable[[HeadCode], HeadCode]

KEPT = 16  # regions of one template; a second template is a test's
RIDGE = 1e-3  # of the modes' mean square, against shifts made of huge codes


def transplant(
    template: Template,
    a: HeadCode,
    b: HeadCode,
    regions: Collection[str],
    strength: float = 1.0,
    mirror: Mirror | None = None,
) -> HeadCode:
    """Head a with some regions (of `REGIONS`) of b: at strength 1 they have b's form, at 0 a's; from -0.5 to 1.5.

    Only local codes of those regions change: they take over b's, and what b's whole code does there beyond a's, but
    each region stays where a's was (`in_place`). So the rest of the head stays where it is. All regions together are
    the identity: then the whole code goes over too, and b's places with it.
    `mirror` (as `model.regressor.mirror`) locks both sides together: b is first made symmetric, so that no region
    comes out different left and right because b's is.
    """
    check_known(template, a)
    check_known(template, b)
    s = within(strength, FIRST, LAST, "A strength")
    unknown = set(regions) - set(REGIONS)
    if unknown:
        raise BadStep(f"There is no region called '{sorted(unknown)[0]}'. The regions are {', '.join(REGIONS)}.")
    if mirror is not None:
        b = symmetric(b, mirror)
    if set(regions) == set(REGIONS):
        return interpolate(a, b, identity=s)
    change = b.parts + template.local_from_whole @ (b.whole - a.whole) - a.parts  # (A, L)
    parts = a.parts.clone()
    for region in sorted({REGIONS.index(name) for name in regions}):
        own = template.anchor_region == region
        parts[own] += s * in_place(template, region, change[own])
    return replace(a, parts=parts)


def symmetric(code: HeadCode, mirror: Mirror) -> HeadCode:
    """The mean of a head and its mirror image. `mirror` as `model.regressor.mirror`."""
    return interpolate(code, mirror(code), identity=0.5, expression=0.5)


def in_place(template: Template, region: int, change: Tensor) -> Tensor:
    """A change (n, L) of the local codes of a region's n anchors -> the same without the mean shift of its rim."""
    rim, shift = rim_of(template, region)
    mean = torch.einsum("cnl,nl->c", rim, change)  # metres
    of_shift = torch.einsum("cnl,nld->cd", rim, shift)  # a shift reaches the rim only as far as the region's weights do
    return change - shift @ torch.linalg.solve(of_shift, mean)


@lru_cache(maxsize=KEPT)
def rim_of(template: Template, region: int) -> tuple[Tensor, Tensor]:
    """(3, n, L) how the local codes of a region's n anchors move its rim on average, and (n, L, 3) codes that shift it.

    The rim are the region's vertices that share a triangle with another region. Metres.
    """
    inside = template.vertex_region == region
    share = inside[template.faces].float().mean(-1)
    at_rim = torch.zeros_like(inside)
    at_rim[template.faces[(share > 0) & (share < 1)].long()] = True
    at_rim &= inside
    moves, shifts = [], []
    for anchor in (template.anchor_region == region).nonzero()[:, 0].tolist():
        entries = template.part_anchor == anchor
        vertices, modes = template.part_vertex[entries].long(), template.part_modes[entries]
        moves.append(modes[at_rim[vertices]].sum(0) / at_rim.sum())
        shifts.append(shift_of(modes, template.whole_modes[vertices], template.local_from_whole[anchor]))
    return torch.stack(moves, dim=1), torch.stack(shifts)


def shift_of(modes: Tensor, whole_modes: Tensor, local_from_whole: Tensor) -> Tensor:
    """(L, 3) the local code that shifts what is around an anchor, per metre: least squares over its m vertices.

    modes (m, 3, L), whole_modes (m, 3, G), local_from_whole (L, G). How much of a vertex is the anchor's to shift is
    how much of the whole code's effect there its local code imitates.
    """
    imitated = modes @ local_from_whole
    weight = ((imitated * whole_modes).sum((1, 2)) / whole_modes.square().sum((1, 2)).clamp_min(1e-12)).clamp(0, 1)
    wanted, flat = (weight[:, None, None] * torch.eye(3)).flatten(0, 1), modes.flatten(0, 1)  # (3m, 3), (3m, L)
    normal = flat.T @ flat
    return torch.linalg.solve(normal + RIDGE * normal.diagonal().mean() * torch.eye(len(normal)), flat.T @ wanted)
