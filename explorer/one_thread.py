"""The one thread on which photos are read and heads are decoded, one after the other.

Two at once would take twice as long each, and memory that many threads have used is not given back. Above all, GNU's
OpenMP, which PyTorch's operations run on, lets its threads wait actively only while there are no more of them than
processors. A second thread with operations on all cores makes every operation of both wait for the scheduler instead:
decoding a head then takes 350 ms in place of 180 on two cores, even while the other thread rests.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Iterator, TypeVar

import torch

Answer = TypeVar("Answer")

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="heads")


def in_turn(work: Callable[[], Answer]) -> Future[Answer]:
    """What `work` will answer, once all work that was asked for before it is done."""
    return _thread.submit(work)


def alone(work: Callable[[], Answer]) -> Answer:
    """What `work` answers `in_turn`. Not to be called by such work, which would wait for itself."""
    return in_turn(work).result()


def each_alone(answers: Iterator[Answer]) -> Iterator[Answer]:
    """The same answers, each made `alone`: between two of them the thread is free for others."""
    nothing = object()
    while (answer := alone(lambda: next(answers, nothing))) is not nothing:
        yield answer


def reserve_cores() -> None:
    """Leave all cores to the one thread: operations of this thread, and of threads to come, run on one core each."""
    alone(torch.get_num_threads)  # a thread keeps the number that it found when it first asked
    torch.set_num_threads(1)
