"""Takes a share of the bias of identities out of a weights folder, once: of what the heads of all portraits share.

python -m pix2nphm.training.export.debias_identity --data DATA --portraits runs/portraits.npz \\
    [--weights pix2nphm/weights]

On rendered heads predictions are right on average. On photographs, which teach points in the picture and no shape, they
share a shape that rendered heads do not: 1.3 mm, where people differ by 1.9. Some of it is the people's (members of
Congress: mostly men, mostly older) and some is what photographs as such are taken for; which is which, no picture says.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...codes import CodeShape, HeadCode
from ...errors import NoFaceFound
from ...model import Pix2NPHM
from ...photo.read import read_photo
from ...weights.store import BUNDLED, load_weights, save_weights
from .derived import halved

SHARE = 0.5
PORTRAITS = 1000  # the mean is then known to a thirtieth of what people differ by
DEBIASED = "identity_debiased"  # in the config of weights: the share
WHOLE_BIAS, PARTS_BIAS = "regressor.to_whole.2.bias", "regressor.parts_bias"


@torch.inference_mode()
def identity_bias(model: Pix2NPHM, photos: Iterable[np.ndarray]) -> Tensor:
    """(I,) the mean of the identities that the regressor predicts, before they are fitted, and of their mirror images.

    Photos are (H, W, 3) uint8; those without a face do not count.
    """
    identities = []
    for photo in photos:
        try:
            crop = model.find(photo)[0].crop
        except NoFaceFound:
            continue
        codes = model.see_both(crop.take(photo)).code
        identities.append(torch.cat([codes.identity, model.regressor.mirror(codes).identity]).mean(0))
    return torch.stack(identities).mean(0)


def debiased(tensors: dict[str, Tensor], bias: Tensor, shape: CodeShape) -> dict[str, Tensor]:
    """Weights whose regressor predicts identities less by `bias` (I,)."""
    taken = HeadCode.zeros(shape).with_identity(bias)
    return tensors | {
        WHOLE_BIAS: halved(tensors[WHOLE_BIAS].float() - taken.whole),
        PARTS_BIAS: halved(tensors[PARTS_BIAS].float() - taken.parts),
    }


def portraits_of_training(data: Path, portraits: Path, count: int) -> Iterable[np.ndarray]:
    """Photos of people who are not held out, some `count` of them."""
    with np.load(portraits) as pack:
        names = pack["name"][pack["split"] == "train"]
    for name in np.random.default_rng(0).permutation(names)[:count]:
        yield read_photo(data / "portraits" / "crops" / f"{name}.jpg").pixels


def main() -> None:
    """Read the command line, measure the bias, and write the weights without a share of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True, help="registered portraits; hold the split by person")
    parser.add_argument("--weights", type=Path, default=BUNDLED)
    arguments = parser.parse_args()
    config, tensors = load_weights(arguments.weights)
    if DEBIASED in config:
        raise SystemExit(f"{arguments.weights}: {config[DEBIASED]} of the bias was taken out already")
    model = Pix2NPHM.load(arguments.weights)
    bias = identity_bias(model, portraits_of_training(arguments.data, arguments.portraits, PORTRAITS))
    moved = (model.template.vertices(model.mean_code.with_identity(bias)) - model.template.mean).norm(dim=-1).mean()
    print(f"bias: {1000 * moved:.2f} mm; taken out: {SHARE} of it")
    save_weights(arguments.weights, config | {DEBIASED: SHARE}, debiased(tensors, SHARE * bias, model.code_shape))


if __name__ == "__main__":
    main()
