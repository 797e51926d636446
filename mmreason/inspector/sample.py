"""A trace line as a sample to look at: media that may be shown, completions with marks, tracks and extras."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from mmreason.inspector.charts import code_table, gold_table
from mmreason.inspector.facts import kind_of, right_of, spread_of, total_of
from mmreason.inspector.jsonl import DEEPEST, entry_at, items, mapping, number, text, whole
from mmreason.inspector.marks import answer_span, box_marks, edges_of, thought_span
from mmreason.inspector.media import media_of
from mmreason.inspector.model import (
    NAN,
    BoxMark,
    CompletionView,
    Extra,
    InspectorError,
    Row,
    SampleKey,
    SampleView,
    TermValue,
    Track,
)
from mmreason.inspector.routes import gold_route, planned
from mmreason.inspector.run_files import inside
from mmreason.parsing.empty_thought import skips
from mmreason.runs.token_tracks import UNITS, decode

Tokens = tuple[tuple[int, ...], Mapping[str, tuple[float, ...]]]
"""Ends of a completion's tokens, and its tracks by name."""
SHOWN_APART = ("options", "question", "answer", "stations", "metro", "type", "routes", "table", "demonstrations")
"""Fields of a record that are shown otherwise, or not at all."""
UNKNOWN: Tokens = ((), {})


def sample_view(home: Path, name: str, line: Mapping[str, Any], key: SampleKey, row: Row) -> SampleView:
    """Put together what is known of a sample.

    Args:
        home: the run's folder.
        name: of the trace file below it.
        line: of the trace, whatever stands in it.
        key: of the sample.
        row: of the table.
    """
    record, warnings = mapping(line.get("record")), list[str]()
    media = media_of(home, line.get("media"))
    num = sum(len(medium.pictures) for medium in media)
    told = [mapping(c) for c in items(line.get("completions"))]
    tokens = tokens_of(home, name, line, len(told), warnings)
    weights = mapping(line.get("weights"))
    gold = tuple(BoxMark(edges, 0, None, -1) for box in items(line.get("gold_boxes")) if (edges := edges_of(box)))
    known = [extra for extra in (gold_table(record), gold_route(record)) if extra is not None]
    completions = tuple(
        completion_view(i, c, weights, record, tokens[i], num, kind_of(line)) for i, c in enumerate(told)
    )
    return SampleView(
        key=key,
        question=text(line.get("question")),
        answer=line["answer"] if isinstance(line.get("answer"), str) else None,
        media=media,
        completions=completions,
        kind=kind_of(line),
        record={str(k): plain(v) for k, v in record.items() if k not in SHOWN_APART},
        statistics=statistics(completions),
        gold_boxes=gold if num else (),
        gold_lines=tuple(drawn for extra in known for drawn in extra.lines) if num else (),
        options=tuple(plain(option) for option in items(record.get("options"))),
        extras=tuple(known),
        stage_step=whole(line.get("stage_step")),
        when=text(line.get("when")),
        flags=row.flags,
        warnings=tuple(warnings),
    )


def completion_view(
    number_: int,
    c: Mapping[str, Any],
    weights: Mapping[str, Any],
    record: Mapping[str, Any],
    tokens: Tokens,
    num: int,
    kind: str,
) -> CompletionView:
    """One completion; ``num`` is how many pictures there are."""
    said = text(c.get("text"))
    ends, tracks = fitting(tokens, said, whole(c.get("tokens")))
    route = planned(said, record) if kind == "planning" or "stations" in record else None
    extras = [extra_of(mapping(extra)) for extra in items(c.get("extras"))]
    return CompletionView(
        number=number_,
        text=said,
        think=thought_span(said),
        answer=answer_span(said),
        finish=text(c.get("finish")),
        tokens=whole(c.get("tokens")),
        arm=text(c.get("arm")),
        asked=text(c.get("asked")),
        rewards=tuple(
            TermValue(str(name), number(weights.get(name)), number(value))
            for name, value in mapping(c.get("rewards")).items()
        ),
        total=total_of(c),
        advantage=number(c.get("advantage")),
        logprob=number(c.get("logprob")),
        token_ends=ends,
        tracks=tracks,
        boxes=box_marks(c.get("boxes"), said, num),
        extras=(*extras, *(extra for extra in (code_table(said), route) if extra)),
        skipped=skips(said),
        right=right_of(c),
    )


def tokens_of(home: Path, name: str, line: Mapping[str, Any], num: int, warnings: list[str]) -> list[Tokens]:
    """Read the token tracks of a sample, one entry a completion; a warning where they should be there and are not."""
    if "tracks_at" not in line:
        return [UNKNOWN] * num
    path = f"tokens/{PurePosixPath(name).name}"
    try:
        found = decode(entry_at(inside(home, path), whole(line["tracks_at"], -1)) or {})
    except (InspectorError, OSError, ValueError) as error:
        warnings.append(f"the numbers of its tokens cannot be read: {str(error)[:200]}")
        return [UNKNOWN] * num
    return [found[i] if i < len(found) else UNKNOWN for i in range(num)]


def fitting(tokens: Tokens, said: str, num: int) -> tuple[tuple[int, ...], tuple[Track, ...]]:
    """Ends and tracks as far as they belong to a text of ``num`` tokens."""
    ends, tracks = tokens
    if len(ends) != num or (ends and ends[-1] > len(said)):
        ends = ()
    found = [Track(name, values, UNITS.get(name.split(" ")[0], "")) for name, values in tracks.items()]
    return ends, tuple(track for track in found if len(track.values) == num)


def extra_of(told: Mapping[str, Any]) -> Extra:
    """What a signal told."""
    numbers = {str(name): number(value) for name, value in mapping(told.get("numbers")).items()}
    agrees = told.get("agrees")
    return Extra(
        kind=text(told.get("kind")),
        title=text(told.get("title")),
        text=text(told.get("text")),
        table=tuple(tuple(plain(cell) for cell in items(row)) for row in items(told.get("table"))),
        numbers=numbers,
        agrees=agrees if isinstance(agrees, bool) else None,
    )


def plain(value: object) -> str:
    """A value as text."""
    if isinstance(value, str):
        return text(value)
    try:
        return text(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return DEEPEST


def statistics(completions: Sequence[CompletionView]) -> dict[str, float]:
    """Numbers of a group, NaN left out of each; see ``SampleView``."""
    totals = [c.total for c in completions if not math.isnan(c.total)]
    right = [float(c.right > 0.5) for c in completions if not math.isnan(c.right)]
    lengths = [float(c.tokens) for c in completions]
    logprobs = [c.logprob for c in completions if not math.isnan(c.logprob)]
    answers = {c.text[slice(*c.answer)].strip() for c in completions if c.answer}
    return {
        "num": float(len(completions)),
        "mean": mean(totals),
        "std": spread_of(totals),
        "least": min(totals, default=NAN),
        "most": max(totals, default=NAN),
        "right": mean(right),
        "answers": float(len(answers)),
        "length_mean": mean(lengths),
        "length_max": max(lengths, default=NAN),
        "truncated": mean([float(c.finish == "length") for c in completions]),
        "logprob": mean(logprobs),
    }


def mean(values: Sequence[float]) -> float:
    """Mean; NaN of nothing."""
    return sum(values) / len(values) if values else NAN
