"""What a method measured beside its rewards: second passes, likelihoods, listeners, tables read from code, routes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mmreason.inspector.model import Extra, Picture
from mmreason.inspector.views.html import CELL, TEXT, Html, el, measured, rest, short
from mmreason.inspector.views.pictures import Src, framed, line_marks, point_marks

ROWS, COLUMNS, NUMBERS = 100, 20, 40
"""Most of a table, and of a list of numbers, that is shown."""


def extra(found: Extra, src: Src, pictures: Sequence[Picture] = ()) -> Html:
    """Show one: a picture with what is drawn on it beside tables, numbers and text."""
    sketches = sketched(found, src, pictures)
    text = [el("blockquote", found.text[:TEXT], dir="auto"), rest(found.text)] if found.text else []
    named = None if sketches else ways(found)
    told = [*text, named, None if legible(found) else table(found.table), numbers(found)]
    body = el("div", *sketches, el("div", *told, class_="told"), class_="beside") if sketches else el("div", *told)
    kind = "".join(c if c.isalnum() else "-" for c in found.kind if c.isascii())[:40]
    return el(
        "section",
        el("h5", short(found.title or found.kind), agreement(found.agrees)),
        body,
        class_=f"extra kind-{kind}",
    )


def legible(found: Extra) -> bool:
    """Say whether the names of its lines tell what its table would: each row is drawn from end to end."""
    return bool(found.lines) and sum(len(line.labels) > 1 for line in found.lines) == len(found.table) - 1


def agreement(agrees: bool | None) -> Html | None:
    """Whether a second look came to the same answer."""
    if agrees is None:
        return None
    good = ("good", "✓ agrees") if agrees else ("bad", "✗ disagrees")
    return el("span", good[1], class_=f"verdict {good[0]}")


def sketched(found: Extra, src: Src, pictures: Sequence[Picture]) -> list[Html]:
    """The pictures that an extra is about: those of its lines; the first for points and for a chart's table."""
    about = sorted({line.picture for line in found.lines})
    if not about and (found.points or (found.kind == "table" and found.table)):
        about = [0]
    out = []
    for i in about[:4]:
        if 0 <= i < len(pictures):
            marks = line_marks(found.lines, i) + (point_marks(found.points) if i == 0 else [])
            names = ways(found, i)
            caption = el("figcaption", names) if names else None
            out.append(el("figure", framed(pictures[i], src, marks, found.title), caption))
    return out


def ways(found: Extra, picture: int | None = None) -> Html | None:
    """Names of the lines on a picture, or of all, in their colours, with their stops."""
    named = [
        el(
            "li",
            el("i", class_=f"key {'gold' if line.gold else f'c{n % 7}'}"),
            f" {short(line.name, 80)}",
            stops(line.labels),
        )
        for n, line in enumerate(found.lines)
        if picture in (None, line.picture) and (line.name or line.labels)
    ]
    return el("ul", *named, class_="ways") if named else None


def stops(labels: Sequence[str]) -> str:
    """The stops of a route in order."""
    return f": {short(' → '.join(short(label, 60) for label in labels[:40]), CELL)}" if labels else ""


def table(rows: Sequence[Sequence[str]]) -> Html | None:
    """Rows of cells, the first of them the heading."""
    if not rows:
        return None
    head, *body = [row[:COLUMNS] for row in rows[: ROWS + 1]]
    top = el("thead", el("tr", *(el("th", short(cell), scope="col") for cell in head)))
    lines = [
        el("tr", *(el("td", short(cell), class_="num" if numeric(cell) else None) for cell in row)) for row in body
    ]
    over = len(rows) - 1 - ROWS
    more = el("p", f"{over:,} more rows are not shown", class_="note") if over > 0 else None
    grid = el("table", top, el("tbody", *lines), class_="grid")
    return el("div", grid, more, class_="scroll", tabindex=0, role="region", aria_label="table")


def numeric(cell: str) -> bool:
    """Say whether a cell is a number, to set it to the right."""
    try:
        float(cell.replace(",", "").rstrip("%")[:40])
    except ValueError:
        return False
    return True


def numbers(found: Extra) -> Html | None:
    """Numbers by name; those between 0 and 1 have a bar, as they mostly are probabilities."""
    if not found.numbers:
        return None
    rows = [
        el(
            "tr",
            el("th", short(name, 80), scope="row"),
            el("td", measured(value), class_="num"),
            el("td", meter(value)),
        )
        for name, value in list(found.numbers.items())[:NUMBERS]
    ]
    return el("table", el("tbody", *rows), class_="numbers")


def meter(value: float) -> Html | None:
    """A bar of a share."""
    if math.isnan(value) or not 0 <= value <= 1:
        return None
    bars = [
        el("rect", width=60, height=8, y=1, rx=2, class_="track"),
        el("rect", width=60 * value, height=8, y=1, rx=2, class_="up"),
    ]
    return el("svg", *bars, viewBox="0 0 60 10", class_="gauge", aria_hidden="true")
