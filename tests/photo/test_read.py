"""Pictures of every kind, made here, and every way they can be bad."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pix2nphm.errors import BadImage
from pix2nphm.photo.read import read_photo


def quarters(height: int = 40, width: int = 60) -> np.ndarray:
    """Red, green, blue and white quarters, in reading order."""
    photo = np.zeros((height, width, 3), np.uint8)
    h, w = height // 2, width // 2
    photo[:h, :w], photo[:h, w:], photo[h:, :w], photo[h:, w:] = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255,) * 3
    return photo


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def refusal(source) -> str:
    with pytest.raises(BadImage) as raised:
        read_photo(source)
    sentence = str(raised.value)
    assert sentence.endswith(".") and "/" not in sentence and "\n" not in sentence
    return sentence


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.bmp", "a.tiff", "a.gif", "a.ppm"])
def test_lossless_files_arrive_exactly(tmp_path, name):
    Image.fromarray(quarters()).save(tmp_path / name, **({"lossless": True} if name == "a.webp" else {}))
    for source in (tmp_path / name, str(tmp_path / name)):
        photo = read_photo(source).pixels
        assert photo.dtype == np.uint8 and photo.flags.c_contiguous and photo.flags.writeable
        np.testing.assert_array_equal(photo, quarters())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright(tmp_path, orientation):
    undo = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(undo(quarters()))).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png").pixels, quarters())


def test_arrays_and_pil_images():
    photo = quarters()
    np.testing.assert_array_equal(read_photo(photo).pixels, photo)
    assert read_photo(photo).pixels is not photo  # the caller's array stays the caller's
    np.testing.assert_array_equal(read_photo(Image.fromarray(photo)).pixels, photo)
    np.testing.assert_array_equal(read_photo(photo[..., 0]).pixels, photo[..., [0, 0, 0]])
    half = np.dstack([photo, np.full(photo.shape[:2], 128, np.uint8)])
    assert np.abs(read_photo(half).pixels.astype(int) - (photo.astype(int) + 127) / 2).max() <= 1


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "PA", "RGBA", "CMYK", "YCbCr", "LAB", "HSV"])
def test_every_mode_becomes_rgb(mode):
    grey = Image.fromarray(np.full((40, 40), 255, np.uint8)).convert("RGB")
    white = grey.convert("L").convert(mode) if mode in ("LA", "PA") else grey.convert(mode)
    assert np.abs(read_photo(white).pixels.astype(int) - 255).max() <= 3


def test_transparent_pixels_are_mid_grey(tmp_path):
    clear = np.dstack([quarters(), np.zeros((40, 60), np.uint8)])
    assert (read_photo(clear).pixels == 127).all()
    Image.fromarray(quarters()).save(tmp_path / "key.png", transparency=(255, 0, 0))
    photo = read_photo(tmp_path / "key.png").pixels
    assert (photo[:20, :30] == 127).all() and (photo[:20, 30:] == (0, 255, 0)).all()


def test_sixteen_bits_are_scaled_and_not_cut_off(tmp_path):
    levels = np.linspace(0, 65535, 64).round().astype(np.uint16)[None].repeat(40, 0)
    for name in ("grey.png", "grey.tiff"):
        Image.fromarray(levels).save(tmp_path / name)
        assert np.abs(read_photo(tmp_path / name).pixels[..., 1] - levels / 257).max() <= 1


def test_cmyk_jpeg(tmp_path):
    Image.fromarray(quarters(200, 200)).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    photo = read_photo(tmp_path / "a.jpg").pixels.astype(int)
    for y, x, colour in ((50, 50, (255, 0, 0)), (50, 150, (0, 255, 0)), (150, 50, (0, 0, 255)), (150, 150, (255,) * 3)):
        assert np.abs(photo[y, x] - colour).max() < 12


def test_the_first_frame_of_an_animation(tmp_path):
    frames = [Image.fromarray(np.full((40, 40, 3), level, np.uint8)) for level in (250, 120, 10)]
    for name in ("a.gif", "a.webp", "a.png"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        assert np.abs(read_photo(tmp_path / name).pixels.astype(int) - 250).max() <= 3, name
        for picture in (tmp_path / name, Image.open(tmp_path / name)):
            assert "first frame" in " ".join(read_photo(picture).notes), name


def test_an_animation_whose_second_frame_is_damaged(tmp_path):
    frames = [Image.fromarray(np.full((40, 40, 3), level, np.uint8)) for level in (250, 10)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    whole = (tmp_path / "a.gif").read_bytes()
    second = whole.index(b"\x2c", whole.index(b"\x2c") + 1)  # where its description begins
    (tmp_path / "a.gif").write_bytes(whole[: second + 5])
    assert np.abs(read_photo(tmp_path / "a.gif").pixels.astype(int) - 250).max() <= 3
    assert "first frame" in read_photo(tmp_path / "a.gif").notes[0]


def test_nothing_is_left_out_of_a_picture_that_stands_still(tmp_path):
    picture = Image.fromarray(np.full((40, 40, 3), 250, np.uint8))
    assert read_photo(picture).notes == read_photo(np.asarray(picture)).notes == ()
    for name in ("a.gif", "a.webp", "a.png", "a.jpg"):
        picture.save(tmp_path / name)
        assert read_photo(tmp_path / name).notes == (), name
    preview = [picture]  # beside it
    picture.save(tmp_path / "telephone.jpg", format="MPO", save_all=True, append_images=preview)
    assert read_photo(tmp_path / "telephone.jpg").notes == ()


def test_files_that_are_no_pictures(tmp_path):
    (tmp_path / "text.jpg").write_text("a shopping list")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "script.jpg").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n")
    for name in ("text.jpg", "empty.jpg", "script.jpg"):
        assert "not a picture" in refusal(tmp_path / name)
    assert "no such file" in refusal(tmp_path / "absent.jpg")
    assert "cannot be opened" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_truncated_files(tmp_path, name, part):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: int(len(data) * part)])
    assert "damaged" in refusal(tmp_path / name)


def test_too_small(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    assert "8 x 8" in refusal(tmp_path / "a.png")
    refusal(np.zeros((31, 500, 3), np.uint8))
    assert read_photo(np.zeros((32, 32, 3), np.uint8)).pixels.shape == (32, 32, 3)


@pytest.mark.parametrize("size", [(12_000, 9_000), (7_072, 7_072), (30_000, 30_000), (2**31 - 1, 40)])
def test_too_large_is_refused_by_its_header(tmp_path, size, recwarn):
    Path(tmp_path / "a.png").write_bytes(png_header(*size))
    started = time.perf_counter()
    assert "50 million" in refusal(tmp_path / "a.png")
    assert time.perf_counter() - started < 1
    assert not recwarn.list


def test_a_header_within_limits_but_no_pixels(tmp_path):
    Path(tmp_path / "a.png").write_bytes(png_header(7_000, 7_000))
    assert "damaged" in refusal(tmp_path / "a.png")


@pytest.mark.parametrize(
    "array", [np.zeros((40, 40, 3)), np.zeros((40, 40, 2), np.uint8), np.zeros((2, 40, 40, 3), np.uint8)]
)
def test_arrays_that_are_no_pictures(array):
    assert "uint8" in refusal(array)


@pytest.mark.filterwarnings("ignore:Truncated File Read")
def test_random_bytes_after_a_real_header_never_escape(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a.jpg", "a.png", "a.gif", "a.webp", "a.tiff", "a.bmp"):
        Image.fromarray(quarters()).save(tmp_path / name)
        good = (tmp_path / name).read_bytes()
        for _ in range(40):
            data = bytearray(good)
            for at in rng.integers(0, len(data), 8):
                data[at] = rng.integers(256)
            (tmp_path / name).write_bytes(data)
            try:
                assert read_photo(tmp_path / name).pixels.dtype == np.uint8
            except BadImage:
                pass


def test_what_was_read_is_not_read_again():
    photo = read_photo(quarters())
    assert read_photo(photo) is photo
