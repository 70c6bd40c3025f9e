"""Trains the regressor, or the finder: a smaller one that looks for faces and frames them.

python -m pix2nphm.training.regressor.train regressor --data DATA --portraits runs/portraits.npz \
    --photographs runs/photographs --held-out runs/photographs_test --run runs/regressor --minutes 60 [--resume] [--start-from pix2nphm/weights]
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ...regressor.landmark_encoder import mean_layout_of
from ...regressor.network import FRAME_SIDE, USUAL_INVERSE_DISTANCE, Regressor, RegressorConfig
from ...weights.store import load_weights
from ..allocator import keep_freed_memory
from ..head_space.head_space import HeadSpace
from ..head_space.ict import IctFaceKit
from .batches import Jitter, Samples, make_batch, read_portraits, read_shard, shard_folders
from .feed import Feed, FeedConfig, read_backgrounds
from .losses import Probe, Truth, code_losses, framed_points, geometry_losses, measures
from .random import Random

WARM_UP = 200  # steps until the peak learning rate
EXPERTS_FACTOR = 2  # patch experts learn faster than the rest
GEOMETRY_SHARE = 0.08  # of the budget is spent on geometry alone, by a network that starts from nothing
AVERAGE = 0.998  # of the weights that are kept, per step
KNOWN_LAYOUTS = 20  # shards from which the axes of layouts are learned


@dataclass(frozen=True)
class Role:
    """What a network is for decides its size and what it is shown."""

    crop: int  # px
    widths: tuple[int, int, int]
    layers: int
    experts: bool
    jitter: Jitter
    faceless: bool


ROLES = {
    "finder": Role(128, (64, 128, 256), 4, experts=False, jitter=Jitter(), faceless=True),
    # It sees what the finder has framed.
    "regressor": Role(192, (64, 128, 384), 6, experts=True, jitter=Jitter(0.03, 0.05, 5.0, wild=0.1, lying=0.0), faceless=False),
}


@torch.no_grad()
def validate(network: Regressor, held_out: dict[str, Samples], probe: Probe) -> dict[str, float]:
    """Medians and means over held-out people, in ideal crops."""
    network.eval()
    row = {}
    for name, samples in held_out.items():
        random = Random(0, samples.device)
        figures: dict[str, list] = {}
        for rows in torch.arange(len(samples), device=samples.device).split(64):
            batch = make_batch([(samples, rows)], None, network.config.crop, random, None)
            with torch.autocast(samples.device.type, torch.bfloat16):
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


def build(role: Role, space: HeadSpace, probe: Probe, photographs: Path, start_from: dict[str, Tensor] | None) -> Regressor:
    """A network that knows the space's mirror symmetry, and the axes of layouts or what another knew: of `start_from`, what
    has the same name and shape is taken over."""
    config = RegressorConfig(space.code_shape, role.crop, role.widths, role.layers, role.experts)
    network = Regressor(config)
    network.mirror.load_state_dict(space.mirror.state_dict())
    network.layout.usual.copy_(mean_layout_of(probe.mean[: config.points], FRAME_SIDE, USUAL_INVERSE_DISTANCE))
    if start_from:
        print(f"{take_over(network, start_from)} of {len(network.state_dict())} tensors are taken over", flush=True)
    else:
        while not (folders := shard_folders(photographs)):  # the first ones are being made
            time.sleep(1)
        known = [framed_points(read_shard(folder), probe)[:, : config.points] for folder in folders[:KNOWN_LAYOUTS]]
        network.layout.learn_axes(torch.cat(known))
    return network


def take_over(network: nn.Module, tensors: dict[str, Tensor]) -> int:
    """Load what has the same name and shape; how many those are."""
    own = network.state_dict()
    taken = {name: value for name, value in tensors.items() if name in own and value.shape == own[name].shape}
    network.load_state_dict(own | taken)
    return len(taken)


def optimiser(network: Regressor, rate: float) -> torch.optim.Optimizer:
    """Groups with the `factor` of their rate; vectors do not decay."""
    groups = {(factor, decay): [] for factor in (1, EXPERTS_FACTOR) for decay in (0.0, 0.03)}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        groups[EXPERTS_FACTOR if name.startswith("layout.patches") else 1, 0.03 if parameter.ndim > 1 else 0.0].append(parameter)
    return torch.optim.AdamW([{"params": parameters, "weight_decay": decay, "factor": factor}
                              for (factor, decay), parameters in groups.items() if parameters], lr=rate, betas=(0.9, 0.98))  # fmt: skip


def train(arguments: argparse.Namespace) -> None:
    keep_freed_memory()
    device, role = torch.device(arguments.device), ROLES[arguments.role]
    ict = IctFaceKit.read(arguments.data)
    space = HeadSpace.build(ict)
    with np.load(arguments.portraits) as pack:
        probe = Probe.build(ict, space, pack["landmarks68"])
    torch.manual_seed(arguments.seed)
    start_from = shipped(arguments.start_from, arguments.role) if arguments.start_from else None
    network = build(role, space, probe, arguments.photographs, start_from)
    network, probe = network.to(device, memory_format=torch.channels_last), probe.to(device)
    average = copy.deepcopy(network).requires_grad_(False)
    if arguments.hold_backbone:
        network.backbone.requires_grad_(False).eval()
    adam = optimiser(network, arguments.rate)
    step, spent = 0, 0.0
    arguments.run.mkdir(parents=True, exist_ok=True)
    checkpoint = arguments.run / "checkpoint.pt"
    if arguments.resume and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True, map_location=device)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        adam.load_state_dict(state["adam"])
        step, spent = state["step"], state["seconds"]
    portraits = {split: read_portraits(arguments.data, arguments.portraits, split).to(device) for split in ("train", "test")}
    held_out = {"portraits": portraits["test"], "renders": read_shard(shard_folders(arguments.held_out)[0]).to(device)}
    config = FeedConfig(arguments.batch, role.crop, role.jitter, role.faceless, arguments.shards_kept, arguments.spend)
    seed = arguments.seed + step
    feed = Feed(config, copy.deepcopy(space.mirror).to(device), portraits["train"], arguments.photographs,
                read_backgrounds(arguments.data, np.random.default_rng(seed)), seed)  # fmt: skip

    batch = next(feed)
    budget, started, reported, sums = arguments.minutes * 60, time.monotonic() - spent, time.monotonic(), None
    while (seconds := time.monotonic() - started) < budget:
        progress = seconds / budget
        for group in adam.param_groups:
            group["lr"] = group["factor"] * arguments.rate * min(1, (step + 1) / WARM_UP) * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
        with torch.autocast(device.type, torch.bfloat16):
            seen = network(batch.crops)
        truth = Truth.of(batch, probe)
        losses = geometry_losses(seen, batch, probe, truth)
        if start_from or progress > GEOMETRY_SHARE:
            losses |= code_losses(seen, batch, probe, truth)
        adam.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        if nn.utils.clip_grad_norm_(network.parameters(), 3.0).isfinite():
            adam.step()
        step += 1
        keep_average(average, network, min(AVERAGE, 1 - 1 / (step / 5 + 1)))
        values = torch.stack([value.detach() for value in losses.values()])
        sums = values if sums is None or len(sums) != len(values) else sums.lerp(values, 0.02)
        batch = next(feed)
        if time.monotonic() - reported > arguments.report_seconds or time.monotonic() - started >= budget:
            reported = time.monotonic()
            row = {"minutes": seconds / 60, "step": step, "images": step * arguments.batch, "shards": feed.read}
            row |= dict(zip(losses, sums.tolist())) | validate(average, held_out, probe)
            with open(arguments.run / "log.jsonl", "a") as log:
                log.write(json.dumps({key: round(value, 4) for key, value in row.items()}) + "\n")
            save(arguments.run, network, average, adam, step, time.monotonic() - started)


@torch.no_grad()
def keep_average(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Move the running average towards the network's weights."""
    pairs = list(zip(average.state_dict().values(), network.state_dict().values()))
    kept, new = zip(*((kept, new) for kept, new in pairs if kept.is_floating_point()))
    torch._foreach_lerp_(kept, new, 1 - keep)
    for kept, new in pairs:
        if not kept.is_floating_point():
            kept.copy_(new)


