"""Picture files are decoded in a process of their own, which can be ended.

A small file can keep a decoder busy for minutes or ask for all memory there is: a JPEG of a thousand scans, a TIFF
whose thousand tags each hold the whole file. No list of such files is complete. The limits that the system keeps for a
process are. It takes a quarter of a second to start, waits for the next picture, and is let go after a large one, whose
memory goes with it.
"""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import BadImage, Pix2NPHMError
from .decode import KEPT_PIXELS, decode_file

try:
    import resource
except ImportError:  # on Windows: no limits but the clock
    resource = None  # type: ignore[assignment]

SECONDS = 10  # of processor time for a picture; the largest that are read, of 50 million pixels, take up to 4
PATIENCE = 60  # seconds by the clock, on a machine that is busy with other things
MEMORY = 2 << 30  # bytes of addresses; the largest WebP takes half of them
ENDED = "This picture takes too much time or memory to read, or is damaged; save it again as a plain JPEG or PNG file."

FEW = {"MALLOC_ARENA_MAX": "2"}  # or each of many cores' threads would claim 64 MB of addresses before it has any work
NOT_STARTED = "The program that reads pictures could not be started."

REQUEST = ">IQQ"  # seconds, bytes of memory, bytes of the file that follows
ANSWER = ">I"  # bytes of the JSON that follows; then come the pixels
READY = b"r"
# The package is entered without its `__init__`, which imports torch.
START = """
import signal, sys, types
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that asks
package = types.ModuleType("pix2nphm")
package.__path__ = [sys.argv[1]]
sys.modules["pix2nphm"] = package
sys.path[:] = sys.argv[2:]
from pix2nphm.photo.decoder_process import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""


@dataclass(frozen=True)
class Pixels:
    """What came out of a picture file; `shrink`, `size` and `notes` as in `Decoded`."""

    rgb: bytearray  # (height, width, 3) uint8
    height: int
    width: int
    shrink: int
    size: tuple[int, int]
    notes: tuple[str, ...]


def decode_apart(data: bytes) -> Pixels:
    """The bytes of a picture file -> what `decode_file` makes of them, in bounded time and memory.

    Raises BadImage, and Pix2NPHMError where no process can be started.
    """
    decoder = _waiting()
    small = True
    try:
        pixels = decoder.decode(data)
        small = pixels.size[0] * pixels.size[1] <= KEPT_PIXELS
        return pixels
    except BadImage:
        raise
    except BaseException:  # interrupted: what it would still answer belongs to this picture
        small = False
        raise
    finally:
        if small and decoder.alive and not _idle:
            _idle.append(decoder)
        else:
            decoder.end()


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Decode pictures until there are no more requests. Runs in the process itself."""
    answers.write(READY)
    answers.flush()
    while request := requests.read(struct.calcsize(REQUEST)):
        seconds, memory, length = struct.unpack(REQUEST, request)
        _limit(seconds, memory)
        rgb = b""
        try:
            decoded = decode_file(requests.read(length))
            rgb = decoded.image.tobytes()
            width, height = decoded.image.size
            answer = dict(height=height, width=width, shrink=decoded.shrink, size=decoded.size, notes=decoded.notes)
        except BadImage as error:
            answer = dict(refused=str(error))
        except MemoryError:
            rgb, answer = b"", dict(refused=ENDED)
        text = json.dumps(answer).encode()
        for part in (struct.pack(ANSWER, len(text)), text, rgb):
            answers.write(part)
        answers.flush()


class _Decoder:
    """The process, seen from outside."""

    def __init__(self) -> None:
        package = str(Path(__file__).resolve().parents[1])
        command = [sys.executable, "-I", "-c", START, package, *map(str, sys.path)]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | FEW
            )
        except OSError as error:
            raise Pix2NPHMError(NOT_STARTED) from error
        self._requests = cast(BufferedWriter, self._process.stdin)
        self._answers = cast(BufferedReader, self._process.stdout)
        if self._answers.read(1) != READY:
            self.end()
            raise Pix2NPHMError(NOT_STARTED)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def decode(self, data: bytes) -> Pixels:
        clock = threading.Timer(PATIENCE, self._process.kill)
        clock.start()
        try:
            self._requests.write(struct.pack(REQUEST, SECONDS, MEMORY, len(data)))
            self._requests.write(data)
            self._requests.flush()
            (length,) = struct.unpack(ANSWER, self._read(struct.calcsize(ANSWER)))
            answer = json.loads(self._read(length))
            if "refused" in answer:
                raise BadImage(answer["refused"])
            height, width = answer["height"], answer["width"]
            size, notes = tuple(answer["size"]), tuple(answer["notes"])
            return Pixels(self._read(height * width * 3), height, width, answer["shrink"], size, notes)
        except (BrokenPipeError, EOFError) as error:
            self._process.wait()  # it has come to its limits, or a decoder has crashed
            raise BadImage(ENDED) from error
        finally:
            clock.cancel()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._requests, self._answers):
            try:
                pipe.close()
            except BrokenPipeError:  # what was not read any more
                pass

    def _read(self, count: int) -> bytearray:
        """Exactly so many bytes. Raises EOFError."""
        data = bytearray(count)
        if self._answers.readinto(data) != count:
            raise EOFError
        return data


_idle: list[_Decoder] = []  # none or one


def _waiting() -> _Decoder:
    """A process that is ready for a picture."""
    while _idle:
        decoder = _idle.pop()
        if decoder.alive:
            return decoder
        decoder.end()
    return _Decoder()


def _let_go() -> None:
    while _idle:
        _idle.pop().end()


def _limit(seconds: int, memory: int) -> None:
    """Of processor time from now on, and of addresses. Where the system knows no limits, `PATIENCE` is the only one."""
    if resource:
        used = resource.getrusage(resource.RUSAGE_SELF)
        limits = {resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime) + seconds, resource.RLIMIT_AS: memory}
        for kind, limit in limits.items():
            resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one that is ended leaves no file


atexit.register(_let_go)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # the process answers its parent
