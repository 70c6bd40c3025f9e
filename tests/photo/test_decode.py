"""The formats of telephones, colour profiles, channels of 32 bits, files of several pages, and very large pictures."""

from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
import torch
from PIL import Image, ImageCms

from pix2nphm.errors import BadImage
from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.photo import decode
from pix2nphm.photo.crop import Crop
from pix2nphm.photo.read import read_photo

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))  # of the quarters, in reading order


def quarters(height: int = 240, width: int = 360) -> np.ndarray:
    picture = np.zeros((height, width, 3), np.uint8)
    h, w = height // 2, width // 2
    picture[:h, :w], picture[:h, w:], picture[h:, :w], picture[h:, w:] = COLOURS
    return picture


def assert_quarters(pixels: np.ndarray, tolerance: int) -> None:
    height, width = pixels.shape[:2]
    assert width > height
    for colour, (y, x) in zip(COLOURS, ((0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75))):
        assert np.abs(pixels[int(y * height), int(x * width)].astype(int) - colour).max() <= tolerance


def undone(picture: np.ndarray, orientation: int) -> Image.Image:
    """The picture as a camera stores it that says `orientation`."""
    stored = {1: picture, 3: picture[::-1, ::-1], 6: np.rot90(picture), 8: np.rot90(picture, -1)}[orientation]
    return Image.fromarray(np.ascontiguousarray(stored))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("name", ["a.heic", "a.avif", "a.webp", "a.jpg", "a.tiff"])
@pytest.mark.parametrize("written", [Image.Exif.tobytes, lambda exif: exif])  # a HEIC gets boxes from bytes only
def test_telephones_pictures_are_upright(tmp_path, name, orientation, written):
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = orientation
    undone(quarters(), orientation).save(tmp_path / name, exif=written(exif), quality=90)
    photo = read_photo(tmp_path / name)
    assert photo.size == (240, 360) and photo.shrink == 1 and photo.notes == ()
    assert_quarters(photo.pixels, 25)


def test_a_heic_of_several_pictures_says_so(tmp_path):
    file = pillow_heif.HeifFile()
    for level in (200, 40):
        file.add_from_pillow(Image.new("RGB", (64, 64), (level,) * 3))
    file.save(tmp_path / "burst.heic", primary_index=1)
    photo = read_photo(tmp_path / "burst.heic")
    assert photo.notes == ("This file holds 2 pictures; only its main one was used.",)
    assert np.abs(photo.pixels.astype(int) - 40).max() <= 3


def test_a_tiff_of_several_pages_says_so(tmp_path):
    pages = [Image.new("RGB", (64, 48), (level, 0, 0)) for level in (200, 100, 50)]
    pages[0].save(tmp_path / "a.tiff", save_all=True, append_images=pages[1:])
    photo = read_photo(tmp_path / "a.tiff")
    assert photo.notes == ("This file has 3 pages; only the first was used.",)
    assert (photo.pixels == (200, 0, 0)).all()


