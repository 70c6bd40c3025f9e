from __future__ import annotations

import numpy as np
import pytest
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.nphm.template import REGIONS, Template
from pix2nphm.training.decoder.surfaces import ClosedHead
from pix2nphm.training.export.derived import build_measured_points, build_template, principal_directions
from pix2nphm.training.head_space import HeadSpace
from pix2nphm.training.regressor.losses import Probe


@pytest.fixture(scope="module")
def template(ict, space: HeadSpace) -> Template:
    return build_template(ict, space)


def test_the_template_is_the_closed_head_of_the_space(ict, space, template):
    code = space.sample(2, np.random.default_rng(3))
    closed = ClosedHead.build(ict)
    expected = torch.stack([torch.from_numpy(closed.linear(one.double().numpy())) for one in space.vertices(code)])
    apart = (template.vertices(code) - expected).norm(dim=-1)
    assert apart.max() < 4e-4 and apart.mean() < 5e-5  # what NEGLIGIBLE modes add up to
    assert (template.vertices(code)[0] - template.vertices(code[0])).abs().max() < 1e-6


def test_measured_points_on_the_template_are_those_of_the_probe(ict, space, template):
    probe = Probe.build(ict, space, ict.landmarks68)
    measured = build_measured_points(probe, 251, template)
    measured.check()
    assert len(measured.point) > 240
    code = space.sample(2, np.random.default_rng(4))
    expected = (probe.neutral(code) + probe.motion(code))[:, :251]
    assert (measured.on(template).posed(code) - expected).abs().max() < 2e-5  # half precision


def test_regions_are_where_their_names_say_and_mirror_images_of_each_other(template):
    middle = {name: template.mean[template.vertex_region == i].mean(0) for i, name in enumerate(REGIONS)}
    assert middle["brows"][1] > middle["eyes"][1] > middle["nose"][1] > middle["mouth"][1] > middle["jaw"][1]
    assert middle["ears"][2] < middle["cheeks"][2] < middle["nose"][2]
    left, right = template.anchor_region[0:60:2], template.anchor_region[1:60:2]
    assert (left == right).all() and set(template.anchor_region.tolist()) == set(range(len(REGIONS)))


def test_local_codes_imitate_a_change_of_the_whole_head(template):
    generator = torch.Generator().manual_seed(0)
    whole = torch.randn(48, generator=generator)
    rest = torch.zeros(65, 16), torch.zeros(53)
    moved = template.neutral(HeadCode(whole, *rest))
    imitated = template.neutral(HeadCode(torch.zeros(48), template.local_from_whole @ whole, rest[1]))
    face = template.vertex_region < REGIONS.index("ears")
    assert (moved - imitated)[face].norm(dim=-1).mean() < 0.3 * (moved - template.mean)[face].norm(dim=-1).mean()


def test_principal_directions_of_a_known_population():
    covariance = torch.diag(torch.tensor([4.0, 1.0, 0.25]))
    modes = torch.tensor([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 10.0]])  # the third moves most: 0.5 * 10
    directions, readings, share = principal_directions(covariance, modes, 2)
    assert torch.allclose(directions, torch.tensor([[0, 0, 0.5], [2.0, 0, 0]]), atol=1e-5)
    assert torch.allclose(readings, torch.tensor([[0, 0, 2.0], [0.5, 0, 0]]), atol=1e-5)
    assert torch.allclose(share, torch.tensor([25.0, 4.0]) / 30, atol=1e-5)
