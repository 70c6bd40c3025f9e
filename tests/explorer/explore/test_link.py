from __future__ import annotations

import base64
import zlib
from types import SimpleNamespace

import pytest
import torch

from explorer.explore.link import ANOTHER_MODEL, NOT_A_LINK, read_state, write_state
from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.errors import BadCode

MODEL = SimpleNamespace(name="pix2nphm-compact", code_shape=CodeShape(48, 65, 16, 53))


def some_code() -> HeadCode:
    generator = torch.Generator().manual_seed(1)
    return HeadCode(*(torch.randn(*size, generator=generator) for size in ((48,), (65, 16), (53,))))


def test_a_head_travels_in_a_short_link():
    code = some_code()
    text = write_state(code, MODEL.name)
    assert len(text) < 3072 and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    back = read_state(text, MODEL)
    torch.testing.assert_close(back.identity, code.identity, rtol=1e-3, atol=1e-6)
    torch.testing.assert_close(back.expression, code.expression, rtol=1e-3, atol=1e-6)
    assert write_state(back, MODEL.name) == text


@pytest.mark.parametrize("text", ["", "x", "????", "é", "A" * 9000, base64.urlsafe_b64encode(b"no zip").decode()])
def test_nonsense_is_a_sentence(text):
    with pytest.raises(BadCode, match=NOT_A_LINK):
        read_state(text, MODEL)


def test_a_link_cut_short_is_a_sentence():
    text = write_state(some_code(), MODEL.name)
    with pytest.raises(BadCode, match=NOT_A_LINK):
        read_state(text[: len(text) // 2], MODEL)


def test_a_link_of_another_model_or_version_is_refused():
    with pytest.raises(BadCode, match=ANOTHER_MODEL):
        read_state(write_state(some_code(), "another"), MODEL)
    for content in (b"\x02rest", bytes(5_000_000)):
        with pytest.raises(BadCode, match=NOT_A_LINK):
            read_state(base64.urlsafe_b64encode(zlib.compress(content)).decode(), MODEL)


def test_a_link_with_numbers_that_are_none_is_refused():
    code = some_code().with_expression(torch.full((53,), float("nan")))
    with pytest.raises(BadCode, match="not numbers"):
        read_state(write_state(code, MODEL.name), MODEL)
