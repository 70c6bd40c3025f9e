"""Files made to keep a decoder busy or to fill the memory: each gets a sentence, and the next photo is read."""

from __future__ import annotations

import io
import os
import signal
import struct
import threading

import numpy as np
import pytest
from PIL import Image

from pix2nphm.errors import BadImage, Pix2NPHMError
from pix2nphm.photo import decode, decoder_process
from pix2nphm.photo.decoder_process import decode_apart
from pix2nphm.photo.read import read_photo


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


GOOD = encoded(Image.new("RGB", (64, 48), (90, 120, 30)), "PNG")


def repeated_scans(side: int, times: int) -> bytes:
    """A progressive JPEG whose last scan comes many times: each is a pass over every pixel."""
    data = encoded(Image.new("RGB", (side, side), (90, 120, 30)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * times + data[-2:]


def greedy_tags(tags: int, size: int) -> bytes:
    """A TIFF of which each tag claims all of the file for itself."""
    known = [(256, 3, 1, 64), (257, 3, 1, 64), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 100),
             (277, 3, 1, 1), (278, 3, 1, 64), (279, 4, 1, 4096)]  # fmt: skip
    entries = known + [(40000 + number, 1, size, 0) for number in range(tags)]
    table = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (b"II*\0" + struct.pack("<I", 8) + table + bytes(4)).ljust(size, b"\1")


def endless_comments() -> bytes:
    """A GIF with a million comments after its picture, which are read to see whether it moves."""
    data = encoded(Image.new("RGB", (64, 64)), "GIF")
    return data[:-1] + b"\x21\xfe\x01a\x00" * 1_000_000 + data[-1:]


def countless_strips(rows: int = 500_000) -> bytes:
    """A TIFF of 32 px a row, each row a strip of its own."""
    places = 8 + 2 + 12 * 9 + 4
    entries = [(256, 4, 1, 32), (257, 4, 1, rows), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
               (273, 4, rows, places),
               (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, rows, places + 4 * rows)]  # fmt: skip
    table = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + table + struct.pack("<I", 0) * rows + struct.pack("<I", 32) * rows


def refusal(data: bytes) -> str:
    with pytest.raises(BadImage) as raised:
        decode_apart(data)
    return str(raised.value)


def assert_the_next_is_read() -> None:
    assert decode_apart(GOOD).size == (48, 64)


def test_a_jpeg_of_a_thousand_scans_is_refused_by_their_number():
    assert "more passes" in refusal(repeated_scans(3000, 1000))
    assert decode_apart(repeated_scans(64, 20)).size == (64, 64)
    assert_the_next_is_read()


@pytest.mark.parametrize("bomb", [lambda: repeated_scans(6000, 35), endless_comments, countless_strips])
def test_what_takes_too_long_is_ended(monkeypatch, bomb):
    monkeypatch.setattr(decoder_process, "SECONDS", 1)  # each is two seconds of work and more
    decoder_process._let_go()
    assert "too much time" in refusal(bomb())
    monkeypatch.undo()
    assert_the_next_is_read()


def test_what_waits_for_nothing_is_ended(monkeypatch):
    monkeypatch.setattr(decoder_process, "PATIENCE", 0.5)
    decoder = decoder_process._Decoder()
    os.kill(decoder._process.pid, signal.SIGSTOP)
    with pytest.raises(BadImage, match="too much time"):
        decoder.decode(GOOD)
    decoder.end()


@pytest.mark.parametrize("place", ["TIFF", "exif of a PNG", "exif of a WebP"])
def test_tags_that_ask_for_all_memory_get_none_of_ours(monkeypatch, place):
    monkeypatch.setattr(decoder_process, "MEMORY", 400 << 20)
    tags = greedy_tags(1000, 2_000_000)
    if place != "TIFF":
        kind = place.split()[-1].upper()
        tags = encoded(Image.new("RGB", (64, 64)), kind, exif=b"Exif\0\0" + tags)
    assert "too much time or memory" in refusal(tags)
    monkeypatch.undo()
    assert_the_next_is_read()


def test_a_decoder_that_crashes_takes_nobody_with_it():
    decoder = decoder_process._Decoder()
    killer = threading.Timer(0.2, decoder._process.send_signal, [signal.SIGSEGV])
    killer.start()
    with pytest.raises(BadImage, match="damaged"):
        decoder.decode(repeated_scans(6000, 35))
    decoder.end()
    assert_the_next_is_read()


@pytest.mark.parametrize("executable", ["/no/such/python", "/bin/true"])
def test_where_no_process_starts_there_is_a_sentence(monkeypatch, executable):
    decoder_process._let_go()
    monkeypatch.setattr("sys.executable", executable)
    with pytest.raises(Pix2NPHMError, match="could not be started"):
        decode_apart(GOOD)


def test_one_that_died_while_it_waited_is_replaced():
    assert_the_next_is_read()
    (waiting,) = decoder_process._idle
    waiting._process.kill()
    waiting._process.wait()
    assert_the_next_is_read()


def test_a_process_stays_for_small_pictures_and_goes_after_a_large_one():
    decode_apart(GOOD)
    (first,) = decoder_process._idle
    decode_apart(GOOD)
    refusal(b"no picture")
    assert decoder_process._idle == [first]
    large = decode_apart(encoded(Image.new("L", (5000, 3000)), "PNG"))
    assert (large.shrink, large.size, large.width, large.height) == (2, (3000, 5000), 2500, 1500)
    assert decoder_process._idle == [] and not first.alive


def test_several_threads_at_once():
    pictures = [np.random.default_rng(seed).integers(0, 256, (90, 70, 3), dtype=np.uint8) for seed in range(6)]
    files = [encoded(Image.fromarray(picture), "PNG") for picture in pictures]
    found: dict[int, bytes] = {}
    decode_one = lambda i: found.update({i: bytes(decode_apart(files[i]).rgb)})
    threads = [threading.Thread(target=decode_one, args=[i]) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[i] == pictures[i].tobytes() for i in range(6))
    assert len(decoder_process._idle) <= 2  # one, or two where the last came in together


def test_a_pipe_is_read_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[GOOD])
    writer.start()
    assert read_photo(tmp_path / "pipe").size == (48, 64)
    writer.join()


def test_a_file_without_end_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr("pix2nphm.photo.read.MOST_BYTES", 10**6)
    with pytest.raises(BadImage, match="larger than 1 MB"):
        read_photo("/dev/zero")


def test_limits_leave_room_for_the_largest_pictures():
    assert decode.MOST_PIXELS * 8 < decoder_process.MEMORY  # RGBA, twice
