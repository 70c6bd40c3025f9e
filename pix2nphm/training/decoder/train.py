"""Trains the compact head decoder.

    python -m pix2nphm.training.decoder.train --data DATA --run runs/decoder --minutes 40 [--resume]

The run's folder keeps the pool of signed distances too (`pool.pt`), beside what every `Run` keeps.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from ...nphm.compact import UNIT, CompactDecoder, LinearMaps
from ...nphm.compact_config import CompactConfig
from ...weights.configs import read_config
from ..allocator import keep_freed_memory
from ..head_space import HeadSpace, IctFaceKit
from ..run import Run
from .samples import PAIR_DISTANCE, HeadSurfaces, SamplePool, correspondences, expressions
from .validation import Validation

HEADS_PER_STEP = 8
PAIRS = {"shape": 450, "posed": 200, "backward": 320, "forward": 180}  # a head and step
RATE, WARM_UP_STEPS = 3e-3, 60
CODE_RATE_SHARE = 0.1  # of weights that multiply codes: their many inputs add up, and full steps shake the surface
SLOPE = 0.15  # centimetres: how much an error of slope counts beside an error of distance
AIR = 0.6  # of the places on the mouth's film: how many are taken in the open mouth before it
REPORT_SECONDS, SAVE_SECONDS = 60, 120


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with ict_facekit.npz")
    Run.add_arguments(parser, minutes=40)
    parser.add_argument("--heads", type=int, default=2600, help="in the pool of signed distances")
    parser.add_argument("--rate", type=float, default=RATE, help="highest learning rate")
    arguments = parser.parse_args()
    keep_freed_memory()
    run = Run.of(arguments)
    ict = IctFaceKit.read(arguments.data)
    surfaces = HeadSurfaces(ict, HeadSpace.build(ict))
    decoder = new_decoder(ict, surfaces)
    pool = read_pool(run.folder / "pool.pt", surfaces, decoder, arguments.heads)
    training = DecoderTraining(decoder, surfaces, pool, arguments.rate)
    run.carry_out(training, REPORT_SECONDS, SAVE_SECONDS)


def new_decoder(ict: IctFaceKit, surfaces: HeadSurfaces) -> CompactDecoder:
    """An untrained decoder on the anchors and landmarks of a head space."""
    space = surfaces.space
    decoder = CompactDecoder(CompactConfig(shape=space.code_shape))
    landmarks = torch.from_numpy(ict.landmarks68).long()
    decoder.adopt(
        LinearMaps(
            *space.restricted(space.anchors_index),
            *space.restricted(landmarks),
            surfaces.canonical_expression,
            *space.mirror_signs,
            space.expression_mirror,
        )
    )
    return decoder


def read_decoder(run: Path) -> CompactDecoder:
    """The latest product of a run."""
    decoder = CompactDecoder(read_config(CompactConfig, json.loads((run / "config.json").read_text())))
    decoder.load_state_dict(load_file(run / "weights.safetensors"))
    return decoder.eval()


def read_pool(path: Path, surfaces: HeadSurfaces, decoder: CompactDecoder, heads: int) -> SamplePool:
    """The pool of a file, which is made first where there is none."""
    if not path.exists():
        started = time.time()

        def show(done: int) -> None:
            if done % 100 == 0:
                print(f"pool: {done} of {heads} heads, {time.time() - started:.0f} s", flush=True)

        SamplePool.build(surfaces, heads, decoder.box, np.random.default_rng(1), show).save(path)
    return SamplePool.load(path)


class DecoderTraining:
    """The optimisation of a CompactDecoder, for a `Run` to carry out."""

    def __init__(self, decoder: CompactDecoder, surfaces: HeadSurfaces, pool: SamplePool, rate: float) -> None:
        self.product, self.surfaces, self.pool, self.rate = decoder, surfaces, pool, rate
        self.optimizer = torch.optim.Adam(rated_parameters(decoder), lr=rate, betas=(0.9, 0.99), fused=True)
        # half precision holds deviations from the mean head to 0.01 mm
        heads = torch.cat([pool.whole, pool.parts.flatten(1)], dim=1).split(50)
        self.deviations = torch.cat([(surfaces.neutral(some) - surfaces.mean).half() for some in heads])  # (H, V, 3)
        self.generator = np.random.default_rng(2)
        self.validation = Validation(surfaces)
        self.recent: list[dict[str, float]] = []  # losses since the last report

    def one_step(self, step: int, progress: float) -> None:
        rate = self.rate * min(1, (step + 1) / WARM_UP_STEPS) * (0.5 + 0.5 * math.cos(math.pi * progress))
        for group in self.optimizer.param_groups:
            group["lr"] = max(rate, 1e-6) * group["share"]
        self.optimizer.zero_grad()
        losses = self.losses()
        sum(losses.values(), torch.tensor(0.0)).backward()
        self.optimizer.step()
        self.recent.append({name: loss.item() for name, loss in losses.items()})

    def losses(self) -> dict[str, Tensor]:
        """One term for each thing learned, in centimetres."""
        pool, generator = self.pool, self.generator
        heads = torch.from_numpy(generator.choice(len(pool.whole), HEADS_PER_STEP, replace=False))
        code = pool.codes(heads)
        field = self.product.bind(code)
        places, distances = some(generator, PAIRS["shape"], pool.points[heads], pool.sdf[heads])
        shape = distance_loss(field.canonical_sdf(places.flatten(1, 2)).view_as(distances), distances)
        places, distances = some(generator, PAIRS["posed"], pool.posed_points[heads], pool.posed_sdf[heads])
        posed = distance_loss(field.sdf(places.flatten(1, 2)).view_as(distances), distances)

        other = code.with_expression(expressions(HEADS_PER_STEP, generator))
        neutral = self.surfaces.mean + self.deviations[heads].float()
        moved = self.surfaces.moved(torch.cat([other.expression, self.surfaces.canonical_expression[None]]))
        posed_vertices, canonical_vertices = neutral + moved[:-1], neutral + moved[-1]
        field = self.product.bind(other)
        there, here = correspondences(
            self.surfaces, posed_vertices, canonical_vertices, PAIRS["backward"], generator, AIR
        )
        backward = motion_loss(field.canonical_points(there.flatten(1, 2)).view_as(here), here)
        there, here = correspondences(self.surfaces, posed_vertices, canonical_vertices, PAIRS["forward"], generator)
        forward = motion_loss(field.posed_points(here.flatten(1, 2)).view_as(there), there)
        return {"shape": shape, "posed": posed, "backward": backward, "forward": forward}

    def report(self) -> dict[str, float]:
        losses = {name: float(np.mean([losses[name] for losses in self.recent])) for name in self.recent[0]}
        self.recent.clear()
        return losses | self.validation.measure(self.product)

    def state(self) -> dict:
        return {"decoder": self.product.state_dict(), "optimizer": self.optimizer.state_dict(),
                "generator": self.generator.bit_generator.state}  # fmt: skip

    def restore(self, state: dict) -> None:
        self.product.load_state_dict(state["decoder"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.bit_generator.state = state["generator"]


def rated_parameters(decoder: CompactDecoder) -> list[dict]:
    """Groups for the optimizer: what multiplies codes learns at CODE_RATE_SHARE of the rate."""
    slow = [ensemble.bias_by_code for ensemble in decoder.children()]
    slow += [decoder.backward_motion.last, decoder.forward_motion.last]
    known = {id(parameter) for parameter in slow}
    fast = [parameter for parameter in decoder.parameters() if id(parameter) not in known]
    return [{"params": fast, "share": 1.0}, {"params": slow, "share": CODE_RATE_SHARE}]


def some(generator: np.random.Generator, pairs: int, points: Tensor, distances: Tensor) -> tuple[Tensor, Tensor]:
    """A run of `pairs` from (B, n, 2, 3) and (B, n, 2), which are in random order."""
    start = int(generator.integers(points.shape[1] - pairs + 1))
    return points[:, start : start + pairs], distances[:, start : start + pairs]


def distance_loss(found: Tensor, true: Tensor) -> Tensor:
    """(B, n, 2) metres: errors of distance, relative when far from the surface, and of slope within pairs."""
    error = (found - true) / UNIT
    tolerance = 1 + true.abs() / UNIT
    slope = (error[..., 0] - error[..., 1]).abs() / (PAIR_DISTANCE / UNIT)
    return (error.abs() / tolerance).mean() + SLOPE * (slope / tolerance.mean(-1)).mean()


def motion_loss(found: Tensor, true: Tensor) -> Tensor:
    """(B, n, 2, 3) metres: errors of place, and of slope within pairs."""
    error = (found - true) / UNIT
    apart = (true[..., 0, :] - true[..., 1, :]).norm(dim=-1) / UNIT
    slope = (error[..., 0, :] - error[..., 1, :]).square().sum(-1).add(1e-10).sqrt() / apart.clamp_min(0.02)
    return error.square().sum(-1).add(1e-8).sqrt().mean() + SLOPE * slope.mean()


if __name__ == "__main__":
    main()
