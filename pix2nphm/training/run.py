"""A training run: its folder, its budget of minutes, and how it goes on after it was stopped."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors.torch import save

from ..files import replacing, write_bytes


class Training(Protocol):
    """What a run carries out, step by step."""

    @property
    def product(self) -> Any:
        """The network that will ship: a module with its `config`, a dataclass."""

    def one_step(self, step: int, progress: float) -> None:
        """Learn from one batch. `step` counts from 0; `progress` 0..1 is the share of the budget that is spent."""

    def report(self) -> dict[str, float]:
        """Figures for the learning curve: losses since the last report, and held-out measures."""

    def state(self) -> dict:
        """All that `restore` needs to go on; what `torch.load(weights_only=True)` reads."""

    def restore(self, state: dict) -> None: ...


class Run:
    """Counts steps and seconds, and keeps in its folder what comes of them.

    `weights.safetensors` and `config.json`  the product, renewed at every checkpoint
    `checkpoint.pt`                          to go on from
    `log.jsonl`                              the learning curve, one report a line

    Files but the log are replaced whole: whoever reads them never sees half of one.
    """

    def __init__(self, folder: Path, minutes: float, resume: bool = False) -> None:
        """`minutes` of training in all, with those of earlier processes and with reports; preparations do not count.

        resume  go on from the folder's checkpoint, if there is one
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.budget = folder, 60 * minutes
        self.step, self.earlier = 0, 0.0  # steps so far; seconds of earlier processes
        self.checkpoint: dict | None = None  # of the training, until it is restored
        if resume and (file := folder / "checkpoint.pt").exists():
            state = torch.load(file, weights_only=True, map_location="cpu")
            self.step, self.earlier, self.checkpoint = state["step"], state["seconds"], state["training"]
        self.started: float | None = None
        self.last: dict[str, float] = {}  # seconds at which each thing was last due

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser, minutes: float) -> None:
        """What every training asks on its command line; `Run.of` reads it."""
        parser.add_argument("--run", type=Path, required=True, help="folder for weights, checkpoint and log")
        parser.add_argument("--minutes", type=float, default=minutes, help="of training in all, resumed time included")
        parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint, if there is one")

    @staticmethod
    def of(arguments: argparse.Namespace) -> Run:
        return Run(arguments.run, arguments.minutes, arguments.resume)

    @property
    def seconds(self) -> float:
        return self.earlier + (0.0 if self.started is None else time.monotonic() - self.started)

    @property
    def progress(self) -> float:
        """0..1, the share of the budget that is spent."""
        return min(self.seconds / self.budget, 1.0)

    def carry_out(self, training: Training, report_seconds: float, save_seconds: float) -> None:
        """Step until the budget is spent; report and save now and then, and at the end."""
        if self.checkpoint is not None:
            training.restore(self.checkpoint)
            self.checkpoint = None
        self.started = time.monotonic()
        self.last = dict.fromkeys(("report", "save"), self.seconds)
        while (progress := self.progress) < 1:
            training.one_step(self.step, progress)
            self.step += 1
            if self.due("report", report_seconds):
                self.log(training)
            if self.due("save", save_seconds):
                self.save(training)

    def due(self, what: str, every: float) -> bool:
        """Whether more than `every` seconds passed since this was last due, or the budget is spent."""
        if self.seconds - self.last[what] <= every and self.progress < 1:
            return False
        self.last[what] = self.seconds
        return True

    def log(self, training: Training) -> None:
        """Add a report to the learning curve, with the minutes until it was asked for."""
        row = {"minutes": self.seconds / 60, "step": self.step}
        row |= training.report()
        line = json.dumps({name: round(value, 5) for name, value in row.items()})
        print(line, flush=True)
        with open(self.folder / "log.jsonl", "a") as file:
            file.write(line + "\n")

    def save(self, training: Training) -> None:
        state = {"step": self.step, "seconds": self.seconds, "training": training.state()}
        product = training.product
        weights = {name: tensor.contiguous().cpu() for name, tensor in product.state_dict().items()}
        with replacing(self.folder / "checkpoint.pt", "checkpoint") as file:
            torch.save(state, file)
        write_bytes(self.folder / "weights.safetensors", save(weights), "weights")
        write_bytes(self.folder / "config.json", json.dumps(asdict(product.config), indent=2).encode(), "config")
