"""Packs a trained decoder and a trained regressor into the weights that ship.

python -m pix2nphm.training.bundle --decoder runs/decoder --regressor runs/regressor [--out pix2nphm/weights]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..weights.store import BUNDLED, save_weights

LARGE = 1024  # numbers; larger tensors go in half precision, which changes surfaces by less than a micrometre


def halved(tensor: Tensor) -> Tensor:
    """Large floating tensors in half precision, others as they are."""
    return tensor.half() if tensor.is_floating_point() and tensor.numel() > LARGE else tensor


def bundle(decoder: Path, regressor: Path, out: Path) -> None:
    """Read `config.json` and `regressor.safetensors` or `decoder.safetensors` of two runs, write one weights folder."""
    config, tensors = {}, {}
    for name, run in (("regressor", regressor), ("decoder", decoder)):
        config[name] = json.loads((run / "config.json").read_text())
        for key, tensor in load_file(run / f"{name}.safetensors").items():
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                raise SystemExit(f"{run / name}.safetensors: {key} holds values that are not numbers")
            tensors[f"{name}.{key}"] = halved(tensor)
    save_weights(out, config, tensors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decoder", type=Path, required=True)
    parser.add_argument("--regressor", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=BUNDLED)
    arguments = parser.parse_args()
    bundle(arguments.decoder, arguments.regressor, arguments.out)


if __name__ == "__main__":
    main()
