from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch

import pix2nphm
from pix2nphm import latent
from pix2nphm.codes import HeadCode
from pix2nphm.errors import BadCode
from pix2nphm.latent import edits as recipe
from pix2nphm.latent.editing import BadStep
from pix2nphm.latent.edits import (
    Along,
    Interpolate,
    MoveOnMap,
    PullBack,
    Random,
    Recipe,
    TakeExpression,
    TakeIdentity,
    Transplant,
    Units,
)  # fmt: skip
from pix2nphm.nphm.template import REGIONS

STEPS = [
    Interpolate("bob", identity=0.1, expression=1.3),
    TakeExpression("bob"),
    TakeIdentity("bob"),
    Transplant("bob", ("nose", "jaw"), strength=0.7),
    Transplant("bob", ("mouth",), mirrored=True),
    Along(identity=((0, 1.5), (3, -0.1)), expression=((1, 2.0),)),
    Units((("jawOpen", 0.3), ("mouthSmile_L", 1 / 3))),
    Random(seed=7),
    Random(seed=8, truncation=1.5, expression=True),
    PullBack(strength=0.4),
    MoveOnMap(x=1.1, y=-0.3),
]


@pytest.fixture(scope="module")
def codes(model) -> dict[str, HeadCode]:
    draw = lambda seed: latent.random_head(model.population, model.code_shape, seed, truncation=3, expression=True)
    unlikely = replace(draw(1), whole=draw(1).whole * 2)  # so that there is something to pull back
    return {"ada": unlikely, "bob": draw(2), "cleo": draw(3)}


def run(made: Recipe, model, codes, folder, monkeypatch) -> tuple[HeadCode, list]:
    """Save the code files, run the Python text in their folder -> its head, and what it decoded and wrote."""
    for key, file in recipe.file_names(made).items():
        model.save_code(codes[key], folder / file)
    decoded = []

    class Decoded:
        def __init__(self, code):
            self.code = code

        def export(self, file):
            decoded.append((self.code, file))

    monkeypatch.chdir(folder)
    monkeypatch.setattr(pix2nphm, "load", lambda: model)
    monkeypatch.setattr(type(model), "decode", lambda self, code: Decoded(code))
    space = {}
    exec(recipe.python(made), space)
    return space["head"], decoded


def assert_same(a: HeadCode, b: HeadCode) -> None:
    """To the last bit."""
    for f in fields(HeadCode):
        assert torch.equal(getattr(a, f.name), getattr(b, f.name)), f.name


@pytest.mark.parametrize("step", STEPS, ids=repr)
def test_the_python_of_each_step_makes_the_same_head(step, model, codes, tmp_path, monkeypatch):
    made = Recipe("ada").then(step)
    expected = recipe.apply(made, model, codes)
    head, decoded = run(made, model, codes, tmp_path, monkeypatch)
    assert_same(head, expected)
    assert decoded == [(head, "head.glb")]
    before, after = (code.flat() for code in (codes["ada"], head))
    assert not torch.equal(before, after)


def test_the_python_of_all_steps_together_makes_the_same_head(model, codes, tmp_path, monkeypatch):
    made = Recipe("ada", tuple(STEPS)).then(Interpolate("cleo", 0.5)).then(TakeExpression("ada"))
    head, _ = run(made, model, codes, tmp_path, monkeypatch)
    assert_same(head, recipe.apply(made, model, codes))
    assert made.heads == ("ada", "bob", "cleo")
    assert recipe.file_names(made) == {"ada": "a.npz", "bob": "b.npz", "cleo": "c.npz"}


@pytest.mark.parametrize("made", [Recipe(), Recipe("ada"), Recipe().then(Units((("jawOpen", 1.0),)))], ids=repr)
def test_recipes_may_start_at_the_mean_and_have_no_steps(made, model, codes, tmp_path, monkeypatch):
    head, _ = run(made, model, codes, tmp_path, monkeypatch)
    assert_same(head, recipe.apply(made, model, codes))


def test_the_text_is_what_a_person_would_write():
    made = Recipe("x1").then(Interpolate("x2", identity=0.25)).then(Transplant("x2", ("nose",), mirrored=True))
    assert (
        recipe.python(made)
        == """import pix2nphm
from pix2nphm import latent

model = pix2nphm.load()
a = model.load_code("a.npz")
b = model.load_code("b.npz")
head = latent.interpolate(a, b, identity=0.25, expression=0.0)
head = latent.transplant(model.template, head, b, ('nose',), strength=1.0, mirror=model.regressor.mirror)
model.decode(head).export("head.glb")
"""
    )


def test_many_heads_have_different_names():
    made = Recipe("0", tuple(TakeExpression(str(i)) for i in range(60)))
    names = [file.removesuffix(".npz") for file in recipe.file_names(made).values()]
    assert len(set(names)) == 60 and all(name.isidentifier() for name in names)
    compile(recipe.python(made), "recipe", "exec")


def test_steps_are_what_they_say(model, codes):
    a, b = codes["ada"], codes["bob"]
    take = lambda step: recipe.take(step, model, a, codes)
    assert_same(take(TakeIdentity("bob")), b.with_expression(a.expression))
    assert_same(take(TakeExpression("bob")), a.with_expression(b.expression))
    assert_same(take(Transplant("bob", REGIONS)), b.with_expression(a.expression))
    assert torch.equal(take(Random(3)).expression, a.expression)
    assert not torch.equal(take(Random(3, expression=True)).expression, a.expression)
    drawn = latent.random_head(model.population, model.code_shape, 3)
    assert torch.equal(take(Random(3)).identity, drawn.identity)


def test_a_control_in_hand_settles_in_one_step():
    start = Recipe("ada")
    one = start.replace_last(Interpolate("bob", 0.3))
    two = one.replace_last(Interpolate("bob", 0.5))
    assert two == start.then(Interpolate("bob", 0.5)) and two.before(Interpolate("bob", 0.9)) == start
    assert two.replace_last(Interpolate("cleo", 0.5)).steps == (Interpolate("bob", 0.5), Interpolate("cleo", 0.5))
    nose, jaw = Transplant("bob", ("nose",), 0.5), Transplant("bob", ("jaw",), 0.5)
    assert start.replace_last(nose).replace_last(jaw).steps == (nose, jaw)
    assert start.replace_last(nose).replace_last(Transplant("bob", ("nose",), 0.8)).steps == (
        Transplant("bob", ("nose",), 0.8),
    )
    assert start.replace_last(PullBack(0.5)).replace_last(PullBack(0.5)).steps == (PullBack(0.5), PullBack(0.5))
    assert start.steps == () and len({one, two, start}) == 3


def test_what_cannot_be_done_is_refused_in_words(model, codes):
    broken = {"ada": codes["ada"], "bob": codes["bob"].with_expression(codes["bob"].expression * torch.nan)}
    with pytest.raises(BadCode):
        recipe.apply(Recipe("ada").then(TakeExpression("bob")), model, broken)
    with pytest.raises(BadStep):
        recipe.apply(Recipe("ada").then(Interpolate("bob", 3.0)), model, codes)
    with pytest.raises(KeyError):
        recipe.apply(Recipe("ada").then(Interpolate("removed", 0.5)), model, codes)
