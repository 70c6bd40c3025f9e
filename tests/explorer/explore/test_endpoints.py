"""The endpoints as plain functions: code files in, files out, and a sentence for every bad one."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import torch
import trimesh

from explorer.explore.endpoints import NO_FILE, decode, interpolate, swap
from pix2nphm.codes import CodeShape, HeadCode

SHAPE = CodeShape(1, 2, 1, 3)


class BallModel:
    """Heads are balls whose radius is their whole code, in metres."""

    name, code_shape = "ball", SHAPE

    def load_code(self, file) -> HeadCode:
        return HeadCode.load(file, self.name, SHAPE)

    def save_code(self, code: HeadCode, file) -> None:
        code.save(file, self.name)


@pytest.fixture
def services(tmp_path, monkeypatch) -> SimpleNamespace:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    ball = lambda code: trimesh.creation.icosphere(subdivisions=2, radius=float(code.whole))
    return SimpleNamespace(model=BallModel(), exact=SimpleNamespace(mesh=ball))


@pytest.fixture
def codes(tmp_path) -> tuple[str, str]:
    def saved(name: str, value: float) -> str:
        code = HeadCode(torch.tensor([value]), torch.full((2, 1), value), torch.full((3,), value))
        code.save(tmp_path / name, BallModel.name)
        return str(tmp_path / name)

    return saved("a.npz", 0.1), saved("b.npz", 0.2)


def test_interpolate_answers_the_head_between(services, codes):
    mesh, code = interpolate(services, *codes, 0.5, 1.0)
    between = services.model.load_code(code)
    assert (float(between.whole), float(between.expression[0])) == pytest.approx((0.15, 0.2))
    np.testing.assert_allclose(trimesh.load_mesh(mesh).extents, 0.3, rtol=1e-3)


def test_swap_exchanges_expressions_and_twice_is_nothing(services, codes):
    first, second = swap(services, *codes)
    exchanged = [services.model.load_code(file) for file in (first, second)]
    numbers = [float(number) for one in exchanged for number in (one.whole, one.expression[0])]
    assert numbers == pytest.approx([0.1, 0.2, 0.2, 0.1])
    back = services.model.load_code(swap(services, first, second)[0])
    assert (float(back.whole), float(back.expression[0])) == pytest.approx((0.1, 0.1))


@pytest.mark.parametrize("suffix", ["glb", "ply", "obj", "stl"])
def test_decode_answers_every_format(services, codes, suffix):
    path = decode(services, codes[1], suffix)
    assert path.endswith(suffix)
    metres = 1e-3 if suffix == "stl" else 1.0  # slicers read millimetres
    np.testing.assert_allclose(trimesh.load_mesh(path).extents * metres, 0.4, rtol=1e-3)


def test_bad_questions_are_sentences(services, codes, tmp_path):
    (tmp_path / "notes.npz").write_text("no code")
    HeadCode.zeros(SHAPE).save(tmp_path / "foreign.npz", "another model")
    HeadCode.stack([HeadCode.zeros(SHAPE)] * 2).save(tmp_path / "two.npz", BallModel.name)
    questions = {
        NO_FILE: (None, "glb"),
        "A mesh comes as": (codes[0], "exe"),
        "not a head code file": (str(tmp_path / "notes.npz"), "glb"),
        "another model": (str(tmp_path / "foreign.npz"), "glb"),
        "several heads": (str(tmp_path / "two.npz"), "glb"),
    }
    for sentence, (file, suffix) in questions.items():
        with pytest.raises(gr.Error, match=sentence):
            decode(services, file, suffix)
    with pytest.raises(gr.Error, match="from -0.5 to 1.5"):
        interpolate(services, *codes, 9.0, 0.0)


@pytest.mark.parametrize("bad", [None, "0.5", "much", [0.5], {}, True, float("nan"), float("inf"), -float("inf")])
def test_an_amount_that_is_no_number_is_a_sentence(services, codes, bad):
    with pytest.raises(gr.Error, match="^'identity must be a number from -0.5 to 1.5.'$"):
        interpolate(services, *codes, bad, 0.0)
    with pytest.raises(gr.Error, match="^'expression must be a number from -0.5 to 1.5.'$"):
        interpolate(services, *codes, 0.0, bad)


@pytest.mark.parametrize("bad", [None, 3, ["glb"], "", "GLB", {}])
def test_a_format_that_is_none_is_a_sentence(services, codes, bad):
    with pytest.raises(gr.Error, match="A mesh comes as"):
        decode(services, codes[0], bad)
