"""How a head came about, as steps that can be taken again and written down as Python.

    recipe = Recipe("a").then(Interpolate("b", identity=0.5)).then(Units((("jawOpen", 0.3),)))
    head = apply(recipe, model, codes)  # codes: {"a": HeadCode, "b": HeadCode}
    print(python(recipe))

A step names other heads by the keys of `codes`. It is a plain frozen value: it can be compared, hashed and kept, and
undoing is going back to the recipe before. Each step says in `call` which function of `latent` it is; taking it and
writing it down both come from there, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from string import ascii_lowercase
from typing import Any

from ..codes import HeadCode
from .editing import along, interpolate, move_on_map, random_head, swap, with_units
from .plausibility import pull_back
from .transplant import transplant


@dataclass(frozen=True)
class Model:
    """An argument that is part of the model, as it is written down: "template" is `model.template`."""

    path: str

    def value(self, model) -> Any:
        value = model
        for name in self.path.split("."):
            value = getattr(value, name)
        return value


@dataclass(frozen=True)
class Other:
    """An argument that is another head."""

    key: str


HEAD = object()  # the argument that is the head so far


@dataclass(frozen=True)
class Call:
    """`function(*arguments, **settings)`, and which item of the answer is the head where it answers with several."""

    function: Callable
    arguments: tuple  # of HEAD, Other, Model, Call, or plain values
    settings: dict[str, Any] = field(default_factory=dict)
    item: int | None = None


@dataclass(frozen=True)
class Interpolate:
    """Some of the way to another head, in identity and in expression."""

    other: str
    identity: float = 0.0
    expression: float = 0.0

    def call(self) -> Call:
        settings = dict(identity=self.identity, expression=self.expression)
        return Call(interpolate, (HEAD, Other(self.other)), settings)


@dataclass(frozen=True)
class TakeExpression:
    """The swap that keeps this head's identity."""

    other: str

    def call(self) -> Call:
        return Call(swap, (HEAD, Other(self.other)), item=0)


@dataclass(frozen=True)
class TakeIdentity:
    """The swap that keeps this head's expression."""

    other: str

    def call(self) -> Call:
        return Call(swap, (HEAD, Other(self.other)), item=1)


@dataclass(frozen=True)
class Transplant:
    """Parts of another head in place of this one's."""

    other: str
    regions: tuple[str, ...]
    strength: float = 1.0
    mirrored: bool = False  # mirror lock

    def call(self) -> Call:
        settings: dict[str, Any] = dict(strength=self.strength)
        if self.mirrored:
            settings["mirror"] = Model("regressor.mirror")
        return Call(transplant, (Model("template"), HEAD, Other(self.other), self.regions), settings)


@dataclass(frozen=True)
class Along:
    """Numbers of directions, from 0, with the standard deviations to add."""

    identity: tuple[tuple[int, float], ...] = ()
    expression: tuple[tuple[int, float], ...] = ()

    def call(self) -> Call:
        settings = {name: dict(value) for name, value in vars(self).items() if value}
        return Call(along, (Model("population"), HEAD), settings)


@dataclass(frozen=True)
class Units:
    """Names of expression units with their values, 0..1."""

    values: tuple[tuple[str, float], ...]

    def call(self) -> Call:
        return Call(with_units, (HEAD, dict(self.values)))


@dataclass(frozen=True)
class Random:
    """Another identity, at random; the expression is kept, unless it shall be random too."""

    seed: int
    truncation: float = 2.0
    expression: bool = False

    def call(self) -> Call:
        settings = dict(seed=self.seed, truncation=self.truncation)
        if self.expression:
            settings["expression"] = True
        drawn = Call(random_head, (Model("population"), Model("code_shape")), settings)
        return drawn if self.expression else Call(swap, (drawn, HEAD), item=0)


@dataclass(frozen=True)
class PullBack:
    """Towards what the population shows."""

    strength: float = 1.0

    def call(self) -> Call:
        return Call(pull_back, (Model("template"), Model("population"), HEAD), dict(strength=self.strength))


@dataclass(frozen=True)
class MoveOnMap:
    """To a place on the map; what the map does not show stays."""

    x: float
    y: float

    def call(self) -> Call:
        return Call(move_on_map, (Model("population"), HEAD), dict(x=self.x, y=self.y))


Step = Interpolate | TakeExpression | TakeIdentity | Transplant | Along | Units | Random | PullBack | MoveOnMap


