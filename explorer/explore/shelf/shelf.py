"""The shelf: the heads a visitor has at hand. Plain values; every operation makes a new shelf."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from pix2nphm.codes import HeadCode
from pix2nphm.errors import BadCode, Pix2NPHMError

LARGEST_SHELF = 32
LONGEST_NAME = 40
UNNAMED = "Head"
FULL = f"The shelf is full: it holds {LARGEST_SHELF} heads. Remove one to make room."
ALREADY = "This head is on the shelf already, as {}."
INVISIBLE = {"Cc", "Cs", "Zl", "Zp"}  # Unicode categories of controls, half characters and line breaks
ROUNDING = 2e-3  # of any number of a code: what a link, in half precision, leaves out. Nobody sees it on a head
TURNS_TEXT = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # would make a name run over what follows it


class ShelfFull(Pix2NPHMError):
    """One head more than the shelf holds."""


@dataclass(frozen=True)
class ShelfHead:
    """One head on a shelf. Two are equal when their id and name are."""

    id: str  # short and random; only of meaning on its shelf
    name: str  # 1 to LONGEST_NAME characters, on one line
    code: HeadCode = field(compare=False)  # one head, not a batch; on the CPU


Shelf = tuple[ShelfHead, ...]  # at most LARGEST_SHELF; the newest head is last, so that the others keep their places
EMPTY: Shelf = ()


def add(shelf: Shelf, name: str, code: HeadCode) -> Shelf:
    """The shelf with one more head at its end. Raises ShelfFull, and BadCode for a batch of heads."""
    if len(shelf) >= LARGEST_SHELF:
        raise ShelfFull(FULL)
    if code.batch_shape:
        raise BadCode("This code holds several heads. Save each one in a file of its own.")
    taken = [head.name for head in shelf]
    return *shelf, ShelfHead(secrets.token_hex(4), unique(clean(name), taken), code.detach().to("cpu"))


def find(shelf: Shelf, id: str) -> ShelfHead | None:
    """The head with this id, None when it is not (or no longer) there."""
    return next((head for head in shelf if head.id == id), None)


def same_head(shelf: Shelf, code: HeadCode) -> ShelfHead | None:
    """The head with this code, up to `ROUNDING`; None when it is not there."""
    return next((head for head in shelf if apart(head.code, code) <= ROUNDING), None)


def apart(one: HeadCode, other: HeadCode) -> float:
    """The largest difference between two numbers of two codes; infinite for codes of different shapes."""
    if one.shape != other.shape or one.batch_shape != other.batch_shape:
        return float("inf")
    pairs = ((one.identity, other.identity), (one.expression, other.expression))
    return max(float((a.cpu() - b.cpu()).abs().max()) for a, b in pairs)


def rename(shelf: Shelf, id: str, name: str) -> Shelf:
    """The shelf with another name on one head. A name of nothing visible keeps the old one."""
    others = [head.name for head in shelf if head.id != id]
    return tuple(
        replace(head, name=unique(clean(name, otherwise=head.name), others)) if head.id == id else head
        for head in shelf
    )


def remove(shelf: Shelf, id: str) -> Shelf:
    """The shelf without one head; as it was when the head is not there."""
    return tuple(head for head in shelf if head.id != id)


def clean(name: str, otherwise: str = UNNAMED) -> str:
    """A name on one line, 1 to LONGEST_NAME characters; `otherwise` when nothing of it can be seen."""
    plain = "".join(" " if unicodedata.category(letter) in INVISIBLE else letter for letter in name)
    shown = " ".join(TURNS_TEXT.sub("", plain).split())[:LONGEST_NAME].strip()
    visible = any(unicodedata.category(letter)[0] not in "CZM" for letter in shown)
    return shown if visible else otherwise


def readable(file_name: str) -> str:
    """The name of a photo's file as a name: "lee_barbara" is "Lee Barbara", and "IMG_2034" is "IMG 2034"."""
    words = file_name.replace("_", " ").split()
    lower = file_name == file_name.lower()
    return " ".join(word[:1].upper() + word[1:] if lower else word for word in words)


def unique(name: str, taken: Collection[str]) -> str:
    """The name, or with a number behind it where it is taken, in capitals or not: "Ada", "Ada 2", "Ada 3"."""
    folded = {other.casefold() for other in taken}
    candidate, number = name, 1
    while candidate.casefold() in folded:
        number += 1
        ending = f" {number}"
        candidate = name[: LONGEST_NAME - len(ending)].rstrip() + ending
    return candidate
