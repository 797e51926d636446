"""Draw a geometry problem with Pillow: smooth strokes, crisp labels."""

from __future__ import annotations

from PIL import Image, ImageDraw

from vision_data.generators.geometry.arrange import font, font_size
from vision_data.generators.geometry.problem import Problem
from vision_data.generators.geometry.shapes import Point

_FINE = 4
"""Strokes are drawn this much larger, then averaged down."""
_INK, _MARK, _TEXT = "#1a1a1a", "#1f4fd8", "#000000"


def render(problem: Problem, labels: bool = True) -> Image.Image:
    """The picture, RGB, square; without names and numbers when `labels` is off."""
    layout = problem.layout()
    side = problem.size * _FINE
    picture = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(picture)
    width = max(1.4, problem.size / 200)
    for (x, y), radius in layout.circles:
        box = [(edge * _FINE) for edge in (x - radius, y - radius, x + radius, y + radius)]
        draw.ellipse(box, outline=_INK, width=round(width * _FINE))
    for one, other in layout.lines:
        _stroke(draw, [one, other], _INK, width)
    for mark in layout.marks:
        _stroke(draw, mark, _MARK, width)
    picture = picture.reduce(_FINE)
    if labels:
        pen = ImageDraw.Draw(picture)
        letters = font(font_size(problem.size))
        for label in layout.labels:
            ink = _MARK if label.text == "?" else _TEXT
            pen.text(label.box[:2], label.text, fill=ink, font=letters, anchor="lt")
    return picture


def _stroke(draw: ImageDraw.ImageDraw, points: list[Point], ink: str, width: float) -> None:
    """A line with round joints and ends."""
    fine = [(x * _FINE, y * _FINE) for x, y in points]
    draw.line(fine, fill=ink, width=round(width * _FINE), joint="curve")
    half = width * _FINE / 2
    for x, y in (fine[0], fine[-1]):
        draw.ellipse((x - half, y - half, x + half, y + half), fill=ink)
