"""Pix2NPHM: one photograph of a face becomes a neural parametric head model.

    model = pix2nphm.load()
    head = model.reconstruct("photo.jpg")
    head.mesh().export("head.glb")

Letters in shapes: B batch, N points, A anchors, V vertices, H W pixels of a picture, S side of a crop.
"""

from .codes import HeadCode
from .errors import BadCode, BadImage, BadWeights, EmptySurface, NoFaceFound, Pix2NPHMError
from .model import Head, Pix2NPHM
from .nphm.mononphm_checkpoint import load_mononphm

load = Pix2NPHM.load

__all__ = [
    "BadCode",
    "BadImage",
    "BadWeights",
    "EmptySurface",
    "Head",
    "HeadCode",
    "NoFaceFound",
    "Pix2NPHM",
    "Pix2NPHMError",
    "load",
    "load_mononphm",
]
