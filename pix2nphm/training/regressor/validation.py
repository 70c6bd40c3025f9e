"""How far a regressor is off on people that it is never trained on, while it trains."""

from __future__ import annotations

import torch
from torch import Tensor

from ...regressor.network import Regressor
from .batches import Samples, make_batch
from .losses import Probe, measures
from .random_numbers import Random


@torch.no_grad()
def validate(network: Regressor, held_out: dict[str, Samples], probe: Probe) -> dict[str, float]:
    """Medians and means over held-out people, in ideal crops."""
    network.eval()
    row: dict[str, float] = {}
    for name, samples in held_out.items():
        random = Random(0, samples.device)
        parts: dict[str, list[Tensor]] = {}
        for rows in torch.arange(len(samples), device=samples.device).split(64):
            batch = make_batch([(samples, rows)], None, network.config.crop, random, None)
            with torch.autocast(samples.device.type, torch.bfloat16):
                seen = network(batch.crops)
            for key, values in measures(seen, batch, probe).items():
                parts.setdefault(key, []).append(values)
        figures = {key: torch.cat(values) for key, values in parts.items()}
        row |= {
            f"{name}_landmarks_median": figures["landmarks"].median().item(),
            f"{name}_points_median": figures["points"].median().item(),
            f"{name}_landmarks_failed": (figures["landmarks"] > 0.15).float().mean().item(),
            f"{name}_face": figures["face"].mean().item(),
        }
        if samples.mask is not None:
            row |= {
                f"{name}_rotation_degrees": figures["rotation_degrees"].mean().item(),
                f"{name}_shape_ratio": (figures["shape_mm"].mean() / figures["mean_head_mm"].mean()).item(),
            }
    network.train()
    return row
