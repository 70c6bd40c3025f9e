"""Reading the checkpoints of the published MonoNPHM code."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor

from ..errors import BadWeights
from .mononphm import MonoNPHM
from .mononphm_field import WIDTH_NEIGHBOUR
from .mononphm_networks import MonoNPHMSizes

LINEARS_OF_NETS = (0, 2, 4, 6, 8)  # indices of the linear layers among each net's `layers`
PLURAL = {"weight": "weights", "bias": "biases"}


def load_mononphm(checkpoint: str | Path, anchors: np.ndarray | Tensor, config: str | Path | None = None) -> MonoNPHM:
    """An official `checkpoint_epoch_N.tar` as a decoder, frozen, with its codebooks in `.codebooks`.

    anchors  (65, 3) mean anchors in model units; the checkpoint does not hold them
    config   the `configs.yaml` of the training run; without one, that beside the checkpoint; without that, 12
             neighbours and a blend of 3.75, as published. All widths come from the weights.
    Raises BadWeights for a file that is broken, foreign or of another architecture.
    """
    checkpoint = Path(checkpoint)
    state = _read(checkpoint)
    beside = checkpoint.parent / "configs.yaml"
    blending = _blending(Path(config) if config is not None else beside if beside.exists() else None)
    try:
        weights, sizes = _renamed(state["id_decoder"], state["ex_decoder"], blending)
        codebooks = {name: state["latent_codes"][f"codebook.{name}.embedding.weight"] for name in ("geo", "exp", "app")}
    except (KeyError, IndexError, TypeError, AttributeError, RuntimeError, ValueError) as error:
        raise BadWeights("This is not a MonoNPHM checkpoint: weights are missing, or they do not fit.") from error
    mean = torch.as_tensor(np.asarray(anchors), dtype=torch.float32)
    if mean.shape != (sizes.anchors, 3):
        shape = tuple(mean.shape)
        raise BadWeights(f"This checkpoint has {sizes.anchors} anchors; mean anchors of shape {shape} were given.")
    try:
        model = MonoNPHM(mean, sizes)
        model.load_state_dict({**weights, "anchors_mean": mean})
    except RuntimeError as error:
        raise BadWeights("This checkpoint's layers do not fit together as MonoNPHM's do.") from error
    if not all(torch.isfinite(parameter).all() for parameter in model.parameters()):
        raise BadWeights("This checkpoint holds weights that are not numbers.")
    if any(codebooks[name].shape[1:] != (size,) for name, size in model.latent_sizes.items()):
        raise BadWeights("This checkpoint's codes do not fit its networks.")
    model.codebooks = codebooks
    return model.requires_grad_(False).eval()


def _read(checkpoint: Path) -> dict[str, Any]:
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise BadWeights("There is no checkpoint of that name.") from error
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise BadWeights("This checkpoint cannot be read: it is damaged, or not a PyTorch file.") from error
    if not isinstance(state, dict):
        raise BadWeights("This is not a MonoNPHM checkpoint.")
    return state


def _blending(config: Path | None) -> dict[str, float]:
    if config is None:
        return {}
    try:
        entries = yaml.safe_load(config.read_text())["decoder"]["id"]
        neighbours, blend_std = int(entries["nneigh"]), float(entries["blend_std"])
        if neighbours <= WIDTH_NEIGHBOUR or not blend_std > 0:
            raise ValueError("too few neighbours, or no blend")
        return {"neighbours": neighbours, "blend_std": blend_std}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise BadWeights("The configuration beside this checkpoint is not MonoNPHM's.") from error


def _renamed(
    identity: Mapping[str, Tensor], expression: Mapping[str, Tensor], blending: dict[str, Any]
) -> tuple[dict[str, Tensor], MonoNPHMSizes]:
    """The weights by our names, nets stacked, and the sizes they imply."""
    nets = sum(key.startswith("deepSDFensemble.layers.") and key.endswith(".layers.0.bias") for key in identity)
    weights = {}
    for ours, theirs in (("sdf_nets", "deepSDFensemble"), ("colour_nets", "aggr_app")):
        for layer, index in enumerate(LINEARS_OF_NETS):
            for kind in ("weight", "bias"):
                keys = [f"{theirs}.layers.{net}.layers.{index}.{kind}" for net in range(nets)]
                weights[f"{ours}.{PLURAL[kind]}.{layer}"] = torch.stack([identity[key] for key in keys])
    for kind in ("weight", "bias"):
        for layer in range(3):
            weights[f"anchor_mlp.{PLURAL[kind]}.{layer}"] = identity[f"mlp_pos.{2 * layer}.{kind}"][None]
        for layer in range(2):
            weights[f"bottlenecks.{layer}.{kind}"] = identity[f"communcation_bottleneck{layer + 1}.{kind}"]  # sic
        for layer in range(7):
            weights[f"deformation.{layer}.{kind}"] = expression[f"defDeepSDF.lin{layer}.{kind}"]
        weights[f"compressor.{kind}"] = expression[f"compressor.0.{kind}"]

    anchor_width, whole = identity["mlp_pos.0.weight"].shape
    anchors = len(identity["mlp_pos.4.bias"]) // 3
    compressed, described = weights["compressor.weight"].shape
    deformation_width, entry = weights["deformation.0.weight"].shape
    sizes = MonoNPHMSizes(
        whole=whole,
        local=(described - 3 * anchors - whole) // (anchors + 1),
        expression=entry - 3 - compressed,
        anchors=anchors,
        pairs=anchors + 1 - nets,
        compressed=compressed,
        hyper=len(weights["deformation.6.bias"]) - 3,
        anchor_width=anchor_width,
        sdf_width=weights["sdf_nets.biases.0"].shape[1],
        deformation_width=deformation_width,
        colour_width=weights["colour_nets.biases.0"].shape[1],
        colour_feature=len(weights["bottlenecks.0.bias"]),
        **blending,
    )
    return weights, sizes