def wide_profile() -> bytes:
    """An RGB profile in which the three primaries of sRGB are handed around: red there is green here."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * profile[131], 12)}
    places = [bytes(profile[tags[name] + 4 : tags[name] + 12]) for name in (b"gXYZ", b"bXYZ", b"rXYZ")]
    for name, place in zip((b"rXYZ", b"gXYZ", b"bXYZ"), places):
        profile[tags[name] + 4 : tags[name] + 12] = place
    return bytes(profile)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
@pytest.mark.parametrize("name", ["a.png", "a.tiff", "a.heic", "a.jpg"])
def test_colours_are_what_the_profile_says(tmp_path, name, mode):
    if mode != "RGB" and name in ("a.heic", "a.jpg"):
        pytest.skip("no such files")
    pillow_heif.register_heif_opener()
    Image.new("RGB", (64, 64), (250, 10, 10)).convert(mode).save(tmp_path / name, icc_profile=wide_profile())
    red, green, blue = read_photo(tmp_path / name).pixels[32, 32].astype(int)
    assert green > 240 and red < 25 and blue < 25


@pytest.mark.parametrize("mode, profile", [
    ("RGB", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()), ("RGB", b"no profile at all"),
    ("L", wide_profile()), ("CMYK", wide_profile()), ("RGB", wide_profile()[:200]),
])  # fmt: skip
def test_profiles_that_say_nothing_new_leave_every_bit(tmp_path, mode, profile):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).convert(mode)
    picture.save(tmp_path / "plain.tiff")
    picture.save(tmp_path / "marked.tiff", icc_profile=profile)
    plain, marked = (read_photo(tmp_path / name).pixels for name in ("plain.tiff", "marked.tiff"))
    np.testing.assert_array_equal(marked, plain)


@pytest.mark.parametrize("kind, white", [
    (np.float32, 1), (np.float32, 255), (np.float32, 65535), (np.int32, 255), (np.int32, 65535),
])  # fmt: skip
def test_channels_of_32_bits_are_scaled(tmp_path, kind, white):
    levels = np.linspace(0, 1, 64)[None].repeat(64, 0)
    Image.fromarray((levels * white).astype(kind)).save(tmp_path / "a.tiff")
    assert np.abs(read_photo(tmp_path / "a.tiff").pixels[..., 1] - 255 * levels).max() <= 1.01


@pytest.mark.parametrize("kind, low, high", [
    (np.int32, 0, 2**31 - 1), (np.int32, -5, 200), (np.float32, 0, 1e9), (np.float32, -1, 1),
])  # fmt: skip
def test_channels_of_32_bits_without_a_known_white_are_refused_by_name(tmp_path, kind, low, high):
    picture = np.full((64, 64), low, kind)
    picture[:, 32:] = high
    Image.fromarray(picture).save(tmp_path / "a.tiff")
    with pytest.raises(BadImage, match="32 bits a channel"):
        read_photo(tmp_path / "a.tiff")
    with pytest.raises(BadImage, match="32 bits a channel"):
        read_photo(Image.fromarray(picture))


def test_a_tiff_of_a_kind_that_nobody_reads_is_named(tmp_path):
    Image.new("RGB", (64, 64)).save(tmp_path / "a.tiff")
    photometric = b"\x06\x01\x03\x00\x01\x00\x00\x00"  # tag 262, one short; 2 is RGB, 99 is nothing
    data = (tmp_path / "a.tiff").read_bytes()
    (tmp_path / "a.tiff").write_bytes(data.replace(photometric + b"\x02", photometric + b"\x63"))
    with pytest.raises(BadImage, match="kind of TIFF"):
        read_photo(tmp_path / "a.tiff")


@pytest.fixture
def tiny_limits(monkeypatch):
    """Pictures of more than 10,000 px are large, here in this process."""
    monkeypatch.setattr(decode, "KEPT_PIXELS", 10_000)
    monkeypatch.setattr(decode, "BAND", 16)


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_large_pictures_are_kept_smaller_and_know_by_how_much(tiny_limits, kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    undone(quarters(151, 227), orientation).save(file, kind, exif=exif, quality=95)
    decoded = decode.decode_file(file.getvalue())
    assert (decoded.shrink, decoded.size, decoded.image.size) == (2, (151, 227), (114, 76))
    assert_quarters(np.asarray(decoded.image), 25)


def test_bands_meet_without_a_seam(tiny_limits):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (150, 222, 3), dtype=np.uint8))
    np.testing.assert_array_equal(np.asarray(decode.decode_image(noise).image), np.asarray(noise.reduce(2)))


def test_a_callers_own_picture_stays_as_it_is(tiny_limits, tmp_path):
    Image.fromarray(quarters()).save(tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as picture:
        assert read_photo(picture).shrink == 3
        assert picture.size == (360, 240)


def test_crops_and_cameras_of_a_large_photo_are_in_its_own_pixels(tiny_limits):
    x, y = np.meshgrid(np.arange(300) + 0.5, np.arange(200) + 0.5)
    photo = read_photo(np.stack([x / 2, y / 2, 0 * x], axis=-1).astype(np.uint8))
    assert photo.shrink == 3 and photo.size == (200, 300) and photo.pixels.shape == (67, 100, 3)
    taken = photo.take(Crop.around((210.0, 90.0), 60.0, 20))
    assert np.abs(taken[10, 10, :2] - np.array([211.5, 91.5]) / 2).max() < 1.5
    camera = Camera(FRONTAL, torch.tensor(900.0), torch.tensor([210.0, 90.0]), torch.tensor(0.5))
    points = torch.randn(10, 3) * 0.1
    torch.testing.assert_close(photo.camera_of_pixels(camera).project(points), camera.project(points) / 3)
