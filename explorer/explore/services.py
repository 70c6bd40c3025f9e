"""What all visitors share."""

from __future__ import annotations

import numpy as np
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.latent.direction_names import expression_names, identity_names

from ..components import figures
from ..components.thumbnails import picture_url
from . import linear_preview as stances
from .exact import ExactHeads
from .previews import Previews
from .session import Desk
from .state import Visit, code_of


class Studio:
    """The model, the names of its directions, and what was decoded lately."""

    def __init__(self, model) -> None:
        self.model, self.exact, self.previews = model, ExactHeads(model), Previews(model)
        self.names = {
            "identity": identity_names(model, figures.SHOWN),
            "expression": expression_names(model, stances.DIRECTIONS),
        }
        self.exact.mesh(model.mean_code)  # the first decode of a process takes longer than all later ones

    def picture_url(self, code: HeadCode) -> str:
        """A small picture of a head."""
        return picture_url(self.model, code)

    def vertices(self, code: HeadCode) -> np.ndarray:
        """(V, 3) metres: the template of one head."""
        with torch.inference_mode():
            return self.model.template.vertices(code).cpu().numpy()

    def stance(self, desk: Desk, visit: Visit) -> stances.Stance:
        """Of the tool that is open."""
        model = self.model
        if not visit.a and desk.tool in ("blend", "parts", "animate"):
            return stances.Stance(code_of(visit, model))
        if desk.tool == "parts":
            return stances.parts(model, visit, desk.transplant())
        if desk.tool == "directions":
            return stances.directions(model, visit, desk.group)
        return {"blend": stances.blend, "map": stances.atlas, "animate": stances.animate}[desk.tool](model, visit)
