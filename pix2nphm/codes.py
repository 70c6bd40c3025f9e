"""HeadCode: one head as numbers, and the `.npz` file it travels in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor

from .bounded_zip import NO_CODE, BoundedNpz
from .errors import BadCode
from .files import replacing

FORMAT = "pix2nphm.code"
FORMAT_VERSION = 1
LARGEST_VALUE = 1e4  # codes are of order one; anything beyond is not a head


@dataclass(frozen=True)
class CodeShape:
    """Sizes of one head's code. G, A, L and E of `HeadCode`."""

    whole: int
    parts: int
    local: int
    expression: int

    @property
    def identity(self) -> int:
        """I = G + A * L: numbers of `HeadCode.identity`."""
        return self.whole + self.parts * self.local

    @property
    def flat(self) -> int:
        """I + E: numbers of `HeadCode.flat()`."""
        return self.identity + self.expression

    def __str__(self) -> str:
        return f"{self.whole} + {self.parts} x {self.local} identity, {self.expression} expression"


@dataclass(frozen=True)
class HeadCode:
    """One head. Leading dimensions, if any, are batch dimensions."""

    whole: Tensor  # (..., G)     identity of the whole head
    parts: Tensor  # (..., A, L)  identity around each anchor
    expression: Tensor  # (..., E)

    def __post_init__(self) -> None:
        if not (self.whole.ndim and self.expression.ndim) or self.parts.ndim < 2:
            raise BadCode("This code is no row of numbers: a part of it has too few dimensions.")
        if not (self.whole.shape[:-1] == self.parts.shape[:-2] == self.expression.shape[:-1]):
            raise BadCode("The parts of this code do not belong together: their batch sizes differ.")

    @property
    def shape(self) -> CodeShape:
        parts, local = self.parts.shape[-2:]
        return CodeShape(self.whole.shape[-1], parts, local, self.expression.shape[-1])

    @property
    def batch_shape(self) -> torch.Size:
        return self.whole.shape[:-1]

    @property
    def identity(self) -> Tensor:
        """(..., I): the whole code, then the parts in anchor order."""
        return torch.cat([self.whole, self.parts.flatten(-2)], dim=-1)

    def flat(self) -> Tensor:
        """(..., I + E): all numbers of the head in one row, identity first."""
        return torch.cat([self.identity, self.expression], dim=-1)

    @staticmethod
    def from_flat(numbers: Tensor, shape: CodeShape) -> HeadCode:
        """What `flat` gave, (..., I + E), as a code again. Raises BadCode for another count of numbers."""
        if not numbers.ndim or numbers.shape[-1] != shape.flat:
            raise BadCode(f"A code of this shape has {shape.flat} numbers in a row.")
        identity, expression = numbers.split([shape.identity, shape.expression], dim=-1)
        return HeadCode(*_whole_and_parts(identity, shape), expression)

    def to(self, *args, **kwargs) -> HeadCode:
        """The same code on another device or in another dtype, as `Tensor.to`."""
        return HeadCode(*(getattr(self, f.name).to(*args, **kwargs) for f in fields(self)))

    def detach(self) -> HeadCode:
        return HeadCode(*(getattr(self, f.name).detach() for f in fields(self)))

    def __getitem__(self, index) -> HeadCode:
        """Index the batch dimensions, like a tensor."""
        if not self.batch_shape:
            raise IndexError("this code is not a batch")
        return HeadCode(*(getattr(self, f.name)[index] for f in fields(self)))

    def with_expression(self, expression: Tensor) -> HeadCode:
        return replace(self, expression=expression)

    def with_identity(self, identity: Tensor) -> HeadCode:
        """`identity` as the property gives it."""
        whole, parts = _whole_and_parts(identity, self.shape)
        return replace(self, whole=whole, parts=parts)

    @staticmethod
    def zeros(shape: CodeShape) -> HeadCode:
        """The mean head at rest: zero is the mean of every code of this project."""
        return HeadCode(torch.zeros(shape.whole), torch.zeros(shape.parts, shape.local), torch.zeros(shape.expression))

    @staticmethod
    def stack(codes: Iterable[HeadCode]) -> HeadCode:
        codes = list(codes)
        return HeadCode(*(torch.stack([getattr(code, f.name) for code in codes]) for f in fields(HeadCode)))

    def save(self, file: str | Path | BinaryIO, model: str) -> None:
        """Write `.npz` with the format's version and the name of the model whose code this is.

        A path is replaced whole, and gets the ending `.npz` where it has another. Raises CannotSave.
        """
        arrays: dict[str, Any] = {f.name: getattr(self, f.name).detach().cpu().float().numpy() for f in fields(self)}
        header: dict[str, Any] = {"format": FORMAT, "version": FORMAT_VERSION, "model": model}
        if isinstance(file, str | Path):
            path = Path(file)
            with replacing(path if path.suffix == ".npz" else f"{path}.npz", "code") as opened:
                np.savez(opened, **header, **arrays)
        else:
            np.savez(file, **header, **arrays)

    @staticmethod
    def load(file: str | Path | BinaryIO, model: str, shape: CodeShape) -> HeadCode:
        """Read what `save` wrote, in bounded memory whatever the file is.

        Raises BadCode for what is no code, and for a code of another model, shape or version, or with NaNs.
        """
        npz = BoundedNpz(file)
        if npz.text("format") != FORMAT:
            raise BadCode(NO_CODE)
        version, written_by = npz.whole_number("version"), npz.text("model")
        if version != FORMAT_VERSION:
            raise BadCode(f"This code file has format version {version}; this program reads version {FORMAT_VERSION}.")
        if written_by != model:
            raise BadCode(f"This code was made by the model '{written_by[:60]}' and means nothing to '{model}'.")
        loaded = HeadCode(*(torch.from_numpy(npz.numbers(f.name)) for f in fields(HeadCode)))
        loaded.check(shape)
        return loaded

    def check(self, shape: CodeShape) -> None:
        """Raise BadCode unless this code has `shape` (any batch of heads) and holds ordinary numbers only."""
        if self.shape != shape:
            raise BadCode(f"This code has another shape ({self.shape}) than the model's ({shape}).")
        if not self.batch_shape.numel():
            raise BadCode("This code holds no head.")
        for f in fields(self):
            values = getattr(self, f.name)
            if not torch.isfinite(values).all() or (values.numel() and values.abs().max() > LARGEST_VALUE):
                raise BadCode("This code holds values that are not numbers or are far too large.")

    def check_one(self, shape: CodeShape) -> None:
        """`check`, and raise BadCode for a batch: where one head is needed."""
        self.check(shape)
        if self.batch_shape:
            raise BadCode("This code holds several heads; one is needed.")


def _whole_and_parts(identity: Tensor, shape: CodeShape) -> tuple[Tensor, Tensor]:
    whole, parts = identity.split([shape.whole, shape.parts * shape.local], dim=-1)
    return whole, parts.unflatten(-1, (shape.parts, shape.local))
