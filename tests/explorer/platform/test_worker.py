"""Work in turn on one thread, and the cores that it keeps to itself."""

import subprocess
import sys
import threading

import pytest

from explorer.platform import worker

CORES = """
import threading, torch
from explorer.platform import worker
before = torch.get_num_threads()
worker.reserve_cores()
seen = []
later = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
later.start(), later.join()
print(before == worker.run(torch.get_num_threads), torch.get_num_threads(), *seen)
"""


def test_all_work_is_done_on_one_thread_in_the_order_it_was_asked_for():
    done, free = [], threading.Event()
    worker.submit(free.wait)
    waiting = [worker.submit(lambda number=number: done.append((number, threading.get_ident()))) for number in range(5)]
    assert done == []
    free.set()
    waiting[-1].result()
    assert [number for number, _ in done] == [0, 1, 2, 3, 4]
    assert {thread for _, thread in done} == {worker.run(threading.get_ident)} != {threading.get_ident()}


def test_answers_come_one_by_one_and_others_get_their_turn_in_between():
    made = []

    def answers():
        for number in range(3):
            made.append((number, threading.get_ident()))
            yield number

    coming = worker.run_each(answers())
    assert next(coming) == 0 and len(made) == 1
    assert worker.run(lambda: "other") == "other" and len(made) == 1
    assert list(coming) == [1, 2] and {thread for _, thread in made} == {worker.run(threading.get_ident)}


def test_what_goes_wrong_is_raised_where_it_was_asked_for():
    def failing():
        yield 1
        raise ValueError("no more")

    coming = worker.run_each(failing())
    assert next(coming) == 1
    with pytest.raises(ValueError, match="no more"):
        next(coming)
    assert worker.run(lambda: 2) == 2


@pytest.mark.parametrize("end", [list, next, lambda answers: None])
def test_memory_is_given_back_when_the_answers_end(monkeypatch, end):
    given = []
    monkeypatch.setattr(worker, "give_memory_back", lambda: given.append(threading.get_ident()))
    answers = worker.run_each(iter([1, 2]))
    next(answers)
    assert worker.run(lambda: len(given)) == 0
    end(answers)
    answers.close()
    assert worker.run(lambda: given) == [worker.run(threading.get_ident)]


def test_other_threads_leave_the_cores_alone():
    printed = subprocess.run([sys.executable, "-c", CORES], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["True", "1", "1"]
