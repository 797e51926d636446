"""The page's colours and fonts: those of the views, nothing fetched from elsewhere."""

from __future__ import annotations

from typing import Any

FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif"]
MONO = ["ui-monospace", "SF Mono", "Menlo", "Consolas", "monospace"]
PAGE, CARD, FILL, LINE = ("#fbfaf7", "#12151a"), ("#ffffff", "#191d24"), ("#f3f2ed", "#20252e"), ("#e3e2dc", "#2c323c")
INK, SOFT, ON = ("#1c2330", "#e6e8ec"), ("#566070", "#9ba6b5"), ("#ffffff", "#12151a")
ACCENT, DEEP = ("#0b5cad", "#7db8f0"), ("#094a8b", "#a5cef5")
"""Each in light and in dark."""
COLOURS = {
    "body_background_fill": PAGE,
    "background_fill_primary": CARD,
    "background_fill_secondary": FILL,
    "body_text_color": INK,
    "body_text_color_subdued": SOFT,
    "block_title_text_color": SOFT,
    "block_label_text_color": SOFT,
    "border_color_primary": LINE,
    "input_background_fill": CARD,
    "input_border_color": LINE,
    "checkbox_label_background_fill": CARD,
    "checkbox_label_background_fill_hover": FILL,
    "checkbox_label_background_fill_selected": FILL,
    "checkbox_label_border_color": LINE,
    "button_secondary_background_fill": CARD,
    "button_secondary_background_fill_hover": FILL,
    "button_secondary_text_color": INK,
    "button_secondary_border_color": LINE,
    "button_primary_background_fill": ACCENT,
    "button_primary_background_fill_hover": DEEP,
    "button_primary_text_color": ON,
    "link_text_color": ACCENT,
    "slider_color": ACCENT,
    "color_accent_soft": FILL,
}
PLAIN = {
    "block_background_fill": "transparent",
    "block_border_width": "0px",
    "block_shadow": "none",
    "block_padding": "0px",
    "input_border_width": "1px",
    "button_border_width": "1px",
    "checkbox_label_border_width": "1px",
    "color_accent": ACCENT[0],
    "layout_gap": "14px",
}


def theme() -> Any:
    """Make the theme."""
    import gradio as gr

    both = {name + ending: pair[i] for name, pair in COLOURS.items() for i, ending in enumerate(("", "_dark"))}
    dark = {"block_background_fill_dark": "transparent", "block_border_width_dark": "0px"}
    base = gr.themes.Base(primary_hue="blue", neutral_hue="slate", font=FONTS, font_mono=MONO, radius_size="md")
    return base.set(**both, **PLAIN, **dark)
