"""The command, with a model that turns every photo into a sphere."""

from __future__ import annotations

import errno
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from pix2nphm.__main__ import main
from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.errors import BadWeights, NoFaceFound
from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.photo.read import Photo

SHAPE = CodeShape(2, 3, 4, 5)


@dataclass
class SphereHead:
    code: HeadCode
    camera: Camera
    face: int
    warnings: tuple[str, ...]

    def mesh(self, resolution: int) -> trimesh.Trimesh:
        return trimesh.creation.icosphere(subdivisions=2, radius=resolution / 1000)


class SphereModel:
    """Finds three faces in what is not black; warns of red ones; the code is the mean colour, and the face's number."""

    def reconstruct_faces(self, photo: Photo, faces: tuple[int, ...] | None) -> list[SphereHead]:
        return [self.reconstruct(photo, face) for face in faces or (1, 2, 3)]

    def reconstruct(self, photo: Photo, face: int) -> SphereHead:
        if face > 3:
            raise NoFaceFound(f"There is no face {face} in this photo: 3 faces were seen.")
        pixels = photo.pixels
        if pixels.max() == 0:
            raise NoFaceFound("No face found.")
        height, width = photo.size
        camera = Camera(FRONTAL, torch.tensor(2.0 * width), torch.tensor([width / 2, height / 2]), torch.tensor(0.0))
        code = HeadCode.zeros(SHAPE).with_expression(torch.full((5,), float(pixels.mean())))
        warnings = ("Too red.",) if pixels[..., 0].mean() > 200 else ()
        code = code.with_identity(torch.full((14,), float(face)))
        return SphereHead(code, camera, face, (*photo.notes, *warnings))

    def save_code(self, code: HeadCode, path) -> None:
        code.save(path, "sphere")


def load(source):
    if source is not None:
        raise BadWeights("There is no such weights folder.")
    return SphereModel()


def grey(path, level: int = 100, size: tuple[int, int] = (90, 60)):
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", size, (level, level, level)).save(path)
    return str(path)


def test_one_photo_gives_three_files(tmp_path, capsys):
    out = tmp_path / "new" / "out"
    assert main([grey(tmp_path / "me.png"), "-o", str(out)], load) == 0
    assert {file.name for file in out.iterdir()} == {"me.glb", "me.code.npz", "me.overlay.png"}
    mesh = trimesh.load(out / "me.glb", force="mesh")
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices, axis=1), 0.096, rtol=1e-4)
    code = HeadCode.load(out / "me.code.npz", "sphere", SHAPE)
    assert code.expression.tolist() == [100.0] * 5
    picture = np.asarray(Image.open(out / "me.overlay.png"))
    assert picture.shape == (60, 90, 3)
    assert (picture[0, 0] == 100).all() and (picture[30, 45] != 100).any()
    assert capsys.readouterr() == ("", "")


def test_resolution(tmp_path):
    assert main([grey(tmp_path / "me.png"), "-o", str(tmp_path), "--resolution", "32"], load) == 0
    assert trimesh.load(tmp_path / "me.glb", force="mesh").extents == pytest.approx([0.064] * 3, rel=0.01)


def test_a_large_photo_gets_a_smaller_overlay(tmp_path):
    assert main([grey(tmp_path / "me.png", size=(3200, 1000)), "-o", str(tmp_path)], load) == 0
    picture = np.asarray(Image.open(tmp_path / "me.overlay.png"))
    assert picture.shape == (500, 1600, 3)
    drawn = np.argwhere((picture != 100).any(-1))
    np.testing.assert_allclose(drawn.mean(0), [249.5, 799.5], atol=2)


