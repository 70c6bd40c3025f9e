"""Modules filled with weights that come from files: nothing is believed before it is checked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..errors import BadWeights
from .configs import FOREIGN, read_config

NOT_NUMBERS = "The weights are damaged: some of them are not numbers."
NOWHERE = "The weights are damaged: they refer to what is not there."
FLOATING = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
WHOLE = (torch.int32, torch.int64)

SPARE = 1_000_000  # numbers that a module may make beside its weights
FACTORIES = {torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.arange, torch.eye}

Module = TypeVar("Module", bound=nn.Module)


@runtime_checkable
class Checked(Protocol):
    """What knows whether its indices point anywhere."""

    def check(self) -> None:
        """Raise ValueError where one points nowhere."""


class Budget(TorchFunctionMode):
    """Within this, tensors are made until `numbers` are; then ValueError. (Shapes on the meta device would do, but for
    the two seconds that torch takes to import what it needs for them.)
    """

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.numbers = numbers

    def __torch_function__(self, function: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Every call of torch comes by here."""
        if function in FACTORIES:
            sizes = args[0] if args and isinstance(args[0], tuple | list) else args
            self.numbers -= math.prod(sizes)
            if self.numbers < 0:
                raise ValueError("a module of this config is far larger than its weights")
        return function(*args, **(kwargs or {}))


def filled(make: Callable[[], Module], tensors: dict[str, Tensor]) -> Module:
    """The module that `make` makes, with these tensors in it, frozen.

    Their names, shapes, kinds and numbers are checked, and where a module has a `check`, its indices. Raises
    BadWeights, before memory is taken for what the tensors do not fill.
    """
    try:
        with Budget(2 * sum(tensor.numel() for tensor in tensors.values()) + SPARE):
            module = make()
        expected = module.state_dict()
        if expected.keys() != tensors.keys():
            raise BadWeights(FOREIGN)
        for name, tensor in tensors.items():
            kinds = FLOATING if expected[name].is_floating_point() else WHOLE
            if tensor.shape != expected[name].shape or tensor.dtype not in kinds:
                raise BadWeights(FOREIGN)
            if tensor.is_floating_point() and tensor.numel() and not all(end.isfinite() for end in tensor.aminmax()):
                raise BadWeights(NOT_NUMBERS)
        module.load_state_dict(tensors)
    except (TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        raise BadWeights(FOREIGN) from error
    try:
        for part in module.modules():
            if isinstance(part, Checked):
                part.check()
    except ValueError as error:
        raise BadWeights(NOWHERE) from error
    return module.eval().requires_grad_(False)


def read_part(
    config: dict, tensors: dict[str, Tensor], name: str, module: Callable[[Any], Module], kind: type
) -> Module:
    """The part of that name, out of weights as `load_weights` gives them: a `module` of config `kind`.

    Raises BadWeights.
    """
    own = {key.removeprefix(f"{name}."): tensor for key, tensor in tensors.items() if key.startswith(f"{name}.")}
    made_of: Any = read_config(kind, config.get(name))
    return filled(lambda: module(made_of), own)
