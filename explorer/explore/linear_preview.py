"""Where a tool's controls stand, and what they move: what the browser's preview and the sliders are made of.

Every control is linear in the code, so a tool is a head with all its controls at zero, and for each control the change
of the code that it makes at one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import torch

from pix2nphm.codes import HeadCode


@dataclass(frozen=True)
class LinearPreview:
    """Exact at `values`: base + sum of value * move is the head on show, but for clamped expressions."""

    base: HeadCode
    moves: dict[str, HeadCode] = field(default_factory=dict)  # by the control's name: what it adds at 1
    values: dict[str, float] = field(default_factory=dict)


def tidy(values: dict[str, float]) -> dict[str, float]:
    """Values to a thousandth, which is finer than anyone sees: they are read in links and as Python."""
    return {name: round(value, 3) for name, value in values.items()}


def minus(a: HeadCode, b: HeadCode) -> HeadCode:
    """The change of the code from b to a."""
    return HeadCode(*(getattr(a, f.name) - getattr(b, f.name) for f in fields(HeadCode)))


def plus(code: HeadCode, identity: torch.Tensor | None = None, expression: torch.Tensor | None = None) -> HeadCode:
    """A code with numbers added to its identity (I,) or its expression (E,), whether a face can do that or not."""
    if identity is not None:
        code = code.with_identity(code.identity + identity)
    return code if expression is None else code.with_expression(code.expression + expression)
