"""The static charts, by the numbers they were given."""

from __future__ import annotations

from explorer.components.figures import AMBER, SHOWN, TEAL, unusual

NAMES = [f"Identity {i + 1}" for i in range(12)]
SHARES = [0.5, 0.2, *[0.03] * 10]


def test_each_bar_is_a_reading_and_far_ones_stand_out():
    (bars,) = unusual([-2.5, 0.4, 2.01, *[1.0] * 9], NAMES, SHARES).data
    assert list(bars.x) == [-2.5, 0.4, 2.01, *[1.0] * (SHOWN - 3)]
    assert list(bars.marker.color) == [AMBER, TEAL, AMBER, *[TEAL] * (SHOWN - 3)]
    assert bars.y[0] == "Identity 1  50%" and len(bars.y) == SHOWN


def test_the_first_direction_is_on_top_and_all_bars_fit():
    figure = unusual([5.0, -1.0], NAMES[:2], SHARES[:2])
    assert figure.layout.yaxis.autorange == "reversed"
    low, high = figure.layout.xaxis.range
    assert low == -high and high > 5
    assert unusual([0.1], NAMES[:1], SHARES[:1]).layout.xaxis.range[1] > 3


def test_the_page_shines_through():
    layout = unusual([0.1], NAMES[:1], SHARES[:1]).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
