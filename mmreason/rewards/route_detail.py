"""Partial credit for routes: the detail reward of RewardMap, arXiv:2510.02240."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mmreason.parsing.route import Section, parse_route
from mmreason.parsing.stations import normalise_station
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.reasonmap_accuracy import Metro, answer_text, has_endpoints, lies_on, lines_of, meets
from mmreason.rewards.reasonmap_record import PLANNING, integer_field, metro_field, text_field, type_of
from mmreason.types import Completion, Task

Variant = Literal["paper", "released"]

_STOPS = re.compile(r"stops\s*:\s*\[", re.IGNORECASE)


def excess(index: int, transfers: int, variant: Variant) -> bool:
    """Say whether segment ``index`` (from 0) is one too many for a route with so many transfers.

    The paper compares the transfers made so far, ``index > transfers``; the released code compares the segments,
    ``index + 1 > transfers``, and so fines one segment even of a perfect route.
    """
    return index + (variant == "released") > transfers


def route_detail(
    route: Sequence[Section],
    station_1: str,
    station_2: str,
    transfers: int,
    metro: Metro,
    variant: Variant = "paper",
    cap: float = 10.0,
) -> float:
    """Give partial credit for a route.

    0 unless both endpoints are right. Then 2; per segment -5 if it is excess; for a line that exists +3, or on a
    question without transfers +4 if that line has both stations; +1 for a segment that lies on its line, meets the next
    one and is not excess. At most ``cap``; there is no floor, so many excess segments go below 0.
    """
    if not has_endpoints(route, station_1, station_2):
        return 0.0
    ends = {normalise_station(station_1), normalise_station(station_2)}
    lines = lines_of(route, metro)
    score = 2.0
    for i, section in enumerate(route):
        too_many = excess(i, transfers, variant)
        score -= 5.0 * too_many
        stations = lines[section.line]
        if stations is None:
            continue
        score += 3.0 if transfers else 4.0 * (ends <= stations)
        if not too_many and i + 1 < len(route) and lies_on(section, stations) and meets(section, route[i + 1]):
            score += 1.0
    return min(score, cap)


def listed_stops(text: str) -> list[str]:
    """List the stops of the first ``Stops: [a, b, ...]``; empty where there is none or it is not closed."""
    start = _STOPS.search(text)
    end = text.find("]", start.end()) if start else -1
    if start is None or end < 0:
        return []
    return [stop for part in text[start.end() : end].split(",") if (stop := part.strip(" \t\r\n.;"))]


def stops_between(station_1: str, station_2: str, metro: Metro) -> frozenset[str] | None:
    """Give the normalised stops strictly between two stations on the first line that has both; None without one."""
    one, two = normalise_station(station_1), normalise_station(station_2)
    for stops in metro.values():
        names = [normalise_station(stop) for stop in stops]
        if one in names and two in names:
            low, high = sorted((names.index(one), names.index(two)))
            return frozenset(names[low + 1 : high])
    return None


def counting_detail(text: str, station_1: str, station_2: str, metro: Metro, bonus: float) -> float:
    """Give ``bonus`` per distinct listed stop that is truly between, and take it per wrong or repeated one.

    0 where no line has both stations.
    """
    between = stops_between(station_1, station_2, metro)
    if between is None:
        return 0.0
    seen: set[str] = set()
    score = 0.0
    for stop in listed_stops(text):
        name = normalise_station(stop)
        score += bonus if name in between and name not in seen else -bonus
        seen.add(name)
    return score


@dataclass(frozen=True)
class RouteDetail(CompletionReward):
    """RewardMap's detail reward on planning questions, arXiv:2510.02240; 0 on other types (but see ``stops_bonus``).

    Args:
        variant: Which segment counts as one too many: ``paper`` (from the second after the needed transfers) or
            ``released`` (one earlier); see ``excess``. That the paper means this is our reading of its algorithm.
        cap: Highest value, 10 in paper and code. There is no floor.
        stops_bonus: For ``Counting1``: worth of each stop listed as ``Stops: [a, b]``. Written with 0.5 but switched
            off in the released code, so 0 here.
        answer_tag: Score only the inside of this tag; None scores the whole text.

    Raises:
        DataError: in ``rate``, if the record lacks a field that its type needs.
    """

    variant: Variant = "paper"
    cap: float = 10.0
    stops_bonus: float = 0.0
    answer_tag: str | None = None

    def rate(self, task: Task, completion: Completion) -> float:
        """Give partial credit, at most ``cap``."""
        where = f"task {task.id!r}"
        kind = type_of(task.record, where)
        if kind != PLANNING and not (kind == "Counting1" and self.stops_bonus):
            return 0.0
        text = answer_text(completion.text, self.answer_tag)
        one, two = (text_field(task.record, name, where) for name in ("station_1", "station_2"))
        metro = metro_field(task.record, where)
        if kind == "Counting1":
            return min(counting_detail(text, one, two, metro, self.stops_bonus), self.cap)
        transfers = integer_field(task.record, "question_transfer_count", where)
        return route_detail(parse_route(text), one, two, transfers, metro, self.variant, self.cap)
