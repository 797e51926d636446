"""Scores of the ReasonMap and ReasonMap-Plus benchmarks, arXiv:2505.18675 and arXiv:2510.02240.

The maxima of the map score are 20 for short and 40 for long questions. Where the released scorer differs from the
paper's algorithm the paper is followed; ``variant="released"`` takes the code's denominator for via-stop counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mmreason.errors import DataError
from mmreason.parsing.route import Section, read_plan
from mmreason.parsing.stations import normalise_line, normalise_station, stations_of
from mmreason.rewards.difficulty import level_of
from mmreason.rewards.reasonmap_accuracy import has_endpoints
from mmreason.rewards.reasonmap_record import COUNTING, PLANNING, TRUE_FALSE, type_of
from mmreason.types import Task

Form = Literal["short", "count", "list"]
"""What a planning question asks for: the route, or also how many stops each section passes, or their names."""
Variant = Literal["paper", "released"]

PLUS_WEIGHTS = (1.0, 1.5, 2.0)
"""ReasonMap-Plus: weight of a question on an easy, middle or hard map."""


def sample_weight(record: Mapping[str, Any], where: str = "record") -> float:
    """Give the benchmark's weight of a record.

    ReasonMap: 1 + 0.5 per level of the question and of the map (0, 1, 2), so 1 to 3. ReasonMap-Plus: by the map alone,
    1, 1.5 or 2. This is not RewardMap's training weight (``rewards.difficulty``).

    Raises:
        DataError: if type or difficulty is missing or unknown.
    """
    city = level_of(record, "difficulty_city", where)
    if type_of(record, where) != PLANNING:
        return PLUS_WEIGHTS[city]
    return 1.0 + 0.5 * (level_of(record, "difficulty_question", where) + city)


@dataclass(frozen=True)
class SampleWeight:
    """``sample_weight`` of a task, for metrics that weight by one (arXiv:2505.18675, arXiv:2510.02240)."""

    def __call__(self, task: Task) -> float:
        """Give the benchmark's weight."""
        return sample_weight(task.record, f"task {task.id!r}")


def pair_score(answer: Section, reference: Section) -> float:
    """Give 2 for the same line, 1 for the same departure, 1 for the same arrival."""
    return (
        2.0 * (normalise_line(answer.line) == normalise_line(reference.line))
        + (normalise_station(answer.departure) == normalise_station(reference.departure))
        + (normalise_station(answer.arrival) == normalise_station(reference.arrival))
    )


def via_count_score(answer: int | None, reference: int | None, variant: Variant = "paper") -> float:
    """Give 4 for the right number of via stops, less by the relative error, 0 for none or a missing one.

    The error is relative to the larger number (paper) or to the reference (released; 0 where that is 0).
    """
    if answer is None or reference is None:
        return 0.0
    if answer == reference:
        return 4.0
    scale = max(answer, reference) if variant == "paper" else reference
    return max(0.0, 4.0 - 4.0 * abs(answer - reference) / scale) if scale else 0.0


def via_list_score(pairs: Sequence[tuple[Section, Section]]) -> float:
    """Give up to 10 for the names of via stops on sections whose lines match: half by overlap, half by matches.

    (10 * |common| / |all| + min(10, matched stops)) / 2; 0 where no stop is named by either side.
    """
    common: set[str] = set()
    every: set[str] = set()
    matched = 0
    for answer, reference in pairs:
        if normalise_line(answer.line) == normalise_line(reference.line):
            named, true = stations_of(answer.via or ()), stations_of(reference.via or ())
            common |= named & true
            every |= named | true
            matched += len(named & true)
    return (10.0 * len(common) / len(every) + min(10.0, matched)) / 2 if every else 0.0


def plan_score(
    answer: Sequence[Section], plan: Sequence[Section], form: Form = "short", variant: Variant = "paper"
) -> float:
    """Score a route with both endpoints right against one reference plan, without the bonus for a correct route.

    1 for the endpoints, then ``pair_score`` section by section as far as both go, then the via stops of long questions.
    At most 10 (short) or 20 (long).
    """
    pairs = list(zip(answer, plan, strict=False))
    score = 1.0 + sum(pair_score(a, r) for a, r in pairs)
    if form == "count":
        score += min(10.0, sum(via_count_score(a.num_via, r.num_via, variant) for a, r in pairs))
    elif form == "list":
        score += via_list_score(pairs)
    return min(score, highest(form) / 2)


