"""Twenty visitors at once on the real app: `python tests/load_20_visitors.py [visitors]`.

Starts the app on a free port. Each visitor opens the page with a head of their own in the address, moves the blend's
sliders, and asks the endpoints, all through the real server. What comes back must be their own head, every time. Prints
how long answers took and how much memory the server used; exits with 1 if anything failed.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import torch
from gradio_client import Client, handle_file

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
VISITORS, MOVES = 20, 5
PATIENCE = 300.0  # seconds for one answer, on a busy machine
LARGEST_GROWTH_MB = 1500  # of the server, from its start to its peak


class Visitor:
    """One browser, without the browser: the same requests as the page sends."""

    def __init__(self, address: str, model, number: int) -> None:
        from pix2nphm.latent.editing import random_head

        self.address, self.model, self.session = address, model, uuid.uuid4().hex
        self.http = httpx.Client(timeout=PATIENCE)
        self.code = random_head(model.population, model.code_shape, seed=number, truncation=1.5, expression=True)
        self.config = self.http.get(f"{address}/config").json()
        self.seconds: list[float] = []
        self.failures: list[str] = []

    def component(self, **props: str) -> int:
        """The id of a component, by what it was built with."""
        found = (one["id"] for one in self.config["components"] if props.items() <= one["props"].items())
        return next(found)

    def answers(self, target: int, event: str, event_data: Any = None, query: str = "") -> Iterator[dict[int, Any]]:
        """What an event brings, component id -> value."""
        dependency = next(one for one in self.config["dependencies"] if [target, event] in one["targets"])
        body = {
            "data": [None] * len(dependency["inputs"]), "fn_index": dependency["id"], "session_hash": self.session,
            "event_data": event_data, "trigger_id": target,
        }  # fmt: skip
        self.http.post(f"{self.address}/gradio_api/queue/join{query}", json=body).raise_for_status()
        values: list[Any] = []
        stream = self.http.stream("GET", f"{self.address}/gradio_api/queue/data", params={"session_hash": self.session})
        with stream as lines:
            for line in lines.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") not in ("process_generating", "process_completed"):
                    continue
                if not message.get("success", True):
                    raise RuntimeError(f"the server failed: {message['output']}")
                data = message["output"].get("data", [])
                if message["msg"] == "process_generating":
                    values = patched(values, data)
                    yield dict(zip(dependency["outputs"], values))
                else:
                    return

    def state(self) -> None:
        try:
            self.explore()
            self.ask()
        except Exception as error:  # one visitor's trouble is reported with the others'
            self.failures.append(f"{type(error).__name__}: {error}")

    def explore(self) -> None:
        """Open the page by a link, and move the identity slider to places of one's own."""
        from explorer.explore.link import read_state, write_state
        from pix2nphm.latent.editing import interpolate

        state = write_state(self.code, self.model.name)
        link = self.component(elem_id="link-state")
        viewer = self.component(elem_id="head")
        targets = [
            target for one in self.config["dependencies"] if len(one["inputs"]) == 2 for target in one["targets"]
        ]
        page = next(target for target, event in targets if event == "load")
        own = read_state(state, self.model)
        self.expect(own, self.answers(page, "load", query=f"?state={state}"), link, viewer)
        from explorer.explore.shelf.example_codes import read_example_shelf

        other = read_example_shelf(self.model)[0].code
        for move in range(MOVES):
            place = round(float(np.random.default_rng().uniform(-0.5, 1.5)), 3)
            sent = {"values": {"identity": place, "expression": 0.0}, "moved": "identity", "generation": move + 1}
            started = time.perf_counter()
            slider = self.component(elem_id="blend")
            self.expect(interpolate(own, other, place, 0.0), self.answers(slider, "commit", sent), link, viewer)
            self.seconds.append(time.perf_counter() - started)

    def expect(self, code, answers: Iterator[dict[int, Any]], link: int, viewer: int) -> None:
        """The answers bring this head, as a link and as a mesh, and no other."""
        from explorer.explore.link import read_state

        last: dict[int, Any] = {}
        for answer in answers:
            last = last | {key: value for key, value in answer.items() if value != {"__type__": "update"}}
        told = read_state(text_of(last[link]), self.model)
        if not torch.allclose(told.identity, code.identity, rtol=2e-3, atol=2e-3):
            self.failures.append("the page told of another head")
        mesh = file_of(last[viewer])
        _, _, positions = read_mesh(self.http.get(f"{self.address}/gradio_api/file={mesh}").content)
        with torch.inference_mode():
            wanted = self.model.template.vertices(code).numpy()
        apart = np.abs(np.stack([positions.min(0) - wanted.min(0), positions.max(0) - wanted.max(0)]))[:, [0, 2]]
        if apart.max() > 0.006:  # metres; two heads differ by more
            self.failures.append(f"the mesh is another head's: its box is {1000 * apart.max():.1f} mm off")

    def ask(self) -> None:
        """The endpoints, with files."""
        client = Client(self.address, verbose=False)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "own.npz"
            self.model.save_code(self.code, path)
            own = handle_file(path)
            started = time.perf_counter()
            _, between = client.predict(own, own, 1.0, 0.0, api_name="/interpolate")
            client.predict(own, "ply", api_name="/decode")
            self.seconds.append((time.perf_counter() - started) / 2)
            back = self.model.load_code(between)
        if not torch.equal(back.identity, self.code.identity):
            self.failures.append("interpolate answered another head")


