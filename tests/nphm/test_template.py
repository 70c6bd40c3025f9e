import torch

import pix2nphm
from pix2nphm.codes import HeadCode
from pix2nphm.nphm.template import REGIONS


def test_a_subset_has_the_vertices_of_the_whole():
    template = pix2nphm.load().template
    generator = torch.Generator().manual_seed(1)
    whole, parts = torch.randn(48, generator=generator), torch.randn(65, 16, generator=generator)
    code = HeadCode(whole, parts, torch.rand(53, generator=generator))
    nose = template.vertex_region == REGIONS.index("nose")
    assert torch.allclose(template.rows(nose.nonzero()[:, 0]).posed(code), template.vertices(code)[nose], atol=1e-7)
