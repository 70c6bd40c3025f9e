from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.explore.shelf.code_files import code_file, import_codes, import_file, zip_file
from explorer.explore.shelf.shelf import EMPTY, FULL, LARGEST_SHELF, add
from pix2nphm.bounded_zip import LARGEST, MOST_ENTRIES
from pix2nphm.codes import FORMAT, CodeShape, HeadCode

SHAPE = CodeShape(2, 3, 4, 5)


def small_model(name: str = "small"):
    """As much of a model as reads and writes codes."""
    return SimpleNamespace(
        name=name,
        code_shape=SHAPE,
        save_code=lambda code, file: code.save(file, name),
        load_code=lambda file: HeadCode.load(file, name, SHAPE),
    )


MODEL = small_model()


def code(seed: int = 0) -> HeadCode:
    generator = torch.Generator().manual_seed(seed)
    return HeadCode(*(torch.randn(*size, generator=generator) for size in ((2,), (3, 4), (5,))))


def same(a: HeadCode, b: HeadCode) -> bool:
    return torch.equal(a.identity, b.identity) and torch.equal(a.expression, b.expression)


def npz(one: HeadCode = code(), model: str = "small") -> bytes:
    file = io.BytesIO()
    one.save(file, model)
    return file.getvalue()


def bomb() -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, format=FORMAT, version=1, model="small", whole=np.zeros(LARGEST))
    return file.getvalue()


def liar() -> bytes:
    """A code whose array says that it holds a terabyte."""
    file = io.BytesIO()
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (2**48,)})
    with zipfile.ZipFile(io.BytesIO(npz())) as honest, zipfile.ZipFile(file, "w") as archive:
        for name in honest.namelist():
            archive.writestr(name, header.getvalue() if name == "whole.npy" else honest.read(name))
    return file.getvalue()


@pytest.fixture
def brought(tmp_path):
    """brought("x.zip", content, shelf): what becomes of such a file."""

    def bring(name: str, content: bytes | dict[str, bytes], shelf=EMPTY):
        path = tmp_path / name
        if isinstance(content, dict):
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for member, data in content.items():
                    archive.writestr(member, data)
        else:
            path.write_bytes(content)
        imported = import_file(shelf, path, MODEL)
        assert imported.shelf == (*shelf, *imported.heads)
        assert imported.sentences
        assert all(message.endswith(".") and "\n" not in message for message in imported.sentences)
        return imported

    return bring


def test_one_code_is_named_by_its_file(brought):
    shelf = add(EMPTY, "my photo", code(1))
    imported = brought("my_photo.code.npz", npz(code(2)), shelf)
    assert imported.sentences == ("1 head put on the shelf.",)
    assert imported.heads[0].name == "my photo 2" and same(imported.heads[0].code, code(2))


def test_what_left_as_a_zip_comes_back_exactly(brought):
    shelf = EMPTY
    for i, name in enumerate(["Ada", "Ada/../x", "Ada:..:x", "名前", "..."]):
        shelf = add(shelf, name, code(i))
    packed = zip_file(shelf, MODEL)
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert names == [f"{stem}.code.npz" for stem in ("Ada", "Ada_x", "Ada_x 2", "名前", "head")]
    assert packed == zip_file(shelf, MODEL)
    imported = brought("heads.zip", packed)
    assert len(imported.heads) == 5 and imported.sentences == ("5 heads put on the shelf.",)
    assert all(same(old.code, new.code) for old, new in zip(shelf, imported.heads))


def test_one_head_leaves_under_its_name():
    name, content = code_file(add(EMPTY, "Neil Armstrong", code(3))[0], MODEL)
    assert name == "Neil_Armstrong.code.npz" and same(HeadCode.load(io.BytesIO(content), "small", SHAPE), code(3))


def test_a_zip_with_other_things_in_it_gives_its_codes_and_says_what_was_left_out(brought, tmp_path):
    nan = HeadCode(torch.full((2,), torch.nan), torch.zeros(3, 4), torch.zeros(5))
    wide = HeadCode.zeros(CodeShape(2, 3, 4, 6))
    imported = brought(
        "pack.zip",
        {
            "folder/": b"", "folder/good.npz": npz(code(1)), "../../evil.npz": npz(code(2)),
            "/etc/absolute.npz": npz(code(3)), "C:\\x\\windows.npz": npz(code(4)), "notes.txt": b"hello",
            "__MACOSX/._good.npz": b"junk", ".DS_Store": b"junk", "foreign.npz": npz(model="other"),
            "nan.npz": npz(nan), "wide.npz": npz(wide), "broken.npz": b"PK\x03\x04",
            "two.npz": npz(HeadCode.stack([code()] * 2)),
        },
    )  # fmt: skip
    assert [head.name for head in imported.heads] == ["good", "evil", "absolute", "windows"]
    first, *left, more, others = imported.sentences
    assert first == "4 heads put on the shelf." and others == "Left out what is no code: notes.txt."
    assert left[0] == "Left out foreign.npz: this code was made by the model 'other' and means nothing to 'small'."
    named = [message.split(":")[0] for message in left]
    assert named == [f"Left out {name}.npz" for name in ("foreign", "nan", "wide")]
    assert more == "Left out 2 more code files for such reasons."
    assert [path.name for path in tmp_path.iterdir()] == ["pack.zip"]  # nothing was unpacked


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("x.npz", b"", "not a head code"),
        ("x.npz", b"hello", "not a head code"),
        ("x.npz", npz()[:300], "not a head code"),
        ("x.npz", npz(model="other"), "made by the model 'other'"),
        ("x.npz", npz(HeadCode.stack([code(), code()])), "several heads"),
        ("x.npz", bomb(), "more than 5 MB"),
        ("x.npz", b"0" * (LARGEST + 1), "more than 5 MB"),
        ("x.npz", liar(), "not a head code"),
        ("x.zip", {"notes.txt": b"hello"}, "no head codes"),
        ("x.zip", {}, "no head codes"),
        ("x.zip", {f"{i}.txt": b"" for i in range(MOST_ENTRIES + 1)}, "more than 1000 files"),
    ],
)
def test_a_file_that_brings_nothing_says_why(brought, name, content, words):
    imported = brought(name, content)
    assert imported.heads == () and len(imported.sentences) == 1 and words in imported.sentences[0]


