"""The README's numbers, and its picture.

python -m pix2nphm.evaluation speed | accuracy | kinds | decoder | preview | picture
"""

from __future__ import annotations

import sys
from importlib import import_module

TABLES = {
    "speed": "how long everything takes on this machine",
    "accuracy": "how close reconstructed faces are to the true ones",
    "kinds": "the same, on kinds of pictures that are hard",
    "decoder": "how close decoded surfaces are to the true ones",
    "preview": "how far the explorer's preview is from the exact head",
    "picture": "not a table: photos, and the heads found in them",
}


def main() -> None:
    """Run the `main` of the module that the first argument names, with the arguments that follow."""
    if len(sys.argv) < 2 or sys.argv[1] not in TABLES:
        listed = "\n".join(f"  {name:10}{text}" for name, text in TABLES.items())
        sys.exit(f"usage: python -m pix2nphm.evaluation TABLE [options]\n\n{listed}")
    name = sys.argv.pop(1)
    sys.argv[0] = f"python -m pix2nphm.evaluation {name}"
    import_module(f"pix2nphm.evaluation.{name}").main()


if __name__ == "__main__":
    main()
