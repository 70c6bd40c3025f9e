"""What one visit is: the shelf, A and B, how the head on show came about, and the way back. Pure functions step on.

A head is never kept as such but as its recipe: a blend of A and B, and the edits on top of it. Every step returns a new
Visit, with a sentence in `said` where there is something to say. Raises BadStep and BadCode with sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Mapping

from pix2nphm.codes import HeadCode
from pix2nphm.latent.edits import Along, Interpolate, Recipe, Step, Transplant, Units, apply

from .shelf.shelf import LARGEST_SHELF, Shelf, ShelfHead, add

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
class Visit:
    """One visitor's work. `a` and `b` are ids of heads on the shelf, "" while it is empty."""

    shelf: Shelf
    a: str
    b: str
    recipe: Recipe
    codes: Mapping[str, HeadCode]  # of every head that shelf, recipe and past name
    past: tuple[Moment, ...] = field(default=(), repr=False)
    said: str = ""
    heard: int = field(default=-1, compare=False)  # the newest movement of a control that is known here
    came: str | None = None  # id of the head that came to the shelf last, since the visit began

    def name(self, head: str) -> str:
        return next((one.name for one in self.shelf if one.id == head), "a head that was removed")


def begin(shelf: Shelf, identity: float = 0.5) -> Visit:
    """The first two heads on the blend, and on show the head between them."""
    a = shelf[0].id if shelf else ""
    b = shelf[1].id if len(shelf) > 1 else a
    codes = {head.id: head.code for head in shelf}
    if not shelf:
        return Visit(shelf, a, b, Recipe(), codes)
    return Visit(shelf, a, b, Recipe(a).then(Interpolate(b, identity)), codes)


def code_of(visit: Visit, model) -> HeadCode:
    """The head on show."""
    return apply(visit.recipe, model, visit.codes)


def blend_of(visit: Visit) -> tuple[float, float]:
    """Where the blend's sliders stand, identity and expression: 0 is A and 1 is B."""
    start = visit.recipe.start == visit.a and visit.recipe.steps
    if start and isinstance(start[0], Interpolate) and start[0].other == visit.b:
        return start[0].identity, start[0].expression
    return 0.0, 0.0


def blend_first(visit: Visit) -> Shelf:
    """The shelf with A and B before the others."""
    return tuple(sorted(visit.shelf, key=lambda head: (head.id != visit.a, head.id != visit.b)))


def blended(visit: Visit, identity: float, expression: float) -> Recipe:
    """The recipe with the blend's sliders elsewhere. Edits on top of the blend stay."""
    on_top = visit.recipe.steps[1:] if visit.recipe.steps and isinstance(visit.recipe.steps[0], Interpolate) else ()
    if visit.recipe.start != visit.a or not all(isinstance(step, ON_TOP) for step in on_top):
        on_top = ()
    return Recipe(visit.a, (Interpolate(visit.b, identity, expression), *on_top))


def blend(visit: Visit, identity: float, expression: float) -> Visit:
    """Settle the blend's sliders."""
    if not visit.a:
        return replace(visit, said=EMPTY)
    said = SAME_HEAD if visit.a == visit.b else ""
    return cooked(visit, blended(visit, identity, expression), said)


def choose(visit: Visit, a: str | None = None, b: str | None = None) -> Visit:
    """Other heads for A or B. The sliders stay where they are, edits go. An id that is gone changes nothing."""
    chosen = [new if new in {head.id for head in visit.shelf} else old for new, old in ((a, visit.a), (b, visit.b))]
    if chosen == [visit.a, visit.b] or not all(chosen):
        return replace(visit, said="")
    identity, expression = blend_of(visit)
    recipe = Recipe(chosen[0]).then(Interpolate(chosen[1], identity, expression))
    said = SAME_HEAD if chosen[0] == chosen[1] else ""
    return replace(cooked(visit, recipe, said), a=chosen[0], b=chosen[1])


def exchange(visit: Visit, row: str, column: str) -> Visit:
    """A cell of the swap matrix: the identity of one head with the expression of another, which become A and B."""
    ids = {head.id for head in visit.shelf}
    if row not in ids or column not in ids:
        return replace(visit, said="One of these two heads is no longer on the shelf.")
    return replace(cooked(visit, Recipe(row).then(Interpolate(column, 0.0, 1.0))), a=row, b=column)


def edit(visit: Visit, step: Step) -> Visit:
    """One step more from the head on show, or the last step with other settings."""
    if isinstance(step, Transplant):
        return cooked(visit, without_region(visit.recipe, step).then(step))
    return cooked(visit, visit.recipe.settle(step))