def shipped(weights: Path, role: str) -> dict[str, Tensor]:
    """One network's part of a weights folder, in single precision. Ends the program where there is none."""
    _, tensors = load_weights(weights)
    mine = {name.removeprefix(f"{role}."): tensor for name, tensor in tensors.items() if name.startswith(f"{role}.")}
    if not mine:
        raise SystemExit(f"{weights} holds no {role} to start from.")
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in mine.items()}


def save(run: Path, network: Regressor, average: Regressor, adam: torch.optim.Optimizer, step: int, seconds: float) -> None:
    """The state to resume from, and the averaged weights to ship; each file appears whole or not at all."""
    torch.save({"network": network.state_dict(), "average": average.state_dict(), "adam": adam.state_dict(),
                "step": step, "seconds": seconds}, run / "checkpoint.tmp")
    (run / "checkpoint.tmp").replace(run / "checkpoint.pt")
    weights = {name: tensor.contiguous().cpu() for name, tensor in average.state_dict().items()}
    save_file(weights, run / "weights.tmp")
    (run / "weights.tmp").replace(run / "weights.safetensors")
    (run / "config.json").write_text(json.dumps(asdict(network.config), indent=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--photographs", type=Path, required=True, help="shards of training photographs")
    parser.add_argument("--held-out", type=Path, required=True, help="shards of photographs of held-out people")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--device", default="cpu", help="cuda, where there is a GPU")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=8e-4, help="peak learning rate; half of it to train on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report-seconds", type=float, default=180)
    parser.add_argument("--start-from", type=Path, help="a weights folder, to train on from what has shipped")
    parser.add_argument("--hold-backbone", action="store_true", help="train only what reads its features: twice as fast")
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint, if there is one")
    parser.add_argument("--shards-kept", type=int, default=1000, help="in memory; the oldest go first")
    parser.add_argument("--spend", action="store_true", help="delete shards once they are in memory, which a GPU's copy is")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
