"""What a visitor leaves on the disk, and that nothing else goes with it."""

from copy import deepcopy

import pytest

from explorer.platform.visitor_files import VisitorFiles, new_upload_folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_folders_and_uploads_go_and_what_lies_elsewhere_stays(cache, tmp_path):
    mine, theirs = VisitorFiles(), VisitorFiles()
    folders = [mine.new_folder(), mine.new_folder(), theirs.new_folder()]
    for folder in folders:
        (folder / "head.glb").write_bytes(b"head")
    upload, shared = new_upload_folder() / "abc" / "photo.jpg", cache / "url" / "photo.jpg"
    elsewhere = tmp_path / "passwords"
    for file in (upload, elsewhere, shared):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"kept")
        mine.keep(str(file))
    mine.keep(str(cache / ".." / "passwords"))
    mine.keep(str(cache))
    mine.erase()
    assert [folder.exists() for folder in folders] == [False, False, True]
    assert not upload.parents[1].exists() and elsewhere.exists() and shared.exists()
    assert (folders[2] / "head.glb").exists()
    mine.erase()  # and there is nothing left to erase


def test_a_visitor_more_starts_without_anothers_traces(cache):
    one = VisitorFiles()
    folder = one.new_folder()
    deepcopy(one).erase()
    assert folder.exists()
