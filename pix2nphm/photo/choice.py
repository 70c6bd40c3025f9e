"""Which faces of a photo, as a person writes it."""

from __future__ import annotations

from ..errors import Pix2NPHMError

LONGEST = 200  # letters
HOW = 'Faces are numbers from 1, the largest, such as "2" or "1,3", or "all".'


def chosen_faces(text: str) -> tuple[int, ...] | None:
    """Read "2" -> (2,); "1,3" -> (1, 3), each once; "all" -> None. Raises Pix2NPHMError."""
    words = [word.strip() for word in text[:LONGEST].split(",")]
    if words == ["all"]:
        return None
    if not all(word.isascii() and word.isdecimal() and int(word) for word in words) or len(text) > LONGEST:
        raise Pix2NPHMError(HOW)
    return tuple(dict.fromkeys(map(int, words)))
