"""Packs a trained decoder, a trained finder and a trained regressor into the weights that ship, with what is derived.

python -m pix2nphm.training.export.bundle --data DATA --portraits runs/portraits.npz --decoder runs/decoder \
    --finder runs/finder --regressor runs/regressor [--out pix2nphm/weights]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from ...weights.store import BUNDLED, save_weights
from ..head_space import HeadSpace, IctFaceKit
from ..regressor.losses import Probe
from .derived import build_measured_points, build_population, build_template, compact, halved


def bundle(runs: dict[str, Path], landmarks: dict[str, Tensor], derived: dict[str, Any], out: Path) -> None:
    """Read `config.json` and the weights of each run, by the name of what it trained, write one weights folder.

    `landmarks` replaces the decoder's `landmark_mean` (68, 3) and `landmark_maps` (68, 3, flat code); `derived` are
    modules with a `config`, by name, which join them.
    """
    config, tensors = {}, {}
    for name, run in runs.items():
        config[name] = json.loads((run / "config.json").read_text())
        for key, tensor in load_file(run / "weights.safetensors").items():
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                raise SystemExit(f"{run}: {key} holds values that are not numbers")
            tensors[f"{name}.{key}"] = halved(landmarks.get(key, tensor))
    for name, module in derived.items():
        config[name] = asdict(module.config)
        tensors |= {f"{name}.{key}": compact(tensor) for key, tensor in module.state_dict().items()}
    save_weights(out, config, tensors)


def landmark_maps(space: HeadSpace, vertices: np.ndarray) -> dict[str, Tensor]:
    """The 68 landmarks at these vertices, as the decoder's linear maps from codes."""
    mean, maps = space.restricted(torch.from_numpy(vertices))
    return {"landmark_mean": mean, "landmark_maps": maps}


def main() -> None:
    """Read the command line, derive what ships beside the networks, and write the weights folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True, help="registered portraits")
    parser.add_argument("--decoder", type=Path, required=True)
    parser.add_argument("--finder", type=Path, required=True)
    parser.add_argument("--regressor", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=BUNDLED)
    arguments = parser.parse_args()
    ict = IctFaceKit.read(arguments.data)
    space = HeadSpace.build(ict)
    with np.load(arguments.portraits) as pack:
        landmarks68 = pack["landmarks68"]  # where registration found them
    points = json.loads((arguments.regressor / "config.json").read_text())["points"]
    template = build_template(ict, space)
    derived = {
        "template": template,
        "population": build_population(ict, space),
        "measured_points": build_measured_points(Probe.build(ict, space, landmarks68), points, template),
    }
    runs = {name: getattr(arguments, name) for name in ("finder", "regressor", "decoder")}
    bundle(runs, landmark_maps(space, landmarks68), derived, arguments.out)


if __name__ == "__main__":
    main()
