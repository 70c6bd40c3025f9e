"""What one state is: the shelf, A and B, how the head on show came about, and the way back. Pure functions step on.

A head is never kept as such but as its recipe: a blend of A and B, and the edits on top of it. Every step returns a new
ExploreState, with a sentence in `message` where there is something to say. Raises BadStep and BadCode with sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pix2nphm.codes import HeadCode
from pix2nphm.latent.edits import Along, Interpolate, Recipe, Step, Transplant, Units

from .shelf.shelf import ALREADY, FULL, LARGEST_SHELF, Shelf, ShelfHead, add, find, same_head, unique

LONGEST_PAST = 50  # steps that can be taken back
ON_TOP = (Transplant, Along, Units)  # edits that make sense on any blend: they stay when its sliders move
SAME_HEAD = "A and B are the same head, so there is nothing between them. Choose another one for A or for B."
EMPTY = "The shelf is empty. Reconstruct a photo, import a code, or bring the examples back."
ADDED = "{} is on the shelf."
OPENED = "This is the head of the link you opened."
NOTHING_TO_UNDO = "There is nothing to take back."


@dataclass(frozen=True)
class Moment:
    """What undo goes back to."""

    a: str
    b: str
    recipe: Recipe
    shelf: Shelf | None = None  # only where the step after it changed the shelf


@dataclass(frozen=True)
class ExploreState:
    """One visitor's work. `a` and `b` are ids of heads on the shelf, "" while it is empty."""

    shelf: Shelf
    a: str
    b: str
    recipe: Recipe
    codes: Mapping[str, HeadCode]  # of every head that shelf, recipe and past name
    past: tuple[Moment, ...] = field(default=(), repr=False)
    message: str = ""
    heard: int = field(default=-1, compare=False)  # the newest movement of a control that is known here
    tool: str = "blend"  # the open one
    settings: Mapping[str, Any] = field(default_factory=dict)  # of tools that were set, by name: a frozen value each
    about: str = "blend_identity"  # of `explorer.explore.lessons`: the control that was used last
    opened: bool = field(default=False, compare=False)  # the tab is, or was: the page follows each step
    came: str | None = None  # id of the head that came to the shelf last, since the state began

    def name(self, head: str) -> str:
        return next((one.name for one in self.shelf if one.id == head), "a head that was removed")


def begin(shelf: Shelf, own: str = "") -> ExploreState:
    """The first two heads on the blend, and on show the head between them; or the head with the id `own`, as A."""
    a = own or (shelf[0].id if shelf else "")
    b = next((head.id for head in shelf if head.id != a), a)
    identity = 0.0 if own else 0.5
    codes = {head.id: head.code for head in shelf}
    if not shelf:
        return ExploreState(shelf, a, b, Recipe(), codes)
    return ExploreState(shelf, a, b, Recipe(a).then(Interpolate(b, identity)), codes)


def open_tool(state: ExploreState, tool: str, about: str) -> ExploreState:
    """Another tool is open, and `about` is the lesson that it opens with."""
    return replace(state, tool=tool, about=about)


def set_tool(state: ExploreState, tool: str, settings: Any) -> ExploreState:
    """A tool's settings changed. They are no step to take back."""
    return replace(state, settings={**state.settings, tool: settings})


def blend_of(state: ExploreState) -> tuple[float, float]:
    """Where the blend's sliders stand, identity and expression: 0 is A and 1 is B."""
    blend, _ = _blend_and_edits(state.recipe)
    if blend and state.recipe.start == state.a and blend.other == state.b:
        return blend.identity, blend.expression
    return 0.0, 0.0


def edits_on_blend(state: ExploreState) -> tuple[Step, ...]:
    """The edits on top of the blend of A and B, where there is no other kind among them: they stay when it moves."""
    _, edits = _blend_and_edits(state.recipe)
    return edits if state.recipe.start == state.a and all(isinstance(step, ON_TOP) for step in edits) else ()


def is_on_blend(state: ExploreState) -> bool:
    """Whether the head on show is where the blend's sliders say, but for `edits_on_blend`."""
    blend, edits = _blend_and_edits(state.recipe)
    between = state.recipe.start == state.a and (not blend or blend.other == state.b)
    return between and edits == edits_on_blend(state)


def _blend_and_edits(recipe: Recipe) -> tuple[Interpolate | None, tuple[Step, ...]]:
    first = recipe.steps[0] if recipe.steps else None
    return (first, recipe.steps[1:]) if isinstance(first, Interpolate) else (None, recipe.steps)


def blend_recipe(state: ExploreState, identity: float, expression: float) -> Recipe:
    """The recipe with the blend's sliders elsewhere. Edits on top of the blend stay."""
    return Recipe(state.a, (Interpolate(state.b, identity, expression), *edits_on_blend(state)))


