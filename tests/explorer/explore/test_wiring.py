from __future__ import annotations

from types import SimpleNamespace

import gradio as gr

from explorer.explore.session import Session
from explorer.explore.state import begin
from explorer.explore.wiring import Wiring

SERVICES = SimpleNamespace()


def wired() -> Wiring:
    with gr.Blocks():
        page = Wiring(Session(SERVICES, begin(())))
        page.add("text", gr.Textbox())
    return page


def test_a_handler_with_nothing_to_say_changes_nothing():
    page = wired()
    for answers in ([], [{}], [{"text": "as it was"}]):
        handler = page._named(lambda session, event, text: iter(answers), gr.EventData, ["text"])
        assert list(handler(None, Session(SERVICES, begin(())), "as it was")) == [gr.skip()]


def test_an_answer_goes_to_the_components_it_names():
    page = wired()
    handler = page._named(lambda session, event: iter([{"text": "new"}]), gr.EventData, [])
    assert list(handler(None, Session(SERVICES, begin(())))) == [{page.components["text"]: "new"}]
