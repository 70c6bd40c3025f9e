"""Weights that can be read but are damaged, foreign or absurd are BadWeights, whatever is wrong with them."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

import pix2nphm.model
from pix2nphm.errors import BadWeights
from pix2nphm.model import Pix2NPHM
from pix2nphm.nphm.compact import CompactDecoder
from pix2nphm.nphm.compact_config import CompactConfig
from pix2nphm.nphm.measured_points import MeasuredPoints, MeasuredPointsConfig
from pix2nphm.nphm.population import Population, PopulationConfig
from pix2nphm.nphm.template import Template, TemplateConfig
from pix2nphm.regressor.network import Regressor, RegressorConfig
from pix2nphm.weights.modules import Budget, filled, read_part
from pix2nphm.weights.store import load_weights

NAN, INFINITY = float("nan"), float("inf")
KINDS = {
    "finder": (Regressor, RegressorConfig),
    "regressor": (Regressor, RegressorConfig),
    "decoder": (CompactDecoder, CompactConfig),
    "template": (Template, TemplateConfig),
    "population": (Population, PopulationConfig),
    "measured_points": (MeasuredPoints, MeasuredPointsConfig),
}


@pytest.fixture(scope="module")
def shipped() -> tuple[dict, dict[str, torch.Tensor]]:
    return load_weights()


@pytest.fixture
def refusal(shipped, monkeypatch) -> Callable[[Callable], str]:
    """refusal(change): what is said of the weights that ship after `change(config, tensors)`."""

    def refused(change: Callable[[dict, dict], None]) -> str:
        config, tensors = copy.deepcopy(shipped[0]), dict(shipped[1])
        change(config, tensors)
        monkeypatch.setattr(pix2nphm.model, "load_weights", lambda source: (config, tensors))
        with pytest.raises(BadWeights) as raised:
            Pix2NPHM.load()
        assert str(raised.value).endswith(".")
        return str(raised.value)

    return refused


@pytest.fixture
def refusal_of_part(shipped) -> Callable[[str, Callable], str]:
    """The same for the part that a tensor belongs to: refusal_of_part(name, change)."""

    def refused(name: str, change: Callable[[dict, dict], None]) -> str:
        config, tensors = shipped[0], dict(shipped[1])
        change(config, tensors)
        with pytest.raises(BadWeights) as raised:
            part = name.partition(".")[0]
            read_part(config, tensors, part, *KINDS[part])
        return str(raised.value)

    return refused


def put(name: str, value: float, place: int = 3) -> Callable[[dict, dict], None]:
    """Write `value` into one number of a tensor."""

    def change(config: dict, tensors: dict) -> None:
        tensors[name] = tensors[name].clone()
        tensors[name].view(-1)[place] = value

    return change


def of_kind(name: str, kind: torch.dtype) -> Callable[[dict, dict], None]:
    return lambda config, tensors: tensors.update({name: tensors[name].to(kind)})


@pytest.mark.parametrize(("name", "value"), [
    ("regressor.to_whole.2.bias", NAN), ("finder.layout.norm.running_var", INFINITY), ("template.part_modes", NAN),
    ("decoder.shape.hidden", -INFINITY), ("population.expression_mean", INFINITY), ("measured_points.mean", NAN),
])  # fmt: skip
def test_what_is_not_a_number(refusal_of_part, name, value):
    assert "not numbers" in refusal_of_part(name, put(name, value))


@pytest.mark.parametrize("kind", [torch.int8, torch.int32, torch.bool, torch.complex64, torch.float8_e5m2])
def test_networks_of_another_kind_of_number(refusal_of_part, kind):
    change = of_kind("decoder.shape.hidden", kind)
    assert "another model or version" in refusal_of_part("decoder", change)


@pytest.mark.parametrize("kind", [torch.int8, torch.uint8, torch.float32, torch.bool])
def test_indices_of_another_kind_of_number(refusal_of_part, kind):
    assert "another model or version" in refusal_of_part("template", of_kind("template.faces", kind))


@pytest.mark.parametrize("name", [
    "template.faces", "template.part_vertex", "template.part_anchor", "template.vertex_region",
    "template.anchor_region",
    "finder.mirror.partner", "regressor.mirror.expression_partner", "decoder.shape.code_index",
    "decoder.forward_motion.code_index", "decoder.backward_motion.expression_index", "measured_points.part_vertex",
    "measured_points.part_anchor", "measured_points.point",
])  # fmt: skip
@pytest.mark.parametrize("value", [-1, 2**31 - 1])
def test_an_index_that_points_nowhere(refusal_of_part, name, value):
    assert "refer to what is not there" in refusal_of_part(name, put(name, value))


@pytest.mark.parametrize("value", [-1, 2**31 - 1])
def test_measured_vertices_that_the_template_has_not(refusal, value):
    assert "another model or version" in refusal(put("measured_points.vertex", value))


def test_entries_out_of_order(refusal_of_part):
    assert "refer to what is not there" in refusal_of_part("template", put("template.part_vertex", 0, place=-1))


def test_a_template_without_a_face(refusal):
    def flatten(config: dict, tensors: dict) -> None:
        tensors["template.mean"] = torch.zeros_like(tensors["template.mean"])

    assert "another model or version" in refusal(flatten)


@pytest.mark.parametrize("change", [
    lambda config, tensors: tensors.pop("decoder.anchor_mean"),
    lambda config, tensors: tensors.update({"decoder.more": torch.zeros(3)}),
    lambda config, tensors: tensors.update(more=torch.zeros(3)),
    lambda config, tensors: tensors.update({"decoder.anchor_mean": tensors["decoder.anchor_mean"][1:]}),
    lambda config, tensors: config.pop("population"),
    lambda config, tensors: config.update(template=None),
    lambda config, tensors: config["template"].update(vertices=10_000_000),
    lambda config, tensors: config["template"].update(vertices=13_111),
    lambda config, tensors: config["regressor"].update(layers=100),
    lambda config, tensors: config["regressor"].update(widths=[10_000_000] * 3),
    lambda config, tensors: config["regressor"].update(widths=[-64, 128, 384]),
    lambda config, tensors: config["regressor"].update(widths=[0, 0, 0]),
    lambda config, tensors: config["regressor"].update(crop=191),
    lambda config, tensors: config["finder"].update(points=50),
    lambda config, tensors: config["finder"].update(crop=32 * 300_000),
    lambda config, tensors: config["decoder"].update(nearest=65),
    lambda config, tensors: config["decoder"]["shape"].update(whole=10_000_000),
    lambda config, tensors: config["decoder"].update(width=1_000_000),
    lambda config, tensors: config["measured_points"].update(entries=10_000_000),
    lambda config, tensors: config["population"].update(identity_directions=0),
])  # fmt: skip
def test_weights_that_do_not_fit_their_config(refusal, change):
    assert "another model or version" in refusal(change)


def test_memory_is_taken_for_what_is_there_to_fill_it():
    with Budget(10_000):
        torch.zeros(50, 100)
        torch.empty((2, 1000))
        with pytest.raises(ValueError, match="far larger"):
            torch.randn(30, 101)
    with pytest.raises(BadWeights):
        filled(lambda: nn.Linear(3_000, 3_000), {"weight": torch.zeros(3, 3), "bias": torch.zeros(3)})


def test_what_fits_is_filled_and_frozen():
    tensors = {"weight": torch.randn(3, 2).half(), "bias": torch.randn(3, dtype=torch.float64)}
    module = filled(lambda: nn.Linear(2, 3), tensors)
    assert torch.equal(module.weight, tensors["weight"].float()) and torch.equal(module.bias, tensors["bias"].float())
    assert not module.training and not any(parameter.requires_grad for parameter in module.parameters())


def test_weights_in_double_precision_give_the_same_model(shipped, monkeypatch, model):
    double = {name: tensor.double() if tensor.is_floating_point() else tensor for name, tensor in shipped[1].items()}
    monkeypatch.setattr(pix2nphm.model, "load_weights", lambda source: (shipped[0], double))
    again = Pix2NPHM.load()
    for name, tensor in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor), name
