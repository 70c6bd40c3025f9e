"""A run spends its budget, writes what it says, and goes on from where it was stopped."""

from __future__ import annotations

import errno
import json
from dataclasses import dataclass

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from pix2nphm.errors import CannotSave
from pix2nphm.training import run as run_module
from pix2nphm.training.run import Run


@dataclass(frozen=True)
class Config:
    width: int = 3


class Counting:
    """A training that counts its steps in a weight; each takes ten seconds of `clock`, a report takes one."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.product = clock, nn.Linear(3, 1, bias=False).requires_grad_(False)
        self.product.config = Config()
        self.product.weight.zero_()
        self.seen: list[tuple[int, float]] = []

    def one_step(self, step: int, progress: float) -> None:
        self.seen.append((step, progress))
        self.product.weight += 1
        self.clock.now += 10

    def report(self) -> dict[str, float]:
        self.clock.now += 1  # a report takes its time too
        return {"count": self.product.weight[0, 0].item()}

    def state(self) -> dict:
        return {"weight": self.product.weight}

    def restore(self, state: dict) -> None:
        self.product.weight.copy_(state["weight"])


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(run_module, "time", clock)
    return clock


def log(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_a_run_spends_its_minutes_and_reports_at_the_end(tmp_path, clock):
    training = Counting(clock)
    Run(tmp_path, minutes=2).carry_out(training, report_seconds=45, save_seconds=1000)
    begun = [0, 10, 20, 30, 40, 51, 61, 71, 81, 91, 102, 112]  # seconds: reports count, too
    assert training.seen == [(step, pytest.approx(seconds / 120)) for step, seconds in enumerate(begun)]
    assert [(row["step"], row["minutes"], row["count"]) for row in log(tmp_path)] == [
        (5, pytest.approx(50 / 60, abs=1e-5), 5),
        (10, pytest.approx(101 / 60, abs=1e-5), 10),
        (12, pytest.approx(122 / 60, abs=1e-5), 12),
    ]
    assert torch.equal(load_file(tmp_path / "weights.safetensors")["weight"], torch.full((1, 3), 12.0))
    assert json.loads((tmp_path / "config.json").read_text()) == {"width": 3}
    kept = {"checkpoint.pt", "weights.safetensors", "config.json", "log.jsonl"}
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_a_resumed_run_has_the_rest_of_the_budget_and_goes_on_counting(tmp_path, clock):
    Run(tmp_path, minutes=1).carry_out(Counting(clock), 1000, 1000)
    clock.now += 5000  # between the two processes
    second = Counting(clock)
    Run(tmp_path, minutes=2, resume=True).carry_out(second, 1000, 1000)
    assert second.seen == [(step, pytest.approx((10 * step + 1) / 120)) for step in range(6, 12)]
    assert second.product.weight[0, 0] == 12 and [row["step"] for row in log(tmp_path)] == [6, 12]


def test_without_a_checkpoint_a_resumed_run_begins(tmp_path, clock):
    training = Counting(clock)
    Run(tmp_path, minutes=1, resume=True).carry_out(training, 1000, 1000)
    assert training.seen[0] == (0, 0.0) and len(training.seen) == 6


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path, clock, monkeypatch):
    run, training = Run(tmp_path, minutes=1), Counting(clock)
    run.save(training)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def half(state, file) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_module.torch, "save", half)
    with pytest.raises(CannotSave, match="The checkpoint could not be saved: No space left on device."):
        run.save(training)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
