"""One movement for the page, the GLB and the GIF: it starts and ends at rest."""

from __future__ import annotations

SECONDS = 1.5  # from A to B


def ease(t: float) -> float:
    """How far a movement is at the share `t` of its time, both 0..1.

    The cubic with slope zero at both ends: a cubic-spline sampler of glTF with zero tangents is exactly this, and
    `ease` in player.js is the same polynomial.
    """
    return t * t * (3 - 2 * t)
