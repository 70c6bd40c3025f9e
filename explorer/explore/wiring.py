"""How the page's components reach the handlers, and answers the components."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import gradio as gr
from gradio.components import Component

from .session import Session
from .updates import HEAD, Answer

Handler = Callable[..., Iterator[Answer]]  # (session, event or request, *values of the inputs) -> answers
QUICK = {  # waiting for the decoder costs nothing, so that what is known already never waits behind it
    "show_progress": "hidden", "trigger_mode": "always_last", "api_visibility": "private",
    "concurrency_limit": 16, "concurrency_id": "explore",
}  # fmt: skip


class Wiring:
    """The components by name, and the visitor's session."""

    def __init__(self, session: Session) -> None:
        self.services = session.services
        self.session = gr.State(session)
        self.components: dict[str, Component] = {}
        self._connections: list[Callable[[], None]] = []

    def add(self, name: str, component: Component) -> Component:
        """A component that answers may name. It can lose what it was built with (see `keep_props`): a button its words.

        So nothing is added that no answer names, and answers give such a button its words again.
        """
        if isinstance(component, gr.HTML):
            keep_props(component)
        self.components[name] = component
        return component

    def on(
        self,
        trigger: Callable,
        handler: Handler,
        *inputs: str | Component,
        then: str = "",
        about: type = gr.EventData,
        changes: Sequence[str] = (),
        **settings,
    ) -> None:
        """`handler` answers `trigger` with the values of `inputs`. `then` is JavaScript that gets the component "file".

        `about` is what the handler is told: gr.EventData about the event, or gr.Request about who asks. `changes` names
        the components that answers may go to, any when not message: the fewer, the sooner Gradio is through with one.
        """

        def connect() -> None:
            given = [self.components[one] if isinstance(one, str) else one for one in inputs]
            outputs = [self.components[one] for one in changes or self.components]
            named = self._named(handler, about, inputs)
            done = trigger(named, [self.session, *given], outputs, **(QUICK | settings))
            if then:
                done.then(None, self.components["file"], None, js=then, api_visibility="private")

        self._connections.append(connect)

    def follow(self, control: gr.HTML, handler: Handler) -> None:
        """`handler` answers the end of each movement of `control`, which moves the head and nothing else."""
        self.on(control.commit, handler, changes=HEAD)

    def in_browser(self, trigger: Callable, script: str, source: str, target: str) -> None:
        """JavaScript answers `trigger`: from the value of one component to the value of another."""
        self._connections.append(
            lambda: trigger(None, self.components[source], self.components[target], js=script, api_visibility="private")
        )

    def connect(self) -> None:
        """To be called when all components are there."""
        for connect in self._connections:
            connect()

    def _named(self, handler: Handler, about: type, inputs: Sequence[str | Component]) -> Callable:
        def answered(event, session: Session, *values) -> Iterator[dict[Component, Any]]:
            sent = {name: value for name, value in zip(inputs, values) if isinstance(name, str)}
            silent = True
            for answer in handler(session, event, *values):
                silent = False
                yield {self.components[name]: value for name, value in without_echo(answer, sent).items()} or gr.skip()
            if silent:  # of a generator that yields nothing Gradio empties all outputs
                yield gr.skip()

        answered.__annotations__["event"] = about  # Gradio looks for the class, not for its name
        return answered


def without_echo(answer: Answer, sent: Answer) -> Answer:
    """`answer` without the values that were `sent`: the page has them, or newer ones that it must not lose."""
    news = {}
    for name, value in answer.items():
        if name in sent and isinstance(value, dict) and "value" in value and value["value"] == sent[name]:
            news[name] = {key: one for key, one in value.items() if key != "value"}
        elif name not in sent or value != sent[name]:
            news[name] = value
    return news


def keep_props(component: gr.HTML) -> None:
    """Make a component remember the props it was built with.

    Gradio 6.31 gives a component that is not mounted yet, such as one in a closed tab, nothing but the props of the
    last update; and a skipped output is an update without any. The props are written without quotes: Gradio takes a
    quoted word of this script for the name of an event, and would copy its handler, and with it the model, for every
    visitor who opens the page.
    """
    component.js_on_load = f"""
        const first = JSON.parse(decodeURIComponent("{quote(json.dumps(component.props))}"));
        props = new Proxy(props, {{ get: (now, name) => now[name] ?? first[name] }});
        {component.js_on_load}
    """
