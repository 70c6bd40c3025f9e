"""Random numbers for batches, drawn where the batch is."""

from __future__ import annotations

import torch
from torch import Tensor


class Random:
    """A seeded source of random tensors on one device."""

    def __init__(self, seed: int, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self.here = torch.Generator().manual_seed(seed)  # what the program itself asks must not wait for a GPU

    def uniform(self, *shape: int) -> Tensor:
        """0..1."""
        return torch.rand(shape, generator=self.generator, device=self.device)

    def normal(self, *shape: int) -> Tensor:
        """Mean zero, variance one."""
        return torch.randn(shape, generator=self.generator, device=self.device)

    def exponential(self, *shape: int) -> Tensor:
        """Mean one."""
        return -(1 - self.uniform(*shape)).log()

    def integers(self, below: int, *shape: int) -> Tensor:
        return torch.randint(below, shape, generator=self.generator, device=self.device)

    def true(self, share: float, *shape: int) -> Tensor:
        """True for such a share, on average."""
        return self.uniform(*shape) < share

    def some(self, share: float, count: int) -> Tensor:
        """Different indices below `count`, `share` of them: how many is known without asking the device."""
        whole, rest = divmod(share * count, 1)
        number = int(whole) + int(torch.rand((), generator=self.here).item() < rest)
        return torch.randperm(count, generator=self.generator, device=self.device)[:number]

    def one_of(self, count: int) -> int:
        """0 to count - 1, known to the program at once, as is a coin."""
        return int(torch.randint(count, (), generator=self.here))

    def coin(self) -> bool:
        return self.one_of(2) == 1
