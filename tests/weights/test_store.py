"""Weights -> files -> weights is exact, and every kind of broken file is told apart."""

from __future__ import annotations

import json
import math

import pytest
import torch

from pix2nphm.errors import BadWeights, Pix2NPHMError
from pix2nphm.weights import store
from pix2nphm.weights.store import load_weights, save_weights

CONFIG = {"name": "test", "depth": 3, "sizes": [1, 2], "box": {"low": [-0.1, 0.0, 0.25]}}


def tensors() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    base = torch.randn(40, 50)
    return {
        "large.weight": torch.randn(300, 200),  # 240 kB
        "one_row": torch.randn(1, 30_000).half(),
        "view": base.T[3:7],
        "same_memory": base,
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 4),
        "count": torch.arange(5),
        "mask": torch.tensor([True, False]),
        "brain": torch.randn(7).bfloat16(),
    }


def refusal(source) -> str:
    with pytest.raises(BadWeights) as raised:
        load_weights(source)
    assert str(raised.value).endswith(".")
    return str(raised.value)


@pytest.fixture
def saved(tmp_path):
    save_weights(tmp_path, CONFIG, tensors(), shard_bytes=50_000)
    return tmp_path


@pytest.mark.parametrize("shard_bytes", [3_000, 50_000, 9_500_000])
def test_the_round_trip_is_exact(tmp_path, shard_bytes):
    save_weights(tmp_path, CONFIG, tensors(), shard_bytes)
    config, loaded = load_weights(tmp_path)
    assert config == CONFIG
    assert list(loaded) == list(tensors())  # in that order, or a change of one tensor would rewrite every shard
    for name, tensor in tensors().items():
        assert loaded[name].dtype == tensor.dtype and loaded[name].shape == tensor.shape, name
        assert torch.equal(loaded[name], tensor), name
    sizes = [file.stat().st_size for file in tmp_path.glob("*.safetensors")]
    assert max(sizes) <= shard_bytes
    assert len(sizes) <= 1 + math.ceil(sum(t.nbytes + 170 for t in tensors().values()) / shard_bytes * 1.2)


def test_many_small_tensors_keep_shards_small(tmp_path):
    save_weights(tmp_path, {}, {f"layer.{i}.bias": torch.zeros(1) for i in range(500)}, shard_bytes=20_000)
    assert max(file.stat().st_size for file in tmp_path.glob("*.safetensors")) <= 20_000
    assert len(load_weights(tmp_path)[1]) == 500


def test_shards_are_under_ten_megabytes_by_default(tmp_path):
    save_weights(tmp_path, {}, {"a": torch.zeros(5_000_000), "b": torch.zeros(100)})
    sizes = [file.stat().st_size for file in tmp_path.glob("*.safetensors")]
    assert len(sizes) == 3 and max(sizes) < 10_000_000


def test_the_same_weights_give_the_same_bytes_and_leave_nothing_old(saved):
    before = {file.name: file.read_bytes() for file in saved.iterdir()}
    save_weights(saved, CONFIG, {"a": torch.ones(3)})
    assert {file.name for file in saved.glob("*.safetensors")} == {"model-00001-of-00001.safetensors"}
    save_weights(saved, CONFIG, tensors(), shard_bytes=50_000)
    assert {file.name: file.read_bytes() for file in saved.iterdir()} == before


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "README.md").write_text("card")
    save_weights(tmp_path, CONFIG, tensors())
    assert (tmp_path / "README.md").read_text() == "card"


def test_missing_files(saved):
    next(saved.glob("model-00002-*")).unlink()
    assert "model-00002" in refusal(saved) and str(saved) not in refusal(saved)
    (saved / store.INDEX).unlink()
    assert "index.json is missing" in refusal(saved)
    (saved / store.CONFIG).unlink()
    assert "config.json is missing" in refusal(saved)
    assert "no such weights folder" in refusal(saved / "absent")


