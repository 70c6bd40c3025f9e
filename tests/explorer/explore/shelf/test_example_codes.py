from __future__ import annotations

import json

import numpy as np
import torch
from PIL import Image

from explorer.explore.shelf.example_codes import EXAMPLES, photographed, read_example_shelf, write_example_codes
from explorer.reconstruct.examples import read_examples
from pix2nphm.codes import HeadCode


class Photographed:
    """A model whose code of a photo is known: its width."""

    def __init__(self, known_model) -> None:
        self.name, self.code_shape = known_model.name, known_model.code_shape

    def reconstruct(self, path):
        with Image.open(path) as photo:
            zeros = HeadCode.zeros(self.code_shape)
            return type("Head", (), {"code": HeadCode(zeros.whole + photo.width, zeros.parts, zeros.expression)})

    def save_code(self, code, file):
        code.save(file, self.name)

    def load_code(self, file):
        return HeadCode.load(file, self.name, self.code_shape)


def folder_of(tmp_path, *people: str):
    sources = [{"file": f"photo_{i}.png", "name": person} for i, person in enumerate(people)]
    (tmp_path / "sources.json").write_text(json.dumps(sources))
    for i in range(len(people)):
        Image.fromarray(np.zeros((8, 10 + i, 3), np.uint8)).save(tmp_path / f"photo_{i}.png")
    return tmp_path


def test_what_is_written_is_the_shelf_that_is_read(tmp_path, known_model):
    model, folder = Photographed(known_model), folder_of(tmp_path, "Ada Lovelace", "Neil Armstrong")
    write_example_codes(model, folder)
    assert sorted(path.name for path in (folder / "codes").iterdir()) == ["photo_0.npz", "photo_1.npz"]
    shelf = read_example_shelf(model, folder)
    assert [head.name for head in shelf] == ["Ada Lovelace", "Neil Armstrong"]
    assert [float(head.code.whole[0]) for head in shelf] == [10, 11]
    assert shelf == read_example_shelf(model, folder) and len({head.id for head in shelf}) == 2


def test_a_photo_of_an_example_is_known_by_its_name_and_its_code(tmp_path, known_model):
    model, folder = Photographed(known_model), folder_of(tmp_path, "Ada Lovelace", "Neil Armstrong")
    write_example_codes(model, folder)
    shelf = read_example_shelf(model, folder)
    rounded = HeadCode(shelf[1].code.whole + 0.05, shelf[1].code.parts, shelf[1].code.expression)
    assert photographed(shelf, "photo_1", rounded) == shelf[1]
    assert photographed(shelf, "photo_0", rounded) is None and photographed(shelf, "me", rounded) is None


def test_codes_that_are_missing_or_another_models_are_left_out(tmp_path, known_model):
    model, folder = Photographed(known_model), folder_of(tmp_path, "Ada", "Bo", "Cy")
    assert read_example_shelf(model, folder) == ()
    write_example_codes(model, folder)
    (folder / "codes" / "photo_0.npz").unlink()
    model.load_code(folder / "codes" / "photo_1.npz").save(folder / "codes" / "photo_1.npz", "other")
    assert [head.name for head in read_example_shelf(model, folder)] == ["Cy"]


def test_every_example_ships_with_a_code_of_the_bundled_model(model):
    shelf = read_example_shelf(model, EXAMPLES)
    assert [head.name for head in shelf] == [example.person for example in read_examples(EXAMPLES)]
    assert all(head.code.shape == model.code_shape and torch.any(head.code.identity != 0) for head in shelf)
