"""Whatever goes wrong while a file is written, what was there before is still there."""

from __future__ import annotations

import os
import resource
import stat
import threading

import numpy as np
import pytest

from pix2nphm.errors import CannotSave
from pix2nphm.files import replacing, write_bytes


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "head.bin"
    path.write_bytes(b"old")
    return path


def alone(path) -> bool:
    """Nothing but this file is in its folder."""
    return list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("there", [False, True])
def test_the_content_is_written_whole(tmp_path, there):
    path = tmp_path / "head.bin"
    if there:
        path.write_bytes(b"old and longer")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new" and alone(path)


def test_until_the_end_the_old_file_is_what_others_read(old):
    with replacing(old) as file:
        file.write(b"new")
        file.flush()
        assert old.read_bytes() == b"old"
    assert old.read_bytes() == b"new" and alone(old)


def test_a_writer_may_seek(tmp_path):
    with replacing(tmp_path / "code.npz") as file:
        np.savez(file, numbers=np.arange(5))
    with np.load(tmp_path / "code.npz") as data:
        assert data["numbers"].tolist() == [0, 1, 2, 3, 4]


def test_a_full_disk_leaves_the_old_file(old, full_disk):
    with pytest.raises(CannotSave, match="^The code could not be saved: No space left on device.$"):
        write_bytes(old, bytes(100_000), "code")
    assert old.read_bytes() == b"old" and alone(old)


def test_a_limit_of_the_system_leaves_the_old_file(old):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(CannotSave, match="File too large"):
            write_bytes(old, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert old.read_bytes() == b"old" and alone(old)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_who_is_stopped_leaves_the_old_file_and_tells_why(old, stop):
    with pytest.raises(stop), replacing(old) as file:
        file.write(b"half")
        raise stop
    assert old.read_bytes() == b"old" and alone(old)


@pytest.mark.parametrize("name", ["missing/head.bin", "head.bin/inside", "\0", "n" * 300, "."])
def test_what_cannot_be_written_is_a_sentence_without_paths(old, name):
    with pytest.raises(CannotSave, match="^The file could not be saved: [A-Z].*[.]$") as caught:
        write_bytes(old.parent / name, b"new")
    assert str(old.parent) not in str(caught.value)
    assert old.read_bytes() == b"old" and alone(old)


def test_names_may_be_as_long_as_the_system_allows(tmp_path):
    write_bytes(tmp_path / ("n" * 255), b"new")
    assert (tmp_path / ("n" * 255)).read_bytes() == b"new"


def test_a_new_file_has_the_mode_of_any_new_file_and_an_old_one_keeps_its_own(old, tmp_path):
    os.chmod(old, 0o640)
    write_bytes(old, b"new")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    write_bytes(tmp_path / "ours", b"")
    (tmp_path / "any").touch()
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "any").stat().st_mode


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write everything")
def test_a_file_that_nobody_may_write_stays(old):
    os.chmod(old, 0o444)
    with pytest.raises(CannotSave, match="Permission denied"):
        write_bytes(old, b"new")
    assert old.read_bytes() == b"old" and alone(old)


def test_a_link_stays_a_link(old):
    link = old.with_name("link")
    link.symlink_to(old.name)
    write_bytes(link, b"new")
    assert link.is_symlink() and old.read_bytes() == b"new"


def test_a_pipe_is_written_and_stays_a_pipe(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_bytes(pipe, b"new")
    reader.join(10)
    assert read == [b"new"] and stat.S_ISFIFO(pipe.stat().st_mode)
