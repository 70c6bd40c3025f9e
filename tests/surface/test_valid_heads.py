"""Heads as files that others read: every example, finely and coarsely, and heads that nobody has seen."""

from __future__ import annotations

import io

import numpy as np
import pytest
import trimesh

from pix2nphm import latent
from pix2nphm.surface import save_mesh
from tests.gltf import khronos_is_there, khronos_problems, problems
from tests.places import EXAMPLES

RESOLUTIONS = (96, 128)


@pytest.fixture(scope="module")
def heads(model) -> dict[str, trimesh.Trimesh]:
    codes = {path.stem: model.load_code(path) for path in sorted((EXAMPLES / "codes").glob("*.npz"))}
    assert len(codes) == 16
    return {f"{name}-{n}": model.decode(code, n) for name, code in codes.items() for n in RESOLUTIONS}


@pytest.fixture(scope="module")
def glbs(heads, tmp_path_factory):
    folder = tmp_path_factory.mktemp("glb")
    for name, mesh in heads.items():
        save_mesh(mesh, folder / f"{name}.glb")
    return sorted(folder.iterdir())


def test_examples_are_valid_glbs(glbs):
    assert {path.name: found for path in glbs if (found := problems(path.read_bytes()))} == {}


@pytest.mark.skipif(not khronos_is_there(), reason="npm ci brings the Khronos validator")
def test_the_khronos_validator_finds_nothing(glbs):
    assert khronos_problems(*glbs) == []


def test_examples_are_closed(heads):
    for name, mesh in heads.items():
        assert mesh.is_watertight and mesh.is_winding_consistent and mesh.body_count == 1, name


def test_merged_stls_of_examples_are_closed_and_as_large_as_heads_in_millimetres(heads, tmp_path):
    for name in (name for name in heads if name.endswith("-96")):
        save_mesh(mesh := heads[name], tmp_path / "head.stl")
        read = trimesh.load_mesh(tmp_path / "head.stl")
        assert len(read.vertices) == len(mesh.vertices) and read.is_watertight and read.is_volume, name
        assert np.allclose(read.extents, 1000 * mesh.extents, atol=1e-3) and 200 < read.extents.max() < 350, name


@pytest.mark.parametrize("seed", range(4))
def test_so_are_heads_that_nobody_has_seen(model, seed, tmp_path):
    code = latent.random_head(model.population, model.code_shape, seed)
    mesh = model.decode(code, (48, 80)[seed % 2])
    save_mesh(mesh, tmp_path / "head.glb")
    assert problems((tmp_path / "head.glb").read_bytes()) == [] and mesh.is_watertight
    save_mesh(mesh, tmp_path / "head.stl")
    assert trimesh.load_mesh(tmp_path / "head.stl").is_watertight


def test_a_mesh_with_loose_vertices_is_a_valid_glb(tmp_path):
    save_mesh(trimesh.Trimesh(np.eye(4, 3), [[0, 1, 2]], process=False), tmp_path / "loose.glb")
    content = (tmp_path / "loose.glb").read_bytes()
    assert problems(content) == []
    (read,) = trimesh.load_scene(io.BytesIO(content), file_type="glb", process=False).geometry.values()
    assert np.array_equal(read.vertices, np.eye(4, 3))
