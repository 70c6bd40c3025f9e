from __future__ import annotations

import json
from dataclasses import asdict

import pytest
import torch

from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.frames import MIRROR_HEAD
from pix2nphm.nphm.compact import CompactDecoder, LinearMaps
from pix2nphm.nphm.compact_config import CompactConfig
from pix2nphm.nphm.ensemble import nearest_anchors
from pix2nphm.weights.configs import read_config

CONFIG = CompactConfig(shape=CodeShape(4, 12, 3, 4), pairs=6, landmarks=5, width=16)
EXPRESSION_MIRROR = torch.tensor([1, 0, 2, 3])


@pytest.fixture(scope="module")
def maps() -> LinearMaps:
    """A symmetric head space of six anchor pairs: anchors of a mirrored code are the mirrored anchors."""
    torch.manual_seed(0)
    flat = CONFIG.shape.flat
    left = torch.randn(CONFIG.pairs, 3) * 0.04 + torch.tensor([0.06, 0, 0])
    partner = torch.arange(CONFIG.anchors) ^ 1
    whole_signs = torch.tensor([1.0, -1, 1, -1])
    mirror_flat = mirrored_flat(torch.eye(flat), whole_signs, partner)  # (flat, flat), its own inverse
    left_maps = torch.randn(CONFIG.pairs, 3, flat) * 0.002
    right_maps = torch.einsum("acf,gf->acg", left_maps * MIRROR_HEAD[:, None], mirror_flat)
    canonical = torch.zeros(CONFIG.shape.expression)
    canonical[3] = 0.3
    return LinearMaps(
        anchor_mean=torch.stack([left, left * MIRROR_HEAD], dim=1).flatten(0, 1),
        anchor_maps=torch.stack([left_maps, right_maps], dim=1).flatten(0, 1),
        landmark_mean=torch.randn(CONFIG.landmarks, 3),
        landmark_maps=torch.randn(CONFIG.landmarks, 3, flat),
        canonical_expression=canonical,
        whole_signs=whole_signs,
        part_signs=torch.ones(CONFIG.anchors, CONFIG.shape.local),
        expression_mirror=EXPRESSION_MIRROR,
    )


def mirrored_flat(flat: torch.Tensor, whole_signs: torch.Tensor, partner: torch.Tensor) -> torch.Tensor:
    code = HeadCode.from_flat(flat, CONFIG.shape)
    mirrored = code.whole * whole_signs, code.parts[..., partner, :], code.expression[..., EXPRESSION_MIRROR]
    return HeadCode(*mirrored).flat()


@pytest.fixture(scope="module")
def decoder(maps: LinearMaps) -> CompactDecoder:
    torch.manual_seed(1)
    decoder = CompactDecoder(CONFIG)
    decoder.adopt(maps)
    for parameter in decoder.parameters():
        parameter.data += torch.randn_like(parameter) * 0.1
    return decoder.eval().requires_grad_(False)


def random_code(*batch: int, seed: int = 2) -> HeadCode:
    torch.manual_seed(seed)
    shape = CONFIG.shape
    return HeadCode(
        torch.randn(*batch, shape.whole),
        torch.randn(*batch, shape.parts, shape.local),
        torch.rand(*batch, shape.expression),
    )


def points(*batch: int) -> torch.Tensor:
    torch.manual_seed(3)
    return torch.randn(*batch, 200, 3) * 0.06


def test_a_batch_of_heads_is_its_heads_one_by_one(decoder):
    codes, places = random_code(3), points(3)
    together = decoder.bind(codes)
    for i in range(3):
        alone = decoder.bind(codes[i])
        for ask in ("sdf", "canonical_points", "posed_points", "canonical_sdf"):
            assert torch.allclose(getattr(together, ask)(places)[i], getattr(alone, ask)(places[i]), atol=1e-6), ask


