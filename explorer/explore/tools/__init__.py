"""The tools of the Explore tab, one file each. A new one gets a line here, and nothing else knows of it."""

from __future__ import annotations

from ..tool import Tool
from . import animate, blend, directions, map, parts

TOOLS: tuple[Tool, ...] = (
    blend.TOOL,
    parts.TOOL,
    directions.TOOL,
    map.TOOL,
    animate.TOOL,
)  # in the order of the tabs
