"""MonoNPHM against the outputs of the published code, and against damaged and foreign checkpoints."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.errors import BadCode, BadWeights
from pix2nphm.frames import METRES_PER_MONONPHM_UNIT
from pix2nphm.nphm.decoder import unit_gradient
from pix2nphm.nphm.mononphm import MonoNPHM
from pix2nphm.nphm.mononphm_checkpoint import load_mononphm
from pix2nphm.nphm.mononphm_networks import MonoNPHMSizes
from pix2nphm.surface import head_mesh
from pix2nphm.surface.sampling import sample
from tests.places import SHARED

FIXTURE = SHARED / "fixtures" / "mononphm"
needs_fixture = pytest.mark.skipif(not FIXTURE.exists(), reason="the MonoNPHM fixture is not here")
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def expected():
    with np.load(FIXTURE / "fixture.npz") as data:
        return {name: torch.from_numpy(np.asarray(data[name])) for name in data.files}


@pytest.fixture(scope="module")
def model(expected):
    return load_mononphm(FIXTURE / "fixture_ckpt.pt", expected["anchors_mean"])


@pytest.fixture(params=["A_", "B_"])
def latents(request, expected):
    return request.param, *(expected[request.param + name].flatten() for name in ("z_geo", "z_app", "z_exp"))


def worst(a, b):
    return (a - b).abs().max().item()


@needs_fixture
def test_agrees_with_the_published_code(model, expected, latents):
    prefix, z_geo, z_app, z_exp = latents
    queries = expected["queries"]
    assert worst(model.anchors_units(z_geo), expected[prefix + "anchors"]) < TOLERANCE
    assert worst(model.canonical_units(queries, z_geo, z_exp), expected[prefix + "canonical5"]) < TOLERANCE
    assert worst(model.sdf_units(queries, z_geo, z_exp), expected[prefix + "sdf"][:, 0]) < TOLERANCE
    assert worst(model.colour_units(queries, z_geo, z_app, z_exp), expected[prefix + "color"]) < TOLERANCE


@needs_fixture
def test_canonical_field_agrees(model, expected, latents):
    prefix, z_geo, _, z_exp = latents
    head = model.bind(model.code_from_latents(z_geo, z_exp))
    flat = torch.nn.functional.pad(expected["queries"], (0, 2))  # not deformed, hyper-coordinates zero
    assert worst(head.canonical_sdf_units(flat), expected[prefix + "sdf_nodeform_hyper0"][:, 0]) < TOLERANCE


@needs_fixture
def test_gradient_agrees(model, expected, latents):
    prefix, z_geo, _, z_exp = latents
    published = expected[prefix + "grad_posed"]
    steep = published.norm(dim=-1) > 0.1  # directions mean nothing where the field is flat
    mine = unit_gradient(lambda points: model.sdf_units(points, z_geo, z_exp), expected["queries"])
    cosine = (mine * torch.nn.functional.normalize(published, dim=-1)).sum(-1)
    assert cosine[steep].min() > 1 - 1e-4


@needs_fixture
def test_a_head_is_in_metres_and_takes_head_codes(model, expected, latents):
    prefix, z_geo, _, z_exp = latents
    code = model.code_from_latents(z_geo, z_exp)
    assert torch.equal(code.identity, z_geo)
    head = model.bind(code)
    points = expected["queries"] * METRES_PER_MONONPHM_UNIT
    canonical = head.canonical_points(points)
    assert worst(canonical[:, :3], expected[prefix + "canonical5"][:, :3] * METRES_PER_MONONPHM_UNIT) < TOLERANCE
    assert worst(canonical[:, 3:], expected[prefix + "canonical5"][:, 3:]) < TOLERANCE
    assert worst(head.sdf(points), expected[prefix + "sdf"][:, 0] * METRES_PER_MONONPHM_UNIT) < TOLERANCE
    assert worst(head.anchors, expected[prefix + "anchors"] * METRES_PER_MONONPHM_UNIT) < TOLERANCE


@needs_fixture
def test_codes_batch_and_codebooks_are_readable(model, expected):
    codes = model.code_from_latents(model.codebooks["geo"], model.codebooks["exp"][:6])
    assert codes.batch_shape == (6,) and model.codebooks["app"].shape == (6, 2176)
    assert codes.shape == model.code_shape == CodeShape(64, 66, 32, 100)
    assert model.anchors_units(model.codebooks["geo"]).shape == (6, 65, 3)
    with pytest.raises(BadCode, match="2176"):
        model.code_from_latents(torch.zeros(100), torch.zeros(100))


@needs_fixture
def test_no_surface_is_missed(model, latents):
    _, z_geo, _, z_exp = latents
    head = model.bind(model.code_from_latents(z_geo, z_exp))
    grid, voxel = sample(head.sdf, model.box, 41)
    axes = [torch.arange(n) * voxel + low for n, low in zip(grid.shape, model.box.low)]
    points = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).reshape(-1, 3).float()
    with torch.no_grad():
        dense = head.sdf(points).reshape(grid.shape).numpy()
    assert np.array_equal(grid > 0, dense > 0)


@needs_fixture
def test_extracts_the_published_surface(model, expected):
    """The published mesh is of a 48-per-axis grid: each vertex of either lies within a voxel of the other."""
    code = model.code_from_latents(expected["A_z_geo"].flatten(), expected["A_z_exp"].flatten())
    mesh = head_mesh(model.bind(code), model.box, 64)
    published = expected["mesh48_vertices"].numpy() * METRES_PER_MONONPHM_UNIT
    voxel = METRES_PER_MONONPHM_UNIT * 1.35 / 47
    assert mesh.body_count == 1
    assert cKDTree(mesh.vertices).query(published)[0].max() < voxel
    assert cKDTree(published).query(mesh.vertices)[0].max() < voxel
    on_it = model.bind(code).sdf(torch.from_numpy(published).float())
    assert on_it.abs().max() < 0.1 * voxel


def saved(tmp_path, state):
    torch.save(state, tmp_path / "checkpoint_epoch_1.tar")
    return tmp_path / "checkpoint_epoch_1.tar"


ANCHORS = np.zeros((65, 3))


def test_files_that_are_no_checkpoints(tmp_path):
    text = tmp_path / "checkpoint_epoch_1.tar"
    text.write_text("not a checkpoint")
    with pytest.raises(BadWeights, match="damaged"):
        load_mononphm(text, ANCHORS)
    with pytest.raises(BadWeights, match="no checkpoint of that name"):
        load_mononphm(tmp_path / "none.tar", ANCHORS)
    for foreign in ({"state_dict": {}}, [1, 2], {"id_decoder": {}, "ex_decoder": {}, "latent_codes": {}}):
        with pytest.raises(BadWeights, match="not a MonoNPHM checkpoint"):
            load_mononphm(saved(tmp_path, foreign), ANCHORS)


@needs_fixture
def test_damaged_and_altered_checkpoints(tmp_path, expected):
    whole = (FIXTURE / "fixture_ckpt.pt").read_bytes()
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadWeights, match="damaged"):
        load_mononphm(cut, ANCHORS)

    def refused(part, key, change):
        state = torch.load(FIXTURE / "fixture_ckpt.pt", weights_only=True)
        state[part][key] = change(state[part][key])
        with pytest.raises(BadWeights) as caught:
            load_mononphm(saved(tmp_path, state), expected["anchors_mean"])
        return str(caught.value)

    assert "do not fit" in refused("id_decoder", "mlp_pos.2.weight", lambda w: w[:-1])
    assert "do not fit" in refused("ex_decoder", "defDeepSDF.lin3.weight", lambda w: w[:, :-1])
    assert "do not fit" in refused("id_decoder", "deepSDFensemble.layers.4.layers.2.weight", lambda w: w[:-1])
    assert "not numbers" in refused("ex_decoder", "compressor.0.bias", lambda b: b * torch.nan)
    assert "codes do not fit" in refused("latent_codes", "codebook.exp.embedding.weight", lambda w: w[:, :-1])
    with pytest.raises(BadWeights, match="65 anchors"):
        load_mononphm(FIXTURE / "fixture_ckpt.pt", np.zeros((39, 3)))


@needs_fixture
def test_configuration_beside_the_checkpoint_is_read(tmp_path, expected):
    checkpoint = tmp_path / "checkpoint_epoch_1.tar"
    shutil.copyfile(FIXTURE / "fixture_ckpt.pt", checkpoint)
    assert load_mononphm(checkpoint, expected["anchors_mean"]).sizes.neighbours == 12
    config = tmp_path / "configs.yaml"
    config.write_text("decoder: {id: {nneigh: 9, blend_std: 2.5}}")
    sizes = load_mononphm(checkpoint, expected["anchors_mean"]).sizes
    assert (sizes.neighbours, sizes.blend_std) == (9, 2.5)
    for broken in ("decoder: 3", "a: [", "decoder: {id: {nneigh: 2, blend_std: 2.5}}"):
        config.write_text(broken)
        with pytest.raises(BadWeights, match="configuration"):
            load_mononphm(checkpoint, expected["anchors_mean"])


def test_published_sizes_are_the_defaults():
    model = MonoNPHM(torch.zeros(65, 3))
    assert model.code_shape == CodeShape(64, 66, 32, 100)
    assert [tuple(w.shape) for w in model.sdf_nets.weights] == [(36, 200, 101), *[(36, 200, 200)] * 3, (36, 1, 200)]
    assert model.colour_nets.weights[0].shape == (36, 200, 112)
    assert [layer.in_features for layer in model.deformation] == [119, 400, 400, 519, 400, 400, 400]
    assert model.compressor.in_features == 2371


def test_a_field_is_differentiable_in_its_code():
    torch.manual_seed(0)
    model = MonoNPHM(torch.randn(65, 3), MonoNPHMSizes(sdf_width=16, deformation_width=16, colour_width=16))
    expression = torch.zeros(100, requires_grad=True)
    code = HeadCode.zeros(model.code_shape).with_expression(expression)
    model.bind(code).sdf(torch.randn(50, 3) * 0.1).sum().backward()
    assert expression.grad.abs().max() > 0
