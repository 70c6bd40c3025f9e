import numpy as np
import trimesh

from explorer.components.viewer.mesh_file import pack


def test_packed_mesh_is_read_back_to_half_a_step(known_model):
    mesh = known_model.reconstruct(np.full((200, 200, 3), 255, np.uint8)).mesh(48)
    data = pack(mesh)
    vertex_count, triangle_count = np.frombuffer(data, "<u4", 2, offset=4)
    *centre, step = np.frombuffer(data, "<f4", 4, offset=12)
    stored = np.frombuffer(data, "<i2", 6 * vertex_count, offset=28).reshape(2, vertex_count, 3)
    triangles = np.frombuffer(data, "<u4", 3 * triangle_count, offset=28 + 12 * vertex_count)

    assert data[:4] == b"P2NM" and len(data) == 28 + 12 * len(mesh.vertices) + 12 * len(mesh.faces)
    assert step < 4e-6  # metres, for a head of 23 cm
    np.testing.assert_allclose(centre + stored[0] * step, mesh.vertices, atol=0.51 * step)
    np.testing.assert_allclose(stored[1] / 32767, mesh.vertex_normals, atol=2e-5)
    np.testing.assert_array_equal(triangles.reshape(-1, 3), mesh.faces)


def test_a_far_away_box_keeps_its_place():
    box = trimesh.creation.box((0.1, 0.2, 0.3)).apply_translation((5, -7, 2))
    data = pack(box)
    *centre, step = np.frombuffer(data, "<f4", 4, offset=12)
    np.testing.assert_allclose(centre, (5, -7, 2), atol=1e-6)
    np.testing.assert_allclose(step * 32767, 0.15, rtol=1e-6)
