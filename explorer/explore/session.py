"""One visitor's session: the newest ExploreState, and which tool is open. The only thing here that changes in place."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Callable

from pix2nphm.latent.edits import Transplant

from ..platform.visitor_files import VisitorFiles
from .linear_preview import IDENTITY
from .state import ExploreState


class Session:
    """Steps are taken one at a time, each from the newest state, however many answers are still on their way.

    `number` counts the steps: who answers one compares it, to see whether another was taken meanwhile.
    """

    def __init__(self, state: ExploreState) -> None:
        self.state, self.number = state, 0
        self.generation = -1  # of the newest movement of a control that was answered
        self.tool, self.group, self.seed = "blend", IDENTITY, 1
        self.region, self.donor, self.mirrored = "nose", "", True
        self.about = "blend_identity"  # of `explorer.explore.lessons`: the control that was used last
        self.preview = b""  # `preview_key` of the preview that the page has
        self.files_of_visitor = VisitorFiles()
        self._lock = threading.Lock()

    def take(self, step: Callable[[ExploreState], ExploreState], generation: int | None = None) -> tuple[ExploreState, int] | None:
        """The state after one step, and the step's number. A step that raises changes nothing.

        None, and no step, for a movement of a control that a newer one has overtaken on its way: threads answer events,
        so that two in quick succession may come here in either order.
        """
        with self._lock:
            if generation is not None and generation < self.generation:
                return None
            self.generation = self.generation if generation is None else generation  # answered, whatever comes of it
            self.state = replace(step(self.state), heard=self.generation)
            self.number += 1
            return self.state, self.number

    def transplant(self) -> Transplant:
        """The Parts tool as it is set: the chosen region of the chosen head, or of B where that one is gone."""
        ids = {head.id for head in self.state.shelf}
        donor = self.donor if self.donor in ids else self.state.b
        return Transplant(donor, (self.region,), 1.0, self.mirrored)

    def __deepcopy__(self, memo) -> "Session":
        """A session for one visitor more: states are frozen, so it starts from the same one."""
        return Session(self.state)
