"""What training starts from, what decays, and the average that ships."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pix2nphm.codes import CodeShape
from pix2nphm.regressor.network import Regressor, RegressorConfig
from pix2nphm.training.regressor.train import EXPERTS_FACTOR, keep_average, optimiser, shipped, take_over
from pix2nphm.weights.store import save_weights

SIZES = dict(shape=CodeShape(4, 5, 3, 6), token_layers=1, points=60, crop=64)


def network(dim: int, experts: bool = True) -> Regressor:
    return Regressor(RegressorConfig(**SIZES, widths=(8, 16, dim), layers=1, experts=experts))


def test_a_wider_network_takes_over_what_has_the_same_shape():
    small, wide = network(32), network(48)
    before = wide.to_whole[0].weight.clone()
    taken = take_over(wide, small.state_dict())
    assert torch.equal(wide.backbone.stem[0].weight, small.backbone.stem[0].weight)
    assert torch.equal(wide.layout.patches.experts, small.layout.patches.experts)
    assert torch.equal(wide.to_whole[0].weight, before) and 0 < taken < len(wide.state_dict())


def test_a_finder_takes_over_all_but_the_experts():
    finder = network(32, experts=False)
    assert take_over(finder, network(32).state_dict()) == len(finder.state_dict())


def test_experts_learn_faster_vectors_do_not_decay_and_what_is_held_is_left_out():
    some = network(32)
    some.backbone.requires_grad_(False)
    groups = optimiser(some, 1e-3).param_groups
    held = {id(parameter) for parameter in some.backbone.parameters()}
    experts = {id(parameter) for parameter in some.layout.patches.parameters()}
    for group in groups:
        assert all((parameter.ndim > 1) == (group["weight_decay"] > 0) for parameter in group["params"])
        assert all((id(parameter) in experts) == (group["factor"] == EXPERTS_FACTOR) for parameter in group["params"])
    trained = {id(parameter) for group in groups for parameter in group["params"]}
    assert not trained & held and trained | held == {id(parameter) for parameter in some.parameters()}


def test_the_average_moves_towards_the_network_and_counts_are_copied():
    average, new = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    nn.init.constant_(new.weight, 3.0)
    new.num_batches_tracked += 7
    keep_average(average, new, 0.75)
    assert torch.equal(average.weight.detach(), torch.full((3,), 1.5)) and average.num_batches_tracked == 7


def test_weights_to_start_from_are_those_of_the_same_role_and_must_be_there(tmp_path):
    save_weights(tmp_path, {}, {"finder.a": torch.ones(2).half(), "finder.b": torch.arange(2), "decoder.a": torch.zeros(2)})
    start = shipped(tmp_path, "finder")
    assert start.keys() == {"a", "b"} and start["a"].dtype == torch.float32 and torch.equal(start["b"], torch.arange(2))
    with pytest.raises(SystemExit, match="no regressor"):
        shipped(tmp_path, "regressor")
