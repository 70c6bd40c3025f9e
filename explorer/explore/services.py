"""What all visitors share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.latent.direction_names import expression_names, identity_names
from pix2nphm.latent.edits import Recipe, apply

from ..components import figures
from ..components.thumbnails import picture_url
from ..platform.lru_cache import LRUCache
from .exact import ExactHeads, code_key
from .lessons import lessons_of
from .previews import Previews
from .tool import Tool

DIRECTIONS = 6  # of identity and of expression that have sliders; the first ones matter most
CODES_KEPT = 256  # of 5 KB


class Services:
    """The model, the tools, the names of the model's directions, and what was made lately.

    What is kept is keyed by the numbers of codes, so that nothing here belongs to a visitor.
    """

    def __init__(self, model, tools: Sequence[Tool]) -> None:
        self.model, self.exact, self.previews = model, ExactHeads(model), Previews(model)
        self.tools, self.lessons = {tool.name: tool for tool in tools}, lessons_of(tools)
        self.names = {
            "identity": identity_names(model, figures.SHOWN),
            "expression": expression_names(model, DIRECTIONS),
        }
        self._codes: LRUCache[tuple, HeadCode] = LRUCache(CODES_KEPT)
        self.exact.mesh(model.mean_code)  # the first decode of a process takes longer than all later ones

    def code(self, recipe: Recipe, codes: Mapping[str, HeadCode]) -> HeadCode:
        """The head of a recipe, evaluated once. Raises BadCode, BadStep."""
        key = (recipe, *(code_key(codes[head]) for head in recipe.heads))
        return self._codes.get_or_make(key, lambda: apply(recipe, self.model, codes))

    def picture_url(self, code: HeadCode) -> str:
        """A small picture of a head."""
        return picture_url(self.model, code)

    def vertices(self, code: HeadCode) -> np.ndarray:
        """(V, 3) metres: the template of one head."""
        with torch.inference_mode():
            return self.model.template.vertices(code).cpu().numpy()
