"""One visitor's session: the newest ExploreState, and the steps to the next. Nothing else here changes in place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from pix2nphm.codes import HeadCode
from pix2nphm.latent.edits import Recipe

from ..platform.visitor_files import VisitorFiles
from .exact import code_key
from .linear_preview import LinearPreview
from .services import Services
from .state import ExploreState
from .tool import Tool

Step = Callable[[ExploreState], ExploreState]


@dataclass(frozen=True)
class Snapshot:
    """One state with the services that show it: all that an answer and a tool read."""

    services: Services
    state: ExploreState
    number: int = 0  # of the step that led to it

    @property
    def model(self):
        return self.services.model

    @property
    def tool(self) -> Tool:
        """The one that is open."""
        return self.services.tools[self.state.tool]

    def code_of(self, recipe: Recipe) -> HeadCode:
        """The head of a recipe from heads that the state knows."""
        return self.services.code(recipe, self.state.codes)

    @cached_property
    def code(self) -> HeadCode:
        """The head on show."""
        return self.code_of(self.state.recipe)

    @cached_property
    def preview(self) -> LinearPreview:
        """Of the tool that is open."""
        return self.tool.preview(self)

    def same_head(self, other: Snapshot) -> bool:
        return code_key(self.code) == code_key(other.code)


class Session:
    """Steps are taken one at a time, each from the newest state, however many answers are still on their way."""

    def __init__(self, services: Services, state: ExploreState) -> None:
        self.services = services
        self.files = VisitorFiles()
        self._state, self._number = state, 0
        self._generation = -1  # of the newest movement of a control that was answered
        self._preview = b""  # `preview_key` of the preview that the page has
        self._lock = threading.Lock()

    @property
    def now(self) -> Snapshot:
        """The newest state. Who answers a step compares its number, to see whether another was taken meanwhile."""
        with self._lock:
            return Snapshot(self.services, self._state, self._number)

    @property
    def state(self) -> ExploreState:
        return self.now.state

    def take(self, step: Step) -> Snapshot:
        """The state after one step. A step that raises changes nothing."""
        with self._lock:
            return self._taken(step)

    def take_movement(self, step: Step, generation: int) -> Snapshot | None:
        """The same for a movement of a control, by its number.

        None, and no step, where a newer one has overtaken it on its way: threads answer events, so that two in quick
        succession may come here in either order.
        """
        with self._lock:
            if generation < self._generation:
                return None
            self._generation = generation  # answered, whatever comes of it
            return self._taken(step)

    def _taken(self, step: Step) -> Snapshot:
        self._state = replace(step(self._state), heard=self._generation)
        self._number += 1
        return Snapshot(self.services, self._state, self._number)

    def needs_preview(self, key: bytes) -> bool:
        """Whether the page has another preview than the one of this `preview_key`. Who asks, sends it."""
        with self._lock:
            needed, self._preview = key != self._preview, key
            return needed

    def page_is_new(self) -> None:
        """The page has no preview."""
        with self._lock:
            self._preview = b""

    def __deepcopy__(self, memo) -> Session:
        """A session for one visitor more: states are frozen, so it starts from the same one."""
        return Session(self.services, self._state)
