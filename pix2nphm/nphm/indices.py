"""Indices that come from files."""

from __future__ import annotations

from torch import Tensor


def check_indices(index: Tensor, count: int) -> None:
    """Raise ValueError unless all of `index` is in 0..count - 1."""
    if index.numel() and not (int(index.min()) >= 0 and int(index.max()) < count):
        raise ValueError("an index points nowhere")
