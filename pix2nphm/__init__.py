"""Pix2NPHM: one photograph of a face becomes a neural parametric head model.

    model = pix2nphm.load()
    head = model.reconstruct("photo.jpg")
    head.mesh().export("head.glb")

Letters in shapes, the same everywhere:

    B  batch                 G  numbers of the whole code      N  points, rows: as many as are given
    A  anchors               L  of an anchor's local code      K  points the regressor measures; landmarks
    V  vertices              I  G + A * L: of an identity      P  points training marks or judges by
    F  faces: triangles      E  of an expression               M  entries of a sparse map; questions asked
    H W  pixels of a picture S  side of a crop, px             h w  cells of a feature map, C its channels
    Q  directions of codes   U  unknowns of a fit              D  width of tokens

`...` is any batch, a small n, m or k some of the capital. C is also the coordinates of a canonical point.
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
