"""The geometry backbone: a convolutional pyramid, a transformer, and dense maps of normals and canonical points."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

ATTENDED = 64  # numbers that each of an attention's heads compares


class Residual(nn.Module):
    """Two 3 x 3 convolutions around a skip."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(width)
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.middle = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(functional.relu(self.middle(self.first(functional.relu(self.norm(x))))))


class Attention(nn.Module):
    """Multi-head attention of queries (B, N, D) over keys (B, M, D)."""

    def __init__(self, dim: int):
        super().__init__()
        self.heads = max(1, dim // ATTENDED)
        self.query = nn.Linear(dim, dim)
        self.key_value = nn.Linear(dim, 2 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, queries: Tensor, keys: Tensor) -> Tensor:
        split = lambda x: x.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, heads, N, D / heads)
        key, value = self.key_value(keys).chunk(2, dim=-1)
        query, key, value = split(self.query(queries)), split(key), split(value)
        # Written out: on CPUs the fused attention's backward pass is several times slower than these products.
        weights = (query @ key.mT * query.shape[-1] ** -0.5).softmax(dim=-1).to(value.dtype)
        return self.out((weights @ value).transpose(1, 2).flatten(-2))


def mlp(dim: int, ratio: int = 3) -> nn.Sequential:
    """Two layers about a wider middle, of what is normalised first."""
    return nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, ratio * dim), nn.GELU(), nn.Linear(ratio * dim, dim))


class Block(nn.Module):
    """A pre-norm transformer layer."""

    def __init__(self, dim: int):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attention = Attention(dim)
        self.mlp = mlp(dim)

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm(x)
        x = x + self.attention(normed, normed)
        return x + self.mlp(x)


class CrossBlock(nn.Module):
    """Tokens read an image's features, speak to each other, and think."""

    def __init__(self, dim: int):
        super().__init__()
        self.norm_read = nn.LayerNorm(dim)
        self.norm_features = nn.LayerNorm(dim)
        self.read = Attention(dim)
        self.speak = Block(dim)

    def forward(self, tokens: Tensor, features: Tensor) -> Tensor:
        tokens = tokens + self.read(self.norm_read(tokens), self.norm_features(features))
        return self.speak(tokens)


class GeometryBackbone(nn.Module):
    """(B, 3, S, S) -> features (B, (S/8)^2, D) for the tokens, a fine map (B, C, S/4, S/4), and
    (B, 7, S/2, S/2): normals, canonical, mask. Positions are learned for crops of `size` px.
    """

    def __init__(self, widths: tuple[int, int, int], layers: int, size: int):
        super().__init__()
        fine, middle, dim = widths
        grid = size // 16
        self.stem = nn.Sequential(
            nn.Conv2d(3, fine // 2, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(fine // 2, fine, 3, stride=2, padding=1),
        )
        self.fine = nn.Sequential(Residual(fine), Residual(fine))
        self.middle = nn.Sequential(nn.Conv2d(fine, middle, 3, stride=2, padding=1), Residual(middle), Residual(middle))
        self.coarse = nn.Sequential(nn.Conv2d(middle, dim, 3, stride=2, padding=1), Residual(dim))
        self.positions = nn.Parameter(torch.randn(1, dim, grid, grid) * 0.02)
        self.blocks = nn.ModuleList(Block(dim) for _ in range(layers))
        self.norm = nn.LayerNorm(dim)
        self.up_middle = nn.Conv2d(dim, middle, 1)
        self.mix_middle = Residual(middle)
        self.up_fine = nn.Conv2d(middle, fine, 1)
        self.mix_fine = Residual(fine)
        self.to_dense = nn.Conv2d(fine, 7 * 4, 1)
        self.to_features = nn.Linear(middle, dim)
        self.fine_positions = nn.Parameter(torch.randn(1, dim, 2 * grid, 2 * grid) * 0.02)

    def forward(self, crop: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        crop = (crop - 0.5) * 4
        fine = self.fine(self.stem(crop))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        side = coarse.shape[-1]
        tokens = (coarse + resized(self.positions, side)).flatten(2).transpose(1, 2)
        for block in self.blocks:
            tokens = block(tokens)
        coarse = self.norm(tokens).transpose(1, 2).unflatten(-1, (side, side))
        middle = self.mix_middle(middle + doubled(self.up_middle(coarse)))
        fine = self.mix_fine(fine + doubled(self.up_fine(middle)))
        dense = functional.pixel_shuffle(self.to_dense(fine), 2)
        features = self.to_features(middle.flatten(2).transpose(1, 2))
        return features + resized(self.fine_positions, 2 * side).flatten(2).transpose(1, 2), fine, dense


def resized(positions: Tensor, side: int) -> Tensor:
    """(1, D, g, g) learned positions for a map of `side`."""
    if positions.shape[-1] == side:
        return positions
    return functional.interpolate(positions, size=(side, side), mode="bilinear", align_corners=False)


def doubled(x: Tensor) -> Tensor:
    """(B, C, h, w) -> (B, C, 2h, 2w), bilinear."""
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
