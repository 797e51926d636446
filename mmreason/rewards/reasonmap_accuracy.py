"""Correctness of ReasonMap and ReasonMap-Plus answers, arXiv:2505.18675 and arXiv:2510.02240."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mmreason.parsing.answers import final_answer, normalise_answer, parse_choice, parse_integer, parse_yes_no
from mmreason.parsing.route import Section, parse_route
from mmreason.parsing.stations import find_line, normalise_station, stations_of
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.reasonmap_record import (
    PLANNING,
    TRUE_FALSE,
    gold_integer,
    metro_field,
    text_field,
    type_of,
)
from mmreason.types import Completion, Task

Metro = Mapping[str, Sequence[str]]


def read_plus(kind: str, text: str) -> int | None:
    """Read the answer to a ReasonMap-Plus question as an integer; None where it is not in the form asked for.

    Yes and no are 1 and 0, letters A to D are 0 to 3 (for ``Counting1`` a bare number is not in the form), counts are
    themselves.
    """
    answer = normalise_answer(final_answer(text))
    if kind in TRUE_FALSE:
        said = parse_yes_no(answer)
        return None if said is None else int(said)
    return parse_choice(answer) if kind == "Counting1" else parse_integer(answer)


def has_endpoints(route: Sequence[Section], station_1: str, station_2: str) -> bool:
    """Say whether a route leaves from the first station and arrives at the second."""
    return (
        bool(route)
        and normalise_station(route[0].departure) == normalise_station(station_1)
        and normalise_station(route[-1].arrival) == normalise_station(station_2)
    )


def meets(section: Section, following: Section) -> bool:
    """Say whether the next section leaves from where this one arrives."""
    return normalise_station(section.arrival) == normalise_station(following.departure)


def lies_on(section: Section, stations: frozenset[str]) -> bool:
    """Say whether both ends of a section are among a line's stations; direction and order are not looked at."""
    return normalise_station(section.departure) in stations and normalise_station(section.arrival) in stations


def lines_of(route: Sequence[Section], metro: Metro) -> dict[str, frozenset[str] | None]:
    """Give each line name of a route its stations; None for a name that no line of the map has."""
    known: dict[str, frozenset[str] | None] = {}
    for section in route:
        if section.line not in known:
            key = find_line(metro, section.line)
            known[section.line] = None if key is None else stations_of(metro[key])
    return known


def route_is_correct(route: Sequence[Section], station_1: str, station_2: str, metro: Metro) -> bool:
    """Check a route: both endpoints, lines that exist, stops that lie on them, sections that meet."""
    if not has_endpoints(route, station_1, station_2) or not all(meets(a, b) for a, b in pairwise(route)):
        return False
    lines = lines_of(route, metro)
    return all((stations := lines[s.line]) is not None and lies_on(s, stations) for s in route)


def answer_text(text: str, tag: str | None) -> str:
    """Give the part of a completion that is scored: the inside of its last answer tag, or all of it without a tag name.

    A completion that lacks the tag has no answer, the empty text.
    """
    return text if tag is None else parse_think_answer(text, answer=tag).answer or ""


@dataclass(frozen=True)
class ReasonMapAccuracy(CompletionReward):
    """ReasonMap's accuracy, arXiv:2505.18675: 1 where the answer is correct by its question type's rules, else 0.

    What cannot be read is wrong.

    Args:
        answer_tag: Score only the inside of this tag, for recipes that reason first; None scores the whole text.

    Raises:
        DataError: in ``rate``, if the record lacks a field that its type needs.
    """

    answer_tag: str | None = None

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        where = f"task {task.id!r}"
        text = answer_text(completion.text, self.answer_tag)
        kind = type_of(task.record, where)
        if kind != PLANNING:
            return float(read_plus(kind, text) == gold_integer(task.record, where))
        one, two = (text_field(task.record, name, where) for name in ("station_1", "station_2"))
        return float(route_is_correct(parse_route(text), one, two, metro_field(task.record, where)))
