"""What all visitors share."""

from __future__ import annotations

import numpy as np
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.latent.direction_names import expression_names, identity_names

from ..components import figures
from ..components.thumbnails import picture_url
from . import linear_preview as previews_of
from .exact import ExactHeads
from .previews import Previews
from .session import Session
from .state import ExploreState, code_of


class Services:
    """The model, the names of its directions, and what was decoded lately."""

    def __init__(self, model) -> None:
        self.model, self.exact, self.previews = model, ExactHeads(model), Previews(model)
        self.names = {
            "identity": identity_names(model, figures.SHOWN),
            "expression": expression_names(model, previews_of.DIRECTIONS),
        }
        self.exact.mesh(model.mean_code)  # the first decode of a process takes longer than all later ones

    def picture_url(self, code: HeadCode) -> str:
        """A small picture of a head."""
        return picture_url(self.model, code)

    def vertices(self, code: HeadCode) -> np.ndarray:
        """(V, 3) metres: the template of one head."""
        with torch.inference_mode():
            return self.model.template.vertices(code).cpu().numpy()

    def linear_preview(self, session: Session, state: ExploreState) -> previews_of.LinearPreview:
        """Of the tool that is open."""
        model = self.model
        if not state.a and session.tool in ("blend", "parts", "animate"):
            return previews_of.LinearPreview(code_of(state, model))
        if session.tool == "parts":
            return previews_of.parts(model, state, session.transplant())
        if session.tool == "directions":
            return previews_of.directions(model, state, session.group)
        return {"blend": previews_of.blend, "map": previews_of.atlas, "animate": previews_of.animate}[session.tool](model, state)
