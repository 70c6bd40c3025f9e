"""Trains the compact head decoder.

    python -m pix2nphm.training.decoder.train --data DATA --run runs/decoder --minutes 40 [--resume]

Writes into the run's folder: `weights.safetensors` and `config.json` (the product, renewed at every checkpoint),
`checkpoint.pt` and `pool.pt` (to resume from), `log.jsonl` (the learning curve).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ...nphm.compact import UNIT, CompactDecoder, LinearMaps
from ...nphm.compact_config import CompactConfig
from ...weights.configs import read_config
from ..allocator import keep_freed_memory
from ..head_space.head_space import HeadSpace
from ..head_space.ict import IctFaceKit
from .samples import PAIR_DISTANCE, HeadSurfaces, SamplePool, correspondences, expressions

HEADS_PER_STEP = 8
PAIRS = {"shape": 450, "posed": 200, "backward": 320, "forward": 180}  # a head and step
RATE, WARM_UP_STEPS = 3e-3, 60
CODE_RATE_SHARE = 0.1  # of weights that multiply codes: their many inputs add up, and full steps shake the surface
SLOPE = 0.15  # centimetres: how much an error of slope counts beside an error of distance
AIR = 0.6  # of the places on the mouth's film: how many are taken in the open mouth before it
CHECKPOINT_SECONDS, LOG_SECONDS = 120, 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with ict_facekit.npz")
    parser.add_argument("--run", type=Path, required=True, help="folder for results")
    parser.add_argument("--minutes", type=float, default=40, help="of training in all, resumed time included")
    parser.add_argument("--heads", type=int, default=2600, help="in the pool of signed distances")
    parser.add_argument("--rate", type=float, default=RATE, help="highest learning rate")
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    arguments = parser.parse_args()
    keep_freed_memory()
    arguments.run.mkdir(parents=True, exist_ok=True)
    ict = IctFaceKit.read(arguments.data)
    space = HeadSpace.build(ict)
    surfaces = HeadSurfaces(ict, space)
    decoder = new_decoder(ict, surfaces)
    pool = read_pool(arguments.run / "pool.pt", surfaces, decoder, arguments.heads)
    training = Training(decoder, surfaces, pool, arguments.run, arguments.minutes * 60, arguments.rate)
    if arguments.resume:
        training.resume()
    training.run_to_the_end()


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
    if not path.exists():
        started = time.time()

        def show(done: int) -> None:
            if done % 100 == 0:
                print(f"pool: {done} of {heads} heads, {time.time() - started:.0f} s", flush=True)

        SamplePool.build(surfaces, heads, decoder.box, np.random.default_rng(1), show).save(path)
    return SamplePool.load(path)


class Training:
    """The optimisation of a CompactDecoder within a budget of seconds."""

    def __init__(
        self, decoder: CompactDecoder, surfaces: HeadSurfaces, pool: SamplePool, run: Path, budget: float, rate: float
    ) -> None:
        self.decoder, self.surfaces, self.pool = decoder, surfaces, pool
        self.run, self.budget, self.rate = run, budget, rate
        self.optimizer = torch.optim.Adam(rated_parameters(decoder), lr=rate, betas=(0.9, 0.99), fused=True)
        self.step, self.spent = 0, 0.0
        # half precision holds deviations from the mean head to 0.01 mm
        heads = torch.cat([pool.whole, pool.parts.flatten(1)], dim=1).split(50)
        self.deviations = torch.cat([(surfaces.neutral(some) - surfaces.mean).half() for some in heads])  # (H, S, 3)
        self.generator = np.random.default_rng(2)
        self.validation = Validation(surfaces, decoder)

    def run_to_the_end(self) -> None:
        logged = saved = self.spent
        losses: list[dict[str, float]] = []
        while self.spent < self.budget:
            started = time.time()
            losses.append(self.one_step())
            self.spent += time.time() - started
            if self.spent - logged > LOG_SECONDS or self.spent >= self.budget:
                logged = self.spent
                self.log({name: float(np.mean([loss[name] for loss in losses])) for name in losses[0]})
                losses.clear()
            if self.spent - saved > CHECKPOINT_SECONDS or self.spent >= self.budget:
                saved = self.spent
                self.save()

    def one_step(self) -> dict[str, float]:
        done = min(self.spent / self.budget, 1)
        rate = self.rate * min(1, (self.step + 1) / WARM_UP_STEPS) * (0.5 + 0.5 * math.cos(math.pi * done))
        for group in self.optimizer.param_groups:
            group["lr"] = max(rate, 1e-6) * group["share"]
        self.optimizer.zero_grad()
        losses = self.losses()
        sum(losses.values()).backward()
        self.optimizer.step()
        self.step += 1
        return {name: loss.item() for name, loss in losses.items()}

    def losses(self) -> dict[str, Tensor]:
        """One term for each thing learned, in centimetres."""
        pool, generator = self.pool, self.generator
        heads = torch.from_numpy(generator.choice(len(pool.whole), HEADS_PER_STEP, replace=False))
        code = pool.codes(heads)
        field = self.decoder.bind(code)
        places, distances = some(generator, PAIRS["shape"], pool.points[heads], pool.sdf[heads])
        shape = distance_loss(field.canonical_sdf(places.flatten(1, 2)).view_as(distances), distances)
        places, distances = some(generator, PAIRS["posed"], pool.posed_points[heads], pool.posed_sdf[heads])
        posed = distance_loss(field.sdf(places.flatten(1, 2)).view_as(distances), distances)

        other = code.with_expression(expressions(HEADS_PER_STEP, generator))
        neutral = self.surfaces.mean + self.deviations[heads].float()
        moved = self.surfaces.moved(torch.cat([other.expression, self.surfaces.canonical_expression[None]]))
        posed_vertices, canonical_vertices = neutral + moved[:-1], neutral + moved[-1]
        field = self.decoder.bind(other)
        there, here = correspondences(
            self.surfaces, posed_vertices, canonical_vertices, PAIRS["backward"], generator, AIR
        )
        backward = motion_loss(field.canonical_points(there.flatten(1, 2)).view_as(here), here)
        there, here = correspondences(self.surfaces, posed_vertices, canonical_vertices, PAIRS["forward"], generator)
        forward = motion_loss(field.posed_points(here.flatten(1, 2)).view_as(there), there)
        return {"shape": shape, "posed": posed, "backward": backward, "forward": forward}

    def log(self, losses: dict[str, float]) -> None:
        figures = {"minutes": self.spent / 60, **losses, **self.validation.measure(self.decoder)}
        entry = {"step": self.step} | {name: round(value, 5) for name, value in figures.items()}
        print(entry, flush=True)
        with open(self.run / "log.jsonl", "a") as file:
            file.write(json.dumps(entry) + "\n")

    def save(self) -> None:
        """Each file is replaced whole: readers never see half of one."""
        state = {"decoder": self.decoder.state_dict(), "optimizer": self.optimizer.state_dict()}
        state |= {"step": self.step, "spent": self.spent, "generator": self.generator.bit_generator.state}
        self.write("checkpoint.pt", lambda path: torch.save(state, path))
        tensors = {name: tensor.contiguous() for name, tensor in self.decoder.state_dict().items()}
        self.write("weights.safetensors", lambda path: save_file(tensors, path))
        self.write("config.json", lambda path: path.write_text(json.dumps(asdict(self.decoder.config), indent=1)))

    def write(self, name: str, writer) -> None:
        unfinished = self.run / f"{name}.new"
        writer(unfinished)
        os.replace(unfinished, self.run / name)

    def resume(self) -> None:
        state = torch.load(self.run / "checkpoint.pt", weights_only=True)
        self.decoder.load_state_dict(state["decoder"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.spent = state["step"], state["spent"]
        self.generator.bit_generator.state = state["generator"]


def rated_parameters(decoder: CompactDecoder) -> list[dict]:
    """Groups for the optimizer: what multiplies codes learns at CODE_RATE_SHARE of the rate."""
    slow = [ensemble.bias_by_code for ensemble in decoder.children()]
    slow += [decoder.backward_motion.last, decoder.forward_motion.last]
    known = {id(parameter) for parameter in slow}
    fast = [parameter for parameter in decoder.parameters() if id(parameter) not in known]
    return [{"params": fast, "share": 1.0}, {"params": slow, "share": CODE_RATE_SHARE}]


class Validation:
    """Quick figures on identities that are never trained on, in millimetres: how far true surface points are off."""

    def __init__(self, surfaces: HeadSurfaces, decoder: CompactDecoder, heads: int = 12) -> None:
        generator = np.random.default_rng(3)
        self.code = surfaces.space.sample(heads, generator, split="test")
        canonical = surfaces.vertices(surfaces.canonical(self.code))
        posed = surfaces.vertices(self.code)
        closed = surfaces.closed
        areas = surfaces.areas * (closed.face & (closed.part == 0))
        triangles = generator.choice(len(areas), 1500, p=areas / areas.sum())
        corners = closed.faces[triangles]
        self.canonical, self.posed = canonical[:, corners].mean(2), posed[:, corners].mean(2)  # (B, 1500, 3)
        self.lips = torch.from_numpy(closed.lips[triangles])

    @torch.no_grad()
    def measure(self, decoder: CompactDecoder) -> dict[str, float]:
        field = decoder.bind(self.code)
        canonical, posed = field.canonical_sdf(self.canonical).abs() * 1000, field.sdf(self.posed).abs() * 1000
        moved = (field.posed_points(self.canonical) - self.posed).norm(dim=-1) * 1000
        figures = {"canonical_mm": canonical, "posed_mm": posed, "forward_mm": moved}
        means = {name: value.mean().item() for name, value in figures.items()}
        return means | {f"lips_{name}": value[:, self.lips].mean().item() for name, value in figures.items()}


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
