"""What the Explore tab says in words and bars."""

from __future__ import annotations

import html

from pix2nphm.latent.plausibility import Plausibility, verdict

FULL_BAR = 3.0  # a stray at which a bar is full


def meter(found: Plausibility) -> str:
    """HTML: how far each region of a head strays from what is common, a bar each."""
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name.capitalize())}</th>'
        f'<td><span class="bar" style="width: {100 * min(stray / FULL_BAR, 1):.0f}%"></span></td>'
        f'<td title="{html.escape(verdict(stray))}">{stray:.1f}</td></tr>'
        for name, stray in [("whole head", found.whole), *found.regions.items()]
    )
    return (
        f"<p>This head is <strong>{html.escape(found.verdict)}</strong>.</p><table>{rows}</table>"
        "<p>0 is the average head and 1 is as far from it as people usually are.</p>"
    )
