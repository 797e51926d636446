"""The compare tab: two runs side by side, and what they said to the same question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import gradio as gr

from mmreason.errors import MMReasonError
from mmreason.inspector.browse import boxed, trouble
from mmreason.inspector.links import Place, to_link
from mmreason.inspector.model import InspectorError, Query, Row, SampleKey
from mmreason.inspector.room import Room
from mmreason.inspector.tab_samples import listing, stages
from mmreason.inspector.views import Html, el, show_curves, show_pair, show_runs
from mmreason.inspector.views.html import measured, short

LOOKED, LIMIT = 2000, 60
"""Samples of a stage that are looked at, and pairs that are shown."""


@dataclass(frozen=True)
class Pair:
    """The same question in two runs, each at its last step that asked it."""

    a: Row
    b: Row

    @property
    def gain(self) -> float:
        """Mean total of the second run minus that of the first."""
        return self.b.mean_total - self.a.mean_total


@dataclass
class CompareTab:
    """The components that follow the two runs."""

    first: Any
    second: Any
    stage: Any
    about: Any
    pairs: Any
    both: Any
    curves: Any

    @property
    def shown(self) -> list[Any]:
        """All that is filled in when a run is chosen."""
        return [self.stage, self.about, self.pairs, self.both, self.curves]


def compare_tab(room: Room) -> CompareTab:
    """Lay the tab out and connect it."""
    names = list(room.runs)
    with gr.Row():
        first = gr.Dropdown(names, value=names[0] if names else None, label="run", min_width=140)
        second = gr.Dropdown(names, value=names[1] if len(names) > 1 else None, label="beside", min_width=140)
        stage = gr.Dropdown([], label="stage", min_width=140)
    about = gr.HTML("", elem_id="mmr-both-runs", apply_default_css=False, padding=False)
    pairs = listing("mmr-pairs")
    both = gr.HTML("", elem_id="mmr-both", apply_default_css=False, padding=False)
    curves = gr.HTML("", elem_id="mmr-both-curves", apply_default_css=False, padding=False)
    tab = CompareTab(first, second, stage, about, pairs, both, curves)
    quiet: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last", "api_visibility": "private"}
    gr.on([first.input, second.input], lambda a, b: compare_view(room, a, b), [first, second], tab.shown, **quiet)
    stage.input(lambda a, b, s: pairs_view(room, a, b, s), [first, second, stage], [pairs, both], **quiet)

    def picked(a: str, b: str, chosen: str, event: gr.EventData) -> Html:
        return side_by_side(room, a, b, chosen, str(event._data.get("sample", "")))

    pairs.pick(picked, [first, second, stage], [both], **quiet)
    return tab


def compare_view(room: Room, a: str | None, b: str | None, stage: str | None = None) -> tuple[Any, ...]:
    """Fill the tab in for two runs."""
    if not a or not b:
        return gr.Dropdown(choices=[]), boxed(el("p", "Open two runs to compare them.", class_="note")), "", "", ""
    try:
        infos = [room.runs[name].info() for name in (a, b)]
        common = [name for name in stages(room, a) if name in stages(room, b)]
        chosen = stage if stage in common else common[-1] if common else None
        curves = [curve for name in dict.fromkeys((a, b)) for curve in room.runs[name].curves()]
        return (
            gr.Dropdown(choices=common, value=chosen),
            boxed(show_runs(infos)),
            *pairs_view(room, a, b, chosen),
            boxed(show_curves(curves)),
        )
    except MMReasonError as error:
        return gr.Dropdown(choices=[]), trouble(error), "", "", ""


def pairs_view(room: Room, a: str, b: str, stage: str | None) -> tuple[Html, Html]:
    """The list of common questions, and the first of them side by side."""
    if not stage:
        return boxed(el("p", "The two runs have no stage in common.", class_="note")), boxed()
    try:
        found = pairs_of(room, a, b, stage)
    except MMReasonError as error:
        return trouble(error), boxed()
    if not found:
        return boxed(el("p", "The two runs have no question of this stage in common.", class_="note")), boxed()
    first = side_by_side(room, a, b, stage, str(found[0].a.key))
    return boxed(el("h3", f"{len(found)} questions in common"), pair_table(found[:LIMIT], a, b)), first


def pairs_of(room: Room, a: str, b: str, stage: str) -> list[Pair]:
    """Questions that both runs were asked in a stage, the largest difference first."""
    newest = [latest(room, name, stage) for name in (a, b)]
    found = [Pair(row, newest[1][task]) for task, row in newest[0].items() if task in newest[1]]
    return sorted(found, key=lambda pair: (-abs(pair.gain) if isfinite(pair.gain) else 1.0, pair.a.key.task))


def latest(room: Room, name: str, stage: str) -> dict[str, Row]:
    """The newest row of each question of a stage."""
    query = Query(stage=stage, sort="step", descending=True)
    rows: dict[str, Row] = {}
    for page in range(-(-LOOKED // 25)):
        found = room.runs.page(name, query, page)
        for row in found:
            rows.setdefault(row.key.task, row)
        if len(found) < 25:
            break
    return rows


def pair_table(found: Sequence[Pair], a: str, b: str) -> Html:
    """Questions with what each run got."""
    names = ("question", short(a, 30), short(b, 30), "difference")
    head = el("tr", *(el("th", name, scope="col", class_="num" if name != "question" else None) for name in names))
    return el("table", el("thead", head), el("tbody", *(pair_row(pair, a, b) for pair in found)), class_="rows")


def pair_row(pair: Pair, a: str, b: str) -> Html:
    """One question; a click opens both answers."""
    key = pair.a.key
    title = el("a", el("b", short(pair.a.line, 160) or short(key.task, 160)), href=to_link(Place(key.run, sample=key)),
               data_sample=str(key))  # fmt: skip
    values = ((a, pair.a.mean_total, False), (b, pair.b.mean_total, False), ("difference", pair.gain, True))
    cells = [el("td", measured(v, sign=sign), data_label=short(name, 30), class_="num") for name, v, sign in values]
    return el("tr", el("td", title, class_="lead"), *cells)


def side_by_side(room: Room, a: str, b: str, stage: str, text: str) -> Html:
    """The samples of one question in both runs."""
    try:
        task = SampleKey.parse(text).task
        rows = [latest(room, name, stage).get(task) for name in (a, b)]
        if rows[0] is None or rows[1] is None:
            raise InspectorError("one of the two runs has no such question any more")
        views = [room.runs.sample(row.key) for row in rows if row]
        return boxed(show_pair(views[0], views[1], room.runs.src(a), room.runs.src(b), (a, b)))
    except MMReasonError as error:
        return trouble(error)
