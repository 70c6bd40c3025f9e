"""From head A to head B and back, as a GLB that any viewer plays, and as a GIF."""

from .gif import morph_gif, turntable_gif
from .glb import morph_glb

__all__ = ["morph_gif", "morph_glb", "turntable_gif"]
