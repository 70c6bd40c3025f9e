"""What training starts from, what decays, and the average that ships."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pix2nphm.codes import CodeShape
from pix2nphm.frames import FRONTAL
from pix2nphm.regressor.network import Regressor, RegressorConfig
from pix2nphm.training.regressor.batches import ARRAYS, STORED, Samples, make_batch
from pix2nphm.training.regressor.losses import Probe
from pix2nphm.training.regressor.random_numbers import Random
from pix2nphm.training.regressor.start import shipped, take_over
from pix2nphm.training.regressor.train import EXPERTS_FACTOR, RegressorTraining, keep_average, optimiser
from pix2nphm.training.run import Run
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
    tensors = {"finder.a": torch.ones(2).half(), "finder.b": torch.arange(2), "decoder.a": torch.zeros(2)}
    save_weights(tmp_path, {}, tensors)
    start = shipped(tmp_path, "finder")
    assert start.keys() == {"a", "b"} and start["a"].dtype == torch.float32 and torch.equal(start["b"], torch.arange(2))
    with pytest.raises(SystemExit, match="no regressor"):
        shipped(tmp_path, "regressor")


class SameBatch:
    """A feed that always gives one batch."""

    read = 1

    def __init__(self, batch) -> None:
        self.batch = batch

    def __next__(self):
        return self.batch


def made_up_samples(count: int) -> Samples:
    """Pictures of noise with every map, as shards of photographs hold them."""
    generator = torch.Generator().manual_seed(5)
    noise = lambda *shape: torch.randint(256, shape, generator=generator, dtype=torch.uint8)
    code = torch.randn(count, 4, generator=generator), torch.zeros(count, 5, 3), torch.zeros(count, 6)
    all_of = lambda value, *shape: torch.full((count, *shape), value)
    camera = FRONTAL.repeat(count, 1, 1), all_of(700.0), all_of(128.0, 2), all_of(0.7)
    half = STORED // 2
    return Samples(
        images=noise(count, STORED, STORED, 3),
        known=dict(zip(ARRAYS, code + camera)),
        canonical=noise(count, half, half, 3),
        normals=noise(count, half, half, 3).view(torch.int8),
        mask=torch.full((count, half, half), 255, dtype=torch.uint8),
        box=torch.tensor([[-0.1, -0.1, -0.1], [0.1, 0.1, 0.1]]),
    )


def made_up_probe() -> Probe:
    """Points of a ball: 51 landmarks, the face, the skull."""
    generator = torch.Generator().manual_seed(6)
    count = 51 + 700 + 100
    outward = nn.functional.normalize(torch.randn(count, 3, generator=generator), dim=-1)
    weight = torch.zeros(count)
    weight[51:751] = 1 / 700
    similarity, _ = torch.linalg.qr(torch.randn(3 * count, 7, generator=generator))
    maps = [0.002 * torch.randn(count, 3, width, generator=generator) for width in (4 + 5 * 3, 6)]
    return Probe(0.08 * outward, *maps, outward, weight, similarity)


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(tmp_path):
    samples, probe = made_up_samples(4), made_up_probe()
    feed = SameBatch(make_batch([(samples, torch.arange(4))], None, SIZES["crop"], Random(0), jitter=None))

    def training() -> RegressorTraining:
        return RegressorTraining(network(32), probe, feed, {"renders": samples}, rate=1e-3, geometry_share=0.5)

    first, run = training(), Run(tmp_path, minutes=60)
    for step, progress in enumerate((0.0, 0.4, 0.6)):  # geometry alone, then codes too
        first.one_step(step, progress)
    run.step = 3
    run.save(first)
    resumed = Run(tmp_path, minutes=60, resume=True)
    second = training()
    second.restore(resumed.checkpoint)
    assert resumed.step == 3 and second.images == 12
    for one in (first, second):
        one.one_step(3, 0.7)
    for a, b in ((first.network, second.network), (first.product, second.product)):
        assert all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values()))
    assert first.report()["renders_landmarks_median"] == second.report()["renders_landmarks_median"]
