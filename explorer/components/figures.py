"""Static charts, drawn by Plotly: transparent, in greys that are read on light and on dark."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

TEAL, AMBER, GREY = "#14a098", "#d29a2d", "#8b847c"
BAND = "rgba(139, 132, 124, 0.13)"
UNUSUAL = 2.0  # standard deviations: one head in twenty is farther out along a direction
SHOWN = 10  # bars
ROOM = 3.2  # standard deviations to either side, at least


def unusual(readings: Sequence[float], names: Sequence[str], shares: Sequence[float]) -> go.Figure:
    """How far a head is from the mean along the first SHOWN directions: bars in standard deviations.

    readings, names and shares (of the population's variance, 0..1) go together, the most important direction first.
    Bars beyond UNUSUAL have a colour of their own; a band lies behind those that are not.
    """
    values = [float(value) for value in readings][:SHOWN]
    far = [abs(value) > UNUSUAL for value in values]
    labels = [f"{name}  {share:.0%}" for name, share in zip(names[:SHOWN], shares[:SHOWN], strict=True)]
    bars = go.Bar(
        x=values, y=labels, orientation="h",
        marker={"color": [AMBER if one else TEAL for one in far], "line": {"width": 0}},
        hovertemplate="%{y} of all variation<br>%{x:+.1f} standard deviations<extra></extra>",
    )  # fmt: skip
    figure = go.Figure(bars)
    reach = max([ROOM, *(1.08 * abs(value) for value in values)])
    figure.update_layout(
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", font={"color": GREY, "size": 12}, showlegend=False,
        height=70 + 26 * len(values), margin={"l": 8, "r": 12, "t": 8, "b": 44}, bargap=0.35, dragmode=False,
        hoverlabel={"font": {"color": "#ffffff"}},
    )  # fmt: skip
    figure.update_xaxes(
        range=[-reach, reach], dtick=1, showgrid=False, zeroline=True, zerolinecolor=GREY, zerolinewidth=1,
        title={"text": "standard deviations from the mean", "font": {"size": 12}, "standoff": 8}, fixedrange=True,
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True, fixedrange=True, ticksuffix="  ")
    figure.add_vrect(-UNUSUAL, UNUSUAL, fillcolor=BAND, line_width=0, layer="below")
    return figure
