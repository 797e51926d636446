"""The planning layout of ReasonMap: sections of a route, separated by ``--``.

::

    Route Name: Line A
    Departure Stop: Elm Station
    Arrival Stop: Pine Station
    Number of Via Stops: 1        (long questions, one of these two)
    Via Stops: Oak
    --
    ...
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmreason.parsing.answers import normalise_answer, parse_integer

LINE, DEPARTURE, ARRIVAL = "Route Name:", "Departure Stop:", "Arrival Stop:"
NUM_VIA, VIA = "Number of Via Stops:", "Via Stops:"

_VIA = re.compile(r"(?<!Number of )Via Stops:")
_LIST = re.compile(r"[,;\uff0c\u3001\uff1b]")
_NOTHING = frozenset({"", "none", "n/a", "na", "-", "no", "无"})


@dataclass(frozen=True, slots=True)
class Section:
    """A ride on one line."""

    line: str
    departure: str
    arrival: str
    num_via: int | None = None
    """Stops strictly between, as answered; None where missing or not a number."""
    via: tuple[str, ...] | None = None
    """Their names; None where no list was given."""


def parse_route(text: str) -> tuple[Section, ...]:
    """List the sections of a route; empty where nothing can be read.

    The text is split on ``--``. A part counts if it has a route name, a departure and an arrival; each value ends with
    its line, so what a policy writes behind the last one is not swallowed into the name of the stop.
    """
    return tuple(section for part in text.split("--") if (section := parse_section(part)) is not None)


def parse_section(text: str) -> Section | None:
    """Read one part of a route; None where a route name, departure or arrival is missing. The first of each counts."""
    line, departure, arrival = (_value(text, label) for label in (LINE, DEPARTURE, ARRIVAL))
    if line is None or departure is None or arrival is None:
        return None
    via = _VIA.search(text)
    return Section(
        line=line,
        departure=departure,
        arrival=arrival,
        num_via=_count(_value(text, NUM_VIA)),
        via=None if via is None else _stops(_to_line_end(text, via.end())),
    )


def read_plan(sections: Sequence[Mapping[str, Any]]) -> tuple[Section, ...]:
    """Give a reference plan of a record (``route_name``, ``departure_stop``, ...) as sections.

    Raises:
        KeyError: if a section lacks its line, departure or arrival.
    """
    return tuple(
        Section(
            line=str(s["route_name"]),
            departure=str(s["departure_stop"]),
            arrival=str(s["arrival_stop"]),
            num_via=None if s.get("num_via_stops") is None else int(s["num_via_stops"]),
            via=None if s.get("via_stops") is None else tuple(map(str, s["via_stops"])),
        )
        for s in sections
    )


def write_route(sections: Sequence[Section]) -> str:
    """Write sections in the layout that ``parse_route`` reads."""
    return "\n--\n".join("\n".join(_lines(section)) for section in sections)


def _lines(section: Section) -> list[str]:
    lines = [f"{LINE} {section.line}", f"{DEPARTURE} {section.departure}", f"{ARRIVAL} {section.arrival}"]
    if section.num_via is not None:
        lines.append(f"{NUM_VIA} {section.num_via}")
    if section.via is not None:
        lines.append(f"{VIA} {', '.join(section.via) or 'None'}")
    return lines


def _to_line_end(text: str, start: int) -> str:
    ends = [at for at in (text.find("\n", start), text.find("\r", start)) if at >= 0]
    return text[start : min(ends, default=len(text))].strip()


def _value(text: str, label: str) -> str | None:
    at = text.find(label)
    return None if at < 0 else _to_line_end(text, at + len(label))


def _count(value: str | None) -> int | None:
    number = None if value is None else parse_integer(normalise_answer(value.replace("*", "")))
    return number if number is not None and number >= 0 else None


def _stops(value: str) -> tuple[str, ...]:
    inside = value.strip("*[] \t")
    if inside.rstrip(".").lower() in _NOTHING:
        return ()
    return tuple(stop for part in _LIST.split(inside) if (stop := part.strip()))
