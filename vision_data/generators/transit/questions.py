"""Questions with exact answers in the record format of ReasonMap (arXiv 2505.18675) and ReasonMap-Plus (2510.02240)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.seeds import rng_for, spread
from vision_data.generators.transit import wording
from vision_data.generators.transit.network import Line, TransitMap
from vision_data.generators.transit.routes import best_plans, line_distances
from vision_data.generators.transit.spec import LEVELS, known

ALL_TYPES = ("TorF1", "TorF2", "Counting1", "Counting2", "Counting3", "planning")
QUESTION_LEVELS = ("easy", "middle", "hard")
"""Difficulty of a question by its number of transfers: 0, 1, 2 or more."""

Record = dict[str, Any]
_TRIES = 60


def questions(transit_map: TransitMap, seed: int, types: Sequence[str] = ALL_TYPES, per_type: int = 1) -> list[Record]:
    """Up to `per_type` different questions of each type; fewer where the map has no more (one Counting3 per map).

    Yes and no, counts, option letters and numbers of transfers are drawn evenly from what the map allows. `answer` is
    1/0 for yes/no, the index of the right letter for Counting1, the count for the others, and None for planning,
    whose gold is `routes`: every best plan. `json` holds the metro data; `figure` is empty until a writer fills it.

    Raises:
        MediaError: a type is unknown, or `per_type` is not positive.
    """
    if per_type < 1:
        raise MediaError(f"transit questions: per_type must be at least 1, got {per_type}")
    records = []
    for kind in types:
        known("question type", kind, ALL_TYPES)
        rng = rng_for("questions", transit_map.split, transit_map.level, transit_map.seed, seed, kind)
        records += _BUILDERS[kind](transit_map, rng, per_type)
    return records


def _record(transit_map: TransitMap, kind: str, question: str, answer: int | None, **more: Any) -> Record:
    """The fields that all types share; `more` overrides."""
    return {
        "country": transit_map.country,
        "city": transit_map.city,
        "station_1": "",
        "station_2": "",
        "line": "",
        "options": [],
        "figure": "",
        "question": question,
        "question_short": question,
        "question_long": question,
        "answer": answer,
        "type": kind,
        "routes": {},
        "difficulty_city": difficulty(transit_map),
        "difficulty_question": "easy",
        "city_line_count": len(transit_map.lines),
        "city_transfer_count": len(transit_map.transfers),
        "question_transfer_count": 0,
        "json": transit_map.metro(),
    } | more


def difficulty(transit_map: TransitMap) -> str:
    """easy, middle or hard; a map with letters is easy with two lines and middle with more."""
    return LEVELS[transit_map.level].rated or ("easy" if len(transit_map.lines) == 2 else "middle")


def _unlike(draw: Callable[[], Record | None], taken: list[Record]) -> None:
    """Append a question that is not there yet, if one turns up."""
    asked = {record["question"] for record in taken}
    for _ in range(_TRIES):
        record = draw()
        if record is not None and record["question"] not in asked:
            taken.append(record)
            return


def _same_line(transit_map: TransitMap, rng: random.Random, count: int) -> list[Record]:
    def draw(answer: int) -> Record | None:
        if answer:
            one, other = rng.sample(rng.choice(transit_map.lines).stops, 2)
        else:
            one, other = rng.sample(transit_map.stations, 2)
            if set(transit_map.lines_at(one)) & set(transit_map.lines_at(other)):
                return None
        text = wording.same_line(one, other)
        return _record(transit_map, "TorF1", text, answer, station_1=one, station_2=other)

    records: list[Record] = []
    for answer in spread(rng, (0, 1), count):
        _unlike(partial(draw, answer), records)
    return records


def _on_line(transit_map: TransitMap, rng: random.Random, count: int) -> list[Record]:
    def draw(answer: int) -> Record | None:
        line = rng.choice(transit_map.lines)
        station = rng.choice(transit_map.stations)
        if (station in line.stops) != bool(answer):
            return None
        text = wording.on_line(station, line.name)
        return _record(transit_map, "TorF2", text, answer, station_1=station, line=line.name)

    records: list[Record] = []
    for answer in spread(rng, (0, 1), count):
        _unlike(partial(draw, answer), records)
    return records


def _options(rng: random.Random, truth: int, most: int, at: int) -> list[int]:
    """Four neighbouring counts in random order, truth at index `at`; none above `most` (3 if `most` is less)."""
    low = rng.randint(max(0, truth - 3), min(truth, max(0, most - 3)))
    others = [value for value in range(low, low + 4) if value != truth]
    rng.shuffle(others)
    return [*others[:at], truth, *others[at:]]


def _stops_between(transit_map: TransitMap, rng: random.Random, count: int) -> list[Record]:
    longest = max(len(line.stops) for line in transit_map.lines)

    def draw(between: int, letter: int) -> Record | None:
        line: Line = rng.choice(transit_map.lines)
        start = rng.randrange(longest)
        end = start + between + 1
        if end >= len(line.stops):
            return None
        one, other = rng.sample((line.stops[start], line.stops[end]), 2)
        options = _options(rng, between, longest - 2, letter)
        text = wording.stops_between(one, other, line.name, options)
        ends = {"station_1": one, "station_2": other, "line": line.name}
        return _record(transit_map, "Counting1", text, letter, options=options, **ends)

    records: list[Record] = []
    letters = spread(rng, range(4), count)
    for between, letter in zip(spread(rng, range(longest - 1), count), letters, strict=True):
        _unlike(partial(draw, between, letter), records)
    return records


def _lines_through(transit_map: TransitMap, rng: random.Random, count: int) -> list[Record]:
    by_count: dict[int, list[str]] = {}
    for station in transit_map.stations:
        by_count.setdefault(len(transit_map.lines_at(station)), []).append(station)

    def draw(value: int) -> Record:
        station = rng.choice(by_count[value])
        return _record(transit_map, "Counting2", wording.lines_through(station), value, station_1=station)

    records: list[Record] = []
    for value in spread(rng, sorted(by_count), count):
        _unlike(partial(draw, value), records)
    return records


def _lines_on_map(transit_map: TransitMap, rng: random.Random, count: int) -> list[Record]:
    return [_record(transit_map, "Counting3", wording.lines_on_map(), len(transit_map.lines))]


def _planning(transit_map: TransitMap, rng: random.Random, count: int) -> list[Record]:
    metro = transit_map.metro()
    between = line_distances(metro)
    terse = LEVELS[transit_map.level].lettered

    def draw(transfers: int) -> Record | None:
        one, other = rng.sample(transit_map.stations, 2)
        lines, goals = transit_map.lines_at(one), transit_map.lines_at(other)
        if min(between[line.name, goal.name] for line in lines for goal in goals) != transfers:
            return None
        text = wording.plan_short(one, other, terse)
        return _record(
            transit_map,
            "planning",
            text,
            None,
            station_1=one,
            station_2=other,
            question_long=wording.plan_long(one, other, terse, count_only=rng.random() < 0.5),
            routes=best_plans(metro, one, other),
            difficulty_question=QUESTION_LEVELS[min(transfers, 2)],
            question_transfer_count=transfers,
        )

    records: list[Record] = []
    for transfers in spread(rng, sorted(set(between.values())), count):
        _unlike(partial(draw, transfers), records)
    return records


_BUILDERS: dict[str, Callable[[TransitMap, random.Random, int], list[Record]]] = {
    "TorF1": _same_line,
    "TorF2": _on_line,
    "Counting1": _stops_between,
    "Counting2": _lines_through,
    "Counting3": _lines_on_map,
    "planning": _planning,
}
