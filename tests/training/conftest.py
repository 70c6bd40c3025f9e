from __future__ import annotations

import os
from pathlib import Path

import pytest

from pix2nphm.training.heads import HeadSpace
from pix2nphm.training.ict import IctFaceKit
from pix2nphm.training.samples import HeadSurfaces

DATA = Path(os.environ.get("PIX2NPHM_SHARED", Path(__file__).parents[3] / "shared")) / "data"


@pytest.fixture(scope="session")
def ict() -> IctFaceKit:
    if not (DATA / "ict_facekit.npz").exists():
        pytest.skip("needs ICT-FaceKit")
    return IctFaceKit.read(DATA)


@pytest.fixture(scope="session")
def space(ict: IctFaceKit) -> HeadSpace:
    return HeadSpace.build(ict)


@pytest.fixture(scope="session")
def surfaces(ict: IctFaceKit, space: HeadSpace) -> HeadSurfaces:
    return HeadSurfaces(ict, space)