def test_bad_photos_are_named_and_the_rest_goes_on(tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("hello")
    photos = [
        str(tmp_path / "text.jpg"),
        grey(tmp_path / "black.png", 0),
        str(tmp_path / "absent.jpg"),
        grey(tmp_path / "good.png"),
    ]
    out = tmp_path / "out"
    assert main([*photos, "-o", str(out)], load) == 1
    assert {file.name for file in out.iterdir()} == {"good.glb", "good.code.npz", "good.overlay.png"}
    said = capsys.readouterr().err
    assert "text.jpg: This file is not a picture" in said
    assert "black.png: No face found." in said
    assert "absent.jpg: There is no such file." in said
    assert "good.png" not in said
    assert "3 of 4 photos failed." in said and "4/4" in said  # the progress bar got to its end


def test_photos_of_the_same_name_keep_their_results_apart(tmp_path):
    photos = [
        grey(tmp_path / "a" / "me.png", 10),
        grey(tmp_path / "b" / "me.png", 20),
        grey(tmp_path / "c" / "ME.jpg", 30),
        grey(tmp_path / "c" / "me-2.png", 40),
        grey(tmp_path / "c" / "m.e.png", 50),
    ]
    assert main([*photos, "-o", str(tmp_path / "out")], load) == 0
    levels = {
        file.name: round(HeadCode.load(file, "sphere", SHAPE).expression[0].item())
        for file in (tmp_path / "out").glob("*.npz")
    }
    assert levels == {
        "me.code.npz": 10,
        "me-2.code.npz": 20,
        "ME-3.code.npz": 30,
        "me-2-2.code.npz": 40,
        "m.e.code.npz": 50,
    }


def test_warnings_are_shown_and_are_no_failure(tmp_path, capsys):
    Image.new("RGB", (60, 60), (255, 0, 0)).save(tmp_path / "red.png")
    assert main([str(tmp_path / "red.png"), "-o", str(tmp_path)], load) == 0
    assert "red.png: Too red." in capsys.readouterr().err
    frames = [Image.new("RGB", (60, 60), (250, 0, level)) for level in (0, 250)]
    frames[0].save(tmp_path / "blink.gif", save_all=True, append_images=frames[1:])
    assert main([str(tmp_path / "blink.gif"), "-o", str(tmp_path)], load) == 0
    said = capsys.readouterr().err
    assert "blink.gif: This picture moves; only its first frame was used." in said and "Too red." in said


def faces_of(folder) -> dict[str, int]:
    """The number of the face in each code file, by its name."""
    return {file.name: int(HeadCode.load(file, "sphere", SHAPE).identity[0]) for file in folder.glob("*.npz")}


@pytest.mark.parametrize("which, files", [
    ("1", {"me.code.npz": 1}), ("2", {"me-2.code.npz": 2}), ("3, 1,3", {"me.code.npz": 1, "me-3.code.npz": 3}),
    ("all", {"me.code.npz": 1, "me-2.code.npz": 2, "me-3.code.npz": 3}),
])  # fmt: skip
def test_faces_are_chosen_by_number(tmp_path, which, files):
    out = tmp_path / "out"
    assert main([grey(tmp_path / "me.png"), "-o", str(out), "--faces", which], load) == 0
    assert faces_of(out) == files and len(list(out.iterdir())) == 3 * len(files)


def test_faces_of_photos_of_one_name_keep_apart(tmp_path):
    photos = [grey(tmp_path / "a" / "me.png"), grey(tmp_path / "b" / "me.png")]
    assert main([*photos, "-o", str(tmp_path / "out"), "--faces", "1,2"], load) == 0
    of_the_second = {"me-3.code.npz": 1, "me-3-2.code.npz": 2}
    assert faces_of(tmp_path / "out") == {"me.code.npz": 1, "me-2.code.npz": 2} | of_the_second


def test_a_face_that_is_not_there_is_named(tmp_path, capsys):
    assert main([grey(tmp_path / "me.png"), "-o", str(tmp_path / "out"), "--faces", "1,4"], load) == 1
    assert "no face 4 in this photo: 3 faces" in capsys.readouterr().err and not any((tmp_path / "out").iterdir())


@pytest.mark.parametrize("which", ["0", "-1", "one", "1,", "", "1.5", "²", "1" * 300])
def test_what_names_no_face(tmp_path, capsys, which):
    with pytest.raises(SystemExit):
        main([grey(tmp_path / "me.png"), "-o", str(tmp_path), f"--faces={which}"], load)
    assert "Faces are numbers from 1" in capsys.readouterr().err


def test_a_photo_may_come_through_a_pipe(tmp_path):
    photo = Path(grey(tmp_path / "me.png"))
    os.mkfifo(tmp_path / "63")
    writer = threading.Thread(target=(tmp_path / "63").write_bytes, args=[photo.read_bytes()])
    writer.start()
    assert main([str(tmp_path / "63"), "-o", str(tmp_path / "out")], load) == 0
    writer.join()
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"63.glb", "63.code.npz", "63.overlay.png"}


def test_names_are_looked_at_before_anything_is_written(tmp_path, capsys):
    out = tmp_path / "out"
    (out / "me.overlay.png").mkdir(parents=True)
    long = "n" * 246  # with .glb it fits
    photos = [grey(tmp_path / f"{long}.png"), grey(tmp_path / "me.png")]
    assert main([*photos, "-o", str(out)], load) == 1
    said = capsys.readouterr().err
    assert "File name too long." in said and "Is a directory." in said and "2 of 2 photos failed." in said
    assert [file.name for file in out.iterdir()] == ["me.overlay.png"]


@pytest.mark.parametrize("step", ["save_mesh", "overlay"])
def test_three_files_or_none(tmp_path, monkeypatch, step):
    photo, out = grey(tmp_path / "me.png"), tmp_path / "out"
    assert main([photo, "-o", str(out)], load) == 0
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    grey(tmp_path / "me.png", 200)

    def full(*_) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(f"pix2nphm.__main__.{step}", full)
    assert main([photo, "-o", str(out)], load) == 1
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


def test_who_is_interrupted_says_so_in_one_line(tmp_path, capsys, monkeypatch):
    def stop(*_) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pix2nphm.__main__.save_mesh", stop)
    assert main([grey(tmp_path / "me.png"), "-o", str(tmp_path / "out")], load) == 130
    assert capsys.readouterr().err == "pix2nphm: stopped; what was written is complete.\n"
    assert not any((tmp_path / "out").iterdir())


def test_the_installed_command_gives_no_arguments(tmp_path, capsys, monkeypatch):
    command = ["pix2nphm", grey(tmp_path / "me.png"), "-o", str(tmp_path), "--weights", "nowhere"]
    monkeypatch.setattr("sys.argv", command)
    assert main() == 2
    assert "pix2nphm: " in capsys.readouterr().err


def test_what_keeps_the_command_from_starting(tmp_path, capsys):
    photo = grey(tmp_path / "me.png")
    assert main([photo, "-o", str(tmp_path / "out"), "--weights", "nowhere"], load) == 2
    assert capsys.readouterr().err == "pix2nphm: There is no such weights folder.\n"
    assert main([photo, "-o", photo], load) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["a.jpg"], ["a.jpg", "-o", "x", "--resolution", "9"], ["-o", "x"]])
def test_wrong_arguments(argv):
    with pytest.raises(SystemExit) as stopped:
        main(argv, load)
    assert stopped.value.code == 2