@dataclass(frozen=True)
class Recipe:
    """A head to start from, and the steps from there."""

    start: str | None = None  # the key of a head; None: the mean head, at rest
    steps: tuple[Step, ...] = ()

    def then(self, step: Step) -> Recipe:
        """One step more."""
        return replace(self, steps=self.steps + (step,))

    def before(self, step: Step) -> Recipe:
        """The recipe whose head the step changes: without the last step where this one goes on with it.

        For controls that stay in hand: a slider moved on from 0.3 to 0.5 is at 0.5, not both.
        """
        return replace(self, steps=self.steps[:-1]) if self.steps and goes_on(self.steps[-1], step) else self

    def replace_last(self, step: Step) -> Recipe:
        """One step more, or the last one again with other settings."""
        return self.before(step).then(step)

    @property
    def heads(self) -> tuple[str, ...]:
        """The keys of all heads that it needs, the start first, each once."""
        start = () if self.start is None else (self.start,)
        return tuple(dict.fromkeys(start + tuple(key for step in self.steps for key in heads_of(step))))


def goes_on(last: Step, step: Step) -> bool:
    """Whether a step is the last one again with other settings: the same tool, other head and regions."""
    on = [(type(one), heads_of(one), getattr(one, "regions", None)) for one in (last, step)]
    return on[0] == on[1] and not isinstance(step, PullBack)  # every pull is one more


def heads_of(step: Step) -> tuple[str, ...]:
    """The keys of the other heads in a step."""
    return (step.other,) if hasattr(step, "other") else ()


def apply(recipe: Recipe, model, codes: Mapping[str, HeadCode]) -> HeadCode:
    """Take all steps. `model` as `pix2nphm.load` returns it. Raises BadCode, BadStep; KeyError for a missing head."""
    head = model.mean_code if recipe.start is None else codes[recipe.start]
    for step in recipe.steps:
        head = take(step, model, head, codes)
    return head


def take(step: Step, model, head: HeadCode, codes: Mapping[str, HeadCode]) -> HeadCode:
    """The head after one step. Raises BadCode, BadStep."""

    def value(argument: Any) -> Any:
        if argument is HEAD:
            return head
        if isinstance(argument, Other):
            return codes[argument.key]
        if isinstance(argument, Model):
            return argument.value(model)
        if isinstance(argument, Call):
            settings = {name: value(setting) for name, setting in argument.settings.items()}
            answer = argument.function(*map(value, argument.arguments), **settings)
            return answer if argument.item is None else answer[argument.item]
        return argument

    return value(step.call())


def file_names(recipe: Recipe) -> dict[str, str]:
    """Head key -> the code file that the text reads it from: "a.npz", "b.npz", ... in the order of `Recipe.heads`."""
    return {key: f"{ascii_lowercase[i % 26]}{i // 26 or ''}.npz" for i, key in enumerate(recipe.heads)}


def python(recipe: Recipe) -> str:
    """The lines that make the recipe's head, from the code files of `file_names`, and write its mesh."""
    files = file_names(recipe)
    names = {key: file.removesuffix(".npz") for key, file in files.items()}
    head = names.get(recipe.start or "", "model.mean_code")
    lines = []
    for step in recipe.steps:
        lines.append(f"head = {written(step.call(), head, names)}")
        head = "head"
    return "\n".join(
        ["import pix2nphm"]
        + ["from pix2nphm import latent"] * any("latent." in line for line in lines)
        + ["", "model = pix2nphm.load()"]
        + [f'{names[key]} = model.load_code("{file}")' for key, file in files.items()]
        + lines
        + [f"head = {head}"] * (head != "head")
        + ['model.decode(head).export("head.glb")', ""]
    )


def written(argument: Any, head: str, names: Mapping[str, str]) -> str:
    """An argument of a step as Python."""
    if argument is HEAD:
        return head
    if isinstance(argument, Other):
        return names[argument.key]
    if isinstance(argument, Model):
        return f"model.{argument.path}"
    if isinstance(argument, Call):
        arguments = (written(one, head, names) for one in argument.arguments)
        settings = (f"{name}={written(one, head, names)}" for name, one in argument.settings.items())
        item = "" if argument.item is None else f"[{argument.item}]"
        return f"latent.{argument.function.__name__}({', '.join([*arguments, *settings])}){item}"
    return repr(argument)
