"""From a field to a triangle mesh, and from a mesh to files and pictures."""

from .export import save_mesh
from .extraction import extract
from .render import Rendering, overlay, render_mesh
from .repose import Poser, canonical_mesh, head_mesh, repose
from .template_mesh import TemplateMesh

__all__ = [
    "Poser",
    "Rendering",
    "TemplateMesh",
    "canonical_mesh",
    "extract",
    "head_mesh",
    "overlay",
    "render_mesh",
    "repose",
    "save_mesh",
]
