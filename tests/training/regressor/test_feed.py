"""Batches come from shards as they appear, and spent shards are gone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pix2nphm.codes import CodeShape
from pix2nphm.frames import FRONTAL
from pix2nphm.nphm.mirror import Mirror
from pix2nphm.training.regressor.batches import ARRAYS, Jitter, Samples
from pix2nphm.training.regressor.feed import Feed, FeedConfig
from pix2nphm.training.synthesis.photographs import write_shard

SHAPE = CodeShape(48, 65, 16, 53)


def known(count: int) -> dict[str, torch.Tensor]:
    values = (torch.zeros(count, 48), torch.zeros(count, 65, 16), torch.zeros(count, 53), FRONTAL.repeat(count, 1, 1),
              torch.full((count,), 700.0), torch.full((count, 2), 128.0), torch.full((count,), 0.7))  # fmt: skip
    return dict(zip(ARRAYS, values))


def put_shard(folder: Path, brightness: int) -> None:
    maps = {"canonical": np.zeros((4, 128, 128, 3), np.uint8), "normals": np.zeros((4, 128, 128, 3), np.int8),
            "mask": np.full((4, 128, 128), 255, np.uint8), "box": np.zeros((2, 3))}  # fmt: skip
    colour = np.full((4, 256, 256, 3), brightness, np.uint8)
    write_shard(folder, maps | {"colour": colour} | {name: value.numpy() for name, value in known(4).items()})


@pytest.fixture
def portraits() -> Samples:
    return Samples(torch.zeros(3, 256, 256, 3, dtype=torch.uint8), known(3), landmarks_px=torch.zeros(3, 51, 2))


def feed(folder: Path, portraits: Samples, **config) -> Feed:
    config = {"batch": 12, "crop": 64, "jitter": Jitter(), "faceless": False, "kept": 2, "spend": True} | config
    return Feed(FeedConfig(**config), Mirror(SHAPE), portraits, folder, np.zeros((1, 256, 256, 3), np.uint8), seed=0)


def test_batches_hold_portraits_and_photographs(tmp_path, portraits):
    put_shard(tmp_path / "000-00000", 200)
    batch = next(feed(tmp_path, portraits))
    assert batch.crops.shape == (12, 3, 64, 64)
    assert batch.rendered.tolist() == [0.0] * 2 + [1.0] * 10  # a sixth are portraits
    assert torch.equal(batch.dense, batch.rendered) and batch.landmarks_px[0].isfinite().all()


def test_spent_shards_are_deleted_and_the_oldest_forgotten(tmp_path, portraits):
    for number in range(3):
        put_shard(tmp_path / f"000-{number:05d}", 50)
    batches = feed(tmp_path, portraits)
    for _ in range(4):
        next(batches)
    batches.worker.shutdown()
    assert not list(tmp_path.iterdir()) and batches.read == 3
    assert list(batches.shards) == ["000-00001", "000-00002"]


def test_shards_stay_where_they_are_unless_they_are_spent(tmp_path, portraits):
    put_shard(tmp_path / "000-00000", 50)
    batches = feed(tmp_path, portraits, spend=False)
    next(batches)
    batches.worker.shutdown()
    assert [path.name for path in tmp_path.iterdir()] == ["000-00000"]


def test_a_shard_that_was_forgotten_is_not_read_again(tmp_path, portraits):
    for number in range(3):
        put_shard(tmp_path / f"000-{number:05d}", 50)
    batches = feed(tmp_path, portraits, spend=False)
    for _ in range(6):
        next(batches)
    batches.worker.shutdown()
    assert batches.read == 3 and list(batches.shards) == ["000-00001", "000-00002"]
