"""Code files that were made to harm: each is a sentence, and none takes memory."""

from __future__ import annotations

import io
import tracemalloc
import warnings
import zipfile
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import torch

from pix2nphm.bounded_zip import LARGEST, MOST_ENTRIES
from pix2nphm.codes import FORMAT, CodeShape, HeadCode
from pix2nphm.errors import BadCode

SHAPE = CodeShape(whole=4, parts=3, local=2, expression=5)
CODE = dict(format=FORMAT, version=1, model="test", whole=np.ones(4, np.float32), parts=np.ones((3, 2), np.float32),
            expression=np.ones(5, np.float32))  # fmt: skip
PARTS = ("whole", "parts", "expression")
MOST_MEMORY = 4 * LARGEST


def npy(array) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=True)
    return file.getvalue()


def packed(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive, warnings.catch_warnings(action="ignore"):  # duplicate names
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def code(method: int = zipfile.ZIP_DEFLATED, more: Sequence[tuple[str, bytes]] = (), **changed) -> bytes:
    """A code file with other arrays (or bytes) in place of some, and with more members."""
    arrays = (CODE | changed).items()
    members = [(f"{name}.npy", value if isinstance(value, bytes) else npy(value)) for name, value in arrays]
    return packed([*members, *more], method)


def header(descr: str, shape: tuple) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue()


def load(content: bytes) -> HeadCode:
    return HeadCode.load(io.BytesIO(content), "test", SHAPE)


def refusal(content: bytes) -> str:
    with pytest.raises(BadCode) as raised:
        load(content)
    assert str(raised.value).endswith(".")
    return str(raised.value)


@pytest.fixture
def memory_is_bounded() -> Iterator[None]:
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_MEMORY


ZEROS = bytes(12 * LARGEST)  # 60 MB
BOMBS = {
    "valid code and large members": code(more=[(f"x{i}.npy", ZEROS) for i in range(2)]),
    "many members": code(more=[(f"x{i}.npy", bytes(LARGEST // 10)) for i in range(10)]),
    "large part": code(whole=npy(np.zeros(12 * LARGEST // 8))),
    "bzip2": code(zipfile.ZIP_BZIP2, more=[("x.npy", ZEROS)]),
    "lzma": code(zipfile.ZIP_LZMA, more=[("x.npy", ZEROS)]),
    "lies of its size": code(whole=ZEROS).replace(len(ZEROS).to_bytes(4, "little"), (100).to_bytes(4, "little")),
    "says a terabyte": code(whole=header("<f4", (2**38,))),
    "says a long text": code(model=header("<U1000000000", ())),
    "a large file": code(zipfile.ZIP_STORED, more=[("x.npy", ZEROS)]),
    "many entries": code(more=[(f"{i}", b"") for i in range(MOST_ENTRIES)]),
    "a hundred thousand entries": packed([(f"{i}", b"") for i in range(50_000)]),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_take_no_memory(name, memory_is_bounded):
    refusal(BOMBS[name])


def test_a_bomb_on_disk_takes_no_memory_either(tmp_path, memory_is_bounded):
    path = tmp_path / "bomb.npz"
    path.write_bytes(BOMBS["valid code and large members"])
    with pytest.raises(BadCode, match="more than 5 MB"):
        HeadCode.load(path, "test", SHAPE)


def test_a_bomb_is_refused_by_what_it_says_before_it_is_read():
    assert "more than 5 MB" in refusal(BOMBS["valid code and large members"])
    assert "more than 5 MB" in refusal(BOMBS["a large file"])
    assert "more than 1000 files" in refusal(BOMBS["many entries"])


def test_small_strangers_in_a_code_are_left_alone():
    assert torch.equal(load(code(more=[("note.txt", b"hello")])).whole, torch.ones(4))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_numpy_packs_is_unpacked(method):
    assert "not a head code file" in refusal(code(method))


def test_two_members_of_one_name_are_ambiguous():
    assert "not a head code file" in refusal(code(more=[("whole.npy", npy(np.zeros(4, np.float32)))]))


def test_a_locked_code_says_so():
    content = bytearray(code())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 1)
    assert "password" in refusal(bytes(content))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"whole": np.float32(1)}, "too few dimensions"),
        ({name: np.float32(1) for name in PARTS}, "too few dimensions"),
        ({"whole": np.ones((2, 4), np.float32)}, "batch sizes differ"),
        ({name: np.ones((0, *np.shape(CODE[name])), "f4") for name in PARTS}, "holds no head"),
        ({"whole": np.ones(0, np.float32)}, "another shape"),
        ({"whole": np.full(4, np.nan)}, "not numbers"),
        ({"expression": np.full(5, np.inf)}, "not numbers"),
        ({"parts": np.full((3, 2), 1e300)}, "not numbers"),
        ({"whole": np.array([1, 2, 3, 4])}, "not a head code file"),
        ({"whole": np.ones(4, complex)}, "not a head code file"),
        ({"whole": np.array([{}, 1, 2, 3], object)}, "not a head code file"),
        ({"whole": np.ones(4, [("a", "f4")])}, "not a head code file"),
        ({"whole": header("<f4", (5,)) + bytes(16)}, "not a head code file"),
        ({"whole": header("<f4", (-4,)) + bytes(16)}, "not a head code file"),
        ({"whole": header("<f4", (4,)) + bytes(17)}, "not a head code file"),
        ({"whole": b""}, "not a head code file"),
        ({"whole": b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535}, "not a head code file"),
        ({"whole": b"\x93NUMPY\x01\x00\x90\x01" + b"(" * 400}, "not a head code file"),
        ({"whole": b"\x93NUMPY\x07\x00\x10\x00" + b" " * 16}, "not a head code file"),
        ({"version": np.array([1, 1])}, "not a head code file"),
        ({"version": 1.0}, "not a head code file"),
        ({"format": np.array(["a", "b"])}, "not a head code file"),
        ({"format": header("<U1", ()) + b"\xff\xff\xff\xff"}, "not a head code file"),
        ({"model": b"x"}, "not a head code file"),
        ({"version": 2}, "version 2"),
        ({"model": "foreign"}, "'foreign'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_every_kind_of_wrong_code_is_a_sentence(changed, words):
    assert words in refusal(code(**changed))


@pytest.mark.parametrize("kind", ["<f2", ">f4", "<f8"])
def test_numbers_of_every_precision_and_order_are_read(kind):
    assert torch.equal(load(code(parts=np.asfortranarray(np.arange(6).reshape(3, 2).astype(kind)))).parts,
                       torch.arange(6.0).view(3, 2))  # fmt: skip


def test_what_cannot_be_read_is_a_sentence(tmp_path):
    for file in (tmp_path, tmp_path / "absent.npz", io.StringIO("text")):
        with pytest.raises(BadCode, match="not a head code file"):
            HeadCode.load(file, "test", SHAPE)
