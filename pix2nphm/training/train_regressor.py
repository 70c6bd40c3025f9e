"""Trains the regressor: first the dense geometry, then codes and cameras with it.

python -m pix2nphm.training.train_regressor --data DATA --portraits runs/portraits.npz \
    --photographs runs/photographs --held-out runs/photographs_test --run runs/regressor --minutes 60 [--resume] [--start-from pix2nphm/weights]
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from ..regressor.layout import usual_layout
from ..regressor.network import FRAME_SIDE, USUAL_INVERSE_DISTANCE, Regressor, RegressorConfig
from ..weights.store import load_weights
from .batches import STORED, Batch, Jitter, Samples, make_batch, read_portraits, read_shard, shard_folders
from .heads import HeadSpace
from .ict import IctFaceKit
from .losses import Probe, Truth, code_losses, framed_points, geometry_losses, measures
from .memory import keep_freed_memory

BATCH = 32
GLANCES = 5  # one batch in so many is of crops as small as those in which faces are looked for
PORTRAIT_SHARE = 0.17
RATE, WARM_UP = 8e-4, 100  # peak learning rate unless said otherwise; steps until it is reached
EXPERTS_FACTOR = 5  # patch experts learn faster than the rest
GEOMETRY_SHARE = 0.08  # of the budget is spent on geometry alone, by a network that starts from nothing
AVERAGE = 0.998  # of the weights that are kept, per step


class Feed:
    """Endless batches, made one ahead in a thread; new shards of photographs are used as they appear."""

    def __init__(self, space: HeadSpace, portraits: Samples, photographs: Path, backgrounds: np.ndarray,
                 config: RegressorConfig, seed: int):
        self.space, self.portraits, self.photographs, self.backgrounds = space, portraits, photographs, backgrounds
        self.config, self.generator = config, np.random.default_rng(seed)
        self.shards: dict[str, Samples] = {}
        self.made = 0
        self.worker = ThreadPoolExecutor(1)
        self.next = self.worker.submit(self.make)

    def make(self) -> Batch:
        if self.made % 50 == 0:
            for folder in shard_folders(self.photographs):
                if folder.name not in self.shards:
                    self.shards[folder.name] = read_shard(folder)
        self.made += 1
        from_portraits = round(BATCH * PORTRAIT_SHARE)
        parts = [(self.portraits, self.generator.integers(len(self.portraits), size=from_portraits))]
        names = list(self.shards)
        for chosen in self.generator.choice(len(names), 4):
            shard = self.shards[names[chosen]]
            rows = np.sort(self.generator.integers(len(shard), size=(BATCH - from_portraits) // 4))
            parts.append((shard, rows))
        size = self.config.glance if self.made % GLANCES == 0 else self.config.crop
        return make_batch(parts, self.space, size, self.generator, Jitter(), self.backgrounds)

    def __next__(self) -> Batch:
        batch = self.next.result()
        self.next = self.worker.submit(self.make)
        return batch


def read_backgrounds(data: Path, generator: np.random.Generator, count: int = 400) -> np.ndarray:
    """(count, 256, 256, 3) uint8: random cuts of the background pictures."""
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in sorted((data / "backgrounds").glob("*.jpg"))]
    cuts = np.empty((count, STORED, STORED, 3), np.uint8)
    for cut in cuts:
        picture = pictures[generator.integers(len(pictures))]
        side = int(generator.integers(100, 500))
        top, left = generator.integers(picture.shape[0] - side), generator.integers(picture.shape[1] - side)
        cut[:] = np.asarray(Image.fromarray(picture[top : top + side, left : left + side]).resize((STORED, STORED)))
    return cuts


@torch.no_grad()
def validate(network: Regressor, held_out: dict[str, Samples], space: HeadSpace, probe: Probe, size: int) -> dict[str, float]:
    """Medians and means over held-out people, each crop a little displaced as a second look would be."""
    network.eval()
    row = {}
    for name, samples in held_out.items():
        generator = np.random.default_rng(0)
        figures: dict[str, list] = {}
        for rows in np.array_split(np.arange(len(samples)), max(1, len(samples) // 64)):
            batch = make_batch([(samples, rows)], space, size, generator, None)
            with torch.autocast("cpu", torch.bfloat16):
                seen = network(batch.crops)
            for key, values in measures(seen, batch, probe).items():
                figures.setdefault(key, []).append(values)
        figures = {key: torch.cat(values) for key, values in figures.items()}
        row |= {f"{name}_landmarks_median": figures["landmarks"].median().item(),
                f"{name}_points_median": figures["points"].median().item(),
                f"{name}_landmarks_failed": (figures["landmarks"] > 0.15).float().mean().item(),
                f"{name}_face": figures["face"].mean().item()}
        if samples.mask is not None:
            row |= {f"{name}_rotation_degrees": figures["rotation_degrees"].mean().item(),
                    f"{name}_shape_ratio": (figures["shape_mm"].mean() / figures["mean_head_mm"].mean()).item()}
    network.train()
    return row


def train(arguments: argparse.Namespace) -> None:
    keep_freed_memory()
    ict = IctFaceKit.read(arguments.data)
    space = HeadSpace.build(ict)
    with np.load(arguments.portraits) as pack:
        probe = Probe.build(ict, space, pack["landmarks68"])
    shape = space.code_shape
    config = RegressorConfig(shape.whole, shape.parts, shape.local, shape.expression, crop=arguments.crop)
    torch.manual_seed(arguments.seed)
    network = Regressor(config).to(memory_format=torch.channels_last)
    network.mirror.load_state_dict(space.mirror.state_dict())
    network.layout.usual.copy_(usual_layout(probe.mean[: config.points], FRAME_SIDE, USUAL_INVERSE_DISTANCE))
    network.layout.learn_axes(torch.cat([framed_points(read_shard(folder), probe)[:, : config.points]
                                         for folder in shard_folders(arguments.photographs)[:20]]))  # fmt: skip
    if arguments.start_from:
        fresh = network.load_state_dict(shipped_regressor(arguments.start_from), strict=False)
        print("not in what training starts from:", ", ".join(fresh.missing_keys) or "nothing")
    average = copy.deepcopy(network).requires_grad_(False)
    if arguments.hold_backbone:
        network.backbone.requires_grad_(False).eval()
    groups = {(factor, decay): [] for factor in (1, EXPERTS_FACTOR) for decay in (0.0, 0.03)}
    for name, parameter in network.named_parameters():
        groups[EXPERTS_FACTOR if name.startswith("layout.patches") else 1, 0.03 if parameter.ndim > 1 else 0.0].append(parameter)
    adam = torch.optim.AdamW([{"params": parameters, "weight_decay": decay, "factor": factor}
                              for (factor, decay), parameters in groups.items()], lr=arguments.rate, betas=(0.9, 0.98))  # fmt: skip
    step, images, spent = 0, 0, 0.0
    arguments.run.mkdir(parents=True, exist_ok=True)
    checkpoint = arguments.run / "checkpoint.pt"
    if arguments.resume and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        adam.load_state_dict(state["adam"])
        step, images, spent = state["step"], state["images"], state["seconds"]
    generator = np.random.default_rng([arguments.seed, step])
    feed = Feed(space, read_portraits(arguments.data, arguments.portraits, "train"), arguments.photographs,
                read_backgrounds(arguments.data, generator), config, seed=arguments.seed + step)
    held_out = {"portraits": read_portraits(arguments.data, arguments.portraits, "test"),
                "renders": read_shard(shard_folders(arguments.held_out)[0])}

    budget, started, reported, sums = arguments.minutes * 60, time.monotonic() - spent, time.monotonic(), {}
    while (seconds := time.monotonic() - started) < budget:
        progress = seconds / budget
        for group in adam.param_groups:
            group["lr"] = group["factor"] * arguments.rate * min(1, (step + 1) / WARM_UP) * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
        batch = next(feed)
        with torch.autocast("cpu", torch.bfloat16):
            seen = network(batch.crops)
        truth = Truth.of(batch, probe)
        losses = geometry_losses(seen, batch, probe, truth)
        if arguments.start_from or progress > GEOMETRY_SHARE:
            losses |= code_losses(seen, batch, probe, truth)
        adam.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 3.0)
        adam.step()
        step, images = step + 1, images + BATCH
        with torch.no_grad():
            keep = min(AVERAGE, 1 - 1 / (step / 5 + 1))
            for kept, new in zip(average.state_dict().values(), network.state_dict().values()):
                kept.lerp_(new, 1 - keep) if kept.is_floating_point() else kept.copy_(new)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0) * 0.98 + 0.02 * value.item() if name in sums else value.item()
        if time.monotonic() - reported > arguments.report_seconds or time.monotonic() - started >= budget:
            reported = time.monotonic()
            row = {"minutes": seconds / 60, "step": step, "images": images, "shards": len(feed.shards)}
            row |= {name: value for name, value in sums.items()} | validate(average, held_out, space, probe, config.crop)
            with open(arguments.run / "log.jsonl", "a") as log:
                log.write(json.dumps({key: round(value, 4) for key, value in row.items()}) + "\n")
            save(arguments.run, network, average, adam, config, step, images, time.monotonic() - started)


def shipped_regressor(weights: Path) -> dict[str, torch.Tensor]:
    """The regressor's part of a weights folder, in single precision."""
    _, tensors = load_weights(weights)
    mine = {name.removeprefix("regressor."): tensor for name, tensor in tensors.items() if name.startswith("regressor.")}
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in mine.items()}


