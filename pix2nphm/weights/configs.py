"""Configs out of JSON: what the dataclass says is what is believed."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ..errors import BadWeights

FOREIGN = "These weights belong to another model or version than this program knows."
LARGEST = 10_000_000  # of a number in a config, ours are below 120,000: far larger sizes would be a trap for memory
LONGEST = 200  # of a text or a list

Config = TypeVar("Config")


def read_config(kind: type[Config], values: Any) -> Config:
    """A config dataclass `kind`, from what JSON holds of it (`dataclasses.asdict`).

    Names, types and sizes are checked, in nested dataclasses too. Raises BadWeights.
    """
    try:
        return _read(kind, values)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadWeights(FOREIGN) from error


def _read(kind: Any, value: Any) -> Any:
    """Raises TypeError, ValueError."""
    if isinstance(kind, type) and is_dataclass(kind):
        if not isinstance(value, dict):
            raise TypeError(f"{kind.__name__} is an object")
        hints = get_type_hints(kind)
        if not value.keys() <= {f.name for f in fields(kind)}:
            raise TypeError(f"{kind.__name__} has no such fields")
        return kind(**{name: _read(hints[name], one) for name, one in value.items()})
    if get_origin(kind) is tuple:
        kinds = get_args(kind)
        if not isinstance(value, list) or len(value) > LONGEST:
            raise TypeError("a short list is needed")
        if kinds[-1] is Ellipsis:
            kinds = kinds[:1] * len(value)
        return tuple(_read(one, part) for one, part in zip(kinds, value, strict=True))
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} is needed")
    if isinstance(value, str):
        if len(value) > LONGEST:
            raise ValueError("far too long")
    elif not (math.isfinite(value) and abs(value) <= LARGEST):
        raise ValueError("far too large")
    elif kind is int and value < 0:
        raise ValueError("sizes are not negative")
    return value
