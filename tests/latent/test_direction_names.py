from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.latent import direction_names as naming
from pix2nphm.latent.direction_names import Length, name_directions
from pix2nphm.nphm.template import REGIONS
from pix2nphm.nphm.units import UNITS


@pytest.fixture(scope="module")
def known():
    """Codes are three lengths: the first moves mark 0 along x, the second and third share mark 1 along y."""

    def landmarks(code):
        marks = torch.zeros(68, 3)
        marks[0, 0], marks[1, 1] = 0.1 + 0.003 * code.whole[0], 0.2 + 0.002 * (code.whole[1] - code.whole[2])
        return marks

    skull = torch.tensor([REGIONS.index("skull")] * 2)
    vertices = SimpleNamespace(posed=lambda code: torch.ones(2, 3))
    template = SimpleNamespace(vertex_region=skull, mean=torch.ones(2, 3), rows=lambda index: vertices)
    return SimpleNamespace(decoder=SimpleNamespace(landmarks=landmarks), template=template)


def test_a_name_is_earned_when_one_length_explains_a_direction(known):
    lengths = (
        Length("width", "Wider", "Narrower", lambda head: head.marks[0, 0]),
        Length("height", "Taller", "Lower", lambda head: head.marks[1, 1]),
    )

    def head(number, deviations):
        whole = torch.zeros(4)
        whole[number] = -deviations if number == 0 else deviations
        return HeadCode(whole, torch.zeros(1, 1), torch.zeros(1))

    first, second, third = name_directions(known, lengths, head, head, total=3, kind="Identity", count=3)
    assert (first.name, first.earned) == ("Narrower", True)
    assert first.hint == "Width: 106 mm at \N{MINUS SIGN}2, 94 mm at +2."
    # half of the height goes with each of the others: not more than half
    assert (second.name, third.name, second.earned) == ("Identity 2", "Identity 3", False)
    assert "height +8.0 mm" in second.hint and "height \N{MINUS SIGN}8.0 mm" in third.hint


def test_names_of_the_model_say_what_the_right_end_does(model):
    identity, expression = naming.identity_names(model, 12), naming.expression_names(model, 8)
    for names, kind in ((identity, "Identity"), (expression, "Expression")):
        assert any(name.earned for name in names)
        assert [name.name for name in names if not name.earned] == [
            f"{kind} {i + 1}" for i, name in enumerate(names) if not name.earned
        ]
        assert all(re.search(r"\d mm", name.hint) for name in names)
    by_name = {name.name: name.hint for name in identity + expression}
    low, high = map(int, re.findall(r"(\d+) mm", by_name["Jaw opens"]))
    assert high - low > 10
    low, high = map(int, re.findall(r"(\d+) mm", by_name[next(n for n in by_name if n.endswith("er head"))]))
    assert (high > low) == ("Larger head" in by_name) and abs(high - low) > 10


def test_a_direction_named_after_the_smile_lifts_the_corners_of_the_mouth(model):
    number = [name.name for name in naming.expression_names(model, 8)].index("Smile")
    middle = model.mean_code.with_expression(model.population.expression_mean)
    smiling = middle.with_expression(middle.expression + 2 * model.population.expression_directions[number])
    before, after = (model.decoder.landmarks(code)[[48, 54]] * 1000 for code in (middle, smiling))
    assert (after - before)[:, 1].min() > 1 and (after - before)[1, 0] - (after - before)[0, 0] > 1


def test_units_have_plain_labels_in_areas():
    assert naming.unit_label("mouthSmile_L") == "Mouth smile, left" and naming.unit_label("jawOpen") == "Jaw open"
    placed = [unit for area in naming.UNIT_AREAS for unit in naming.units_of(area)]
    assert sorted(placed) == sorted(UNITS) and len({naming.unit_label(unit) for unit in UNITS}) == len(UNITS)
    assert max(len(naming.units_of(area)) for area in naming.UNIT_AREAS) <= 8
