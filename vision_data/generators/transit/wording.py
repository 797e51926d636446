"""The sentences of the questions. Small maps get short ones, which a small model can afford to read."""

from __future__ import annotations

from collections.abc import Sequence

LETTERS = "ABCD"

ROUTE_FORMAT = """Answer with one block per line you take, blocks separated by a line with --:
Route Name: Line x
Departure Stop: xx
Arrival Stop: xx"""


def line_phrase(name: str) -> str:
    """`the Red Line`, but `Line 1`."""
    return f"the {name}" if name.endswith(" Line") else name


def same_line(one: str, other: str) -> str:
    """TorF1."""
    return f"Are stations {one} and {other} on the same line? Answer only yes or no in \\boxed{{}}."


def on_line(station: str, line: str) -> str:
    """TorF2."""
    return f"Is station {station} on {line_phrase(line)}? Answer only yes or no in \\boxed{{}}."


def stops_between(one: str, other: str, line: str, options: Sequence[int]) -> str:
    """Counting1."""
    listed = " ".join(f"{letter}) {option}" for letter, option in zip(LETTERS, options, strict=True))
    return (
        f"How many stops are between {one} and {other} on {line_phrase(line)}? {listed} "
        "Answer only one of ABCD in \\boxed{}."
    )


def lines_through(station: str) -> str:
    """Counting2."""
    return f"How many lines stop at station {station}? Answer only a number in \\boxed{{}}."


def lines_on_map() -> str:
    """Counting3."""
    return "How many lines are on the map? Answer only a number in \\boxed{}."


def plan_short(one: str, other: str, terse: bool) -> str:
    """Planning; `terse` leaves the answer's layout unsaid."""
    if terse:
        return f"Plan the best route from {one} to {other}."
    return (
        f"According to the map, plan the best route from {one} to {other}: as few transfers as possible, "
        f"then as few stops as possible.\n{ROUTE_FORMAT}"
    )


def plan_long(one: str, other: str, terse: bool, count_only: bool) -> str:
    """Planning with the stops passed on the way, either their number or their names."""
    extra = "Number of Via Stops: x" if count_only else "Via Stops: a, b"
    if terse:
        return f"Plan the best route from {one} to {other}. Add {extra}."
    return f"{plan_short(one, other, terse)}\n{extra}"
