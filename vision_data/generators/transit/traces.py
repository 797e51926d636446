"""Short worked answers by a teacher who reads the map, and who slips as often as asked. Not from a paper."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.seeds import derive
from vision_data.generators.transit.network import Line, TransitMap
from vision_data.generators.transit.routes import Ride
from vision_data.generators.transit.spec import known
from vision_data.generators.transit.wording import LETTERS

INSTRUCTION = "List every line with its stops in order."


def describe(transit_map: TransitMap) -> tuple[str, str]:
    """An instruction and its answer, such as `Red: K A M. Blue: Z A P.`, for dense supervision."""
    return INSTRUCTION, " ".join(f"{line.short}: {' '.join(line.stops)}." for line in transit_map.lines)


def explain(record: dict[str, Any], transit_map: TransitMap, seed: int, slip: float = 0.0) -> str:
    """A short chain of thought and the final answer to a record of `questions` on the same map.

    Args:
        record: a question about `transit_map`.
        transit_map: the map that the teacher reads.
        seed: fixes the slips; without slips the text depends on the record alone.
        slip: probability in [0, 1], per reading and for the final answer, that the teacher gets it wrong. What follows
            is worked out from the mistake, so a slip may still end in a right answer.

    Raises:
        MediaError: `slip` is outside [0, 1] or the record's type is unknown.
    """
    if not 0 <= slip <= 1:
        raise MediaError(f"transit trace: slip is a probability from 0 to 1, got {slip}")
    kind = known("question type", record["type"], _TRACES)
    rng = random.Random(derive("trace", transit_map.split, transit_map.seed, record["question"], seed))
    return _TRACES[kind](record, _Teacher(transit_map, rng, slip))


@dataclass(frozen=True)
class _Teacher:
    """Reads lines and stops off the map, sometimes wrongly."""

    transit_map: TransitMap
    rng: random.Random
    slip: float

    def slips(self) -> bool:
        return self.rng.random() < self.slip

    def lines_at(self, station: str) -> tuple[Line, ...]:
        truth = self.transit_map.lines_at(station)
        return self._misread(truth) if self.slips() else truth

    def all_lines(self) -> tuple[Line, ...]:
        lines = self.transit_map.lines
        if not self.slips():
            return lines
        gone = self.rng.choice(lines)
        return tuple(line for line in lines if line != gone)

    def _misread(self, truth: tuple[Line, ...]) -> tuple[Line, ...]:
        """One line overlooked, one too many, or one taken for another."""
        lines = self.transit_map.lines
        absent = [line for line in lines if line not in truth]
        gone, added = self.rng.choice(truth), self.rng.choice(absent) if absent else None
        ways = [{*truth, added}, {*truth, added} - {gone}] if added else []
        if len(truth) > 1:
            ways.append({*truth} - {gone})
        chosen = self.rng.choice(ways)
        return tuple(line for line in lines if line in chosen)

    def stops_of(self, line: Line, keep: Sequence[str]) -> list[str]:
        """The stops of a line; a slip skips a stop outside `keep`, or sees one that is not there."""
        stops = list(line.stops)
        if not self.slips():
            return stops
        others = [stop for stop in stops if stop not in keep]
        foreign = [stop for stop in self.transit_map.stations if stop not in stops]
        if others and (not foreign or self.rng.random() < 0.5):
            stops.remove(self.rng.choice(others))
        elif foreign:
            stops.insert(self.rng.randrange(1, len(stops)), self.rng.choice(foreign))
        return stops

    def station_but(self, station: str) -> str:
        return self.rng.choice([other for other in self.transit_map.stations if other != station])


def _list(lines: Sequence[Line]) -> str:
    return ", ".join(line.short for line in lines)


def _yes_no(teacher: _Teacher, truth: bool) -> str:
    return f"\\boxed{{{'yes' if truth != teacher.slips() else 'no'}}}"


def _number(teacher: _Teacher, count: int) -> str:
    return f"\\boxed{{{max(0, count + teacher.rng.choice((-1, 1))) if teacher.slips() else count}}}"


def _same_line(record: dict[str, Any], teacher: _Teacher) -> str:
    one, other = record["station_1"], record["station_2"]
    here, there = teacher.lines_at(one), teacher.lines_at(other)
    return f"{one}: {_list(here)}. {other}: {_list(there)}. {_yes_no(teacher, bool(set(here) & set(there)))}"


def _on_line(record: dict[str, Any], teacher: _Teacher) -> str:
    lines = teacher.lines_at(record["station_1"])
    answer = _yes_no(teacher, record["line"] in [line.name for line in lines])
    return f"{record['station_1']}: {_list(lines)}. {answer}"


def _lines_through(record: dict[str, Any], teacher: _Teacher) -> str:
    lines = teacher.lines_at(record["station_1"])
    return f"{record['station_1']}: {_list(lines)}. {_number(teacher, len(lines))}"


def _lines_on_map(record: dict[str, Any], teacher: _Teacher) -> str:
    lines = teacher.all_lines()
    return f"{_list(lines)}. {_number(teacher, len(lines))}"


def _stops_between(record: dict[str, Any], teacher: _Teacher) -> str:
    one, other, options = record["station_1"], record["station_2"], record["options"]
    line = teacher.transit_map.line(record["line"])
    stops = teacher.stops_of(line, (one, other))
    start, end = sorted((stops.index(one), stops.index(other)))
    via = stops[start + 1 : end]
    # A miscount that no option offers: the teacher takes the nearest.
    letter = LETTERS[min(range(4), key=lambda at: abs(options[at] - len(via)))]
    if teacher.slips():
        letter = teacher.rng.choice(LETTERS.replace(letter, ""))
    between = f"Between {one} and {other}: {' '.join(via) or 'none'} = {len(via)}."
    return f"{line.short}: {' '.join(stops)}. {between} \\boxed{{{letter}}}"


def _planning(record: dict[str, Any], teacher: _Teacher) -> str:
    one, other = record["station_1"], record["station_2"]
    here, there = teacher.lines_at(one), teacher.lines_at(other)
    lines_right = (here, there) == (teacher.transit_map.lines_at(one), teacher.transit_map.lines_at(other))
    if lines_right:
        plan = record["routes"]["1"]
        names = [section["route_name"] for section in plan]
        changes = [section["arrival_stop"] for section in plan[:-1]]
    else:
        names, changes = _guess(teacher, here, there)
    changes = [teacher.station_but(station) if teacher.slips() else station for station in changes]
    change = f"Change at {', '.join(changes)}." if changes else "No change."
    ends = [one, *changes, other]
    rides = [(name, *pair) for name, pair in zip(names, pairwise(ends), strict=True)]
    return f"{one}: {_list(here)}. {other}: {_list(there)}. {change}\n{route_text(rides)}"


def _guess(teacher: _Teacher, here: Sequence[Line], there: Sequence[Line]) -> tuple[list[str], list[str]]:
    """Line names and change stations for lines that were misread."""
    shared = [line for line in here if line in there]
    if shared:
        return [shared[0].name], []
    meeting = [stop for stop in here[0].stops if stop in there[0].stops]
    change = meeting[0] if meeting else teacher.rng.choice(teacher.transit_map.transfers)
    return [here[0].name, there[0].name], [change]


def route_text(rides: Sequence[Ride]) -> str:
    """Rides in the answer layout of ReasonMap: blocks of three lines, `--` between blocks."""
    blocks = (
        f"Route Name: {name}\nDeparture Stop: {departure}\nArrival Stop: {arrival}"
        for name, departure, arrival in rides
    )
    return "\n--\n".join(blocks)


_TRACES = {
    "TorF1": _same_line,
    "TorF2": _on_line,
    "Counting1": _stops_between,
    "Counting2": _lines_through,
    "Counting3": _lines_on_map,
    "planning": _planning,
}
