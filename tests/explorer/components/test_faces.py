import gradio as gr
import numpy as np
import pytest

from explorer.components.faces import chosen_face, face_choice, small_copy

PHOTO = np.zeros((300, 400, 3), np.uint8)
BOXES = ((40.0, 30.0, 120.0, 90.0), (200.0, 150.0, 400.0, 300.0))


def test_boxes_are_shares_of_the_photo_whatever_the_size_of_the_picture():
    value = face_choice(PHOTO[::2, ::2], BOXES, (300, 400), face=2)
    assert value["boxes"] == [[0.1, 0.1, 0.3, 0.3], [0.5, 0.5, 1, 1]] and value["face"] == 2
    assert value["photo"].startswith("data:image/")


def test_one_face_is_no_choice():
    assert face_choice(PHOTO, BOXES[:1], (300, 400), face=1) is None


def test_the_copy_is_small_and_of_the_same_shape():
    assert small_copy(np.zeros((3000, 4000, 3), np.uint8)).shape == (480, 640, 3)
    assert small_copy(PHOTO).shape == PHOTO.shape
    assert small_copy(np.zeros((1, 5000, 3), np.uint8)).shape == (1, 640, 3)


@pytest.mark.parametrize("sent, face", [(2, 2), (0, 1), (-3, 1), ("2", 1), (None, 1), (True, 1), ([], 1)])
def test_what_a_browser_sends_is_a_number_or_the_first(sent, face):
    assert chosen_face(gr.EventData(None, {"face": sent})) == face