def choose(state: ExploreState, a: str | None = None, b: str | None = None) -> ExploreState:
    """Other heads for A or B. The sliders stay where they are, edits go. An id that is gone changes nothing."""
    chosen = [new if new in {head.id for head in state.shelf} else old for new, old in ((a, state.a), (b, state.b))]
    if chosen == [state.a, state.b] or not all(chosen):
        return replace(state, message="")
    identity, expression = blend_of(state)
    recipe = Recipe(chosen[0]).then(Interpolate(chosen[1], identity, expression))
    message = SAME_HEAD if chosen[0] == chosen[1] else ""
    return replace(with_recipe(state, recipe, message), a=chosen[0], b=chosen[1])


def edit(state: ExploreState, step: Step) -> ExploreState:
    """One step more from the head on show, or the last step with other settings."""
    return with_recipe(state, state.recipe.replace_last(step))


def start_from(state: ExploreState, recipe: Recipe) -> ExploreState:
    """Another head altogether, such as the mean."""
    return with_recipe(state, recipe)


def put(state: ExploreState, name: str, code: HeadCode) -> ExploreState:
    """The shelf with a head more, unless it is there already. Raises ShelfFull."""
    there = same_head(state.shelf, code)
    if there:
        return replace(state, message=ALREADY.format(there.name))
    shelf = add(state.shelf, name, code)
    return with_shelf(state, shelf, ADDED.format(shelf[-1].name))


def from_link(state: ExploreState, head: ShelfHead) -> ExploreState:
    """A state that was opened by a link, with its head on show. There is nothing before it to go back to."""
    return replace(welcome(state, head), message=OPENED, past=())


def welcome(state: ExploreState, head: ShelfHead) -> ExploreState:
    """A head from elsewhere is on show: as A, and on the shelf, where there is room for it."""
    known = find(state.shelf, head.id)
    if not known and len(state.shelf) >= LARGEST_SHELF:
        changed = replace(state, codes={**state.codes, head.id: head.code})
        return with_recipe(changed, Recipe(head.id), FULL)
    head = replace(head, name=unique(head.name, [one.name for one in state.shelf if one.id != head.id]))
    changed = state if known else with_shelf(state, (*state.shelf, head))
    other = next((one.id for one in changed.shelf if one.id != head.id), head.id)
    message = "" if known else ADDED.format(head.name)
    return replace(with_recipe(changed, Recipe(head.id), message), a=head.id, b=other)


def undo(state: ExploreState) -> ExploreState:
    """The state before its last step."""
    if not state.past:
        return replace(state, message=NOTHING_TO_UNDO)
    moment, past = state.past[-1], state.past[:-1]
    shelf = state.shelf
    if moment.shelf is not None:
        since = [head for head in shelf if head.id not in {one.id for one in moment.shelf}]
        shelf = (*moment.shelf, *since)[:LARGEST_SHELF]  # what came to the shelf meanwhile stays there
    return _tidied(replace(state, shelf=shelf, a=moment.a, b=moment.b, recipe=moment.recipe, past=past, message=""))


def with_shelf(state: ExploreState, shelf: Shelf, message: str = "") -> ExploreState:
    """The shelf after heads came, went, or were renamed. The head on show stays, even if its A or B has gone.

    Only going and renaming are steps to take back: a head that came is removed where it stands.
    """
    if shelf == state.shelf:
        return replace(state, message=message)
    past = state.past
    if shelf[: len(state.shelf)] != state.shelf:
        past = _longer(past, Moment(state.a, state.b, state.recipe, state.shelf))
    came = shelf[-1].id if len(shelf) > len(state.shelf) else state.came
    changed = replace(state, shelf=shelf, past=past, message=message, came=came)
    ids = {head.id for head in shelf} | {""}
    gone = [letter for letter, head in (("A", state.a), ("B", state.b)) if head not in ids]
    changed = _tidied(changed)
    if gone and not shelf:
        return replace(changed, message=EMPTY)
    if gone and not message:
        names = {"A": changed.name(changed.a), "B": changed.name(changed.b)}
        now = " and ".join(f"{letter} is now {names[letter]}" for letter in gone)
        return replace(changed, message=f"A removed head was on the blend: {now}.")
    return changed


def with_recipe(state: ExploreState, recipe: Recipe, message: str = "") -> ExploreState:
    """The state with another recipe, and the present one to go back to."""
    if recipe == state.recipe:
        return replace(state, message=message)
    past = _longer(state.past, Moment(state.a, state.b, state.recipe))
    return replace(state, recipe=recipe, past=past, message=message)


def _longer(past: tuple[Moment, ...], moment: Moment) -> tuple[Moment, ...]:
    return (*past, moment)[-LONGEST_PAST:]


def _tidied(state: ExploreState) -> ExploreState:
    """A and B are on the shelf, where it has any; codes that nothing names any more are forgotten."""
    ids = [head.id for head in state.shelf]
    a, b = (head if head in ids else "" for head in (state.a, state.b))
    a = a or next((head for head in ids if head != b), b)
    b = b or next((head for head in ids if head != a), a)
    before = [head for moment in state.past for head in (*moment.recipe.heads, *(one.id for one in moment.shelf or ()))]
    named = {*ids, *state.recipe.heads, *before}
    codes = {**state.codes, **{head.id: head.code for head in state.shelf}}
    return replace(state, a=a, b=b, codes={head: code for head, code in codes.items() if head in named})
