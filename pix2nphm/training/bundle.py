"""Packs a trained decoder and a trained regressor into the weights that ship.

python -m pix2nphm.training.bundle --data DATA --portraits runs/portraits.npz --decoder runs/decoder \
    --regressor runs/regressor [--out pix2nphm/weights]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from ..weights.store import BUNDLED, save_weights
from .heads import HeadSpace
from .ict import IctFaceKit

LARGE = 1024  # numbers; larger tensors go in half precision, which changes surfaces by less than a micrometre


def halved(tensor: Tensor) -> Tensor:
    """Large floating tensors in half precision, others as they are."""
    return tensor.half() if tensor.is_floating_point() and tensor.numel() > LARGE else tensor


def bundle(decoder: Path, regressor: Path, landmarks: dict[str, Tensor], out: Path) -> None:
    """Read `config.json` and `regressor.safetensors` or `decoder.safetensors` of two runs, write one weights folder.

    `landmarks` replaces the decoder's `landmark_mean` (68, 3) and `landmark_maps` (68, 3, flat code).
    """
    config, tensors = {}, {}
    for name, run in (("regressor", regressor), ("decoder", decoder)):
        config[name] = json.loads((run / "config.json").read_text())
        for key, tensor in load_file(run / f"{name}.safetensors").items():
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                raise SystemExit(f"{run / name}.safetensors: {key} holds values that are not numbers")
            tensors[f"{name}.{key}"] = halved(landmarks.get(key, tensor))
    save_weights(out, config, tensors)


def registered_landmarks(data: Path, portraits: Path) -> dict[str, Tensor]:
    """Where registration found the 68 landmarks on the head, as the decoder's linear maps from codes."""
    with np.load(portraits) as pack:
        vertices = torch.from_numpy(pack["landmarks68"])
    mean, maps = HeadSpace.build(IctFaceKit.read(data)).restricted(vertices)
    return {"landmark_mean": mean, "landmark_maps": maps}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True, help="registered portraits")
    parser.add_argument("--decoder", type=Path, required=True)
    parser.add_argument("--regressor", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=BUNDLED)
    arguments = parser.parse_args()
    landmarks = registered_landmarks(arguments.data, arguments.portraits)
    bundle(arguments.decoder, arguments.regressor, landmarks, arguments.out)


if __name__ == "__main__":
    main()
