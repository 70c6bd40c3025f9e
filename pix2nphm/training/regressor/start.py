"""What a regressor's training starts from: the roles there are, and a network that is new or knows what shipped."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ...regressor.landmark_encoder import mean_layout_of
from ...regressor.network import FRAME_SIDE, USUAL_INVERSE_DISTANCE, Regressor, RegressorConfig
from ...weights.store import load_weights
from ..head_space import HeadSpace
from .batches import Jitter, read_shard, shard_folders
from .losses import Probe, framed_points

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
    "regressor": Role(
        192, (64, 128, 384), 6, experts=True, jitter=Jitter(0.03, 0.05, 5.0, wild=0.1, lying=0.0), faceless=False
    ),
}


def build(
    role: Role, space: HeadSpace, probe: Probe, photographs: Path, start_from: dict[str, Tensor] | None
) -> Regressor:
    """A network that knows the space's mirror symmetry, and the axes of layouts or what another knew.

    Of `start_from`, what has the same name and shape is taken over.
    """
    config = RegressorConfig(space.code_shape, role.crop, role.widths, role.layers, role.experts)
    network = Regressor(config)
    network.mirror.load_state_dict(space.mirror.state_dict())
    network.layout.mean_layout.copy_(mean_layout_of(probe.mean[: config.points], FRAME_SIDE, USUAL_INVERSE_DISTANCE))
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


def shipped(weights: Path, role: str) -> dict[str, Tensor]:
    """One network's part of a weights folder, in single precision. Ends the program where there is none."""
    _, tensors = load_weights(weights)
    mine = {name.removeprefix(f"{role}."): tensor for name, tensor in tensors.items() if name.startswith(f"{role}.")}
    if not mine:
        raise SystemExit(f"{weights} holds no {role} to start from.")
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in mine.items()}