def without_region(recipe: Recipe, step: Transplant) -> Recipe:
    """The recipe without a transplant of the same regions among those at its end: regions do not disturb each other."""
    steps = recipe.steps
    tail = next((i for i in range(len(steps), 0, -1) if not _alike(steps[i - 1], step)), 0)
    return replace(recipe, steps=steps[:tail] + tuple(one for one in steps[tail:] if one.regions != step.regions))


def strength_of(recipe: Recipe, step: Transplant) -> float:
    """How much of these regions comes from the other head already."""
    kept = without_region(recipe, step).steps
    return next((one.strength for one in recipe.steps if one not in kept and isinstance(one, Transplant)), 0.0)


def start_from(visit: Visit, recipe: Recipe) -> Visit:
    """Another head altogether, such as the mean."""
    return cooked(visit, recipe)


def put(visit: Visit, name: str, code: HeadCode) -> Visit:
    """The shelf with a head more. Raises ShelfFull."""
    shelf = add(visit.shelf, name, code)
    return with_shelf(visit, shelf, ADDED.format(shelf[-1].name))


def from_link(visit: Visit, head: ShelfHead) -> Visit:
    """A visit that was opened by a link: its head is on show, and on the shelf where there is room."""
    there = head in visit.shelf or len(visit.shelf) < LARGEST_SHELF
    other = next((one.id for one in visit.shelf if one.id != head.id), head.id)
    shelf = (*visit.shelf, head) if there and head not in visit.shelf else visit.shelf
    codes = {**visit.codes, head.id: head.code}
    opened = replace(visit, shelf=shelf, codes=codes, recipe=Recipe(head.id), said=OPENED)
    return replace(opened, a=head.id, b=other) if there else opened


def undo(visit: Visit) -> Visit:
    """The visit before its last step."""
    if not visit.past:
        return replace(visit, said=NOTHING_TO_UNDO)
    moment, past = visit.past[-1], visit.past[:-1]
    shelf = visit.shelf
    if moment.shelf is not None:
        since = [head for head in shelf if head.id not in {one.id for one in moment.shelf}]
        shelf = (*moment.shelf, *since)[:LARGEST_SHELF]  # what came to the shelf meanwhile stays there
    return _tidied(replace(visit, shelf=shelf, a=moment.a, b=moment.b, recipe=moment.recipe, past=past, said=""))


def with_shelf(visit: Visit, shelf: Shelf, said: str = "") -> Visit:
    """The shelf after heads came, went, or were renamed. The head on show stays, even if its A or B has gone.

    Only going and renaming are steps to take back: a head that came is removed where it stands.
    """
    if shelf == visit.shelf:
        return replace(visit, said=said)
    past = visit.past
    if shelf[: len(visit.shelf)] != visit.shelf:
        past = _longer(past, Moment(visit.a, visit.b, visit.recipe, visit.shelf))
    came = shelf[-1].id if len(shelf) > len(visit.shelf) else visit.came
    changed = replace(visit, shelf=shelf, past=past, said=said, came=came)
    ids = {head.id for head in shelf} | {""}
    gone = [letter for letter, head in (("A", visit.a), ("B", visit.b)) if head not in ids]
    changed = _tidied(changed)
    if gone and not shelf:
        return replace(changed, said=EMPTY)
    if gone and not said:
        names = {"A": changed.name(changed.a), "B": changed.name(changed.b)}
        now = " and ".join(f"{letter} is now {names[letter]}" for letter in gone)
        return replace(changed, said=f"A removed head was on the blend: {now}.")
    return changed


def cooked(visit: Visit, recipe: Recipe, said: str = "") -> Visit:
    """The visit with another recipe, and the present one to go back to."""
    if recipe == visit.recipe:
        return replace(visit, said=said)
    past = _longer(visit.past, Moment(visit.a, visit.b, visit.recipe))
    return replace(visit, recipe=recipe, past=past, said=said)


def _longer(past: tuple[Moment, ...], moment: Moment) -> tuple[Moment, ...]:
    return (*past, moment)[-LONGEST_PAST:]


def _alike(one: Step, step: Transplant) -> bool:
    return isinstance(one, Transplant) and one.other == step.other


def _tidied(visit: Visit) -> Visit:
    """A and B are on the shelf, where it has any; codes that nothing names any more are forgotten."""
    ids = [head.id for head in visit.shelf]
    a, b = (head if head in ids else "" for head in (visit.a, visit.b))
    a = a or next((head for head in ids if head != b), b)
    b = b or next((head for head in ids if head != a), a)
    before = [head for moment in visit.past for head in (*moment.recipe.heads, *(one.id for one in moment.shelf or ()))]
    named = {*ids, *visit.recipe.heads, *before}
    codes = {**visit.codes, **{head.id: head.code for head in visit.shelf}}
    return replace(visit, a=a, b=b, codes={head: code for head, code in codes.items() if head in named})
