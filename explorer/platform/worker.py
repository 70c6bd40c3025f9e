"""The one thread on which photos are read and heads are decoded, one after the other.

Two at once would take twice as long each, and memory that many threads have used is not given back. Above all,
PyTorch's operations are short and meet at barriers, at which GNU's OpenMP lets threads wait actively for a moment
before they sleep. As soon as it has more threads than there are processors, and a second thread with operations on all
cores brings it there, that moment is so short that every operation waits for the scheduler: decoding a head takes 300
ms in place of 170 on two cores. The moment that `app.py` sets is long enough for a thread that has the cores to itself,
and short enough for processors that others use too: with GNU's own, a hundred times longer, a photo takes 12 s in place
of 1.5 while a browser without a graphics card draws beside it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import torch

Answer = TypeVar("Answer")

try:
    _malloc_trim = ctypes.CDLL(None).malloc_trim
except (AttributeError, OSError, TypeError):  # only glibc has it
    _malloc_trim = None
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="heads")


def submit(work: Callable[[], Answer]) -> Future[Answer]:
    """What `work` will answer, once all work that was asked for before it is done."""
    return _thread.submit(work)


def run(work: Callable[[], Answer]) -> Answer:
    """What `work` answers in turn. Not to be called by such work, which would wait for itself."""
    return submit(work).result()


def run_each(answers: Iterator[Answer]) -> Iterator[Answer]:
    """The same answers, each made by `run`: between two of them the thread is free for others."""
    nothing: Any = object()
    try:
        while (answer := run(lambda: next(answers, nothing))) is not nothing:
            yield answer
    finally:
        submit(give_memory_back)


def give_memory_back() -> None:
    """To the system, what the C library keeps of memory that is free: 100 MB after a photo. Takes some milliseconds."""
    if _malloc_trim is not None:
        _malloc_trim(0)


def reserve_cores() -> None:
    """Leave all cores to the one thread: operations of this thread, and of threads to come, run on one core each."""
    run(torch.get_num_threads)  # a thread keeps the number that it found when it first asked
    torch.set_num_threads(1)
