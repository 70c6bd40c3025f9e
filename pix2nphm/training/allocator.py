"""The allocator, for training on CPUs."""

from __future__ import annotations

import ctypes


def keep_freed_memory() -> None:
    """Let glibc keep large freed blocks: giving them back and getting them anew costs a quarter to a half of a step."""
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
        libc.mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD
    except (OSError, AttributeError):
        pass  # another C library
