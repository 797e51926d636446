"""The list of samples, and what changed between two steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from mmreason.inspector.model import Change, Row, SampleKey
from mmreason.inspector.views.html import DASH, Html, el, measured, number, short
from mmreason.inspector.views.rewards import gauge
from mmreason.inspector.views.sample import flags, named, sample_address

To: TypeAlias = Callable[[SampleKey], str]
"""Gives the address of a sample."""


def show_table(rows: Sequence[Row], chosen: SampleKey | None = None, to: To | None = None) -> Html:
    """Show samples as a table; on a narrow screen each row is a small card.

    Args:
        rows: of one page.
        chosen: the sample that is open.
        to: address of a sample; the inspector's own if not given.
    """
    if not rows:
        return el("p", "No samples match.", class_="note")
    names = ("sample", "step", "right", "total", "tokens", "flags")
    head = el(
        "tr", *(el("th", name, scope="col", class_=None if name in ("sample", "flags") else "num") for name in names)
    )
    body = [row_line(row, row.key == chosen, to or sample_address) for row in rows]
    return el("table", el("thead", head), el("tbody", *body), class_="rows")


def row_line(row: Row, chosen: bool, to: To) -> Html:
    """One sample; the whole of its first cell leads to it."""
    key = row.key
    where = [el("span", short(key.stage, 40)), el("span", row.when) if row.when else None]
    where += [el("span", short(row.kind, 40))] if row.kind not in ("", key.stage) else []
    link = el(
        "a",
        el("b", short(row.line, 160) or short(key.task, 160)),
        el("small", *where, class_="facts"),
        href=to(key),
        data_sample=named(key),
        aria_current="true" if chosen else None,
    )
    right = (
        el("span", share(row.right), f" {100 * row.right:.0f} %")
        if row.right is not None and row.right == row.right
        else DASH
    )
    spread = el("small", f" ± {number(row.std_total, 2)}") if row.std_total == row.std_total else None
    cells = [
        cell("step", str(key.step)),
        cell("right", right),
        cell("total", el("span", measured(row.mean_total), spread)),
        cell("tokens", measured(row.mean_length)),
        el("td", flags(row.flags), data_label="flags", class_="flagcell"),
    ]
    return el("tr", el("td", link, class_="lead"), *cells, class_="chosen" if chosen else None)


def cell(label: str, value: Html | str) -> Html:
    """A number with the name that stands beside it on a narrow screen."""
    return el("td", value, data_label=label, class_="num")


def share(value: float) -> Html:
    """A small bar of a share."""
    width = min(max(value, 0.0), 1.0) * 28
    bars = [el("rect", width=28, height=8, rx=2, class_="track"), el("rect", width=width, height=8, rx=2, class_="up")]
    return el("svg", *bars, viewBox="0 0 28 8", class_="mini", aria_hidden="true")


def show_changes(changes: Sequence[Change], to: To | None = None) -> Html:
    """Show the same prompts at two steps: what they got then and later, the largest change first as given."""
    if not changes:
        return el("p", "No prompt was asked at both steps.", class_="note")
    reach = max((abs(change.gain) for change in changes if math.isfinite(change.gain)), default=0.0)
    names = ("sample", "before", "after", "gain", "", "right")
    head = el("tr", *(el("th", n, scope="col", class_="num" if n in names[1:4] else None) for n in names))
    body = [change_line(change, reach, to or sample_address) for change in changes]
    return el("table", el("thead", head), el("tbody", *body), class_="rows changes")


def change_line(change: Change, reach: float, to: To) -> Html:
    """One prompt; both of its totals lead to their samples."""
    before, after = change.before, change.after
    ends = [
        cell(f"step {row.key.step}", el("a", measured(row.mean_total), href=to(row.key), data_sample=named(row.key)))
        for row in (before, after)
    ]
    link = el(
        "a",
        el("b", short(after.line, 160) or short(change.task, 160)),
        el(
            "small",
            el("span", short(after.key.stage, 40)),
            el("span", f"steps {before.key.step} → {after.key.step}"),
            class_="facts",
        ),
        href=to(after.key),
        data_sample=named(after.key),
    )
    moved = " → ".join(DASH if r is None or r != r else f"{100 * r:.0f} %" for r in (before.right, after.right))
    return el(
        "tr",
        el("td", link, class_="lead"),
        *ends,
        cell("gain", measured(change.gain, sign=True)),
        el("td", gauge(change.gain, reach), class_="gaugecell"),
        cell("right", moved),
    )
