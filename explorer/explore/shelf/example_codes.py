"""The codes of the example photos, shipped so that the shelf is full at start and nothing is computed.

python -m explorer.explore.shelf.example_codes     reconstructs every example again and writes examples/codes/
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pix2nphm.codes import HeadCode
from pix2nphm.errors import BadCode

from ...reconstruct.examples import Example, read_examples
from .shelf import Shelf, ShelfHead, apart, clean, find

READ_AGAIN = 0.15  # of any number of a code: processors round differently, up to 0.06; another person is 0.3 away
EXAMPLES = Path(__file__).parents[3] / "examples"


def write_example_codes(model, folder: Path = EXAMPLES) -> None:
    """Reconstruct each example in `folder` and write its code to codes/. Raises NoFaceFound, BadImage."""
    (folder / "codes").mkdir(exist_ok=True)
    for example in read_examples(folder):
        model.save_code(model.reconstruct(example.path).code, _code_path(example))


def read_example_shelf(model, folder: Path = EXAMPLES) -> Shelf:
    """The shelf that greets a visitor, the examples in their order under people's names.

    Codes that are not there, or are another model's, are left out: the page opens without them.
    """
    heads = []
    for example in read_examples(folder):
        try:
            code = model.load_code(_code_path(example))
        except BadCode:
            continue
        heads.append(ShelfHead(_id(example.path.stem), clean(example.person), code))
    return tuple(heads)


def photographed(examples: Shelf, photo: str, code: HeadCode) -> ShelfHead | None:
    """The example whose photo this is, by the file's name without ending, and by the code that was read from it."""
    example = find(examples, _id(photo))
    return example if example and apart(example.code, code) <= READ_AGAIN else None


def _id(photo: str) -> str:
    """The same after every start."""
    return hashlib.sha256(photo.encode()).hexdigest()[:8]


def _code_path(example: Example) -> Path:
    return example.path.parent / "codes" / f"{example.path.stem}.npz"


if __name__ == "__main__":
    import pix2nphm

    write_example_codes(pix2nphm.load())
