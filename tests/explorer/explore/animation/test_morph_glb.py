"""The GLB of two heads, read back byte by byte as the specification says."""

from __future__ import annotations

import io

import numpy as np
import pytest
import trimesh

from explorer.components.player.ease import ease
from explorer.explore.animation import morph_glb
from tests.gltf import chunks, khronos_is_there, khronos_problems, problems
from tests.places import EXAMPLES

COUNTS = {"SCALAR": 1, "VEC3": 3}
TYPES = {5126: "<f4", 5125: "<u4"}


@pytest.fixture(scope="module")
def ball():
    return trimesh.creation.icosphere(subdivisions=3, radius=0.1)


@pytest.fixture(scope="module")
def glb(ball) -> bytes:
    return morph_glb(ball.vertices, 2 * ball.vertices, ball.faces, "ball")


def accessor(description: dict, binary: bytes, index: int) -> np.ndarray:
    """The numbers of one accessor, which must be what its min and max say."""
    message = description["accessors"][index]
    view = description["bufferViews"][message["bufferView"]]
    assert view["byteOffset"] % 4 == 0
    held = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
    values = np.frombuffer(held, TYPES[message["componentType"]]).reshape(message["count"], COUNTS[message["type"]])
    np.testing.assert_array_equal(values.min(axis=0), np.float32(message["min"]))
    np.testing.assert_array_equal(values.max(axis=0), np.float32(message["max"]))
    return values


def test_base_and_target_are_the_two_heads(ball, glb):
    description, binary = chunks(glb)
    primitive = description["meshes"][0]["primitives"][0]
    base = {name: accessor(description, binary, index) for name, index in primitive["attributes"].items()}
    target = {name: accessor(description, binary, index) for name, index in primitive["targets"][0].items()}
    np.testing.assert_allclose(base["POSITION"], ball.vertices, atol=1e-7)
    np.testing.assert_allclose(base["POSITION"] + target["POSITION"], 2 * ball.vertices, atol=1e-7)
    np.testing.assert_allclose(base["NORMAL"], ball.vertices / 0.1, atol=0.01)
    np.testing.assert_allclose(target["NORMAL"], 0, atol=1e-6)  # a larger ball has the same normals
    np.testing.assert_array_equal(accessor(description, binary, primitive["indices"]).reshape(-1, 3), ball.faces)
    assert description["buffers"][0]["byteLength"] == len(binary)
    assert len(description["meshes"][0]["weights"]) == len(primitive["targets"]) == 1


def test_target_normals_follow_the_surface():
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    upright = square[:, [0, 2, 1]]  # now it looks along -y
    description, binary = chunks(morph_glb(square, upright, np.array([[0, 1, 2], [0, 2, 3]]), "square"))
    primitive = description["meshes"][0]["primitives"][0]
    normals = accessor(description, binary, primitive["attributes"]["NORMAL"])
    change = accessor(description, binary, primitive["targets"][0]["NORMAL"])
    np.testing.assert_allclose(normals, [[0, 0, 1]] * 4, atol=1e-6)
    np.testing.assert_allclose(normals + change, [[0, -1, 0]] * 4, atol=1e-6)


def test_the_animation_eases_to_the_second_head_and_back(glb):
    description, binary = chunks(glb)
    (animation,) = description["animations"]
    (channel,) = animation["channels"]
    assert channel["target"] == {"node": 0, "path": "weights"}
    sampler = animation["samplers"][channel["sampler"]]
    times = accessor(description, binary, sampler["input"])[:, 0]
    np.testing.assert_allclose(times, [0, 1.5, 3])
    keys = accessor(description, binary, sampler["output"]).reshape(3, 3)  # tangent in, value, tangent out
    assert sampler["interpolation"] == "CUBICSPLINE"
    np.testing.assert_array_equal(keys[:, 1], [0, 1, 0])
    for t in (0.0, 0.2, 0.5, 0.9, 1.0):  # the spline of the specification, from the first key to the second
        span = times[1] - times[0]
        spline = (
            (2 * t**3 - 3 * t**2 + 1) * keys[0, 1] + span * (t**3 - 2 * t**2 + t) * keys[0, 2]
            + (3 * t**2 - 2 * t**3) * keys[1, 1] + span * (t**3 - t**2) * keys[1, 0]
        )  # fmt: skip
        assert spline == pytest.approx(ease(t), abs=1e-12)


def test_it_is_grey_clay(glb):
    material = chunks(glb)[0]["materials"][0]["pbrMetallicRoughness"]
    assert np.round(np.array(material["baseColorFactor"]) * 255).tolist() == [150, 140, 132, 255]
    assert (material["metallicFactor"], material["roughnessFactor"]) == (0.0, 0.85)


def test_another_reader_finds_the_first_head(ball, glb):
    (mesh,) = trimesh.load_scene(io.BytesIO(glb), file_type="glb", process=False).geometry.values()
    np.testing.assert_allclose(mesh.vertices, ball.vertices, atol=1e-7)
    np.testing.assert_array_equal(mesh.faces, ball.faces)


def test_heads_of_different_topology_are_refused(ball):
    with pytest.raises(ValueError, match="topology"):
        morph_glb(ball.vertices, ball.vertices[:-1], ball.faces, "ball")


def test_ease_starts_and_ends_at_rest():
    assert [ease(t) for t in (0, 0.5, 1)] == [0, 0.5, 1]
    assert ease(1e-4) < 1e-7 and 1 - ease(1 - 1e-4) < 1e-7


@pytest.fixture(scope="module")
def heads_glb(model) -> bytes:
    """Two examples, named by somebody who means no good."""
    codes = [model.load_code(EXAMPLES / "codes" / f"{name}.npz") for name in ("allred_colin", "levin_andy")]
    a, b = (model.template.vertices(code).numpy() for code in codes)
    return morph_glb(a, b, model.template.faces.numpy(), "\ud800<b>\u202ea\n\0 to b" + "c" * 1000)


def test_it_is_valid(glb, heads_glb):
    assert problems(glb) == [] and problems(heads_glb) == []


@pytest.mark.skipif(not khronos_is_there(), reason="npm ci brings the Khronos validator")
def test_the_khronos_validator_finds_nothing(glb, heads_glb, tmp_path):
    for name, content in (("ball", glb), ("heads", heads_glb)):
        (tmp_path / f"{name}.glb").write_bytes(content)
    assert khronos_problems(*tmp_path.iterdir()) == []


def test_names_are_plain_text_of_bounded_length(heads_glb):
    description, _ = chunks(heads_glb)
    assert description["nodes"][0]["name"] == description["meshes"][0]["name"] == ("<b>a to b" + "c" * 1000)[:80]
