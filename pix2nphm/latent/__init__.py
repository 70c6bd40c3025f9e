"""What can be done with head codes: plain functions from codes to codes, for a page or a notebook.

For example, the identity between two heads with the expression of the first:
    from pix2nphm import latent
    head = latent.interpolate(a, b, identity=0.5, expression=0.0)
"""

from .editing import (
    BadStep,
    along,
    interpolate,
    map_position,
    move_on_map,
    nearest,
    random_head,
    readings,
    swap,
    with_units,
)
from .plausibility import Plausibility, plausibility, pull_back
from .transplant import symmetric, transplant

__all__ = [
    "BadStep", "Plausibility", "along", "interpolate", "map_position", "move_on_map", "nearest", "plausibility",
    "pull_back", "random_head", "readings", "swap", "symmetric", "transplant", "with_units",
]  # fmt: skip
