"""Codes: round trips are exact, and what is not a code of this model is refused with a sentence."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch

from pix2nphm.codes import FORMAT, CodeShape, HeadCode
from pix2nphm.errors import BadCode

SHAPE = CodeShape(whole=4, parts=3, local=2, expression=5)


def random_code(*batch: int, seed: int = 0) -> HeadCode:
    generator = torch.Generator().manual_seed(seed)
    return HeadCode(
        torch.randn(*batch, 4, generator=generator),
        torch.randn(*batch, 3, 2, generator=generator),
        torch.randn(*batch, 5, generator=generator),
    )


def assert_equal(a: HeadCode, b: HeadCode) -> None:
    assert torch.equal(a.whole, b.whole) and torch.equal(a.parts, b.parts) and torch.equal(a.expression, b.expression)


def refusal(file, model: str = "test", shape: CodeShape = SHAPE) -> str:
    with pytest.raises(BadCode) as raised:
        HeadCode.load(file, model, shape)
    assert str(raised.value).endswith(".")
    return str(raised.value)


@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_the_file_round_trip_is_exact(tmp_path, batch):
    code = random_code(*batch)
    code.save(tmp_path / "a.code.npz", "test")
    loaded = HeadCode.load(tmp_path / "a.code.npz", "test", SHAPE)
    assert_equal(loaded, code)
    assert loaded.batch_shape == torch.Size(batch) and loaded.whole.dtype == torch.float32


def test_the_round_trip_through_memory_is_exact():
    file = io.BytesIO()
    random_code().save(file, "test")
    file.seek(0)
    assert_equal(HeadCode.load(file, "test", SHAPE), random_code())


def test_codes_on_a_graph_and_in_half_precision_can_be_saved(tmp_path):
    code = HeadCode(*(t.half().requires_grad_() for t in (torch.ones(4), torch.ones(3, 2), torch.ones(5))))
    code.save(tmp_path / "a.npz", "test")
    assert_equal(HeadCode.load(tmp_path / "a.npz", "test", SHAPE), code.detach().to(torch.float32))


def test_shape_and_identity():
    code = random_code(6)
    assert code.shape == SHAPE and str(SHAPE) == "4 + 3 x 2 identity, 5 expression"
    assert code.identity.shape == (6, 10)
    assert torch.equal(code.identity[2], torch.cat([code.whole[2], *code.parts[2]]))


def test_stacking_and_indexing_undo_each_other():
    codes = [random_code(seed=seed) for seed in range(3)]
    batch = HeadCode.stack(codes)
    assert batch.batch_shape == (3,)
    for i, code in enumerate(codes):
        assert_equal(batch[i], code)
    assert batch[1:].batch_shape == (2,)
    with pytest.raises(IndexError):
        codes[0][0]


def test_zeros_is_one_mean_head():
    zeros = HeadCode.zeros(SHAPE)
    assert zeros.shape == SHAPE and zeros.batch_shape == () and not zeros.identity.any() and not zeros.expression.any()


def test_an_identity_is_put_back_as_it_was_taken():
    code = HeadCode(torch.randn(3, 4), torch.randn(3, 5, 2), torch.rand(3, 6))
    other = HeadCode(torch.randn(3, 4), torch.randn(3, 5, 2), torch.rand(3, 6))
    mixed = code.with_identity(other.identity)
    assert torch.equal(mixed.whole, other.whole) and torch.equal(mixed.parts, other.parts)
    assert torch.equal(mixed.expression, code.expression)


@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_all_numbers_in_a_row_and_back(batch):
    code = random_code(*batch)
    row = code.flat()
    assert row.shape == (*batch, SHAPE.flat) and SHAPE.flat == SHAPE.identity + 5 == 15
    assert torch.equal(row, torch.cat([code.identity, code.expression], -1))
    assert_equal(HeadCode.from_flat(row, SHAPE), code)


@pytest.mark.parametrize("row", [torch.zeros(14), torch.zeros(2, 16), torch.zeros(()), torch.zeros(0)])
def test_a_row_of_another_length_is_no_code(row):
    with pytest.raises(BadCode, match="15 numbers"):
        HeadCode.from_flat(row, SHAPE)


def test_another_expression_keeps_the_identity():
    code, other = random_code(), random_code(seed=1)
    mixed = code.with_expression(other.expression)
    assert torch.equal(mixed.identity, code.identity) and torch.equal(mixed.expression, other.expression)


def test_parts_of_different_batches_are_refused():
    with pytest.raises(BadCode, match="batch sizes differ"):
        HeadCode(torch.zeros(2, 4), torch.zeros(3, 3, 2), torch.zeros(2, 5))
    with pytest.raises(BadCode):
        HeadCode(torch.zeros(4), torch.zeros(2), torch.zeros(5))


def test_codes_of_another_model_shape_or_version(tmp_path):
    random_code().save(tmp_path / "a.npz", "test")
    assert "'test'" in refusal(tmp_path / "a.npz", model="other") and "'other'" in refusal(tmp_path / "a.npz", "other")
    assert "another shape" in refusal(tmp_path / "a.npz", shape=CodeShape(4, 3, 2, 6))
    with np.load(tmp_path / "a.npz") as data:
        np.savez(tmp_path / "b.npz", **{**data, "version": 2})
    assert "version 2" in refusal(tmp_path / "b.npz")


def test_files_that_are_no_codes(tmp_path):
    random_code().save(tmp_path / "a.npz", "test")
    whole = (tmp_path / "a.npz").read_bytes()
    np.save(tmp_path / "array.npy", np.zeros(3))
    np.savez(tmp_path / "foreign.npz", x=np.zeros(3))
    np.savez(tmp_path / "pickle.npz", format=FORMAT, version=1, model=np.array([{}], dtype=object))
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    for name in ("array.npy", "foreign.npz", "pickle.npz", "text.npz", "empty.npz", "cut.npz", "absent.npz"):
        assert "not a head code file" in refusal(tmp_path / name), name


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e6])
def test_values_that_are_not_a_head(tmp_path, value):
    code = random_code()
    code.parts[1, 1] = value
    code.save(tmp_path / "a.npz", "test")
    assert "not numbers or are far too large" in refusal(tmp_path / "a.npz")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damaged_bytes_never_escape_as_another_error(save):
    file = io.BytesIO()
    random_code().save(file, "test")
    with np.load(io.BytesIO(file.getvalue())) as data:
        file = io.BytesIO()
        save(file, **data)
    for byte in range(0, len(file.getvalue()), 7):
        data = bytearray(file.getvalue())
        data[byte] ^= 0x5A
        try:
            HeadCode.load(io.BytesIO(bytes(data)), "test", SHAPE)
        except BadCode:
            pass
