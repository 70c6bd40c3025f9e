"""Where tests find what they read."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
SHARED = Path(os.environ.get("PIX2NPHM_SHARED", ROOT.parent / "shared"))  # may be absent: then tests skip
DATA = SHARED / "data"