def patched(values: list[Any], data: list[Any]) -> list[Any]:
    """Gradio sends the first answer of a generator whole, and then differences."""
    if not values:
        return data
    from gradio_client.utils import apply_diff

    return [apply_diff(value, change) for value, change in zip(values, data)]


def text_of(value: Any) -> str:
    return value["value"] if isinstance(value, dict) else value


def file_of(value: Any) -> str:
    """The path of the viewer's mesh."""
    return value["value"]["mesh"]["path"]


def read_mesh(content: bytes) -> tuple[np.ndarray, float, np.ndarray]:
    """The centre, the step and the (V, 3) vertices of a file of `explorer.components.viewer.mesh_file`."""
    vertices = int(np.frombuffer(content, "<u4", 1, 4)[0])
    *centre, step = np.frombuffer(content, "<f4", 4, 12)
    stored = np.frombuffer(content, "<i2", 3 * vertices, 28).reshape(-1, 3)
    return np.array(centre), float(step), np.array(centre) + stored * float(step)


def memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def main(visitors: int) -> int:
    import pix2nphm

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        own = {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": folder, "PYTHONPATH": str(ROOT)}
        app = [sys.executable, str(ROOT / "app.py")]
        server = subprocess.Popen(app, env=os.environ | own, stdout=subprocess.DEVNULL)
        try:
            return measured(server, address, pix2nphm.load(), visitors)
        finally:
            server.terminate()
            server.wait()


def measured(server: subprocess.Popen, address: str, model, visitors: int) -> int:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            httpx.get(address, timeout=5).raise_for_status()
            break
        except httpx.HTTPError:
            if time.monotonic() > until or server.poll() is not None:
                print("The app did not start.")
                return 1
            time.sleep(1)
    start = peak = memory_mb(server.pid)
    everybody = [Visitor(address, model, number) for number in range(visitors)]
    threads = [threading.Thread(target=visitor.state) for visitor in everybody]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, memory_mb(server.pid))
        time.sleep(0.1)
    seconds = np.array([one for visitor in everybody for one in visitor.seconds] or [np.nan])
    failures = [f"visitor {number}: {one}" for number, visitor in enumerate(everybody) for one in visitor.failures]
    half, most, worst = np.percentile(seconds, (50, 95, 100))
    print(
        f"{visitors} visitors, {len(seconds)} answers, seconds: median {half:.2f}, 95 % {most:.2f}, worst {worst:.2f}"
    )
    print(f"server memory: {start:.0f} MB at start, {peak:.0f} MB at most, {memory_mb(server.pid):.0f} MB at the end")
    if peak - start > LARGEST_GROWTH_MB:
        failures.append(f"the server grew by {peak - start:.0f} MB")
    print("\n".join(failures) or "everybody got their own heads")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else VISITORS))