def test_a_mirrored_code_is_a_mirrored_head(decoder, maps):
    code, places = random_code(), points()
    partner = torch.arange(CONFIG.anchors) ^ 1
    mirrored = HeadCode(code.whole * maps.whole_signs, code.parts[partner], code.expression[EXPRESSION_MIRROR])
    head, image = decoder.bind(code), decoder.bind(mirrored)
    assert head.sdf(places).std() > 1e-4
    assert torch.allclose(image.sdf(places * MIRROR_HEAD), head.sdf(places), atol=1e-6)
    assert torch.allclose(image.posed_points(places * MIRROR_HEAD), head.posed_points(places) * MIRROR_HEAD, atol=1e-6)


def test_nothing_moves_in_the_canonical_expression(decoder):
    places = points()
    head = decoder.bind(random_code().with_expression(decoder.canonical_expression))
    assert torch.equal(head.canonical_points(places), places)
    assert torch.equal(head.posed_points(places), places)
    moved = decoder.bind(random_code()).posed_points(places) - places
    assert moved.norm(dim=-1).min() > 1e-5


def test_forward_motion_is_linear_in_the_expression(decoder):
    places, code, rest = points(), random_code(), decoder.canonical_expression
    change = code.expression - rest
    once, twice = (decoder.bind(code.with_expression(rest + n * change)).posed_points(places) - places for n in (1, 2))
    assert torch.allclose(twice, 2 * once, atol=1e-6)


def test_a_poser_knows_all_expressions_of_its_identity(decoder):
    places, code = points(), random_code()
    poser = decoder.bind(code).poser(places)
    for expression in (code.expression, torch.rand_like(code.expression), decoder.canonical_expression):
        head = decoder.bind(code.with_expression(expression))
        assert torch.equal(poser(head), head.posed_points(places))


def test_a_local_code_reaches_only_the_networks_that_see_it(decoder):
    code = random_code()
    changed = HeadCode(code.whole, code.parts.clone(), code.expression)
    changed.parts[4] += 1
    biases = [decoder.shape.bind(one.identity[None]).biases for one in (code, changed)]
    changes = (biases[0] - biases[1]).abs().amax(dim=(2, 3)) > 0  # (nets, 2)
    neighbours = torch.cdist(decoder.anchor_mean, decoder.anchor_mean).argsort(-1)[:, : CONFIG.shape_around]
    sees = (neighbours == 4).any(-1)
    assert torch.equal(changes[:, 0], sees[::2])  # left anchors; right ones see what their partners see, mirrored
    assert changes.any() and not changes.all()


def test_weights_sum_to_one_and_a_fading_anchor_has_none():
    anchors = torch.tensor([[[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]])
    near, weights = nearest_anchors(torch.tensor([[[0.1, 0, 0], [0.5, 0.5, 0.0], [0, 0, 0]]]), anchors, 2)
    assert torch.allclose(weights.sum(-1), torch.ones(1, 3))
    assert near[0, 0].tolist() == [0, 1]
    assert weights[0, 1].tolist() == pytest.approx([0.5, 0.5])  # all three are equally far: no jump between them
    assert weights[0, 2].tolist() == pytest.approx([1, 0], abs=1e-6)


def test_landmarks_are_linear_in_the_code(decoder, maps):
    code = random_code()
    flat = code.flat()
    assert torch.allclose(decoder.landmarks(code), maps.landmark_mean + maps.landmark_maps @ flat, atol=1e-5)


def test_a_saved_decoder_is_the_same_decoder(decoder, tmp_path):
    torch.save(decoder.state_dict(), tmp_path / "weights")
    again = CompactDecoder(read_config(CompactConfig, json.loads(json.dumps(asdict(CONFIG)))))
    again.load_state_dict(torch.load(tmp_path / "weights", weights_only=True))
    code, places = random_code(), points()
    assert torch.equal(again.bind(code).sdf(places), decoder.bind(code).sdf(places))


def test_normals_are_the_slope_of_the_field(decoder):
    head, places = decoder.bind(random_code()), points()[:50]
    step = torch.tensor([[1e-3, 0, 0], [0, 1e-3, 0], [0, 0, 1e-3]])
    slope = torch.stack([head.sdf(places + one) - head.sdf(places - one) for one in step], dim=-1)
    cosine = torch.nn.functional.cosine_similarity(slope, head.normals(places), dim=-1)
    assert cosine.median() > 0.99
