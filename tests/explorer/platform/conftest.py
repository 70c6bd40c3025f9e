"""Small pages, really launched, and what clients do with them by hand."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field

import gradio as gr
import httpx
import pytest

from explorer.platform.page import SERVER, Page

PATIENCE = 60.0  # seconds


@dataclass
class Kitchen:
    """A page whose one cook makes one dish after the other, the first when `gate` is opened."""

    page: Page
    address: str = ""
    gate: threading.Event = field(default_factory=threading.Event)
    served: list[str] = field(default_factory=list)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=PATIENCE))

    def order(self, dish: str, session: str, visitor: str = "10.0.0.1") -> httpx.Response:
        """`visitor` is the address that the job seems to come from: uvicorn believes this machine."""
        body = {"data": [dish], "fn_index": 0, "session_hash": session}
        headers = {"X-Forwarded-For": visitor}
        return self.http.post(f"{self.address}gradio_api/queue/join", json=body, headers=headers)

    def answers(self, session: str, count: int) -> list[dict]:
        """What `count` jobs of a session came to, in the order in which they ended."""
        ended = []
        url = f"{self.address}gradio_api/queue/data"
        with self.http.stream("GET", url, params={"session_hash": session}) as lines:
            for line in lines.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    ended.append(message)
                if len(ended) == count:
                    break
        return ended


@pytest.fixture
def kitchen(tmp_path, monkeypatch) -> Kitchen:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    with Page(analytics_enabled=False) as page:
        cooked = Kitchen(page)

        def cook(dish: str) -> str:
            cooked.gate.wait(PATIENCE)
            cooked.served.append(dish)
            return dish

        dish = gr.Textbox(label="dish")
        gr.Button().click(cook, dish, dish, api_name="cook", concurrency_limit=1)
    _, cooked.address, _ = page.launch(prevent_thread_lock=True, quiet=True, app_kwargs=SERVER)
    yield cooked
    cooked.gate.set()
    cooked.http.close()
    page.close()
