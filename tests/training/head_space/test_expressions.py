"""Random expressions are what faces can do, and photographs show faces at rest, too."""

from __future__ import annotations

import numpy as np

from pix2nphm.nphm.units import UNITS
from pix2nphm.training.head_space.expressions import INDEX, NEAR_REST, sample_expressions, worn_expressions


def test_expressions_are_possible():
    weights = sample_expressions(500, np.random.default_rng(0))
    assert weights.min() >= 0 and weights.max() <= 1
    assert (weights[:, INDEX["mouthClose"]] <= weights[:, INDEX["jawOpen"]]).all()
    assert (weights[:, INDEX["jawLeft"]] * weights[:, INDEX["jawRight"]] == 0).all()
    assert (weights[:, INDEX["jawOpen"]] > 0.4).mean() > 0.05 and len(UNITS) == 53


def test_a_third_of_the_faces_in_photographs_is_near_rest():
    generator = np.random.default_rng(1)
    fitted = np.full((20, 53), 0.5, dtype=np.float32)
    strongest = worn_expressions(np.ones((4000, 53), np.float32), fitted, generator).max(-1)
    assert abs((strongest <= 0.3).mean() - NEAR_REST) < 0.03
    assert (strongest == 1).any() and (strongest == 0.5).any()  # drawn ones and fitted ones, at full strength


def test_fitted_expressions_lose_their_contradictions():
    fitted = np.full((1, 53), 0.5, dtype=np.float32)
    worn = worn_expressions(np.zeros((200, 53), np.float32), fitted, np.random.default_rng(2))
    assert (np.minimum(worn[:, INDEX["mouthLeft"]], worn[:, INDEX["mouthRight"]]) == 0).all()
