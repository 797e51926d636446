"""Best routes on metro data (line name -> ordered stops): fewest transfers, then fewest stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from vision_data.errors import MediaError

Metro = Mapping[str, Sequence[str]]
Ride = tuple[str, str, str]
"""(line name, departure stop, arrival stop)."""


class Section(TypedDict):
    """One ride of a plan in ReasonMap's field names."""

    route_name: str
    departure_stop: str
    arrival_stop: str
    num_via_stops: int
    via_stops: list[str]


def lines_at(metro: Metro, station: str) -> list[str]:
    """Names of the lines that stop there."""
    return [name for name, stops in metro.items() if station in stops]


def line_distances(metro: Metro) -> dict[tuple[str, str], int]:
    """Transfers between every ordered pair of lines; `len(metro)` where no way exists."""
    stations = {name: set(stops) for name, stops in metro.items()}
    far = len(metro)
    distance = {}
    for start in metro:
        reached = {start: 0}
        queue = [start]
        for name in queue:
            for other in metro:
                if other not in reached and stations[name] & stations[other]:
                    reached[other] = reached[name] + 1
                    queue.append(other)
        distance.update({(start, end): reached.get(end, far) for end in metro})
    return distance


def via_stops(metro: Metro, ride: Ride) -> list[str]:
    """Stops strictly between the two ends of a ride, in the order of travel."""
    line, departure, arrival = ride
    stops = list(metro[line])
    start, end = stops.index(departure), stops.index(arrival)
    return stops[start + 1 : end] if start < end else stops[end + 1 : start][::-1]


def best_rides(metro: Metro, start: str, goal: str) -> list[list[Ride]]:
    """Every best way from `start` to `goal`, several when they tie, in a fixed order.

    Stations are settled by number of rides; a best way never comes back to a station that fewer rides reach.

    Raises:
        MediaError: the two are the same station, or no way leads from one to the other.
    """
    if start == goal:
        raise MediaError(f"route from {start!r} to itself; ask for two different stations")
    settled = {start}
    layer: dict[str, tuple[int, list[list[Ride]]]] = {start: (0, [[]])}
    while layer and goal not in layer:
        following: dict[str, tuple[int, list[list[Ride]]]] = {}
        for station, (cost, plans) in layer.items():
            for name in lines_at(metro, station):
                at = metro[name].index(station)
                for to, stop in enumerate(metro[name]):
                    if stop in settled:
                        continue
                    total = cost + abs(to - at)
                    known_cost, ties = following.get(stop, (total, []))
                    if total < known_cost:
                        known_cost, ties = total, []
                    if total == known_cost:
                        ties.extend([*plan, (name, station, stop)] for plan in plans)
                    following[stop] = (known_cost, ties)
        settled.update(following)
        layer = following
    if goal not in layer:
        raise MediaError(f"no route from {start!r} to {goal!r}; both must be stations of one connected map")
    return layer[goal][1]


def best_plans(metro: Metro, start: str, goal: str) -> dict[str, list[Section]]:
    """`best_rides` as ReasonMap's `routes`: plan id (`"1"`, `"2"`, ...) to sections."""
    plans: dict[str, list[Section]] = {}
    for number, rides in enumerate(best_rides(metro, start, goal), start=1):
        plans[str(number)] = [_section(metro, ride) for ride in rides]
    return plans


def _section(metro: Metro, ride: Ride) -> Section:
    via = via_stops(metro, ride)
    name, departure, arrival = ride
    return Section(
        route_name=name, departure_stop=departure, arrival_stop=arrival, num_via_stops=len(via), via_stops=via
    )
