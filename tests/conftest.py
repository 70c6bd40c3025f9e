from __future__ import annotations

import pytest

from pix2nphm.model import Pix2NPHM


@pytest.fixture(scope="session")
def model() -> Pix2NPHM:
    """The model that ships."""
    return Pix2NPHM.load()
