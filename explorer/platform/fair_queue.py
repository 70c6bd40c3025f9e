"""The queue in which jobs wait, fair between visitors.

A visitor is a session of the page or of a client, behind the address it comes from. Each may have a few jobs waiting.
Those of different addresses are begun in turn, and behind one address those of different sessions.
"""

from __future__ import annotations

import itertools
import math
from asyncio import Queue as Messages
from collections.abc import Hashable, Sequence

from gradio import Blocks
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, Queue
from gradio.server_messages import ProcessCompletedMessage
from gradio.utils import error_payload
from starlette.requests import Request

from .lru_cache import LRUCache
from .messages import failure

LONGEST = 128  # jobs waiting in all
OF_A_SESSION = 8  # a page waits with one movement of a control and a second one behind it; opening it takes a few
OF_AN_ADDRESS = 64  # a class room behind one address
UNREAD = 256  # answers that a session has not fetched; beyond, its jobs are refused without one
A_JOB_TAKES = 1.0  # seconds, before any was done
REMEMBERED = 4096  # visitors

YOURS_WAIT = "{} of your jobs are waiting already. Try again in about {}."
ALL_WAIT = "{} jobs are waiting already, which is all there is room for. Try again in about {}."


class FairQueue(Queue):
    """Gradio's queue, but for which jobs it takes and which it begins next."""

    def __init__(self, page: Blocks) -> None:
        super().__init__(
            live_updates=True, concurrency_count=page.max_threads, update_intervals=1, max_size=None, blocks=page
        )
        self._turns = itertools.count(1)
        self._last_turn: LRUCache[Hashable, int] = LRUCache(REMEMBERED)  # by address, and by address and session

    async def push(self, body: PredictBodyInternal, request: Request, username: str | None):
        """A job for which there is no room is answered with a sentence, as one that failed."""
        refusal = self._refusal(body.session_hash, request)
        if refusal is None:
            return await super().push(body, request, username)
        if body.session_hash is None or not self._answer(body, request, refusal):
            return False, refusal, "queue_full"
        return True, body.event_id, "success"

    def get_events(self):
        """The job whose visitor was served longest ago goes to the front, and Gradio takes that one."""
        for queue in self.event_queue_per_concurrency_id.values():
            if queue.queue and (queue.concurrency_limit is None or queue.current_concurrency < queue.concurrency_limit):
                first = min(queue.queue, key=self._served)  # of equals, the one that came first
                queue.queue.remove(first)
                queue.queue.insert(0, first)
        taken = super().get_events()
        for event in taken[0] if taken else ():
            for visitor in _visitor(event):
                self._last_turn.put(visitor, next(self._turns))
        return taken

    def compute_analytics_summary(self, records: Sequence) -> dict:
        """Nothing: after each job pandas would count all those of the day, for a page that this app does not offer."""
        return self.cached_event_analytics_summary

    def _refusal(self, session: str | None, request: Request) -> str | None:
        """Why there is no room for another job, or None."""
        waiting = [event for queue in self.event_queue_per_concurrency_id.values() for event in queue.queue]
        of_session = sum(event.session_hash == session for event in waiting)
        of_address = sum(_address(event.request) == _address(request) for event in waiting)
        if of_session >= OF_A_SESSION or of_address >= OF_AN_ADDRESS:
            return YOURS_WAIT.format(max(of_session, of_address), in_words(self._seconds(waiting)))
        return ALL_WAIT.format(len(waiting), in_words(self._seconds(waiting))) if len(waiting) >= LONGEST else None

    def _answer(self, body: PredictBodyInternal, request: Request, sentence: str) -> bool:
        """Tell a session by the stream that it listens to, as handlers' errors are told; or that it does not listen."""
        if body.fn_index not in self.blocks.fns:
            return False
        event = Event(body.session_hash, self.blocks.fns[body.fn_index], request, None)
        if event.session_hash not in self.pending_messages_per_session:
            self.pending_messages_per_session[event.session_hash] = Messages()
        if self.pending_messages_per_session[event.session_hash].qsize() >= UNREAD:
            return False
        self.pending_event_ids_session.setdefault(event.session_hash, set()).add(event._id)
        body.event_id = event._id
        output = error_payload(failure(sentence), show_error=False)
        self.send_message(event, ProcessCompletedMessage(output=output, title="Busy", success=False))
        return True

    def _served(self, event: Event) -> tuple[int, ...]:
        return tuple(self._last_turn.get(visitor) or 0 for visitor in _visitor(event))

    def _seconds(self, waiting: Sequence[Event]) -> float:
        """How long jobs will take that one thread does one after the other."""
        known = self.process_time_per_fn
        return sum(known[event.fn].avg_time if event.fn in known else A_JOB_TAKES for event in waiting)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _visitor(event: Event) -> tuple[Hashable, Hashable]:
    return _address(event.request), (_address(event.request), event.session_hash)


def in_words(seconds: float) -> str:
    """ "20 seconds", "3 minutes": rounded up, and never less than five seconds."""
    if seconds > 90:
        return f"{math.ceil(seconds / 60)} minutes"
    return f"{5 * max(1, math.ceil(seconds / 5))} seconds"
