"""Plain names for directions, where they are earned by measuring heads, and for expression units.

A direction is named after a length of the head when that length explains it: among heads of the population, whose
places along the directions are independent and of unit variance, more than half of the variance along the direction
goes with that one length (squared correlation above `EARNED`). Lengths are asked in order, from the whole head to
details, and the first that explains the direction names it, after what its right end does. Any other direction is a
number, and its hint says which two lengths go with it most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..codes import HeadCode
from ..nphm.template import REGIONS
from ..nphm.units import UNITS
from .editing import along

EARNED = 0.5
ENDS = 2.0  # standard deviations: lengths are measured that far on both sides


@dataclass(frozen=True)
class Seen:
    """One head as it is measured, in millimetres: +x to the right of who faces it, +y up, +z out of the face."""

    marks: Tensor  # (68, 3) iBUG landmarks
    skull: Tensor  # (n, 3) vertices of the skull above the nose's base

    def apart(self, a: int, b: int) -> Tensor:
        return (self.marks[a] - self.marks[b]).norm()

    def mean(self, marks: Sequence[int], axis: str) -> Tensor:
        return self.marks[list(marks), "xyz".index(axis)].mean()

    def ahead(self, front: Sequence[int], back: Sequence[int], axis: str = "z") -> Tensor:
        return self.mean(front, axis) - self.mean(back, axis)


@dataclass(frozen=True)
class Length:
    """A length in millimetres, and what a head with more or less of it is called."""

    noun: str
    more: str
    less: str
    measure: Callable[[Seen], Tensor]


@dataclass(frozen=True)
class DirectionName:
    """What the page calls a direction, and why."""

    name: str  # what the right end does, or "Identity 5"
    hint: str  # a sentence with the measured millimetres
    earned: bool


EYE_CORNERS, BROWS = (36, 39, 42, 45), range(17, 27)
HEAD_WIDTH = lambda head: head.skull[:, 0].amax() - head.skull[:, 0].amin()
HEAD_DEPTH = lambda head: head.marks[27, 2] - head.skull[:, 2].amin()
HEAD_HEIGHT = lambda head: head.skull[:, 1].amax() - head.marks[8, 1]

IDENTITY_LENGTHS = (
    Length("head size", "Larger head", "Smaller head", lambda h: (HEAD_WIDTH(h) + HEAD_DEPTH(h) + HEAD_HEIGHT(h)) / 3),
    Length("head height", "Taller head", "Lower head", HEAD_HEIGHT),
    Length("head depth", "Deeper head", "Shallower head", HEAD_DEPTH),
    Length("head width", "Wider head", "Narrower head", HEAD_WIDTH),
    Length("face length", "Longer face", "Shorter face", lambda h: h.apart(27, 8)),
    Length("face width", "Wider face", "Narrower face", lambda h: h.apart(1, 15)),
    Length("forehead height", "Higher forehead", "Lower forehead", lambda h: h.skull[:, 1].amax() - h.marks[27, 1]),
    Length("jaw width", "Wider jaw", "Narrower jaw", lambda h: h.apart(4, 12)),
    Length("chin height", "Higher chin", "Lower chin", lambda h: h.ahead([57], [8], "y")),
    Length("chin projection", "Chin forwards", "Chin backwards", lambda h: h.ahead([8], [27])),
    Length("lower face to one side", "Lower face to the right", "Lower face to the left",
           lambda h: h.mean((8, 48, 54), "x")),
    Length("eye distance", "Eyes apart", "Eyes together", lambda h: h.apart(39, 42)),
    Length("eye width", "Wider eyes", "Narrower eyes", lambda h: (h.apart(36, 39) + h.apart(42, 45)) / 2),
    Length("brow height", "Higher brows", "Lower brows", lambda h: h.ahead(BROWS, EYE_CORNERS, "y")),
    Length("nose length", "Longer nose", "Shorter nose", lambda h: h.apart(27, 33)),
    Length("nose width", "Wider nose", "Narrower nose", lambda h: h.apart(31, 35)),
    Length("nose projection", "Nose forwards", "Flatter nose", lambda h: h.ahead([30], (31, 35))),
    Length("mouth width", "Wider mouth", "Narrower mouth", lambda h: h.apart(48, 54)),
    Length("lip height", "Fuller lips", "Thinner lips", lambda h: h.apart(51, 57)),
    Length("lip projection", "Lips forwards", "Lips backwards", lambda h: h.ahead((51, 57), [33])),
)  # fmt: skip

EXPRESSION_LENGTHS = (
    Length("jaw opening", "Jaw opens", "Jaw closes", lambda h: h.apart(33, 8)),
    Length("smile (mouth corners out and up)", "Smile", "Corners down and in",
           lambda h: h.apart(48, 54) / 2 + h.ahead((48, 54), (51, 57), "y")),
    Length("mouth to one side", "Mouth to the right", "Mouth to the left", lambda h: h.mean((48, 54), "x")),
    Length("jaw to one side", "Jaw to the right", "Jaw to the left", lambda h: h.mean([8], "x")),
    Length("pucker (lips before the mouth corners)", "Pucker", "Lips drawn flat",
           lambda h: h.ahead((51, 57), (48, 54))),
    Length("mouth opening", "Lips part", "Lips close", lambda h: h.apart(62, 66)),
    Length("mouth width", "Wider mouth", "Narrower mouth", lambda h: h.apart(48, 54)),
    Length("brow raise", "Brows up", "Brows down", lambda h: h.mean(BROWS, "y")),
    Length("eye opening", "Eyes open", "Eyes close",
           lambda h: (h.apart(37, 41) + h.apart(38, 40) + h.apart(43, 47) + h.apart(44, 46)) / 4),
    Length("upper lip raise", "Upper lip up", "Upper lip down", lambda h: h.ahead([51], [33], "y")),
)  # fmt: skip

UNIT_AREAS = {
    "Brows": ("browDown", "browInnerUp", "browOuterUp"),
    "Eyelids": ("eyeBlink", "eyeSquint", "eyeWide"),
    "Gaze": ("eyeLook",),
    "Cheeks and nose": ("cheek", "nose"),
    "Jaw": ("jaw", "mouthClose"),
    "Mouth corners": ("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch"),
    "Mouth": ("mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight", "mouthPress"),
    "Lips": ("mouthRoll", "mouthShrug", "mouthUpperUp", "mouthLowerDown"),
}  # the beginnings of the names of units


def identity_names(model, count: int) -> tuple[DirectionName, ...]:
    """Names of the first directions of identity. `model` as `pix2nphm.load` returns it. Takes a second."""

    def head(number: int, deviations: float) -> HeadCode:
        return along(model.population, model.mean_code, identity={number: deviations})

    total = len(model.population.identity_directions)
    return name_directions(model, IDENTITY_LENGTHS, head, head, total, "Identity", count)


def expression_names(model, count: int) -> tuple[DirectionName, ...]:
    """Names of the first directions of expression, measured about the mean expression."""
    population = model.population
    middle = model.mean_code.with_expression(population.expression_mean)

    def straight(number: int, deviations: float) -> HeadCode:
        return middle.with_expression(middle.expression + deviations * population.expression_directions[number])

    def shown(number: int, deviations: float) -> HeadCode:
        return along(population, middle, expression={number: deviations})

    total = len(population.expression_directions)
    return name_directions(model, EXPRESSION_LENGTHS, straight, shown, total, "Expression", count)


def name_directions(
    model,
    lengths: Sequence[Length],
    straight: Callable[[int, float], HeadCode],
    shown: Callable[[int, float], HeadCode],
    total: int,
    kind: str,
    count: int,
) -> tuple[DirectionName, ...]:
    """Names of the first `count` of `total` directions: `straight` and `shown` give the head that far along one.

    Correlations come from straight lines; the millimetres of a hint from heads as the page shows them.
    """

    template = model.template
    above = (template.vertex_region == REGIONS.index("skull")) & (template.mean[:, 1] > 0)
    skull = template.rows(above.nonzero()[:, 0])

    def measured(code: HeadCode) -> Tensor:
        head = Seen(model.decoder.landmarks(code) * 1000, skull.posed(code) * 1000)
        return torch.stack([length.measure(head) for length in lengths])

    slopes = torch.stack([measured(straight(k, ENDS)) - measured(straight(k, -ENDS)) for k in range(total)])
    correlations = slopes / slopes.norm(dim=0).clamp_min(1e-9)  # (total, lengths)
    names = []
    for k in range(count):
        low, high = measured(shown(k, -ENDS)), measured(shown(k, ENDS))
        explaining = (correlations[k].square() > EARNED).nonzero()[:, 0].tolist()
        if explaining:
            length, ends = lengths[explaining[0]], (low[explaining[0]], high[explaining[0]])
            name = length.more if correlations[k, explaining[0]] > 0 else length.less
            hint = f"{length.noun}: {ends[0]:.0f} mm at -{ENDS:g}, {ends[1]:.0f} mm at +{ENDS:g}."
        else:
            most = correlations[k].abs().argsort(descending=True)[:2].tolist()
            changes = ", ".join(f"{lengths[i].noun} {high[i] - low[i]:+.1f} mm" for i in most)
            name = f"{kind} {k + 1}"
            hint = f"From -{ENDS:g} to +{ENDS:g} most of all {changes}. No single length explains it."
        hint = hint[0].upper() + hint[1:].replace(" -", " \N{MINUS SIGN}")
        names.append(DirectionName(name, hint, bool(explaining)))
    return tuple(names)


def unit_label(unit: str) -> str:
    """ "mouthSmile_L" -> "Mouth smile, left": the side is the head's own."""
    name, _, side = unit.partition("_")
    words = re.sub(r"(?=[A-Z])", " ", name).lower().capitalize()
    return words + {"": "", "L": ", left", "R": ", right"}[side]


def units_of(area: str) -> tuple[str, ...]:
    """The units of one of `UNIT_AREAS`, in the code's order."""
    return tuple(unit for unit in UNITS if unit.startswith(UNIT_AREAS[area]))
