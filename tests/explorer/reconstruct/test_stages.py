import logging
import pickle

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from explorer.platform.messages import OUR_FAULT
from explorer.reconstruct.stages import file_name, heads_of_files, stages
from tests.places import EXAMPLES


@pytest.fixture
def photo_path(tmp_path):
    path = tmp_path / "Ada Lovelace (1843).png"
    Image.new("RGB", (300, 400), "white").save(path)
    return str(path)


def test_a_coarse_head_then_the_fine_one(known_model, photo_path):
    coarse, fine = stages(known_model, photo_path)
    assert (coarse.last, fine.last) == (False, True)
    assert len(coarse.mesh.vertices) < len(fine.mesh.vertices)
    np.testing.assert_allclose(coarse.mesh.vertices, known_model.template.mesh.vertices, atol=1e-7)  # shown at once
    assert fine.result.name == "Ada_Lovelace_1843" and fine.result.model == "known"
    assert fine.result.photo_size == (400, 300)
    assert fine.crop.shape == (192, 192, 3) and fine.photo.shape[:2] == fine.drawn.shape[:2]


def test_stages_travel_between_processes(known_model, photo_path):
    *_, stage = stages(known_model, photo_path)
    back = pickle.loads(pickle.dumps(stage))
    np.testing.assert_array_equal(back.mesh.vertices, stage.mesh.vertices)
    np.testing.assert_array_equal(back.result.code.whole, stage.result.code.whole)


def test_several_faces_come_one_after_the_other(known_model, photo_path):
    shown = [(stage.result.face, stage.result.name, stage.last) for stage in stages(known_model, photo_path, (1, 3))]
    assert shown == [(1, "Ada_Lovelace_1843", False), (1, "Ada_Lovelace_1843", True),
                     (3, "Ada_Lovelace_1843-3", False), (3, "Ada_Lovelace_1843-3", True)]  # fmt: skip


def test_photos_are_read_where_the_call_is_made(known_model, photo_path):
    given = []
    of_file = heads_of_files(lambda *arguments: given.append(arguments) or iter(()))
    assert list(of_file(photo_path, (2,))) == []
    ((photo, name, faces),) = given
    assert photo.size == (400, 300) and name == "Ada_Lovelace_1843" and faces == (2,)


def test_summary_is_plain_and_exact(known_model, photo_path):
    *_, stage = stages(known_model, photo_path)
    summary = stage.result.as_json()
    assert summary["landmarks_px"] == [[100.12, 100.12]] * 68
    assert summary["rotation"] == [[1, 0, 0], [0, -1, 0], [0, 0, -1]]
    assert summary["photo_size"] == [400, 300] and summary["faces"] == 1 and summary["warnings"] == []


def test_a_moving_picture_gets_a_sentence_and_a_head(known_model, tmp_path):
    frames = [Image.new("RGB", (300, 400), (level, 90, 90)) for level in (60, 200)]
    frames[0].save(tmp_path / "blink.gif", save_all=True, append_images=frames[1:])
    *_, stage = stages(known_model, str(tmp_path / "blink.gif"))
    assert stage.result.warnings == ("This picture moves; only its first frame was used.",)


def test_a_photo_without_a_face_gets_the_models_sentence(known_model, tmp_path):
    path = tmp_path / "black.png"
    Image.new("RGB", (300, 400)).save(path)
    with pytest.raises(gr.Error) as error:
        list(stages(known_model, str(path)))
    assert error.value.message.startswith("No face found.")


def test_a_text_file_called_jpg_gets_a_sentence_without_its_path(known_model, tmp_path):
    path = tmp_path / "notes.jpg"
    path.write_text("not a picture")
    with pytest.raises(gr.Error) as error:
        list(stages(known_model, str(path)))
    assert error.value.message.endswith(".") and str(tmp_path) not in error.value.message


def test_an_unexpected_failure_is_logged_and_tells_nothing(known_model, photo_path, caplog, monkeypatch):
    monkeypatch.setattr(type(known_model), "reconstruct", lambda *_: 1 / 0)
    with caplog.at_level(logging.ERROR), pytest.raises(gr.Error) as error:
        list(stages(known_model, photo_path))
    assert error.value.message == OUR_FAULT
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    "path, name", [("/tmp/a b/c.d.jpg", "c_d"), ("/x/###.png", "head"), ("/x/" + "y" * 99 + ".jpg", "y" * 40)]
)
def test_file_names_are_fit_for_files(path, name):
    assert file_name(path) == name


def test_the_first_stage_is_the_linear_head_and_looks_like_the_exact_one(model):
    """A decoded mesh of few points has no eyes and a twisted nose: its first stage was one."""
    first, last = stages(model, str(EXAMPLES / "haaland_debra.jpg"))
    np.testing.assert_array_equal(first.mesh.faces, model.template.faces.numpy())
    face = first.mesh.vertices[first.mesh.vertices[:, 2] > 0.06]
    assert model.sdf(face, last.result.code).abs().median() < 0.0001  # metres from the exact surface
    assert first.drawn.shape == last.drawn.shape