def save(run: Path, network: Regressor, average: Regressor, adam: torch.optim.Optimizer, config: RegressorConfig,
         step: int, images: int, seconds: float) -> None:
    """The state to resume from, and the averaged weights to ship; each file appears whole or not at all."""
    torch.save({"network": network.state_dict(), "average": average.state_dict(), "adam": adam.state_dict(),
                "step": step, "images": images, "seconds": seconds}, run / "checkpoint.tmp")
    (run / "checkpoint.tmp").replace(run / "checkpoint.pt")
    weights = {name: tensor.contiguous() for name, tensor in average.state_dict().items()}
    save_file(weights, run / "regressor.tmp")
    (run / "regressor.tmp").replace(run / "regressor.safetensors")
    (run / "config.json").write_text(json.dumps(config.to_dict(), indent=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--photographs", type=Path, required=True, help="shards of training photographs")
    parser.add_argument("--held-out", type=Path, required=True, help="shards of photographs of held-out people")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--crop", type=int, default=RegressorConfig.crop)
    parser.add_argument("--rate", type=float, default=RATE, help="peak learning rate; half of it to train on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report-seconds", type=float, default=180)
    parser.add_argument("--start-from", type=Path, help="a weights folder, to train on from what has shipped")
    parser.add_argument("--hold-backbone", action="store_true", help="train only what reads its features: twice as fast")
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint, if there is one")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
