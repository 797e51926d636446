"""Routes on a transit map: what a completion plans and what would be right, as lines from station to station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmreason.inspector.jsonl import items, mapping, number
from mmreason.inspector.model import Extra, Line
from mmreason.parsing.route import Section, parse_route, read_plan
from mmreason.parsing.stations import MAX_NAME, normalise_station

HEADING = ("line", "from", "to", "stops between")
MOST = 50
"""Sections of a route that are shown."""

Places = Mapping[str, tuple[float, float]]
"""Stations by their comparable names, in shares of the picture's sides."""


def places_of(record: Mapping[str, Any]) -> Places:
    """Read where the stations of a map are; nothing for a record that does not say."""
    out = {}
    for name, value in mapping(record.get("stations")).items():
        x, y = (number(edge) for edge in (*items(value)[:2], None, None)[:2])
        if x == x and y == y and len(name) <= MAX_NAME:
            out[normalise_station(name)] = (min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))
    return out


def planned(text: str, record: Mapping[str, Any]) -> Extra | None:
    """Read the route of a completion; None where it plans none."""
    sections = parse_route(text)[:MOST]
    if not sections:
        return None
    drawn = lines(sections, record, places_of(record), gold=False)
    return Extra("route", "Planned route", table=table(sections), lines=drawn)


def gold_route(record: Mapping[str, Any]) -> Extra | None:
    """Read the first of the right routes; None for a record without any."""
    plan = next(iter(mapping(record.get("routes")).values()), None)
    try:
        sections = read_plan(items(plan))[:MOST]
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if not sections:
        return None
    drawn = lines(sections, record, places_of(record), gold=True)
    return Extra("route", "A right route", table=table(sections), lines=drawn)


def lines(sections: Sequence[Section], record: Mapping[str, Any], places: Places, gold: bool) -> tuple[Line, ...]:
    """One line a section, through the stops that are named, or else those that the map has between its ends."""
    out = []
    for section in sections:
        stops = stops_of(section, mapping(record.get("metro")))
        known = [(places[key], stop) for stop in stops if (key := comparable(stop)) in places]
        if known:
            points, labels = zip(*known, strict=True)
            out.append(Line(tuple(points), tuple(labels), 0, section.line, gold))
    return tuple(out)


def stops_of(section: Section, metro: Mapping[str, Any]) -> list[str]:
    """Stops of a section, its ends included."""
    ends = [section.departure, section.arrival]
    if section.via is not None:
        return [section.departure, *section.via, section.arrival]
    for name, stops in metro.items():
        named = [comparable(stop) for stop in items(stops)]
        here = [comparable(end) for end in ends]
        if comparable(name) == comparable(section.line) and all(end in named for end in here):
            a, b = (named.index(end) for end in here)
            between = items(stops)[a : b + 1] if a <= b else items(stops)[b : a + 1][::-1]
            return [str(stop) for stop in between]
    return ends


def comparable(name: object) -> str:
    """A station's or line's name as it is compared; empty for what is no name."""
    return normalise_station(name) if isinstance(name, str) and len(name) <= MAX_NAME else ""


def table(sections: Sequence[Section]) -> tuple[tuple[str, ...], ...]:
    """The sections as rows."""
    rows = [(s.line, s.departure, s.arrival, between(s)) for s in sections]
    return (HEADING, *rows)


def between(section: Section) -> str:
    """What is said of the stops between."""
    if section.via is not None:
        return ", ".join(section.via) or "none"
    return "" if section.num_via is None else str(section.num_via)
