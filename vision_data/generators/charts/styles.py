"""How charts look: fonts, grids, backgrounds and colours. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Setting = tuple[str, str | float | bool]

_STRONG = {
    "blue": "#1f4fd8",
    "orange": "#ff8c00",
    "green": "#1f9d3a",
    "red": "#d81e2c",
    "purple": "#7b2fbf",
    "brown": "#8b5a2b",
    "pink": "#ff6fb5",
    "grey": "#7f7f7f",
}
_MUTED = {
    "blue": "#4f74b3",
    "orange": "#e0914a",
    "green": "#5f9e6e",
    "red": "#c0504d",
    "purple": "#8067a8",
    "brown": "#8c6a52",
    "pink": "#e39ac4",
    "grey": "#8a8a8a",
}
_BRIGHT = {
    "blue": "#4fa3ff",
    "orange": "#ffa931",
    "green": "#4fd66f",
    "red": "#ff5a5f",
    "purple": "#b388ff",
    "brown": "#b07b4f",
    "pink": "#ff9ad5",
    "grey": "#b5b5b5",
}


@dataclass(frozen=True)
class Style:
    """One look.

    Attributes:
        name: what records call it.
        colours: colour word to hex code.
        settings: matplotlib settings; fonts are those that matplotlib brings along.
        ink: colour of text and frames.
        paper: colour behind the chart.
        edge: colour of the rims of bars and slices.
        marker: what marks the points of a line.
        spotted: a bar chart gives each bar a colour of its own.
        legend: where the legend stands outside the axes.
    """

    name: str
    colours: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]
    ink: str = "#111111"
    paper: str = "#ffffff"
    edge: str = "none"
    marker: str = "o"
    spotted: bool = False
    legend: str = "outside lower center"

    def rc(self) -> dict[str, Any]:
        """The matplotlib settings, colours of paper and ink among them."""
        inked = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "axes.titlecolor")
        papered = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
        plain: dict[str, Any] = {"font.family": "DejaVu Sans", "axes.axisbelow": True}
        return plain | dict.fromkeys(inked, self.ink) | dict.fromkeys(papered, self.paper) | dict(self.settings)


def _grid(axis: str, colour: str, line: str = "-") -> tuple[Setting, ...]:
    return (("axes.grid", True), ("axes.grid.axis", axis), ("grid.color", colour), ("grid.linestyle", line))


_OPEN: tuple[Setting, ...] = (("axes.spines.top", False), ("axes.spines.right", False))

STYLES = {
    style.name: style
    for style in (
        Style("plain", tuple(_STRONG.items()), ()),
        Style("ruled", tuple(_STRONG.items()), _grid("both", "#cccccc"), spotted=True, legend="outside right upper"),
        Style("open", tuple(_MUTED.items()), (*_OPEN, *_grid("y", "#d8d8d8", "--")), marker="s"),
        Style(
            "print",
            tuple(_MUTED.items()),
            (("font.family", "DejaVu Serif"), *_grid("y", "#dddddd", ":")),
            edge="#111111",
            marker="D",
            legend="outside right upper",
        ),
        Style(
            "night",
            tuple(_BRIGHT.items()),
            (*_OPEN, *_grid("both", "#444a55")),
            ink="#f2f2f2",
            paper="#20242c",
            spotted=True,
        ),
        Style(
            "sand",
            tuple(_STRONG.items()),
            (*_OPEN, *_grid("y", "#ddd0b8")),
            ink="#3a2f20",
            paper="#fbf4e6",
            edge="#3a2f20",
            marker="^",
        ),
    )
}
