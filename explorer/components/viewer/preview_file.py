"""The binary file in which a head that moves in the browser travels there: vertices, and what each control adds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pix2nphm.nphm.template import REGIONS

MAGIC = b"P2NP"
LARGEST = 32767  # of int16
SMALLEST_STEP = 2e-6  # metres. What moves less than half of it is not sent: most units move a small part of a head


@dataclass(frozen=True)
class Preview:
    """A head of fixed topology and the displacements that weights of 1 add to it."""

    base: np.ndarray  # (V, 3) metres
    fields: dict[str, np.ndarray]  # name -> (V, 3) metres
    faces: np.ndarray  # (F, 3)
    vertex_region: np.ndarray  # (V,) into regions
    regions: tuple[str, ...]


def pack_preview(
    base: np.ndarray,
    fields: Mapping[str, np.ndarray],
    faces: np.ndarray,
    vertex_region: np.ndarray,
    regions: Sequence[str] = REGIONS,
) -> bytes:
    """The bytes that `fetchPreview` in static/files.js reads, little-endian.

    base (V, 3) metres, fields name -> (V, 3) metres, faces (F, 3), vertex_region (V,) into regions.

    4 bytes magic; uint32 length of the header; the header, JSON padded with spaces to a multiple of 4 bytes:
    vertices V, faces F, centre (3,) and step of the base, regions, and for each field its name, step, and count M.
    Then faces (F, 3), uint16 where V fits in them, else uint32; base (V, 3) int16, a position being
    centre + step * stored; for each field the vertices it moves (M,), of the type of the faces, and their
    displacements (M, 3) int16, in its steps; vertex_region (V,) uint8. Each array starts at a multiple of 4 bytes.
    Positions and displacements are exact to half a step: about 3 and 1 micrometres.
    Raises ValueError when shapes disagree or a number is not finite.
    """
    base = np.asarray(base, np.float64)
    fields = {name: np.asarray(field, np.float64) for name, field in fields.items()}
    if len(vertex_region) != len(base) or any(field.shape != base.shape for field in fields.values()):
        raise ValueError("preview: base, fields and regions are not of the same vertices")
    if not all(np.isfinite(numbers).all() for numbers in (base, *fields.values())):
        raise ValueError("preview: not finite")
    index = _index_type(len(base))
    centre = (base.min(0) + base.max(0)) / 2
    stored_base, base_step = _quantised(base - centre)
    header = {"vertices": len(base), "faces": len(faces), "centre": centre.tolist(), "step": base_step}
    header |= {"regions": list(regions), "fields": []}
    arrays = [np.asarray(faces, index), stored_base]
    for name, field in fields.items():
        stored, step = _quantised(field)
        moved = np.flatnonzero(stored.any(axis=1))
        header["fields"].append({"name": name, "step": step, "count": len(moved)})
        arrays += [moved.astype(index), stored[moved]]
    arrays.append(np.asarray(vertex_region, "u1"))
    text = _padded(json.dumps(header).encode(), b" ")
    length = np.array(len(text), "<u4").tobytes()
    return b"".join([MAGIC, length, text, *(_padded(array.tobytes(), b"\0") for array in arrays)])


def unpack_preview(data: bytes) -> Preview:
    """What `pack_preview` was given, to its precision."""
    if data[:4] != MAGIC:
        raise ValueError("preview: not a preview file")
    place = 8 + int(np.frombuffer(data, "<u4", 1, offset=4)[0])
    header = json.loads(data[8:place])

    def read(kind: str, *shape: int) -> np.ndarray:
        nonlocal place
        array = np.frombuffer(data, kind, int(np.prod(shape)), offset=place).reshape(shape)
        place += len(_padded(array.tobytes(), b"\0"))
        return array

    vertex_count = header["vertices"]
    index = _index_type(vertex_count)
    faces = read(index, header["faces"], 3)
    base = header["centre"] + header["step"] * read("<i2", vertex_count, 3).astype(np.float64)
    fields = {}
    for entry in header["fields"]:
        moved = read(index, entry["count"])
        fields[entry["name"]] = field = np.zeros_like(base)
        field[moved] = entry["step"] * read("<i2", entry["count"], 3).astype(np.float64)
    return Preview(base, fields, faces, read("u1", vertex_count), tuple(header["regions"]))


def _index_type(vertex_count: int) -> str:
    return "<u2" if vertex_count <= 1 << 16 else "<u4"


def _quantised(metres: np.ndarray) -> tuple[np.ndarray, float]:
    """int16 numbers, and the step of which they are multiples."""
    step = max(float(np.abs(metres).max(initial=0)) / LARGEST, SMALLEST_STEP)
    return np.rint(metres / step).astype("<i2"), step


def _padded(data: bytes, filling: bytes) -> bytes:
    return data + filling * (-len(data) % 4)
