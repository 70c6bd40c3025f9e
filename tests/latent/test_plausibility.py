from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from pix2nphm import latent
from pix2nphm.codes import HeadCode
from pix2nphm.errors import BadCode
from pix2nphm.latent.editing import BadStep
from pix2nphm.latent.plausibility import TYPICAL, plausibility, pull_back
from pix2nphm.nphm.template import REGIONS


def test_the_mean_head_is_no_way_off_and_directions_lead_away(model):
    measure = lambda code: plausibility(model.template, model.population, code)
    mean = measure(model.mean_code)
    assert (mean.whole, mean.largest, set(mean.regions.values())) == (0, 0, {0})
    assert mean.verdict == "close to the average head" and tuple(mean.regions) == REGIONS
    strays = [measure(latent.along(model.population, model.mean_code, identity={0: s})).whole for s in range(5)]
    assert all(one < next_ for one, next_ in pairwise(strays))


def test_figures_are_distances_in_the_population(model):
    code = replace(model.mean_code, whole=torch.full_like(model.mean_code.whole, 2.0))
    measured = plausibility(model.template, model.population, code)
    assert measured.whole == pytest.approx(2) and max(measured.regions.values()) == 0
    assert measured.verdict == "very unusual"
    # a local code of one standard deviation in each of its numbers' independent combinations
    spread = torch.linalg.cholesky(torch.linalg.inv(model.population.parts_precision.double())).float()
    parts = torch.einsum("alm,m->al", spread, torch.ones(spread.shape[-1]))
    only_nose = torch.where((model.template.anchor_region == REGIONS.index("nose"))[:, None], 3 * parts, 0.0)
    measured = plausibility(model.template, model.population, replace(model.mean_code, parts=only_nose))
    assert measured.regions["nose"] == pytest.approx(3, rel=1e-3)
    assert sorted(measured.regions.values())[-2] == 0 and measured.verdict == "not like any head the model knows"


def test_random_heads_of_the_population_are_typical(model):
    heads = (latent.random_head(model.population, model.code_shape, seed) for seed in range(10))
    assert {plausibility(model.template, model.population, head).verdict for head in heads} == {"typical"}


def test_pulling_back_brings_what_strays_to_typical_and_leaves_the_rest(model):
    far = latent.random_head(model.population, model.code_shape, 3, truncation=3)
    far = replace(far, whole=far.whole * 3)
    measure = lambda code: plausibility(model.template, model.population, code)
    before, half, after = (measure(pull_back(model.template, model.population, far, s)) for s in (0, 0.5, 1))
    assert before.whole > half.whole > after.whole and after.whole == pytest.approx(TYPICAL, abs=1e-4)
    assert after.regions == pytest.approx(before.regions) and max(before.regions.values()) < TYPICAL
    assert after.verdict == "typical"
    pulled = pull_back(model.template, model.population, far)
    again = pull_back(model.template, model.population, pulled)
    assert torch.allclose(again.identity, pulled.identity, atol=1e-5)


def test_one_region_is_pulled_back_by_itself(model):
    a = latent.random_head(model.population, model.code_shape, 3)
    nose = (model.template.anchor_region == REGIONS.index("nose"))[:, None]
    far = replace(a, parts=torch.where(nose, a.parts * 8, a.parts))
    pulled = pull_back(model.template, model.population, far)
    measured = plausibility(model.template, model.population, pulled)
    assert measured.regions["nose"] == pytest.approx(TYPICAL, abs=1e-4)
    assert torch.equal(pulled.parts[~nose[:, 0]], a.parts[~nose[:, 0]]) and torch.equal(pulled.whole, a.whole)


def test_what_is_no_head_or_no_strength_is_refused(model):
    broken = replace(model.mean_code, parts=model.mean_code.parts * torch.nan)
    with pytest.raises(BadCode):
        plausibility(model.template, model.population, broken)
    with pytest.raises(BadCode):
        pull_back(model.template, model.population, HeadCode(torch.zeros(2), torch.zeros(3, 4), torch.zeros(5)))
    with pytest.raises(BadStep):
        pull_back(model.template, model.population, model.mean_code, strength=1.1)
