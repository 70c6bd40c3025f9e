"""Whether a GLB is valid: asked here, and asked of the Khronos validator where node and its package are."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np

from tests.places import ROOT

TYPES = {5121: "u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
COUNTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
FOR_VERTICES, FOR_INDICES = 34962, 34963
SMALLEST_AREA = 1e-12  # m2: a triangle a micrometre wide and high

VALIDATOR = ROOT / "node_modules" / "gltf-validator"
KHRONOS = """
const {validateBytes} = require("gltf-validator"), {readFileSync} = require("fs");
(async () => {
    for (const file of process.argv.slice(1)) {
        const {issues} = await validateBytes(new Uint8Array(readFileSync(file)), {maxIssues: 20});
        for (const {message, pointer} of issues.messages) console.log(`${file}: ${pointer}: ${message}`);
    }
})();
"""


def khronos_is_there() -> bool:
    return VALIDATOR.is_dir() and shutil.which("node") is not None


def khronos_problems(*files: Path) -> list[str]:
    """Every error, warning, information and hint."""
    command = ["node", "-e", KHRONOS, *map(str, files)]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert asked.returncode == 0, asked.stderr
    return asked.stdout.splitlines()


def chunks(glb: bytes) -> tuple[dict, bytes]:
    """The description and the binary part."""
    magic, version, length = struct.unpack_from("<4sII", glb)
    assert (magic, version, length) == (b"glTF", 2, len(glb))
    size, kind = struct.unpack_from("<I4s", glb, 12)
    assert kind == b"JSON" and size % 4 == 0
    binary_size, binary_kind = struct.unpack_from("<I4s", glb, 20 + size)
    assert binary_kind == b"BIN\0" and binary_size % 4 == 0 and 28 + size + binary_size == len(glb)
    return json.loads(glb[20 : 20 + size]), glb[28 + size :]


def problems(glb: bytes) -> list[str]:
    """What is wrong with the geometry of a GLB: sentences, none when it is valid."""
    description, binary = chunks(glb)
    found: list[str] = []

    def check(holds: bool, sentence: str) -> None:
        if not holds:
            found.append(sentence)

    def values(index: int, name: str, usage: int | None) -> np.ndarray:
        accessor = description["accessors"][index]
        view = description["bufferViews"][accessor["bufferView"]]
        kind, columns = np.dtype(TYPES[accessor["componentType"]]), COUNTS[accessor["type"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        end = start + accessor["count"] * columns * kind.itemsize
        check(start % kind.itemsize == 0, f"{name} is not aligned")
        check(end <= view.get("byteOffset", 0) + view["byteLength"] <= len(binary), f"{name} leaves its buffer")
        check(view.get("target") == usage, f"{name} does not say what it is for")
        array = np.frombuffer(binary[start:end], kind).reshape(-1, columns)
        check(bool(np.isfinite(array).all()), f"{name} holds what is no number")
        for bound, of in (("min", array.min(axis=0)), ("max", array.max(axis=0))):
            if bound in accessor:
                check(np.array_equal(np.array(accessor[bound], kind), of), f"{name} has another {bound} than it says")
        return array

    for primitive in (primitive for mesh in description["meshes"] for primitive in mesh["primitives"]):
        attributes = {name: values(i, name, FOR_VERTICES) for name, i in primitive["attributes"].items()}
        positions, normals = attributes["POSITION"], attributes["NORMAL"]
        check(
            {"min", "max"} <= description["accessors"][primitive["attributes"]["POSITION"]].keys(), "bounds are missing"
        )
        check({len(one) for one in attributes.values()} == {len(positions)}, "attributes differ in length")
        check(
            bool(np.abs(np.linalg.norm(normals.astype(float), axis=1) - 1).max() < 1e-5),
            "a normal is not a unit vector",
        )
        faces = values(primitive["indices"], "indices", FOR_INDICES).ravel()
        check(len(faces) % 3 == 0 and int(faces.max()) < len(positions), "a triangle leaves its vertices")
        corners = positions.astype(float)[faces.reshape(-1, 3)]
        doubled = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        check(bool(doubled.min() > 2 * SMALLEST_AREA), "a triangle has no area")
        alike = np.unique(np.sort(faces.reshape(-1, 3), axis=1), axis=0)
        check(len(alike) == len(faces) // 3, "two triangles have the same corners")
        for target in primitive.get("targets", []):
            for name, index in target.items():
                moved = values(index, f"{name} of a target", FOR_VERTICES)
                check(len(moved) == len(positions), f"{name} of a target differs in length")
    for animation in description.get("animations", []):
        for sampler in animation["samplers"]:
            times, weights = (values(sampler[end], f"{end} of an animation", None) for end in ("input", "output"))
            check(bool((np.diff(times[:, 0]) > 0).all()), "an animation goes back in time")
            check(len(weights) == 3 * len(times), "an animation has other keys than times")
    return found
