"""The one folder in which everything lies that visitors send and get: this process's own.

A process that was killed leaves its folder behind, and in it photographs. Each process keeps its folder locked, and the
system lets go of the lock whatever way the process ends. So at its start an app can tell the folders of the dead, which
it removes, from those of apps that run beside it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: there nobody is known to be dead, and a folder goes when its app ends in peace
    fcntl = None  # type: ignore[assignment]

OURS = "pix2nphm-"
UNFINISHED = "starting-"  # stands before the name until the folder is locked
LEAST_ROOM = 64 << 20  # bytes: a few visitors' photos and meshes


class NoTempFolder(OSError):
    """Says in one sentence why there can be none."""


def claim() -> Path:
    """A new folder for this process, which Gradio uses from now on; the folders of dead processes go.

    It lies in the folder that GRADIO_TEMP_DIR names, or in the system's, and goes when the process ends.
    To be called before the page is built, whose components copy the name. Says so where there is little room, and
    raises NoTempFolder where there is none.
    """
    above = Path(os.environ.get("GRADIO_TEMP_DIR") or Path(tempfile.gettempdir()) / "gradio").resolve()
    try:
        above.mkdir(parents=True, exist_ok=True)
        remove_dead(above)
        folder = _locked_folder(above)
    except OSError as error:
        sentence = f"The folder for temporary files, {above}, cannot be written ({error.strerror})."
        raise NoTempFolder(f"{sentence} GRADIO_TEMP_DIR names another.") from error
    if (free := shutil.disk_usage(folder).free) < LEAST_ROOM:
        print(f"Only {free >> 20} MB are free in {above}: photos may not be taken.", file=sys.stderr)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    return folder


def remove_dead(above: Path) -> None:
    """Every folder of ours in `above` whose process has ended."""
    for folder in above.glob(f"{OURS}*"):
        if not _is_alive(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _locked_folder(above: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED + OURS, dir=above))
    if fcntl is not None:
        fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)  # which stays open until the process ends
    return folder.rename(above / folder.name.removeprefix(UNFINISHED))


def _is_alive(folder: Path) -> bool:
    if fcntl is None:
        return True
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:  # another user's, or somebody else has just removed it
        return True
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(opened)
    return False
