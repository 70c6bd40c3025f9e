from __future__ import annotations

import numpy as np
import pytest
import torch

from pix2nphm.codes import CodeShape
from pix2nphm.nphm.compact import CompactDecoder
from pix2nphm.nphm.compact_config import CompactConfig
from pix2nphm.training.decoder.samples import SamplePool
from pix2nphm.training.decoder.train import (
    CODE_RATE_SHARE,
    SLOPE,
    DecoderTraining,
    distance_loss,
    motion_loss,
    new_decoder,
    rated_parameters,
    read_decoder,
)
from pix2nphm.training.run import Run


def test_a_distance_error_of_a_tenth_of_a_millimetre():
    true = torch.zeros(1, 5, 2)
    assert distance_loss(true, true) == 0
    assert distance_loss(true + 1e-4, true).item() == pytest.approx(0.01)  # centimetres, and no error of slope
    tilted = true + torch.tensor([1e-4, -1e-4])
    assert distance_loss(tilted, true).item() == pytest.approx(0.01 + SLOPE * 0.02 / 0.15)
    centimetre = true + 0.01  # away an error is half as bad
    assert distance_loss(true + 0.0101, centimetre).item() == pytest.approx(0.005, rel=1e-4)


def test_a_motion_error_counts_by_its_length():
    true = torch.randn(1, 5, 2, 3)
    assert motion_loss(true, true).item() < 1e-3
    assert motion_loss(true + torch.tensor([3e-4, 0, 4e-4]), true).item() == pytest.approx(0.05, abs=1e-3)


def test_every_parameter_is_optimised_once_and_those_of_codes_slower():
    decoder = CompactDecoder(CompactConfig(shape=CodeShape(48, 7, 16, 53), pairs=2, width=8))
    groups = {group["share"]: group["params"] for group in rated_parameters(decoder)}
    assert sorted(id(p) for group in groups.values() for p in group) == sorted(map(id, decoder.parameters()))
    assert any(parameter is decoder.forward_motion.last for parameter in groups[CODE_RATE_SHARE])
    assert any(parameter is decoder.shape.last for parameter in groups[1.0])


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(ict, surfaces, tmp_path):
    decoder = new_decoder(ict, surfaces)
    pool = SamplePool.build(surfaces, 8, decoder.box, np.random.default_rng(0), lambda done: None)
    first, run = DecoderTraining(decoder, surfaces, pool, rate=1e-3), Run(tmp_path, minutes=1e9)
    first.one_step(0, progress=0)
    run.save(first)
    saved = read_decoder(tmp_path)
    second = DecoderTraining(new_decoder(ict, surfaces), surfaces, pool, rate=1e-3)
    second.restore(Run(tmp_path, minutes=1e9, resume=True).checkpoint)
    assert all(torch.equal(a, b) for a, b in zip(saved.state_dict().values(), second.product.state_dict().values()))
    first.one_step(1, progress=0)
    second.one_step(1, progress=0)
    assert second.recent[-1] == pytest.approx(first.recent[-1], rel=1e-5)
    states = first.product.state_dict().values(), second.product.state_dict().values()
    assert all(torch.equal(a, b) for a, b in zip(*states))
