"""Heads that come to the shelf and leave it as files: one `.npz` code, or a `.zip` of them.

Nothing is unpacked to disk, and nothing of a file is believed: sizes are bounded before anything is read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pix2nphm.bounded_zip import LARGEST, NO_CODE, open_zip, read_bounded, read_entry
from pix2nphm.errors import BadCode, Pix2NPHMError

from .shelf import ALREADY, LARGEST_SHELF, LONGEST_NAME, Shelf, ShelfHead, add, clean, same_head, unique

NAMED = 3  # files that are named in a sentence; the others are counted
SUFFIX = ".code.npz"
ENDING = re.compile(r"(\.code)?\.npz$", re.IGNORECASE)
NO_CODES = "There are no head codes in this file."


@dataclass(frozen=True)
class Imported:
    """What became of a file."""

    shelf: Shelf
    heads: tuple[ShelfHead, ...]  # those that are new on the shelf
    already: tuple[str, ...]  # names of those that were there
    left_out: tuple[str, ...]  # sentences: what could not be used

    @property
    def sentences(self) -> tuple[str, ...]:
        """For the person who brought the file; not escaped."""
        put = (_put(len(self.heads)),) * bool(self.heads)
        return (*put, *_already(self.already), *self.left_out)


def import_file(shelf: Shelf, path: str | Path, model) -> Imported:
    """The shelf with the heads of one file. What cannot be used is left out and named; nothing is raised.

    `model` as `pix2nphm.load` returns it: its name and code shape say which codes mean something.
    """
    path = Path(path)
    try:
        content = read_bounded(path)
        archive = open_zip(content)
        entries = archive.infolist()
        if "format.npy" in archive.namelist():
            code = model.load_code(io.BytesIO(content))
            there = same_head(shelf, code)
            if there:
                return Imported(shelf, (), (there.name,), ())
            shelf = add(shelf, _head_name(path.name), code)
            return Imported(shelf, shelf[-1:], (), ())
        if not any(map(_is_code, entries)):
            raise BadCode(NO_CODES if path.suffix.lower() == ".zip" else NO_CODE)
    except Pix2NPHMError as error:
        return Imported(shelf, (), (), (str(error),))
    others = [_file_name(entry) for entry in entries if not _is_code(entry) and not _is_silent(entry)]
    return _import_members(shelf, _members(archive, filter(_is_code, entries)), model, others)


def import_codes(shelf: Shelf, paths: Sequence[str | Path], model) -> Imported:
    """The same for several files. Of one it says what `import_file` says."""
    if len(paths) == 1:
        return import_file(shelf, paths[0], model)
    heads, already, left_out = (), (), []
    for path in map(Path, paths):
        imported = import_file(shelf, path, model)
        shelf, heads, already = imported.shelf, heads + imported.heads, already + imported.already
        left_out += [f"{clean(path.name)}: {_small(one)}" for one in imported.left_out]
    return Imported(shelf, heads, already, tuple(_shortened(left_out)))


def _import_members(shelf: Shelf, files: Iterator[tuple[str, bytes | str]], model, others: list[str]) -> Imported:
    """Put each file's code on the shelf. A `str` in place of the bytes says why there are none."""
    before, already, refused = len(shelf), [], []
    for name, content in files:
        try:
            if isinstance(content, str):
                raise BadCode(content)
            code = model.load_code(io.BytesIO(content))
            there = same_head(shelf, code)
            if there:
                already.append(there.name)
            else:
                shelf = add(shelf, _head_name(name), code)
        except Pix2NPHMError as error:
            refused.append(f"Left out {name}: {_small(str(error))}")
    left_out = _shortened(refused)
    if others:
        left_out.append(f"Left out what is no code: {_listed(others, 'other file')}.")
    return Imported(shelf, shelf[before:], tuple(already), tuple(left_out))


def _members(archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo]) -> Iterator[tuple[str, bytes | str]]:
    """The name and content of each code in a zip, as far as they are few and small enough."""
    room = LARGEST
    for index, entry in enumerate(entries):
        name = _file_name(entry)
        if index >= LARGEST_SHELF:
            yield name, f"One zip may bring {LARGEST_SHELF} codes."
            continue
        try:
            content = read_entry(archive, entry, room)
            room -= len(content)
            yield name, content
        except BadCode as error:
            yield name, str(error)


def _is_code(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith(".npz") and not _is_silent(entry)


def _is_silent(entry: zipfile.ZipInfo) -> bool:
    """Folders, and hidden files such as macOS adds without being asked: nobody misses them."""
    return entry.is_dir() or "__MACOSX" in entry.filename or _base(entry).startswith(".")


def _file_name(entry: zipfile.ZipInfo) -> str:
    """Short enough for a sentence, and still with its ending."""
    stem, dot, ending = _base(entry).rpartition(".")
    return clean(stem or ending, otherwise="a file without a name") + (dot + clean(ending) if stem else "")


def _base(entry: zipfile.ZipInfo) -> str:
    """The last part of a path of any system."""
    return re.split(r"[/\\]", entry.filename)[-1]


def _head_name(file_name: str) -> str:
    return ENDING.sub("", file_name).replace("_", " ")


def _small(sentence: str) -> str:
    """A sentence after a colon."""
    return sentence[:1].lower() + sentence[1:]


def _shortened(refused: list[str]) -> list[str]:
    """What was left out and why; beyond a few, how many."""
    more = len(refused) - NAMED
    return refused[:NAMED] + [f"Left out {_counted(max(more, 0), 'more code file')} for such reasons."] * (more > 0)


def _put(count: int) -> str:
    return f"{_counted(count, 'head')} put on the shelf."


def _already(names: Sequence[str]) -> tuple[str, ...]:
    if len(names) < 2:
        return tuple(map(ALREADY.format, names))
    return (f"{len(names)} heads are on the shelf already: {_listed(names, 'other')}.",)


def _counted(count: int, thing: str) -> str:
    return f"1 {thing}" if count == 1 else f"{count} {thing}s"


def _listed(names: Sequence[str], other: str) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {_counted(more, other)}" if more > 0 else "")


def code_file(head: ShelfHead, model) -> tuple[str, bytes]:
    """The name and the content of one head's `.npz`."""
    return _stem(head.name) + SUFFIX, _bytes(head, model)


def zip_file(shelf: Shelf, model) -> bytes:
    """All heads of a shelf in one zip, each under a name of its own. The same shelf gives the same bytes."""
    file = io.BytesIO()
    stems: list[str] = []
    with zipfile.ZipFile(file, "w") as archive:
        for head in shelf:
            stems.append(unique(_stem(head.name), stems))
            archive.writestr(zipfile.ZipInfo(stems[-1] + SUFFIX), _bytes(head, model))
    return file.getvalue()


def _bytes(head: ShelfHead, model) -> bytes:
    file = io.BytesIO()
    model.save_code(head.code, file)
    return file.getvalue()


def _stem(name: str) -> str:
    """A name as the beginning of a file name, on any system."""
    return re.sub(r"[^\w-]+", "_", name)[:LONGEST_NAME].strip("_") or "head"
