"""What a control tells Python when it is let go."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Committed:
    """Values by name, the name of the control that moved ("" when several did), and the number of the movement."""

    values: dict[str, float]
    moved: str
    generation: int


def read_commit(event: Any, ranges: Mapping[str, tuple[float, float]]) -> Committed:
    """The `commit` event of `Sliders` or `Pad`. `ranges` holds the (least, greatest) value of each name.

    The event comes from a browser: a name that is not in `ranges` is left out, a value is kept within its range, what
    is no number is 0.
    """
    sent = getattr(event, "values", None)
    sent = sent if isinstance(sent, Mapping) else {}
    values = {name: min(max(_number(sent[name]), low), high) for name, (low, high) in ranges.items() if name in sent}
    moved = str(getattr(event, "moved", ""))
    return Committed(values, moved if moved in values else "", int(_number(getattr(event, "generation", 0))))


def _number(sent: Any) -> float:
    try:
        number = float(sent)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) else 0.0
