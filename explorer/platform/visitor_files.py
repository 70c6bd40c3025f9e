"""Files that were written for one visitor, in Gradio's cache, and how they are forgotten."""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from pathlib import Path

from gradio.utils import get_upload_folder

LONGEST = 10_000  # paths; what is older than these, `delete_cache` has cleared away


def new_folder() -> Path:
    """A folder under a name that nobody can guess, where `delete_cache` clears away what it holds."""
    Path(get_upload_folder()).mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=get_upload_folder()))


class VisitorFiles:
    """What one visitor left on the disk. Each visitor has their own: a copy starts empty."""

    def __init__(self) -> None:
        self._paths: deque[Path] = deque(maxlen=LONGEST)

    def new_folder(self) -> Path:
        self._paths.append(folder := new_folder())
        return folder

    def keep(self, upload: str) -> None:
        """A file that the visitor sent. What lies outside of the cache is left alone."""
        path = Path(upload).resolve()
        if path.is_relative_to(Path(get_upload_folder()).resolve()):
            self._paths.append(path)

    def erase(self) -> None:
        """Nothing of it is on the disk any more."""
        while self._paths:
            path = self._paths.popleft()
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def __deepcopy__(self, memo) -> "VisitorFiles":
        return VisitorFiles()
