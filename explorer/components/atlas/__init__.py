"""The map: the population of heads along its first two directions of identity, and a handle that goes anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ...explore.shelf.shelf import Shelf

HERE = Path(__file__).parent
X_FIELD, Y_FIELD = "map x", "map y"  # of the viewer's preview: one standard deviation along each axis
CROWD = 600

Place = tuple[float, float]  # standard deviations from the mean along the two directions


def crowd(count: int = CROWD, seed: int = 0) -> np.ndarray:
    """(count, 2) places of a random crowd, the same for the same seed.

    Standard normal, because a reading has unit variance in the population and two readings are uncorrelated. So 39 % of
    the crowd lie within one standard deviation of the mean, and 86 % within two.
    """
    return np.random.default_rng(seed).standard_normal((count, 2))


def map_of(
    heads: Shelf, places: Sequence[Place], here: Place, home: Place | None = None, generation: int | None = None
) -> dict[str, Any]:
    """The value of an `Atlas`.

    places  where each of `heads` lies, in their order
    here    where the handle stands: the head that is shown
    home    where the base of the viewer's preview lies; as `here` unless said
    generation  of the newest movement that is known here

    The page keeps its handle while someone moves it, and when it was moved since `generation`.
    """
    dots = [
        {"id": head.id, "name": head.name, "x": float(x), "y": float(y)}
        for head, (x, y) in zip(heads, places, strict=True)
    ]
    here, home = ([float(number) for number in place] for place in (here, here if home is None else home))
    return {"heads": dots, "here": here, "home": home} | ({} if generation is None else {"generation": generation})


class Atlas(gr.HTML):
    """The map. Its value comes from `map_of`, or is None.

    While the handle moves, the viewer called `viewer` shows setWeights({X_FIELD: x - home x, Y_FIELD: y - home y}), so
    that its preview needs these two fields: the displacement by one standard deviation along each direction.
    Event `commit` on release: {"values": {"x", "y"}, "generation"}, in standard deviations; see `read_commit`.
    """

    def __init__(self, viewer: str, x_name: str = "Identity 1", y_name: str = "Identity 2", **kwargs) -> None:
        super().__init__(
            html_template=(HERE / "atlas.html").read_text(),
            css_template=(HERE / "atlas.css").read_text(),
            js_on_load=(HERE / "atlas.js").read_text(),
            apply_default_css=False,
            viewer=viewer,
            axes=[x_name, y_name],
            fields=[X_FIELD, Y_FIELD],
            crowd=np.round(crowd(), 2).tolist(),
            **kwargs,
        )

    def postprocess(self, value: dict[str, Any] | None) -> dict[str, Any] | None:
        return value

    def api_info(self) -> dict[str, str]:
        return {"type": "object"}
