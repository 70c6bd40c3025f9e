import pytest

from pix2nphm.errors import Pix2NPHMError
from pix2nphm.photo.choice import chosen_faces


@pytest.mark.parametrize("text, faces", [("1", (1,)), (" 2 ", (2,)), ("3,1, 3", (3, 1)), ("all", None), (" all", None)])
def test_how_faces_are_named(text, faces):
    assert chosen_faces(text) == faces


@pytest.mark.parametrize("text", ["", "0", "1,", "a", "1;2", "-1", "1.0", "²", "all,1", "1," * 150 + "1"])
def test_everything_else_gets_a_sentence(text):
    with pytest.raises(Pix2NPHMError, match="^Faces are numbers from 1"):
        chosen_faces(text)
