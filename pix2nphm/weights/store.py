"""Weights as files: a config, and safetensors shards small enough for any git host."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from ..errors import BadWeights
from ..files import replacing

BUNDLED = Path(__file__).parent
FORMAT = "pix2nphm.weights"
FORMAT_VERSION = 2  # 1 had the sizes of codes in every config
CONFIG, INDEX, SHARD = "config.json", "model.safetensors.index.json", "model-{:05d}-of-{:05d}.safetensors"
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
LARGEST_JSON = 10_000_000  # bytes; our index has 55,000
HEADER_BYTES = 160  # of a shard's header: more than one tensor's entry takes beside its name


def save_weights(folder: str | Path, config: dict, tensors: dict[str, Tensor], shard_bytes: int = 9_500_000) -> None:
    """Write `config.json`, shards of at most `shard_bytes`, and an index as on the Hugging Face Hub.

    config  anything JSON holds. Tensors keep their dtype. What an earlier save left in `folder` is replaced at the end.
    A tensor too large for one shard is flattened and cut into pieces, `name#0`, `name#1`, ...; the index says its
    shape and the number of pieces under `metadata.pieces`, and `load_weights` joins them.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    pieces: dict[str, dict] = {}
    shards: list[dict[str, Tensor]] = [{}]
    room = shard_bytes
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu()
        parts = _cut(tensor, shard_bytes - HEADER_BYTES - 2 * len(name))
        if len(parts) > 1:
            pieces[name] = {"count": len(parts), "shape": list(tensor.shape)}
        for i, part in enumerate(parts):
            part_name = f"{name}#{i}" if len(parts) > 1 else name
            size = part.nbytes + HEADER_BYTES + len(part_name)
            if size > room and shards[-1]:
                shards.append({})
                room = shard_bytes
            shards[-1][part_name] = part.clone(memory_format=torch.contiguous_format)  # views share memory
            room -= size
    contents = {SHARD.format(i, len(shards)): shard for i, shard in enumerate(shards, start=1)}
    places = {name: file for file, shard in contents.items() for name in shard}
    metadata = {"total_size": sum(tensor.nbytes for tensor in tensors.values()), "pieces": pieces}
    with ExitStack() as files:  # all of them take their places, or none
        write = lambda file, content: files.enter_context(replacing(folder / file, "weights")).write(content)
        for file, shard in contents.items():
            write(file, save(shard, metadata={"format": "pt"}))
        write(INDEX, _json({"metadata": metadata, "weight_map": places}))
        write(CONFIG, _json({"format": FORMAT, "version": FORMAT_VERSION, "config": config}))
    for old in folder.glob("model-*-of-*.safetensors"):
        if old.name not in contents:
            old.unlink()


def load_weights(source: str | Path | None = None) -> tuple[dict, dict[str, Tensor]]:
    """Read what `save_weights` wrote: the weights of the package, of a folder, or of "owner/name" on the Hub.

    Tensors come in the order they were saved in, so that saved again, shards without a change are the same files.
    The network is used only for a Hub name that is not also a folder. Raises BadWeights.
    """
    folder = BUNDLED if source is None else _folder(source)
    config = _config(folder)
    index = _read_json(folder / INDEX)
    try:
        places = dict(index["weight_map"])
        pieces = {name: (int(p["count"]), [*map(int, p["shape"])]) for name, p in index["metadata"]["pieces"].items()}
        if not all(re.fullmatch(r"model-\d{5}-of-\d{5}\.safetensors", file) for file in places.values()):
            raise ValueError("a shard has a foreign name")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadWeights(f"{INDEX} is damaged.") from error
    tensors: dict[str, Tensor] = {}
    for file in dict.fromkeys(places.values()):
        tensors |= _shard(folder / file)
    if tensors.keys() != places.keys():
        raise BadWeights("The weights are incomplete, or of different models: the shards do not match their index.")
    for name, (count, shape) in pieces.items():
        try:
            tensors[name] = torch.cat([tensors.pop(f"{name}#{i}") for i in range(count)]).reshape(shape)
        except (KeyError, TypeError, RuntimeError) as error:
            raise BadWeights("The weights are damaged: the pieces of a large tensor do not fit together.") from error
    return config, {name: tensors[name] for name in dict.fromkeys(place.partition("#")[0] for place in places)}


def _cut(tensor: Tensor, most_bytes: int) -> list[Tensor]:
    if tensor.nbytes <= most_bytes:
        return [tensor]
    return list(tensor.flatten().split(most_bytes // tensor.element_size()))


def _folder(source: str | Path) -> Path:
    if Path(source).is_dir():
        return Path(source)
    if isinstance(source, Path) or not HUB_NAME.fullmatch(source):
        raise BadWeights("There is no such weights folder, and it is not an owner/name of the Hugging Face Hub.")
    from huggingface_hub import snapshot_download  # a second to import, for those who need it

    try:
        return Path(snapshot_download(source, allow_patterns=["*.json", "*.safetensors"]))
    except Exception as error:  # the Hub's client, its HTTP library and the system each have their own
        raise BadWeights(
            f"The weights '{source}' are neither a folder here nor could they be fetched from the Hugging Face Hub."
        ) from error


def _config(folder: Path) -> dict:
    content = _read_json(folder / CONFIG)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BadWeights(f"{CONFIG} belongs to something other than Pix2NPHM.")
    if content.get("version") != FORMAT_VERSION:
        raise BadWeights(
            f"These weights have format version {content.get('version')}; this program reads {FORMAT_VERSION}."
        )
    if not isinstance(content.get("config"), dict):
        raise BadWeights(f"{CONFIG} is damaged.")
    return content["config"]


def _shard(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise BadWeights(f"The weights are incomplete: {path.name} is missing.") from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise BadWeights(f"The weights are damaged: {path.name} cannot be read.") from error


def _read_json(path: Path):
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_JSON + 1)
        if len(content) > LARGEST_JSON:
            raise ValueError("no index is so long")
        return json.loads(content.decode())
    except FileNotFoundError as error:
        raise BadWeights(f"The weights are incomplete: {path.name} is missing.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadWeights(f"The weights are damaged: {path.name} cannot be read.") from error


def _json(content) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()
