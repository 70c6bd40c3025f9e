"""Nothing that a visitor sent or got stays for more than an hour."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path

HOUR, MINUTE = 3600, 60  # seconds
GRADIOS = (MINUTE, HOUR)  # `delete_cache`: how often Gradio clears what it knows of, and how old that is then


def clear(folder: Path, older_than: float) -> None:
    """Remove what came into `folder` more than `older_than` seconds ago: files, and folders in which nothing is
    younger.

    Gradio's `delete_cache` leaves files that it never handed out, what is there of uploads that broke off, and folders.
    """
    before = time.time() - older_than
    old = [path for path in folder.rglob("*") if _is_older(path, before)]
    for path in sorted(old, reverse=True):  # what is inside of a folder comes before the folder
        with suppress(OSError):  # it went meanwhile, or something younger is in it
            path.rmdir() if path.is_dir() else path.unlink()


def _is_older(path: Path, before: float) -> bool:
    with suppress(OSError):
        return path.lstat().st_ctime < before
    return False


def keep_clear(folder: Path) -> None:
    """Clear it every minute, for as long as the process lives."""

    def clear_each_minute() -> None:
        while True:
            time.sleep(MINUTE)
            with suppress(OSError):
                clear(folder, HOUR)

    threading.Thread(target=clear_each_minute, name="clearing", daemon=True).start()
