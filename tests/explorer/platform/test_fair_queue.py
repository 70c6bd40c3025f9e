"""Who posts many jobs takes nothing from others, and is told why the surplus is not taken."""

from __future__ import annotations

import re
import time
from concurrent.futures import as_completed, wait

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from explorer.platform.fair_queue import LONGEST, OF_A_SESSION, OF_AN_ADDRESS, UNREAD, in_words

SENTENCE = r"\d+ of your jobs are waiting already\. Try again in about \d+ (seconds|minutes)\."


def wait_until_cooking(kitchen) -> None:
    """Until the cook has begun the first dish, so that all others wait."""
    while len(kitchen.page._queue):
        time.sleep(0.01)


def test_one_client_does_not_close_the_app(kitchen):
    posted = [kitchen.order("first", "greedy")]
    wait_until_cooking(kitchen)
    posted += [kitchen.order(f"greedy {number}", "greedy") for number in range(129)]
    posted.append(kitchen.order("other", "modest", visitor="10.0.0.2"))
    assert {answer.status_code for answer in posted} == {200}
    kitchen.gate.set()
    (other,) = kitchen.answers("modest", 1)
    assert other["success"] and other["output"]["data"] == ["other"]
    ended = kitchen.answers("greedy", 130)
    refused = [answer["output"]["error"] for answer in ended if not answer["success"]]
    assert len(refused) == 129 - OF_A_SESSION and all(re.fullmatch(SENTENCE, sentence) for sentence in refused)
    assert kitchen.served[0] == "first" and kitchen.served.index("other") <= 1  # in turn


def test_behind_one_address_sessions_take_turns_and_addresses_do_so_first(kitchen):
    kitchen.order("first", "none", visitor="10.0.0.9")
    wait_until_cooking(kitchen)
    for session in ("a", "b"):
        for number in (1, 2):
            kitchen.order(f"{session}{number}", session)
    kitchen.order("c1", "c", visitor="10.0.0.2")
    kitchen.gate.set()
    for session, count in (("a", 2), ("b", 2), ("c", 1)):
        kitchen.answers(session, count)
    assert kitchen.served == ["first", "a1", "c1", "b1", "a2", "b2"]


def test_new_sessions_of_one_address_have_room_for_others(kitchen):
    kitchen.order("first", "none")
    wait_until_cooking(kitchen)
    for number in range(OF_AN_ADDRESS):
        kitchen.order(f"dish {number}", f"session {number}")
    kitchen.order("surplus", "one more")
    (surplus,) = kitchen.answers("one more", 1)
    assert not surplus["success"] and re.fullmatch(SENTENCE, surplus["output"]["error"])
    kitchen.order("other", "modest", visitor="10.0.0.2")
    kitchen.gate.set()
    assert kitchen.answers("modest", 1)[0]["success"] and kitchen.served.index("other") <= 1


def test_a_full_queue_says_how_long(kitchen):
    kitchen.order("first", "none")
    wait_until_cooking(kitchen)
    for number in range(LONGEST):
        kitchen.order(f"dish {number}", f"session {number}", visitor=f"10.0.1.{number}")
    kitchen.order("surplus", "late", visitor="10.0.0.2")
    (surplus,) = kitchen.answers("late", 1)
    assert re.fullmatch(rf"{LONGEST} jobs are waiting already, .*in about 3 minutes\.", surplus["output"]["error"])


def test_answers_that_nobody_reads_do_not_pile_up(kitchen):
    kitchen.order("first", "deaf")
    wait_until_cooking(kitchen)
    last = [kitchen.order("dish", "deaf") for _ in range(OF_A_SESSION + UNREAD + 8)][-1]
    assert last.status_code == 503 and re.fullmatch(SENTENCE, last.json()["detail"])
    assert kitchen.page._queue.pending_messages_per_session["deaf"].qsize() <= UNREAD + 8


def test_a_python_client_gets_the_sentence(kitchen):
    client = Client(kitchen.address, verbose=False)
    jobs = [client.submit(f"dish {number}", api_name="/cook") for number in range(OF_A_SESSION + 8)]
    with pytest.raises(AppError, match=SENTENCE):  # the first that is done, while the cook has not begun
        next(as_completed(job.future for job in jobs)).result()
    kitchen.gate.set()
    wait([job.future for job in jobs])
    client.close()


@pytest.mark.parametrize(
    "seconds, words", [(0, "5 seconds"), (11, "15 seconds"), (90, "90 seconds"), (91, "2 minutes"), (128, "3 minutes")]
)
def test_how_long_in_words(seconds, words):
    assert in_words(seconds) == words
