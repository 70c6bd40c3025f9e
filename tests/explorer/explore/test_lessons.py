from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from explorer.explore.lessons import lessons_of, render
from explorer.explore.tools import TOOLS
from pix2nphm.latent import direction_names as naming
from pix2nphm.latent.plausibility import TYPICAL

LESSONS = lessons_of(TOOLS)


def lesson(control: str, model, *names: str) -> str:
    return render(LESSONS[control], model, *names)


class Nesting(HTMLParser):
    """Fails on a tag that is closed out of order, or not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize("control", LESSONS)
def test_each_control_has_a_text_an_equation_and_a_size(model, control):
    html = lesson(control, model, "Ada", "Bob")
    page = Nesting()
    page.feed(html)
    assert not page.open and page.seen <= {"section", "h3", "p", "sub", "sup"}
    assert all(f'class="{part}"' in html for part in ("lesson", "equation", "letters", "size"))
    assert "{" not in html and "}" not in html  # every place is filled
    words = plain(html)
    assert 40 < len(words.split()) < 200 and "!" not in words


@pytest.mark.parametrize("control", LESSONS)
def test_names_of_heads_are_text_not_html(model, control):
    html = lesson(control, model, "<img src=x onerror=alert(1)>", 'B & "{whole}"')
    assert "<img" not in html
    if "{b}" in "".join(LESSONS[control].text):
        assert "B &amp; &quot;{whole}&quot;" in html


def test_the_sizes_are_the_models(model):
    assert "1,088 of them say who it is: 48 for the whole head, and 16 more around each of 65 places" in plain(
        lesson("blend_identity", model)
    )
    assert "1,088 of the 1,141 numbers change." in lesson("blend_identity", model)
    assert f"{len(model.template.mean):,} points" in lesson("heat_map", model)
    assert f"beyond {TYPICAL} and" in lesson("plausibility", model)


def test_what_the_texts_say_of_the_population_is_so(model):
    assert "the first one mostly opens the jaw" in lesson("expression_directions", model)
    assert naming.expression_names(model, 1)[0].name == "Jaw opens"
    assert model.population.expression_share[0] > 0.5


def test_every_control_of_the_page_has_its_lesson(model):
    assert set(LESSONS) == {
        "blend_identity", "blend_expression", "pad", "swap", "matrix", "parts", "mirror_lock", "heat_map",
        "identity_directions", "expression_directions", "units", "random", "plausibility", "map", "animate",
    }  # fmt: skip
    with pytest.raises(KeyError):
        lesson("no such control", model)
