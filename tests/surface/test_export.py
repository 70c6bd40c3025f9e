"""Meshes on disk: what trimesh reads back is what was written."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
import trimesh

from pix2nphm.errors import Pix2NPHMError
from pix2nphm.surface import save_mesh


@pytest.fixture(scope="module")
def mesh():
    ball = trimesh.creation.icosphere(subdivisions=2, radius=0.1)
    skewed = ball.vertices / 0.1 + [0.3, 0, 0]  # normals of our own, which nobody could compute from the triangles
    normals = skewed / np.linalg.norm(skewed, axis=1, keepdims=True)
    return trimesh.Trimesh(ball.vertices, ball.faces, vertex_normals=normals, process=False)


@pytest.mark.parametrize("suffix", [".glb", ".ply", ".obj", ".stl", ".GLB"])
def test_comes_back(mesh, suffix, tmp_path):
    save_mesh(mesh, tmp_path / f"head{suffix}")
    read = trimesh.load_mesh(tmp_path / f"head{suffix}", process=False)
    metres = 1e-3 if suffix == ".stl" else 1.0  # slicers read millimetres
    assert np.allclose(read.triangles * metres, mesh.triangles, atol=1e-6)


def test_normals_are_in_the_file(mesh, tmp_path):
    """Read by hand: trimesh computes normals afresh when it loads."""
    for suffix in ("glb", "ply", "obj"):
        save_mesh(mesh, tmp_path / f"head.{suffix}")
    glb = (tmp_path / "head.glb").read_bytes()
    (length,) = struct.unpack_from("<I", glb, 12)
    tree, body = json.loads(glb[20 : 20 + length]), glb[28 + length :]
    accessor = tree["accessors"][tree["meshes"][0]["primitives"][0]["attributes"]["NORMAL"]]
    start = tree["bufferViews"][accessor["bufferView"]]["byteOffset"]
    in_glb = np.frombuffer(body, "<f4", 3 * accessor["count"], start).reshape(-1, 3)
    ply = (tmp_path / "head.ply").read_bytes().split(b"end_header\n", 1)[1]
    in_ply = np.frombuffer(ply, "<f4", 6 * len(mesh.vertices)).reshape(-1, 6)[:, 3:]
    lines = (tmp_path / "head.obj").read_text().splitlines()
    in_obj = np.array([line.split()[1:] for line in lines if line.startswith("vn ")], float)
    for normals in (in_glb, in_ply, in_obj):
        assert np.allclose(normals, mesh.vertex_normals, atol=1e-5)


def test_glb_is_grey_clay(mesh, tmp_path):
    save_mesh(mesh, tmp_path / "head.glb")
    material = trimesh.load_mesh(tmp_path / "head.glb").visual.material
    assert material.baseColorFactor.tolist() == [150, 140, 132, 255]
    assert (material.metallicFactor, material.roughnessFactor) == (0.0, 0.85)


def test_another_suffix_is_refused(mesh, tmp_path):
    with pytest.raises(Pix2NPHMError, match=r"'\.fbx'"):
        save_mesh(mesh, tmp_path / "head.fbx")


def test_an_unwritable_place_is_a_sentence_without_paths(mesh, tmp_path):
    with pytest.raises(Pix2NPHMError) as caught:
        save_mesh(mesh, tmp_path / "missing" / "head.glb")
    assert "could not be saved" in str(caught.value) and str(tmp_path) not in str(caught.value)


def test_a_full_disk_leaves_no_half_file(mesh, tmp_path, full_disk):
    with pytest.raises(Pix2NPHMError, match="No space left"):
        save_mesh(mesh, tmp_path / "head.stl")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["glb", "ply", "obj", "stl"])
def test_a_full_disk_leaves_the_older_mesh(mesh, suffix, tmp_path, full_disk):
    path = tmp_path / f"head.{suffix}"
    path.write_bytes(b"older")
    with pytest.raises(Pix2NPHMError, match="No space left"):
        save_mesh(mesh, path)
    assert path.read_bytes() == b"older" and list(tmp_path.iterdir()) == [path]
