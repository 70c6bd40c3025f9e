"""Random expressions: plausible mixtures of ICT-FaceKit's 53 blendshapes (expression units), each between 0 and 1."""

from __future__ import annotations

import numpy as np

from ...nphm.units import UNITS

INDEX = {name: i for i, name in enumerate(UNITS)}

# What faces often do: units (both sides where there are two) and the strongest each gets.
PATTERNS = (
    {"mouthSmile": 0.9, "cheekSquint": 0.6, "eyeSquint": 0.3},
    {"mouthSmile": 0.9, "mouthUpperUp": 0.5, "mouthLowerDown": 0.3, "cheekSquint": 0.6, "jawOpen": 0.25},
    {"jawOpen": 1.0},
    {"jawOpen": 0.8, "mouthSmile": 0.8, "mouthUpperUp": 0.4},
    {"jawOpen": 0.7, "browInnerUp": 0.9, "browOuterUp": 0.9, "eyeWide": 0.9},
    {"eyeBlink": 1.0},
    {"eyeBlink": 0.5, "eyeLookDown": 1.0},
    {"mouthPucker": 1.0},
    {"mouthFunnel": 0.9, "jawOpen": 0.5},
    {"browDown": 1.0, "eyeSquint": 0.7, "mouthPress": 0.6},
    {"browDown": 0.8, "noseSneer": 0.9, "mouthUpperUp": 0.6},
    {"mouthFrown": 0.9, "mouthShrugLower": 0.7, "browInnerUp": 0.7},
    {"mouthRollLower": 0.7, "mouthRollUpper": 0.7, "mouthPress": 0.6},
    {"mouthStretch": 0.8, "jawOpen": 0.4, "mouthLowerDown": 0.6},
    {"cheekPuff": 0.9},
)

FITTED = 0.5  # share of the expressions of photographs that were fitted to some portrait
NEAR_REST = 0.35  # share of them that are faint: a network that seldom saw a face at rest finds an expression in each
FAINT = 0.3  # of their strength, at most


def sample_expressions(count: int, generator: np.random.Generator) -> np.ndarray:
    """(count, 53) float32 weights: a sixth near rest, the others a pattern, some loose units, or both."""
    weights = np.zeros((count, len(UNITS)), dtype=np.float32)
    for row in weights:
        kind = generator.choice(4, p=[0.17, 0.38, 0.2, 0.25])
        row += generator.beta(0.5, 8, len(UNITS)) * (generator.random(len(UNITS)) < 0.3)  # nobody is quite at rest
        if kind in (1, 3):
            for name, strongest in PATTERNS[generator.integers(len(PATTERNS))].items():
                set_unit(row, name, strongest * generator.beta(1.6, 1.2), generator)
        if kind in (2, 3):
            for i in generator.choice(len(UNITS), generator.integers(2, 6), replace=False):
                set_unit(row, UNITS[i].removesuffix("_L").removesuffix("_R"), generator.beta(1, 1.6), generator)
    return plausible(weights)


def worn_expressions(drawn: np.ndarray, fitted: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """(N, 53) random expressions and (P, 53) of portraits -> (N, 53) float32 as photographs show them."""
    count = len(drawn)
    theirs = plausible(fitted[generator.integers(len(fitted), size=count)])
    worn = np.where(generator.random((count, 1)) < FITTED, theirs, drawn)
    faint = generator.random((count, 1)) < NEAR_REST
    return (worn * np.where(faint, generator.uniform(0, FAINT, (count, 1)), 1)).astype(np.float32)


def set_unit(row: np.ndarray, name: str, strength: float, generator: np.random.Generator) -> None:
    """Raise a unit of (53,) `row` to `strength`; where it has two sides, mostly both alike."""
    if name in INDEX:
        row[INDEX[name]] = max(row[INDEX[name]], strength)
        return
    sides = np.clip(1 - generator.beta(0.4, 2.5, 2), 0, 1)
    if generator.random() < 0.12:
        sides[generator.integers(2)] = 0
    for side, share in zip("LR", sides):
        row[INDEX[f"{name}_{side}"]] = max(row[INDEX[f"{name}_{side}"]], strength * share)


def plausible(weights: np.ndarray) -> np.ndarray:
    """(N, 53) weights within 0..1 and without contradictions: mouthClose at most jawOpen, eyes that look one way."""
    weights = weights.clip(0, 1)
    close, jaw = INDEX["mouthClose"], INDEX["jawOpen"]
    weights[:, close] = np.minimum(weights[:, close], weights[:, jaw])
    for side in "LR":
        for one, other in (("eyeLookUp", "eyeLookDown"), ("eyeLookIn", "eyeLookOut"), ("eyeBlink", "eyeWide")):
            a, b = INDEX[f"{one}_{side}"], INDEX[f"{other}_{side}"]
            weaker = np.where(weights[:, a] < weights[:, b], a, b)
            weights[np.arange(len(weights)), weaker] = 0
    for one, other in (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight")):
        a, b = INDEX[one], INDEX[other]
        weaker = np.where(weights[:, a] < weights[:, b], a, b)
        weights[np.arange(len(weights)), weaker] = 0
    return weights
