"""Exact heads for everybody: codes are decoded one at a time, and what was decoded lately is shared.

The template is moved on to the decoder's field; a model without a template is decoded by marching cubes. What is kept
is keyed by the numbers of the code alone, so that nothing here belongs to a visitor. Its size is bounded: a canonical
mesh at RESOLUTION takes 2 MB, one set up for expressions 30 MB and a packed one at most 0.8 MB.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import Future

import torch
from trimesh import Trimesh

from pix2nphm.codes import HeadCode
from pix2nphm.surface import Poser, TemplateMesh, canonical_mesh, head_mesh

from ..components.viewer.mesh_file import pack
from ..platform import worker
from ..platform.lru_cache import LRUCache

RESOLUTION = 96  # of marching cubes: 0.2 s on two cores
CANONICAL_KEPT = 16  # one an identity
POSERS_KEPT = 4  # of those whose expression changed last
PACKED_KEPT = 64  # one a head


def key_of(*numbers: torch.Tensor) -> bytes:
    """Equal for equal numbers, and only then."""
    digest = hashlib.blake2b(digest_size=16)
    for tensor in numbers:
        digest.update(tensor.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.digest()


def code_key(code: HeadCode) -> bytes:
    """Equal for the same head, and only then."""
    return key_of(code.whole, code.parts, code.expression)


class ExactHeads:
    """Codes -> meshes, by the decoder and the template of `model` (`pix2nphm.load()`)."""

    def __init__(self, model, resolution: int = RESOLUTION) -> None:
        self.model, self.resolution = model, resolution
        template = getattr(model, "template", None)
        self.on_field = None if template is None else TemplateMesh(template)
        self.canonical: LRUCache[bytes, Trimesh] = LRUCache(CANONICAL_KEPT)
        self.posers: LRUCache[bytes, Poser] = LRUCache(POSERS_KEPT)
        self.files: LRUCache[bytes, bytes] = LRUCache(PACKED_KEPT)

    def mesh(self, code: HeadCode) -> Trimesh:
        """The surface of one head, metres. Raises BadCode, EmptySurface."""
        code.check_one(self.model.code_shape)
        return worker.run(lambda: self._decoded(code))

    def packed(self, code: HeadCode) -> Future[bytes]:
        """The same as the viewer's file (`explorer.components.viewer.mesh_file`). Raises BadCode."""
        code.check_one(self.model.code_shape)
        key = code_key(code)
        known = self.files.get(key)
        if known is not None:
            there: Future[bytes] = Future()
            there.set_result(known)
            return there
        # While this waits, somebody else's turn may bring the same head.
        return worker.submit(lambda: self.files.get_or_make(key, lambda: pack(self._decoded(code))))

    @torch.inference_mode()
    def _decoded(self, code: HeadCode) -> Trimesh:
        decoder = self.model.decoder
        field = decoder.bind(code)
        if self.on_field is not None:
            return self.on_field(code, field)
        if not field.reposes:
            return head_mesh(field, decoder.box, self.resolution)
        key = key_of(code.whole, code.parts)
        surface = lambda: canonical_mesh(field, decoder.box, self.resolution)
        poser = self.posers.get_or_make(key, lambda: Poser(self.canonical.get_or_make(key, surface), field))
        return poser(field)
