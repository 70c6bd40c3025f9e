"""A head in a link: its code in half precision, compressed, as letters that need no escaping in an address."""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.errors import BadCode

VERSION = 1
LONGEST = 8192  # characters; ours have about 3000
NOT_A_LINK = "This link holds no head, or part of it is missing."
ANOTHER_MODEL = "This link was made with another model; its head cannot be shown here."


def write_state(code: HeadCode, model: str) -> str:
    """The text after `?state=`: one byte of version, four of the model's name, the code as float16.

    Numbers keep three digits; on a head that is a hundredth of a millimetre.
    """
    numbers = code.flat().detach().cpu().numpy().astype("<f2")
    by_significance = numbers.view(np.uint8).reshape(-1, 2).T.tobytes()  # high bytes repeat: they compress together
    packed = zlib.compress(bytes([VERSION]) + _mark(model) + by_significance, 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_state(text: str, model) -> HeadCode:
    """What `write_state` wrote, for the same `model`. Raises BadCode with a sentence."""
    shape = model.code_shape
    length = 5 + 2 * shape.flat
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpacked = zlib.decompressobj().decompress(packed, length + 1)  # never more than a code: no bombs
    except (ValueError, binascii.Error, zlib.error) as error:
        raise BadCode(NOT_A_LINK) from error
    if not unpacked or unpacked[0] != VERSION:
        raise BadCode(NOT_A_LINK)
    if unpacked[1:5] != _mark(model.name):
        raise BadCode(ANOTHER_MODEL)
    if len(unpacked) != length:
        raise BadCode(NOT_A_LINK)
    bytes_ = np.frombuffer(unpacked, np.uint8, offset=5).reshape(2, -1).T.copy()
    code = HeadCode.from_flat(torch.from_numpy(bytes_.view("<f2")[:, 0].astype(np.float32)), shape)
    code.check(shape)
    return code


def _mark(model: str) -> bytes:
    return zlib.crc32(model.encode()).to_bytes(4, "little")
