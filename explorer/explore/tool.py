"""What a tool of the Explore tab is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .lessons import Lesson
    from .linear_preview import LinearPreview
    from .session import Snapshot
    from .state import ExploreState
    from .wiring import Wiring

VIEWER = "head"  # elem_id of the viewer whose head the tools move


def head_b(state: ExploreState) -> str:
    """The id of B."""
    return state.b


@dataclass(frozen=True)
class Tool:
    """One tab of controls. Tools know nothing of each other; `explorer.explore.tools.TOOLS` lists them.

    Its settings are frozen values that it keeps in the state under its name (`state.settings`), so that a step changes
    them and each visitor has their own.
    """

    name: str  # in the state
    label: str  # on the tab
    lessons: Mapping[str, Lesson]  # by the control that they are about; the tool opens with the first
    build: Callable[[Wiring], None]  # lays out the controls and wires them: an event takes a step from the newest state
    preview: Callable[[Snapshot], LinearPreview]  # what the controls move, and where they stand
    controls: Callable[[Snapshot], dict[str, Any]]  # the answer that puts them there, by the names of components
    other: Callable[[ExploreState], str] = head_b  # id of the head that the lessons call B
