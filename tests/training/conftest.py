from __future__ import annotations

import pytest

from pix2nphm.training.decoder.samples import HeadSurfaces
from pix2nphm.training.head_space import HeadSpace, IctFaceKit
from tests.places import DATA


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
