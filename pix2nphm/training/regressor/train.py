"""Trains the regressor, or the finder: a smaller one that looks for faces and frames them.

python -m pix2nphm.training.regressor.train regressor --data DATA --portraits runs/portraits.npz \
    --photographs runs/photographs --held-out runs/photographs_test --run runs/regressor --minutes 60 \
    [--resume] [--start-from pix2nphm/weights]
"""

from __future__ import annotations

import argparse
import copy
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ...regressor.network import Regressor
from ..allocator import keep_freed_memory
from ..head_space import HeadSpace, IctFaceKit
from ..run import Run
from .batches import Batch, Samples, read_portraits, read_shard, shard_folders
from .feed import Feed, FeedConfig, read_backgrounds
from .losses import Probe, Truth, code_losses, geometry_losses
from .start import ROLES, build, shipped
from .validation import validate

WARM_UP = 200  # steps until the peak learning rate
EXPERTS_FACTOR = 2  # patch experts learn faster than the rest
GEOMETRY_SHARE = 0.08  # of the budget is spent on geometry alone, by a network that starts from nothing
AVERAGE = 0.998  # of the weights that are kept, per step


def optimiser(network: Regressor, rate: float) -> torch.optim.Optimizer:
    """Groups with the `factor` of their rate; vectors do not decay."""
    groups: dict[tuple[int, float], list[Tensor]] = defaultdict(list)
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        factor = EXPERTS_FACTOR if name.startswith("layout.patches") else 1
        groups[factor, 0.03 if parameter.ndim > 1 else 0.0].append(parameter)
    named = [{"params": parameters, "weight_decay": decay, "factor": factor}
             for (factor, decay), parameters in groups.items()]  # fmt: skip
    return torch.optim.AdamW(named, lr=rate, betas=(0.9, 0.98))


class RegressorTraining:
    """The optimisation of a Regressor, for a `Run` to carry out. What ships is a running average of its weights."""

    def __init__(
        self,
        network: Regressor,
        probe: Probe,
        feed: Feed,
        held_out: dict[str, Samples],
        rate: float,
        geometry_share: float = GEOMETRY_SHARE,
    ) -> None:
        """`geometry_share` of the budget goes to geometry alone, before codes and cameras are learned too."""
        self.network, self.product = network, copy.deepcopy(network).requires_grad_(False)
        self.probe, self.feed, self.held_out = probe, feed, held_out
        self.rate, self.geometry_share = rate, geometry_share
        self.adam = optimiser(network, rate)
        self.batch = next(feed)
        self.images = 0  # seen so far
        self.names: tuple[str, ...] = ()
        self.recent = torch.zeros(0)  # a running mean of the losses of these names

    def one_step(self, step: int, progress: float) -> None:
        rate = self.rate * min(1, (step + 1) / WARM_UP) * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
        for group in self.adam.param_groups:
            group["lr"] = group["factor"] * rate
        losses = self.losses(self.batch, with_codes=progress >= self.geometry_share)
        self.adam.zero_grad(set_to_none=True)
        sum(losses.values(), torch.tensor(0.0)).backward()
        if nn.utils.clip_grad_norm_(self.network.parameters(), 3.0).isfinite():
            self.adam.step()
        keep_average(self.product, self.network, min(AVERAGE, 1 - 1 / ((step + 1) / 5 + 1)))
        self.images += len(self.batch.crops)
        values = torch.stack([value.detach() for value in losses.values()])
        self.recent = self.recent.lerp(values, 0.02) if self.names == tuple(losses) else values
        self.names = tuple(losses)
        self.batch = next(self.feed)

    def losses(self, batch: Batch, with_codes: bool) -> dict[str, Tensor]:
        with torch.autocast(batch.crops.device.type, torch.bfloat16):
            seen = self.network(batch.crops)
        truth = Truth.of(batch, self.probe)
        losses = geometry_losses(seen, batch, self.probe, truth)
        return losses | code_losses(seen, batch, self.probe, truth) if with_codes else losses

    def report(self) -> dict[str, float]:
        figures = {"images": self.images, "shards": self.feed.read} | dict(zip(self.names, self.recent.tolist()))
        return figures | validate(self.product, self.held_out, self.probe)

    def state(self) -> dict:
        states = {"network": self.network.state_dict(), "average": self.product.state_dict()}
        return states | {"adam": self.adam.state_dict(), "images": self.images}

    def restore(self, state: dict) -> None:
        self.network.load_state_dict(state["network"])
        self.product.load_state_dict(state["average"])
        self.adam.load_state_dict(state["adam"])
        self.images = state["images"]


def prepare(arguments: argparse.Namespace, run: Run) -> RegressorTraining:
    """A training as the command line asks for it; what a resumed run draws at random is not what it drew before."""
    device, role = torch.device(arguments.device), ROLES[arguments.role]
    ict = IctFaceKit.read(arguments.data)
    space = HeadSpace.build(ict)
    with np.load(arguments.portraits) as pack:
        probe = Probe.build(ict, space, pack["landmarks68"])
    torch.manual_seed(arguments.seed)
    start_from = shipped(arguments.start_from, arguments.role) if arguments.start_from else None
    network = build(role, space, probe, arguments.photographs, start_from).to(device)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types lack it
    if arguments.hold_backbone:
        network.backbone.requires_grad_(False).eval()
    portraits, others = (
        read_portraits(arguments.data, arguments.portraits, split).to(device) for split in ("train", "test")
    )
    held_out = {"portraits": others, "renders": read_shard(shard_folders(arguments.held_out)[0]).to(device)}
    config = FeedConfig(arguments.batch, role.crop, role.jitter, role.faceless, arguments.shards_kept, arguments.spend)
    seed = arguments.seed + run.step
    feed = Feed(config, copy.deepcopy(space.mirror).to(device), portraits, arguments.photographs,
                read_backgrounds(arguments.data, np.random.default_rng(seed)), seed)  # fmt: skip
    geometry_share = 0.0 if start_from else GEOMETRY_SHARE
    return RegressorTraining(network, probe.to(device), feed, held_out, arguments.rate, geometry_share)


@torch.no_grad()
def keep_average(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Move the running average towards the network's weights."""
    pairs = list(zip(average.state_dict().values(), network.state_dict().values()))
    kept, new = zip(*((kept, new) for kept, new in pairs if kept.is_floating_point()))
    torch._foreach_lerp_(kept, new, 1 - keep)
    for kept, new in pairs:
        if not kept.is_floating_point():
            kept.copy_(new)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--photographs", type=Path, required=True, help="shards of training photographs")
    parser.add_argument("--held-out", type=Path, required=True, help="shards of photographs of held-out people")
    Run.add_arguments(parser, minutes=60)
    parser.add_argument("--device", default="cpu", help="cuda, where there is a GPU")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=8e-4, help="peak learning rate; half of it to train on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report-seconds", type=float, default=180)
    parser.add_argument("--start-from", type=Path, help="a weights folder, to train on from what has shipped")
    parser.add_argument("--hold-backbone", action="store_true", help="train what reads its features: twice as fast")
    parser.add_argument("--shards-kept", type=int, default=1000, help="in memory; the oldest go first")
    parser.add_argument("--spend", action="store_true", help="delete shards once they are in memory, on the device")
    arguments = parser.parse_args()
    keep_freed_memory()
    run = Run.of(arguments)
    run.carry_out(prepare(arguments, run), arguments.report_seconds, arguments.report_seconds)


if __name__ == "__main__":
    main()
