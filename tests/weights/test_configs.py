"""Configs from JSON and back, and those that are no config of ours."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import pytest

from pix2nphm.codes import CodeShape
from pix2nphm.errors import BadWeights
from pix2nphm.nphm.compact_config import CompactConfig
from pix2nphm.nphm.measured_points import MeasuredPointsConfig
from pix2nphm.nphm.population import PopulationConfig
from pix2nphm.nphm.template import TemplateConfig
from pix2nphm.regressor.network import RegressorConfig
from pix2nphm.weights.configs import LARGEST, read_config

SHAPE = CodeShape(4, 6, 2, 3)
REGRESSOR = RegressorConfig(SHAPE, crop=64, widths=(8, 16, 32), layers=2, experts=False)
CONFIGS = [
    REGRESSOR, CompactConfig(shape=SHAPE, pairs=2), PopulationConfig(shape=SHAPE), TemplateConfig(10, 16, 30, SHAPE),
    MeasuredPointsConfig(60, 50, 70, SHAPE),
]  # fmt: skip


@dataclass(frozen=True)
class Odd:
    lengths: tuple[float, ...] = ()


def repr_of_first(change: dict) -> str:
    return str(next(iter(change.items())))[:40]


def in_json(config) -> dict:
    return json.loads(json.dumps(asdict(config)))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: type(config).__name__)
def test_the_round_trip_is_exact(config):
    assert read_config(type(config), in_json(config)) == config


def test_whole_numbers_are_lengths_too():
    assert read_config(Odd, {"lengths": [1, 0.5]}) == Odd((1.0, 0.5))


@pytest.mark.parametrize(
    "change",
    [
        {"crop": "64"}, {"crop": 64.0}, {"crop": True}, {"crop": None}, {"crop": -1}, {"crop": LARGEST + 1},
        {"crop": 10**400},
        {"experts": 0}, {"widths": [8, 16]}, {"widths": [8, 16, 32, 64]}, {"widths": 3}, {"widths": {"0": 8}},
        {"layers": 101}, {"token_layers": LARGEST}, {"shape": [4, 6, 2, 3]}, {"shape": {"whole": 4}}, {"colour": 3},
        {"shape": {**vars(SHAPE), "whole": 1e3}},
    ],
    ids=repr_of_first,
)  # fmt: skip
def test_what_is_no_config_is_refused_in_words(change):
    with pytest.raises(BadWeights, match="another model or version"):
        read_config(RegressorConfig, in_json(REGRESSOR) | change)


@pytest.mark.parametrize(
    "change",
    [{"wavelengths": [0.1, 0.0]}, {"wavelengths": [0.1] * 300}, {"wavelengths": [float("nan")]}, {"pairs": 4},
     {"nearest": 6},
     {"nearest": 0}, {"box_high": [0.1, -0.2, 0.1]}, {"name": "x" * 300}],
    ids=repr_of_first,
)  # fmt: skip
def test_sizes_that_no_decoder_has_are_refused(change):
    with pytest.raises(BadWeights, match="another model or version"):
        read_config(CompactConfig, in_json(CompactConfig(shape=SHAPE, pairs=2)) | change)


def test_what_is_no_object_is_refused():
    for nothing in (None, [], 3, "config"):
        with pytest.raises(BadWeights):
            read_config(CompactConfig, nothing)
