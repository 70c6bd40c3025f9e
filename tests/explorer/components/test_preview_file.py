import numpy as np
import pytest
import trimesh

from explorer.components.viewer.preview_file import pack_preview, unpack_preview

REGIONS = ("nose", "skull")


def a_head(subdivisions: int):
    """An egg of 23 cm whose front is its nose, and two controls: one moves everything, one only the nose."""
    egg = trimesh.creation.icosphere(subdivisions=subdivisions)
    base = egg.vertices * (0.075, 0.115, 0.095) + (0.01, -0.02, 0.03)
    nose = np.exp(-((egg.vertices[:, :2] - [0, -0.1]) ** 2).sum(1) / 0.02) * (egg.vertices[:, 2] > 0)
    fields = {"width": base * (0.1, 0, 0), "nose": 0.02 * nose[:, None] * (0, 0, 1), "nothing": np.zeros_like(base)}
    return base, fields, egg.faces, np.where(nose > 0.1, 0, 1)


def test_a_preview_is_read_back_to_a_hundredth_of_a_millimetre():
    base, fields, faces, vertex_region = a_head(4)
    read = unpack_preview(pack_preview(base, fields, faces, vertex_region, REGIONS))
    np.testing.assert_allclose(read.base, base, atol=2e-6)  # metres
    assert list(read.fields) == ["width", "nose", "nothing"]
    for name, field in fields.items():
        np.testing.assert_allclose(read.fields[name], field, atol=1.01e-6)
    np.testing.assert_array_equal(read.faces, faces)
    np.testing.assert_array_equal(read.vertex_region, vertex_region)
    assert read.regions == REGIONS
    posed = base + 1.5 * fields["width"] - 0.5 * fields["nose"]
    shown = read.base + 1.5 * read.fields["width"] - 0.5 * read.fields["nose"]
    assert np.abs(shown - posed).max() < 1e-5


def test_what_a_control_does_not_move_is_not_sent():
    base, fields, faces, vertex_region = a_head(5)
    without = len(pack_preview(base, {}, faces, vertex_region, REGIONS))
    everywhere = len(pack_preview(base, {"width": fields["width"]}, faces, vertex_region, REGIONS)) - without
    nose = len(pack_preview(base, {"nose": fields["nose"]}, faces, vertex_region, REGIONS)) - without
    nothing = len(pack_preview(base, {"nothing": fields["nothing"]}, faces, vertex_region, REGIONS)) - without
    assert nose < everywhere / 4 and nothing < 80


def test_more_vertices_than_16_bits_can_count_are_kept():
    vertices = np.linspace(0, 0.2, 3 * 70_000).reshape(-1, 3)
    faces = np.array([[0, 1, 69_999]])
    read = unpack_preview(pack_preview(vertices, {"all": vertices}, faces, np.zeros(70_000), ("skull",)))
    np.testing.assert_array_equal(read.faces, faces)
    np.testing.assert_allclose(read.fields["all"][69_999], vertices[69_999], atol=4e-6)


def test_numbers_that_are_no_head_are_refused():
    base, fields, faces, vertex_region = a_head(2)
    with pytest.raises(ValueError, match="same vertices"):
        pack_preview(base, {"short": fields["nose"][1:]}, faces, vertex_region, REGIONS)
    broken = fields["nose"].copy()
    broken[3, 1] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        pack_preview(base, {"broken": broken}, faces, vertex_region, REGIONS)
    with pytest.raises(ValueError, match="not a preview file"):
        unpack_preview(b"P2NM" + bytes(100))
