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
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000"  # else pandas counts all events after each of a small page

from pix2nphm import files  # noqa: E402
from pix2nphm.model import Pix2NPHM  # noqa: E402

APP = "the app in a browser"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The whole suite runs in two processes where there are cores for it, what somebody chose in this one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if config.option.file_or_dir or cores < 2:
        return 0
    os.environ["OMP_NUM_THREADS"] = "1"  # theirs: more threads than cores would wait for each other
    return 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs the app in a browser is one process's, and begins at once: it takes longest. The rest is by files."""
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(APP if "server" in item.fixturenames else item.location[0]))
    items.sort(key=lambda item: "server" not in item.fixturenames)


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
