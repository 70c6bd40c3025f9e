"""A crop of a face -> codes, camera and dense geometry.

Source: Pix2NPHM, method overview: a geometry-pretrained backbone, class tokens (one for the whole head, one for each
anchor, one for the expression), a few transformer layers, small MLPs to codes.
Ours: a convolutional pyramid before the transformer, a camera token, measured points (`layout`), class tokens that read
the image by cross-attention at an eighth of its resolution, and every width and depth; the paper's is a large ViT. Two
networks of this kind ship: a small one that finds and frames faces, and a larger one that reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..codes import CodeShape, HeadCode
from ..frames import FRONTAL, Camera, rotation_from_6d
from ..nphm.mirror import Mirror
from .backbone import CrossBlock, GeometryBackbone
from .landmark_encoder import LandmarkEncoder

DEEPEST = 100  # layers
LANDMARKS = 51  # iBUG landmarks 18 to 68, the first of the points that are measured
FRAME_SIDE = 0.26  # metres of head that a well framed crop shows, at the head's origin
USUAL_INVERSE_DISTANCE = 0.8  # 1/m: a camera 1.25 m away


@dataclass(frozen=True)
class RegressorConfig:
    """Sizes. Ours: the paper does not fit two CPU cores."""

    shape: CodeShape
    crop: int  # px a side of the crops that are read
    widths: tuple[int, int, int]  # channels at 1/4, 1/8, 1/16
    layers: int  # of the backbone's transformer
    experts: bool  # whether points are looked at more closely, see `patches`
    token_layers: int = 3
    points: int = 251  # whose places in the crop are measured; the first are LANDMARKS

    def __post_init__(self) -> None:
        """Raises ValueError for sizes that no network has."""
        if not (self.layers <= DEEPEST and self.token_layers <= DEEPEST):
            raise ValueError("so many layers are nobody's")
        if self.crop % 32 or not self.crop or self.points < LANDMARKS:
            raise ValueError("crops are a multiple of 32 px, and landmarks are measured")


@dataclass(frozen=True)
class DenseGeometry:
    """What the crop shows at each pixel, at half its resolution."""

    normals_camera: Tensor  # (B, 3, S/2, S/2) unit
    canonical: Tensor  # (B, 3, S/2, S/2) metres, the same point on the mean head at rest
    mask: Tensor  # (B, S/2, S/2) logits: is it the head's skin or eyes


@dataclass(frozen=True)
class Prediction:
    """What one look at B crops says."""

    code: HeadCode
    camera: Camera  # in crop px
    face: Tensor  # (B,) logits: is there a face, well framed
    dense: DenseGeometry
    rough_px: Tensor  # (B, K, 2) `points_px` before the closer look
    points_px: Tensor  # (B, K, 2) measured places of fixed points of the head, crop px


class Regressor(nn.Module):
    """(B, 3, S, S) RGB in 0..1 -> Prediction. S a multiple of 32."""

    def __init__(self, config: RegressorConfig):
        super().__init__()
        self.config = config
        dim, shape = config.widths[-1], config.shape
        self.mirror = Mirror(shape)
        self.backbone = GeometryBackbone(config.widths, config.layers, config.crop)
        self.layout = LandmarkEncoder(
            config.widths[0], config.points, kinds=4, dim=dim, identity=shape.identity, experts=config.experts
        )
        self.tokens = nn.Parameter(torch.randn(shape.parts + 3, dim) * 0.02)  # whole, parts, expression, camera
        self.token_blocks = nn.ModuleList(CrossBlock(dim) for _ in range(config.token_layers))
        self.norm = nn.LayerNorm(dim)
        self.to_whole = near_zero_mlp(dim, shape.whole)
        self.to_parts = nn.Sequential(nn.Linear(dim, dim), nn.GELU())
        self.parts_weight = nn.Parameter(torch.randn(shape.parts, dim, shape.local) * 0.1 * dim**-0.5)
        self.parts_bias = nn.Parameter(torch.zeros(shape.parts, shape.local))
        self.to_expression = near_zero_mlp(dim, shape.expression)
        self.to_camera = near_zero_mlp(dim, 6 + 1 + 2 + 1 + 1)  # rotation, scale, centre, inverse distance, face

    def forward(self, crop: Tensor) -> Prediction:
        features, fine, dense = self.backbone(crop)  # features (B, N, D)
        measured = self.layout(fine, crop)
        each = torch.tensor([1, self.config.shape.parts, 1, 1], device=crop.device)
        tokens = self.tokens + measured.hints.repeat_interleave(each, dim=1, output_size=len(self.tokens))
        for block in self.token_blocks:
            tokens = block(tokens, features)
        tokens = self.norm(tokens)
        parts = torch.einsum("bad,adl->bal", self.to_parts(tokens[:, 1:-2]), self.parts_weight) + self.parts_bias
        code = HeadCode(
            whole=self.to_whole(tokens[:, 0]).float(),
            parts=parts.float(),
            expression=torch.sigmoid(self.to_expression(tokens[:, -2]).float() - 2.2),  # at rest about 0.1
        )
        code = code.with_identity(code.identity + measured.identity)
        camera, face = self.read_camera(self.to_camera(tokens[:, -1]).float(), crop.shape[-1])
        normals, canonical, mask = dense.float().split([3, 3, 1], dim=1)
        return Prediction(
            code,
            camera,
            face,
            DenseGeometry(nn.functional.normalize(normals, dim=1), canonical * 0.1, mask[:, 0]),
            measured.rough * crop.shape[-1],
            measured.points * crop.shape[-1],
        )

    @staticmethod
    def read_camera(values: Tensor, size: int) -> tuple[Camera, Tensor]:
        """(B, 11) raw values -> the camera in px of a crop of `size`, and the face logits. Zero is a framed face."""
        resting = FRONTAL[:, :2].T.reshape(6).to(values)
        return Camera(
            rotation=rotation_from_6d(resting + values[:, :6]),
            scale=size / FRAME_SIDE * values[:, 6].exp(),
            centre=size * (0.5 + values[:, 7:9]),
            inverse_distance=USUAL_INVERSE_DISTANCE * values[:, 9].clamp(-3, 1.5).exp(),
        ), values[:, 10]


def near_zero_mlp(dim: int, out: int) -> nn.Sequential:
    """A small MLP whose first outputs are near zero: the mean head, framed."""
    last = nn.Linear(dim, out)
    nn.init.normal_(last.weight, std=0.1 * dim**-0.5)
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Linear(dim, dim), nn.GELU(), last)