def test_broken_files(saved):
    shard = saved / sorted(file.name for file in saved.glob("*.safetensors"))[0]
    whole = shard.read_bytes()
    for broken in (whole[:-5], whole[:6], b"", b"\xff" * 100):
        shard.write_bytes(broken)
        assert "damaged" in refusal(saved)
    shard.write_bytes(whole)
    load_weights(saved)
    for name in (store.INDEX, store.CONFIG):
        content = (saved / name).read_bytes()
        for broken in (content[:-20], b"\xff\xfe", b""):
            (saved / name).write_bytes(broken)
            assert "damaged" in refusal(saved)
        (saved / name).write_bytes(content)


def test_shards_of_another_save(saved, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    renamed = {name + "x": tensor for name, tensor in tensors().items()}
    save_weights(other, CONFIG, renamed, shard_bytes=50_000)
    for file in other.glob("*.safetensors"):
        (saved / file.name).write_bytes(file.read_bytes())
    assert "do not match" in refusal(saved)


def edit(path, change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_foreign_and_future_configs(saved):
    edit(saved / store.CONFIG, lambda c: c.update(version=9))
    assert "version 9" in refusal(saved)
    edit(saved / store.CONFIG, lambda c: c.update(format="bert"))
    assert "other than Pix2NPHM" in refusal(saved)
    (saved / store.CONFIG).write_text("[]")
    assert "other than Pix2NPHM" in refusal(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index.pop("weight_map"),
        lambda index: index["weight_map"].update(a="../../model-00001-of-00001.safetensors"),
        lambda index: index["weight_map"].update(a=3),
        lambda index: index["metadata"].update(pieces=[1]),
        lambda index: index["metadata"]["pieces"].update({"large.weight": {"count": 99, "shape": [300, 200]}}),
        lambda index: index["metadata"]["pieces"]["large.weight"].update(shape=[7, 7]),
    ],
)
def test_a_foreign_index_is_refused(saved, change):
    edit(saved / store.INDEX, change)
    assert "damaged" in refusal(saved)


def test_a_hub_name_is_fetched_and_nothing_else_is(saved, monkeypatch):
    import huggingface_hub

    asked = []

    def snapshot_download(name: str, allow_patterns: list[str]) -> str:
        asked.append((name, allow_patterns))
        return str(saved)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    assert load_weights(str(saved))[0] == CONFIG
    assert asked == []
    assert load_weights("owner/name")[0] == CONFIG
    assert asked == [("owner/name", ["*.json", "*.safetensors"])]
    for nonsense in ("name", "a/b/c", "https://example.org/a"):
        assert "no such weights folder" in refusal(nonsense)
    assert len(asked) == 1


def test_an_unreachable_hub_is_a_sentence(monkeypatch):
    import huggingface_hub

    def snapshot_download(*args, **kwargs):
        raise ConnectionError("no route to host")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    assert "'owner/name'" in refusal("owner/name")


@pytest.mark.parametrize("name", [store.INDEX, store.CONFIG])
@pytest.mark.parametrize("content", [b"[" * 200_000, b" " * (store.LARGEST_JSON + 1), b'{"a": ' * 100_000])
def test_texts_that_are_made_to_harm(saved, name, content):
    (saved / name).write_bytes(content)
    assert "damaged" in refusal(saved)


def test_counts_without_end(saved):
    edit(saved / store.INDEX, lambda index: index["metadata"]["pieces"]["large.weight"].update(count=math.inf))
    assert "damaged" in refusal(saved)


def test_a_save_that_fails_leaves_the_older_weights(saved, monkeypatch):
    before = {file.name: file.read_bytes() for file in saved.iterdir()}
    calls = []

    def full_disk(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return b"half"

    monkeypatch.setattr(store, "save", full_disk)
    with pytest.raises(Pix2NPHMError):
        save_weights(saved, CONFIG, tensors(), shard_bytes=50_000)
    assert {file.name: file.read_bytes() for file in saved.iterdir()} == before
