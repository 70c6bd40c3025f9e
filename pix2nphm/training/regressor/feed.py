"""Endless batches for the regressor, from portraits and from shards of photographs that appear while it trains."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ...nphm.mirror import Mirror
from .batches import STORED, Batch, Jitter, Samples, make_batch, read_shard, shard_folders
from .random_numbers import Random

PORTRAIT_SHARE = 0.17
ROWS_OF_SHARD = 16  # of a batch come from one shard, or a few less


@dataclass(frozen=True)
class FeedConfig:
    """What batches are made of."""

    batch: int  # pictures
    crop: int  # px
    jitter: Jitter
    faceless: bool  # whether some pictures hold no face
    kept: int  # shards at most; the oldest go first, and are not read again
    spend: bool  # delete shards that were read: they are in memory, on the device


class Feed:
    """Batches, made one ahead in a thread on the device of `portraits`."""

    def __init__(
        self,
        config: FeedConfig,
        mirror: Mirror,
        portraits: Samples,
        photographs: Path,
        backgrounds: np.ndarray,
        seed: int,
    ):
        self.config, self.mirror, self.portraits, self.photographs = config, mirror, portraits, photographs
        self.backgrounds = torch.from_numpy(backgrounds).to(portraits.device) if config.faceless else None
        self.random = Random(seed, portraits.device)
        self.shards: dict[str, Samples] = {}
        self.known: set[str] = set()  # names of all shards so far
        self.worker = ThreadPoolExecutor(1)
        self.next = self.worker.submit(self.make)

    def __next__(self) -> Batch:
        batch = self.next.result()
        self.next = self.worker.submit(self.make)
        return batch

    @property
    def read(self) -> int:
        """How many shards were read; each is read once."""
        return len(self.known)

    def make(self) -> Batch:
        self.take_in()
        while not self.shards:
            time.sleep(0.2)
            self.take_in()
        from_portraits = round(self.config.batch * PORTRAIT_SHARE)
        rendered = self.config.batch - from_portraits
        parts = [(self.portraits, self.random.integers(len(self.portraits), from_portraits))]
        shards = list(self.shards.values())
        for first in range(0, rendered, ROWS_OF_SHARD):
            shard = shards[self.random.one_of(len(shards))]
            parts.append((shard, self.random.integers(len(shard), min(ROWS_OF_SHARD, rendered - first))))
        return make_batch(parts, self.mirror, self.config.crop, self.random, self.config.jitter, self.backgrounds)

    def take_in(self) -> None:
        """The next shard that appeared, if any."""
        fresh = next((folder for folder in shard_folders(self.photographs) if folder.name not in self.known), None)
        if fresh is None:
            return
        self.shards[fresh.name] = read_shard(fresh).to(self.portraits.device)
        self.known.add(fresh.name)
        if self.config.spend:
            shutil.rmtree(fresh)
        while len(self.shards) > self.config.kept:
            del self.shards[next(iter(self.shards))]


def read_backgrounds(data: Path, generator: np.random.Generator, count: int = 400) -> np.ndarray:
    """(count, 256, 256, 3) uint8: random cuts of the background pictures."""
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in sorted((data / "backgrounds").glob("*.jpg"))]
    cuts = np.empty((count, STORED, STORED, 3), np.uint8)
    for cut in cuts:
        picture = pictures[generator.integers(len(pictures))]
        side = int(generator.integers(100, 500))
        top, left = generator.integers(picture.shape[0] - side), generator.integers(picture.shape[1] - side)
        cut[:] = np.asarray(Image.fromarray(picture[top : top + side, left : left + side]).resize((STORED, STORED)))
    return cuts
