"""From head A to head B and back: in the page, as a GLB that any viewer plays, and as a GIF."""

from .ease import ease
from .gif import morph_gif, turntable_gif
from .glb import morph_glb
from .player import Player

__all__ = ["Player", "ease", "morph_gif", "morph_glb", "turntable_gif"]
