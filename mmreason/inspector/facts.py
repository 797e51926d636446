"""What the table of samples knows of a trace line: a few numbers, and what is striking."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmreason.inspector.jsonl import items, mapping, number, text, whole
from mmreason.inspector.model import FLAGS, NAN
from mmreason.parsing.empty_thought import skips

VERSION = 2
"""Newest format of a line that is known; lines without a version are of the first."""
BEGINNING = 160
"""Characters of the question that a row shows."""
BITS = {flag: 1 << place for place, flag in enumerate(FLAGS)}
_GAPS = re.compile(r"\s+")
_SAME = 1e-9
"""Totals that differ by less are equal."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One row; see ``table.Row``."""

    stage: str
    step: int
    stage_step: int
    task: str
    kind: str
    when: str
    num: int
    mean_total: float
    std_total: float
    mean_length: float
    max_length: int
    right: float
    flags: int
    line: str


def facts_of(line: Mapping[str, Any], otherwise: str) -> Facts:
    """Read what a row shows.

    Args:
        line: of a trace, whatever stands in it.
        otherwise: the stage's name where the line has none.
    """
    completions = [mapping(c) for c in items(line.get("completions"))]
    totals = [x for c in completions if not math.isnan(x := total_of(c))]
    lengths = [whole(c.get("tokens")) for c in completions]
    right = [x for c in completions if not math.isnan(x := right_of(c))]
    return Facts(
        stage=text(line.get("stage"), otherwise),
        step=whole(line.get("step")),
        stage_step=whole(line.get("stage_step")),
        task=text(line.get("task")),
        kind=kind_of(line),
        when=text(line.get("when")),
        num=len(completions),
        mean_total=sum(totals) / len(totals) if totals else NAN,
        std_total=spread_of(totals),
        mean_length=sum(lengths) / len(lengths) if lengths else NAN,
        max_length=max(lengths, default=0),
        right=sum(x > 0.5 for x in right) / len(right) if right else NAN,
        flags=sum(BITS[flag] for flag in flags_of(completions, totals)),
        line=_GAPS.sub(" ", text(line.get("question"))[: 4 * BEGINNING]).strip()[:BEGINNING],
    )


def kind_of(line: Mapping[str, Any]) -> str:
    """Type of a task: its own field, or that of the record."""
    return text(line.get("kind")) or text(mapping(line.get("record")).get("type"))


def right_of(completion: Mapping[str, Any]) -> float:
    """How right a completion is, 0 to 1; a line of the first version says so by a reward of the name accuracy alone."""
    said = number(completion.get("right"))
    return number(mapping(completion.get("rewards")).get("accuracy")) if math.isnan(said) else said


def total_of(completion: Mapping[str, Any]) -> float:
    """Its total; NaN where there is none, and where a stage has no rewards, as in a supervised start."""
    return number(completion.get("total")) if completion.get("rewards") else NAN


def spread_of(totals: Sequence[float]) -> float:
    """Standard deviation (population): 0 where all are the same, whatever their mean rounds to; NaN of nothing."""
    if len(set(totals)) < 2:
        return 0.0 if totals else NAN
    centre = sum(totals) / len(totals)
    return math.sqrt(sum((x - centre) ** 2 for x in totals) / len(totals))


def flags_of(completions: Sequence[Mapping[str, Any]], totals: Sequence[float]) -> list[str]:
    """What is striking about a group."""
    written = [text(c.get("text")) for c in completions]
    scored = any(mapping(c.get("rewards")) for c in completions)
    found = {
        "rewarded_wrong": any(praised_wrongly(c, totals) for c in completions),
        "contradiction": any(contradicted(c) for c in completions),
        "flat": scored and len(totals) > 1 and max(totals) - min(totals) < _SAME,
        "truncated": any(c.get("finish") == "length" for c in completions),
        "judge_failed": any(
            math.isnan(number(value)) for c in completions for value in mapping(c.get("rewards")).values()
        ),
        "skipped": any(skips(said) for said in written),
        "missing_answer": lacks_answer(written),
    }
    return [flag for flag, is_so in found.items() if is_so]


def praised_wrongly(completion: Mapping[str, Any], totals: Sequence[float]) -> bool:
    """Whether a wrong completion got credit; where none was spent, whether its total is above the group's mean."""
    right = right_of(completion)
    if math.isnan(right) or right > 0.5:
        return False
    credit, total = number(completion.get("advantage")), total_of(completion)
    if not math.isnan(credit):
        return credit > _SAME
    return len(totals) > 1 and total > sum(totals) / len(totals) + _SAME


def contradicted(completion: Mapping[str, Any]) -> bool:
    """Whether a second look came to another answer."""
    return any(mapping(extra).get("agrees") is False for extra in items(completion.get("extras")))


def lacks_answer(written: Sequence[str]) -> bool:
    """Whether a completion says nothing, or has no answer tag or box where thoughts or other completions have them."""
    has = ["<answer>" in said or "\\boxed" in said for said in written]
    expected = any(has) or any("<think>" in said for said in written)
    return any(not said.strip() or (expected and not it) for said, it in zip(written, has, strict=True))
