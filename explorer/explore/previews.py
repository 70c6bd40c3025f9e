"""Previews for everybody: a tool's `LinearPreview` as the file that the browser blends."""

from __future__ import annotations

import numpy as np
import torch

from pix2nphm.codes import HeadCode

from ..components.viewer.preview_file import pack_preview
from ..platform.lru_cache import LRUCache
from .exact import key_of
from .linear_preview import LinearPreview

FIELDS_KEPT = 96  # 160 KB each; directions and units are the same for all heads


class Previews:
    """LinearPreviews -> preview files, by the template of `model` (`pix2nphm.load()`)."""

    def __init__(self, model) -> None:
        self.template = model.template
        self.fields: LRUCache[bytes, np.ndarray] = LRUCache(FIELDS_KEPT)

    def packed(self, preview: LinearPreview) -> bytes:
        """The bytes of `explorer.components.viewer.preview_file`, its fields named as the controls."""
        with torch.inference_mode():
            base = self.template.vertices(preview.base).cpu().numpy()
            fields = {name: self._field(move) for name, move in preview.moves.items()}
        return pack_preview(base, fields, self.template.faces.cpu().numpy(), self.template.vertex_region.cpu().numpy())

    def _field(self, move: HeadCode) -> np.ndarray:
        """(V, 3) metres that a change of the code moves the template, which is linear in it."""
        key = key_of(move.whole, move.parts, move.expression)
        return self.fields.get_or_make(key, lambda: (self.template.vertices(move) - self.template.mean).cpu().numpy())


def preview_key(preview: LinearPreview) -> bytes:
    """Equal for those with the same file, wherever their controls stand."""
    codes = [preview.base, *preview.moves.values()]
    names = torch.tensor([*"".join(preview.moves).encode()])
    return key_of(names, *(part for code in codes for part in (code.whole, code.parts, code.expression)))
