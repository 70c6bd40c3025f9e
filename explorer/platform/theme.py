"""The look of the page: calm, warm greys, one accent; system fonts, so that no request leaves the page."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

SANS = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "monospace"]

THEME = gr.themes.Base(
    primary_hue="teal", neutral_hue="stone", font=SANS, font_mono=MONO, radius_size="lg", spacing_size="md"
).set(
    body_background_fill="#faf9f7",
    body_background_fill_dark="#171615",
    block_border_width="1px",
    block_shadow="none",
    block_shadow_dark="none",
    body_text_color_subdued="*neutral_500",
    body_text_color_subdued_dark="*neutral_400",
    button_secondary_background_fill="*block_background_fill",
    button_secondary_background_fill_dark="*block_background_fill",
)
CSS_FILE = Path(__file__).parent / "page.css"
# Gradio 6.31 answers the Tab key that leaves a dropdown by opening its list once more, for good.
HEAD = """<script>
    const leaves = (event) => event.key === "Tab" && event.target.matches?.("[role=combobox]");
    document.addEventListener("keydown", (event) => leaves(event) && event.stopPropagation(), true);
</script>"""
