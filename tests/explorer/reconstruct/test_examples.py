from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from explorer.reconstruct.examples import Example, chosen, read_examples
from tests.places import EXAMPLES

FOLDER = EXAMPLES


def test_every_example_is_there_and_attributed():
    examples = read_examples(FOLDER)
    pictures = {path.name for path in FOLDER.iterdir()} - {"sources.json", "README.md", "codes"}
    assert {example.path.name for example in examples} == pictures and len(pictures) == 16
    assert all(example.person for example in examples)


def test_thumbnail_is_the_square_near_the_top(tmp_path):
    photo = np.zeros((1000, 500, 3), np.uint8)
    photo[40:390, 75:425] = 255
    Image.fromarray(photo).save(tmp_path / "face.png")
    thumbnail = Example(tmp_path / "face.png", "Nobody").thumbnail()
    assert thumbnail.shape == (128, 128, 3) and (thumbnail[2:-2, 2:-2] > 250).all()


@pytest.mark.parametrize("data, expected", [({"index": 1}, "b"), ({"index": 7}, "a"), ({"index": "x"}, "a"), ({}, "a")])
def test_a_click_chooses_its_example_and_never_another_file(data, expected):
    examples = [Example(Path("a"), ""), Example(Path("b"), "")]
    assert chosen(examples, gr.EventData(None, data)) == expected
