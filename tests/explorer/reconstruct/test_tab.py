from dataclasses import replace
from functools import partial
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
import trimesh
from PIL import Image

from explorer.platform.messages import DRAWING, FINE, LOOKING, PLAY, notice
from explorer.platform.visitor_files import VisitorFiles
from explorer.reconstruct.endpoint import NO_PHOTO, reconstruct_api
from explorer.reconstruct.stages import stages
from explorer.reconstruct.tab import Photo
from explorer.reconstruct.updates import (
    IDLE,
    KEEP,
    KEPT,
    NOT_YET,
    Page,
    cleared,
    forgotten,
    reconstruct,
    reconstruct_upload,
)
from pix2nphm.codes import HeadCode

SIZE_M = (0.150, 0.230)  # width and height of the known head


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))


@pytest.fixture
def heads(known_model):
    return partial(stages, known_model)


def picture(tmp_path: Path, name: str = "ada.png", colour: str = "white") -> str:
    Image.new("RGB", (300, 400), colour).save(tmp_path / name)
    return str(tmp_path / name)


def test_the_page_as_a_photo_becomes_a_head(heads, known_model, tmp_path):
    working, coarse, fine, done = reconstruct(heads, picture(tmp_path), None, VisitorFiles())
    assert working == Page(notice="", viewer=gr.update(working=LOOKING), faces=None)
    assert coarse.notice is KEEP and coarse.glb == coarse.code == NOT_YET
    first, second = coarse.viewer, fine.viewer
    assert (first.working, second.working) == (DRAWING, "")  # with the head, never before it
    assert (first.preview, second.preview) == (True, False) and first.subject == second.subject
    assert Path(first.path).read_bytes()[:4] == b"P2NM"
    assert Path(second.path).stat().st_size > Path(first.path).stat().st_size
    assert coarse.last is None  # until the head is finished
    assert fine.notice == notice(FINE, PLAY, kind="fine") and fine.last.name == "ada"
    assert set(fine.overlay) == {"photo", "mesh", "crop"}

    for suffix in ("glb", "ply", "obj", "stl"):
        button = getattr(done, suffix)
        assert button["interactive"] and Path(button["value"]).name == f"ada.{suffix}"
        mesh = trimesh.load_mesh(button["value"])
        metres = mesh.extents / (1000 if suffix == "stl" else 1)
        np.testing.assert_allclose(metres[:2], SIZE_M, rtol=0.01)
    HeadCode.load(done.code["value"], known_model.name, known_model.code_shape)
    assert done.viewer is KEEP and done.last is KEEP


def test_advice_replaces_praise(heads, known_model, tmp_path):
    known_model.warnings = ("The face is small.", "The light is <low>.")
    *_, fine, _ = reconstruct(heads, picture(tmp_path), None, VisitorFiles())
    advice = '<p class="advice">The face is small.</p><p class="advice">The light is &lt;low&gt;.</p>'
    assert fine.notice == advice + notice(PLAY, kind="fine")


def test_a_photo_that_fails_leaves_the_head_before_it(heads, tmp_path):
    *_, fine, _ = reconstruct(heads, picture(tmp_path), None, VisitorFiles())
    _, failed = reconstruct(heads, picture(tmp_path, "night.png", "black"), fine.last, VisitorFiles())
    assert "No face found." in failed.notice and "still the one from ada." in failed.notice
    assert failed.viewer == IDLE
    assert all(value is KEEP for value in failed._replace(viewer=KEEP)[1:])


def test_the_first_photo_that_fails_speaks_of_no_other(heads, tmp_path):
    _, failed = reconstruct(heads, picture(tmp_path, "night.png", "black"), None, VisitorFiles())
    assert failed.notice.startswith('<p class="error">No face found.') and failed.notice.count("<p") == 1


def test_taking_the_photo_away_keeps_the_head(heads, tmp_path):
    assert list(reconstruct(heads, None, None, VisitorFiles())) == [Page(notice="")]
    *_, fine, _ = reconstruct(heads, picture(tmp_path), None, VisitorFiles())
    page = cleared(fine.last)
    assert page.notice == notice(KEPT, kind="kept") and page.viewer == IDLE
    assert page.faces is None and all(value is KEEP for value in page._replace(viewer=KEEP, faces=KEEP)[1:])


