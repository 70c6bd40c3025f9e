"""The controls that move a head: a list of sliders, and a square for two of them at once.

While a hand moves them nothing reaches the server: JavaScript blends the preview of their viewer. On release they tell
Python, once. Controls of one viewer share their values by name, so that a pad and a slider never disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import gradio as gr

from ..viewer.script import on_load
from .committed import Committed, read_commit

__all__ = ["Committed", "Pad", "Slider", "Sliders", "read_commit"]

HERE = Path(__file__).parent
STATIC = HERE / "static"


class _Named(TypedDict):
    name: str  # of the field of the preview that it weighs
    label: str


class Slider(_Named, total=False):
    """One slider. Left out: 0 to 1 in steps of 0.01 from 0, without unit, hint, group and marks."""

    min: float
    max: float
    step: float
    value: float
    unit: str  # behind the number; "%" shows 0.6 as 60 %
    hint: str  # a sentence
    group: str  # the heading it is folded under
    marks: dict[str, str]  # what stands at a value, {"0": "A", "1": "B"}; left out, thin lines at 0 and 1


class _Controls(gr.HTML):
    """Values by name: {name: number}. Setting them from Python moves the controls and triggers no event.

    Beside them may stand "generation": the newest movement that is known here. A control that was moved since stays.
    And "elsewhere": a sentence that says why the head on show is at no place of these controls. Until a hand moves one,
    they show no numbers then.
    """

    def preprocess(self, payload: dict | None) -> dict[str, float]:
        return payload or {}

    def postprocess(self, value: dict[str, float] | None) -> dict[str, float]:
        return value or {}

    def api_info(self) -> dict[str, str]:
        return {"type": "object"}


class Sliders(_Controls):
    """A list of sliders that move the head of the viewer whose elem_id is `viewer`.

    Its value is {name: number}; a slider that is not in it takes its own `value`, or 0. `gr.update(sliders=[...])` puts
    other sliders in their place. More than 12 of them get a box to find one by name.
    Its event `commit` (release, or end of a key press) carries {values, moved, generation}; see `read_commit`.
    """

    def __init__(self, sliders: Sequence[Slider] = (), *, viewer: str, **kwargs) -> None:
        super().__init__(
            html_template='<p class="elsewhere" role="status" hidden></p><div class="sliders"></div>',
            css_template=(HERE / "sliders.css").read_text(),
            js_on_load=on_load(
                STATIC, "module.mountSliders(element, props, watch, (moved) => trigger('commit', moved))"
            ),
            apply_default_css=False,
            sliders=list(sliders),
            viewer=viewer,
            **kwargs,
        )


class Pad(_Controls):
    """A square for two controls at once, `x` to the right and `y` upwards, between A and B and half beyond.

    Both values are 0 at A, 1 at B, and reach from -0.5 to 1.5. `a` and `b` are the names on the pad, `x_label` and
    `y_label` what each direction does; all can be set with `gr.update`. Value and `commit` are as those of `Sliders`,
    but a name that is not in the value keeps the value it has.
    """

    def __init__(
        self,
        x: str,
        y: str,
        *,
        viewer: str,
        x_label: str,
        y_label: str,
        a: str = "A",
        b: str = "B",
        **kwargs,
    ) -> None:
        super().__init__(
            html_template=(HERE / "pad.html").read_text(),
            css_template=(HERE / "pad.css").read_text(),
            js_on_load=on_load(STATIC, "module.mountPad(element, props, watch, (moved) => trigger('commit', moved))"),
            apply_default_css=False,
            x=x,
            y=y,
            viewer=viewer,
            x_label=x_label,
            y_label=y_label,
            a=a,
            b=b,
            **kwargs,
        )
