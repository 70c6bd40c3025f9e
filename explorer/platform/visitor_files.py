"""Files that were written for one visitor, in Gradio's cache, and how they are forgotten."""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from pathlib import Path

from gradio.utils import get_upload_folder

LONGEST = 10_000  # paths; what is older than these has been cleared away
UPLOAD = "upload-"  # how the folder of one upload begins


def new_folder(prefix: str = "") -> Path:
    """A folder under a name that nobody can guess, where `explorer.platform.clearing` clears away what it holds."""
    Path(get_upload_folder()).mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=get_upload_folder()))


def new_upload_folder() -> Path:
    """For one upload alone: who forgets it takes nothing from anybody else."""
    return new_folder(UPLOAD)


class VisitorFiles:
    """What one visitor left on the disk. Each visitor has their own: a copy starts empty."""

    def __init__(self) -> None:
        self._folders: deque[Path] = deque(maxlen=LONGEST)

    def new_folder(self) -> Path:
        self._folders.append(folder := new_folder())
        return folder

    def keep(self, upload: str) -> None:
        """A file that the visitor sent. What does not lie in the folder of an upload is left alone."""
        cache, path = Path(get_upload_folder()).resolve(), Path(upload).resolve()
        below = path.relative_to(cache).parts if path.is_relative_to(cache) else ()
        if below and below[0].startswith(UPLOAD):
            self._folders.append(cache / below[0])

    def erase(self) -> None:
        """Nothing of it is on the disk any more."""
        while self._folders:
            shutil.rmtree(self._folders.popleft(), ignore_errors=True)

    def __deepcopy__(self, memo) -> VisitorFiles:
        return VisitorFiles()