def test_faces_to_choose_from_go_with_their_photo_and_stay_while_another_is_read(heads, tmp_path):
    two = ((10.0, 20.0, 90.0, 100.0), (150.0, 20.0, 230.0, 100.0))

    def of_two(photo_path, faces):
        for stage in heads(photo_path, faces):
            yield replace(stage, result=replace(stage.result, boxes=two))

    working, first, *_ = reconstruct(of_two, picture(tmp_path), None, VisitorFiles())
    assert working.faces is None and first.faces["face"] == 1
    np.testing.assert_allclose(first.faces["boxes"][1], [0.5, 0.05, 230 / 300, 0.25], atol=1e-4)
    working, first, *_, done = reconstruct(of_two, picture(tmp_path), None, VisitorFiles(), face=2)
    assert working.faces is KEEP and first.faces["face"] == 2 and Path(done.glb["value"]).name == "ada-2.glb"
    _, single, *_ = reconstruct(heads, picture(tmp_path), None, VisitorFiles())
    assert single.faces is None  # nothing to choose


def test_taking_the_photo_away_takes_a_head_along_that_is_not_finished(heads, tmp_path):
    _, coarse, *_ = reconstruct(heads, picture(tmp_path), None, VisitorFiles())
    page = cleared(coarse.last)
    assert page.viewer == gr.update(value=None, working="") and page.overlay is None and page.notice == ""


def test_a_second_visitor_is_forgotten_like_the_first():
    for _ in range(2):
        _, *page = forgotten(VisitorFiles())
        for update in (Page(*page).viewer, *page[-5:]):
            assert update.pop("value", "kept") is None  # as Gradio does when it sends an update


def test_what_is_forgotten_is_on_the_disk_no_more(heads, tmp_path):
    cache = tmp_path / "cache" / "upload-1"
    cache.mkdir(parents=True)
    sent, example, files_of_visitor = picture(cache), picture(tmp_path, "example.png"), VisitorFiles()
    *_, done = reconstruct_upload(heads, sent, None, files_of_visitor)
    *_, other = reconstruct(heads, example, None, VisitorFiles())  # somebody else's
    assert Path(done.glb["value"]).exists()
    photo, *page = forgotten(files_of_visitor)
    assert photo is None and Page(*page).last is None and Page(*page).viewer["value"] is None
    assert Page(*page).glb["value"] is None and not Page(*page).glb["interactive"]
    left = {path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    assert left == {f"example.{suffix}" for suffix in ("glb", "ply", "obj", "stl", "code.npz")} | {"head.p2nm"}
    assert Path(example).exists() and Path(other.code["value"]).exists()


def test_api_gives_mesh_code_and_summary(heads, known_model, tmp_path):
    mesh_file, code_file, summary = reconstruct_api(heads, picture(tmp_path))
    np.testing.assert_allclose(trimesh.load_mesh(mesh_file).extents[:2], SIZE_M, rtol=0.01)
    HeadCode.load(code_file, known_model.name, known_model.code_shape)
    assert summary["photo_size"] == [400, 300]


@pytest.mark.parametrize("faces, numbers", [("2,3", [2, 3]), ("all", [1, 2, 3])])
def test_api_gives_lists_for_several_faces(heads, tmp_path, faces, numbers):
    meshes, codes, summaries = reconstruct_api(heads, picture(tmp_path), faces)
    assert [summary["face"] for summary in summaries] == numbers
    assert [Path(mesh).name for mesh in meshes] == ["ada.glb" if n == 1 else f"ada-{n}.glb" for n in numbers]
    assert len({*meshes, *codes}) == 2 * len(numbers) and all(Path(path).exists() for path in (*meshes, *codes))


@pytest.mark.parametrize("faces", ["3", None])
def test_api_gives_one_face_as_before(heads, tmp_path, faces):
    mesh, code, summary = reconstruct_api(heads, picture(tmp_path), faces)
    assert Path(mesh).exists() and Path(code).exists() and summary["face"] == int(faces or 1)
    assert summary["boxes"] == [[10.0, 20.0, 90.0, 100.0]]


def test_api_explains_how_faces_are_named(heads, tmp_path):
    with pytest.raises(gr.Error, match="Faces are numbers from 1"):
        reconstruct_api(heads, picture(tmp_path), "the left one")


def test_api_without_a_photo_says_so(heads):
    with pytest.raises(gr.Error, match=NO_PHOTO):
        reconstruct_api(heads, None)


def test_photo_component_leaves_reading_to_us(tmp_path):
    file = tmp_path / "notes.jpg"
    file.write_text("not a picture")
    photo = Photo(type="filepath")
    assert photo.preprocess(photo.data_model(path=str(file))) == str(file)
    assert photo.preprocess(None) is None
    assert photo.get_block_name() == "image"
