from __future__ import annotations

import atexit
import errno
import io
import os
import shutil
import tempfile

import pytest

# Before anything imports gradio: what a test finds there, it has put there, whatever else runs on this machine or ran.
os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="pix2nphm-tests-")
atexit.register(shutil.rmtree, os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)

from pix2nphm import files  # noqa: E402
from pix2nphm.model import Pix2NPHM  # noqa: E402


@pytest.fixture(scope="session")
def model() -> Pix2NPHM:
    """The model that ships."""
    return Pix2NPHM.load()


@pytest.fixture
def full_disk(monkeypatch) -> None:
    """Half of what is written to a file of ours arrives, then no space is left."""

    class Full(io.FileIO):
        def write(self, data) -> int:
            super().write(bytes(data)[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "open", lambda path, mode: io.BufferedRandom(Full(path, mode)), raising=False)