def test_a_bomb_in_a_zip_is_left_out_and_the_others_come(brought):
    imported = brought("x.zip", {"bomb.npz": bomb(), "huge.npz": bytes(2 * LARGEST), "good.npz": npz()})
    assert [head.name for head in imported.heads] == ["good"]
    assert sum("more than 5 MB" in message for message in imported.sentences) == 2


def test_an_entry_that_lies_about_its_size_is_not_unpacked_whole(brought):
    file, size = io.BytesIO(), 60_000_000
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lie.npz", bytes(size))
        archive.writestr("good.npz", npz())
    lie = file.getvalue().replace(struct.pack("<L", size), struct.pack("<L", 100))
    tracemalloc.start()
    imported = brought("x.zip", lie)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [head.name for head in imported.heads] == ["good"] and peak < size / 10


def test_a_zip_of_too_many_codes_fills_the_shelf_and_no_more(brought):
    many = {f"{i}.npz": npz(code(i)) for i in range(LARGEST_SHELF + 6)}
    assert len(brought("x.zip", many).shelf) == LARGEST_SHELF
    nearly = EMPTY
    for i in range(LARGEST_SHELF - 1):
        nearly = add(nearly, "x", code(i))
    imported = brought("y.zip", {"a.npz": npz(code(100)), "b.npz": npz(code(101))}, nearly)
    assert [head.name for head in imported.heads] == ["a"]
    assert imported.sentences[1] == f"Left out b.npz: {FULL[0].lower()}{FULL[1:]}"


def test_damaged_bytes_never_raise(brought):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npz", npz())
    for whole in (npz(), file.getvalue()):
        for byte in range(0, len(whole), 5):
            damaged = bytearray(whole)
            damaged[byte] ^= 0x5A
            assert len(brought("x.npz", bytes(damaged)).heads) <= 1


def test_a_file_that_has_gone_is_a_sentence(tmp_path):
    assert "not a head code" in import_file(EMPTY, tmp_path / "gone.npz", MODEL).sentences[0]


def test_several_files_at_once_say_which_of_them_were_no_codes(tmp_path):
    contents = {"a.npz": npz(), "text.npz": b"text", "b.npz": npz(code(1)), "theirs.npz": npz(model="theirs")}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    imported = import_codes(EMPTY, [tmp_path / name for name in contents], MODEL)
    assert [head.name for head in imported.shelf] == ["a", "b"]
    put, text, theirs = imported.sentences
    assert put == "2 heads put on the shelf."
    assert text.startswith("text.npz: this is not") and theirs.startswith("theirs.npz: this code was made")
    one = tmp_path / "text.npz"
    assert import_codes(EMPTY, [one], MODEL).sentences == import_file(EMPTY, one, MODEL).sentences


def test_a_code_that_is_on_the_shelf_is_not_put_there_twice(brought, tmp_path):
    shelf = add(add(EMPTY, "Ada", code(1)), "Bo", code(2))
    again = brought("ada again.npz", npz(code(1)), shelf)
    assert again.shelf == shelf and again.sentences == ("This head is on the shelf already, as Ada.",)
    mine = brought("heads.zip", zip_file(shelf, MODEL), shelf)
    assert mine.shelf == shelf and mine.sentences == ("2 heads are on the shelf already: Ada, Bo.",)
    both = brought("x.zip", {"a.npz": npz(code(2)), "b.npz": npz(code(3)), "c.npz": npz(code(3))}, shelf)
    assert [head.name for head in both.heads] == ["b"]
    assert both.sentences == ("1 head put on the shelf.", "2 heads are on the shelf already: Bo, b.")
    files = [tmp_path / "ada again.npz", tmp_path / "heads.zip"]
    assert import_codes(shelf, files, MODEL).sentences == ("3 heads are on the shelf already: Ada, Ada, Bo.",)


def test_a_zip_with_an_endless_list_of_entries_is_refused_before_it_is_read(brought):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for i in range(30_000):
            archive.writestr(f"{i}.txt", b"")
    tracemalloc.start()
    imported = brought("x.zip", file.getvalue())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "more than 1000 files" in imported.sentences[0] and peak < 10_000_000  # the list alone would take 20