def highest(form: Form) -> float:
    """Give the highest map score: 20 for short questions, 40 for long ones."""
    return 20.0 if form == "short" else 40.0


def map_score(
    answer: Sequence[Section],
    plans: Sequence[Sequence[Section]],
    station_1: str,
    station_2: str,
    correct: bool,
    form: Form = "short",
    variant: Variant = "paper",
) -> float:
    """Give the map score of an answer: the best over the reference plans, plus half of the maximum if it is correct.

    Args:
        answer: Sections as parsed; none score 0.
        plans: Reference plans, at least one.
        station_1: Where the route must begin; another departure scores 0.
        station_2: Where it must end; another arrival scores 0.
        correct: Whether the route is correct (``rewards.reasonmap_accuracy.route_is_correct``).
        form: What the question asked for.
        variant: See ``via_count_score``.
    """
    if not plans or not has_endpoints(answer, station_1, station_2):
        return 0.0
    return max(plan_score(answer, plan, form, variant) for plan in plans) + correct * highest(form) / 2


def plans_of(record: Mapping[str, Any], where: str = "record") -> list[tuple[Section, ...]]:
    """Give the reference plans of a planning record.

    Raises:
        DataError: if there is none, or a section lacks a field.
    """
    routes = record.get("routes")
    plans = list(routes.values()) if isinstance(routes, Mapping) else routes
    if not isinstance(plans, list) or not plans or not all(isinstance(p, list) and p for p in plans):
        raise DataError(f"{where}: field 'routes' holds no reference plan, expected plan id -> list of sections")
    try:
        return [read_plan(plan) for plan in plans]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{where}: a section of 'routes' cannot be read ({type(error).__name__}: {error})") from None


@dataclass(frozen=True, slots=True)
class Scored:
    """One judged completion of a benchmark record."""

    kind: str
    """Question type."""
    weight: float
    """See ``sample_weight``."""
    accuracy: float
    """0 or 1, or a mean over samples."""
    map_score: float | None = None
    """Planning only."""
    form: Form = "short"


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """Give sum(w * v) / sum(w); NaN for nothing."""
    total = sum(weights)
    return sum(w * v for w, v in zip(weights, values, strict=True)) / total if total else float("nan")


def report(rows: Sequence[Scored]) -> dict[str, float]:
    """Summarise judged completions as the papers' tables do.

    Keys are ``slice/accuracy``, ``slice/weighted_accuracy`` and ``slice/num`` for the slices ``planning_short``,
    ``planning_long``, ``plus``, ``plus_counting``, ``plus_true_false`` and each question type, and for planning also
    ``slice/map_score`` and ``slice/weighted_map_score``. A slice without rows is left out.
    """
    slices = {
        "planning_short": [r for r in rows if r.kind == PLANNING and r.form == "short"],
        "planning_long": [r for r in rows if r.kind == PLANNING and r.form != "short"],
        "plus": [r for r in rows if r.kind != PLANNING],
        "plus_counting": [r for r in rows if r.kind in COUNTING],
        "plus_true_false": [r for r in rows if r.kind in TRUE_FALSE],
    }
    for kind in (*TRUE_FALSE, *COUNTING, PLANNING):
        slices[kind] = [r for r in rows if r.kind == kind]
    return {f"{name}/{key}": value for name, some in slices.items() if some for key, value in _means(some).items()}


def _means(rows: Sequence[Scored]) -> dict[str, float]:
    accuracy, weights = [r.accuracy for r in rows], [r.weight for r in rows]
    found = {
        "num": float(len(rows)),
        "accuracy": sum(accuracy) / len(rows),
        "weighted_accuracy": weighted_mean(accuracy, weights),
    }
    mapped = [(r.map_score, r.weight) for r in rows if r.map_score is not None]
    if mapped:
        found["map_score"] = sum(score for score, _ in mapped) / len(mapped)
        found["weighted_map_score"] = weighted_mean([score for score, _ in mapped], [w for _, w in mapped])
    return found
