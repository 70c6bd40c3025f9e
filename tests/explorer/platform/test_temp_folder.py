"""What processes that were killed left behind goes; what others use that run stays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from explorer.platform.temp_folder import NoTempFolder, claim, remove_dead
from tests.places import ROOT

LIVES = """
import sys
from explorer.platform.temp_folder import claim
(claim() / "photo.jpg").write_bytes(b"a face")
print("claimed", flush=True)
sys.stdin.read()
"""


@contextmanager
def a_process(above: Path) -> Iterator[subprocess.Popen]:
    """A process that has claimed its folder in `above`, and lives until its input ends."""
    environment = os.environ | {"GRADIO_TEMP_DIR": str(above), "PYTHONPATH": str(ROOT)}
    streams = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", LIVES], env=environment, **streams) as process:
        assert process.stdout.readline() == b"claimed\n"
        yield process


def test_the_dead_leave_nothing_and_the_living_keep_theirs(tmp_path):
    stranger = tmp_path / "of another app"
    stranger.mkdir()
    with a_process(tmp_path) as killed, a_process(tmp_path) as living:
        assert len(list(tmp_path.glob("pix2nphm-*/photo.jpg"))) == 2  # the second saw that the first lives
        killed.kill()
        killed.wait()
        remove_dead(tmp_path)
        assert len(list(tmp_path.glob("pix2nphm-*/photo.jpg"))) == 1
        living.stdin.close()  # and ends in peace
        living.wait()
    assert list(tmp_path.iterdir()) == [stranger]


def test_gradio_uses_the_folder(tmp_path, monkeypatch):
    from gradio.utils import get_upload_folder

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    folder = claim()
    assert Path(get_upload_folder()) == folder and folder.parent == tmp_path and folder.is_dir()


def test_no_folder_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(NoTempFolder, match=r"cannot be written \(Not a directory\)\. GRADIO_TEMP_DIR names another\.$"):
        claim()


def test_little_room_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr("explorer.platform.temp_folder.LEAST_ROOM", 1 << 60)
    claim()
    assert capsys.readouterr().err.endswith(f"MB are free in {tmp_path}: photos may not be taken.\n")
