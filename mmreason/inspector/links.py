"""Where somebody stands in the inspector, as the query string of a permalink."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from mmreason.inspector.model import FLAGS, SORTS, InspectorError, Query, SampleKey, Sort

TABS = ("samples", "run", "compare", "live")
LONGEST = 400
"""Characters of a search text that are looked at."""
MOST = 10**9


@dataclass(frozen=True)
class Place:
    """A run, what is looked for in it, and the sample that is open.

    Attributes:
        run: name of an opened run.
        query: what is looked for.
        at: number of the sample among those that are found, from 0.
        sample: the one that is open; None for none.
        tab: of ``TABS``.
        total: samples found when it was last looked at; not in the link.
    """

    run: str = ""
    query: Query = Query()
    at: int = 0
    sample: SampleKey | None = None
    tab: str = "samples"
    total: int = 0


def to_link(place: Place) -> str:
    """Write a permalink; what is as usual is left out.

    >>> to_link(Place("a", Query(text="red & blue", flags=("flat",)), 3, SampleKey("a", "train", 7, "t1")))
    '?run=a&q=red+%26+blue&flags=flat&at=3&sample=a%2Ftrain%2F7%2Ft1'
    """
    query = place.query
    low, high = query.steps or (None, None)
    said = {
        "run": place.run,
        "tab": "" if place.tab == "samples" else place.tab,
        "q": query.text,
        "stage": query.stage or "",
        "from": "" if low is None else str(low),
        "to": "" if high is None else str(high),
        "flags": ",".join(query.flags),
        "sort": "" if query.sort == "step" else query.sort,
        "down": "1" if query.descending else "",
        "task": query.task or "",
        "kind": query.kind or "",
        "at": str(place.at) if place.at else "",
        "sample": str(place.sample) if place.sample else "",
    }
    return "?" + urlencode({name: text for name, text in said.items() if text})


def from_link(said: Mapping[str, str], runs: Collection[str]) -> tuple[Place, str]:
    """Read a permalink. What cannot be used is left out.

    Args:
        said: the query string's fields.
        runs: names of the opened runs; the first is meant where the link names none.

    Returns:
        The place, and one line about what was left out; empty for nothing.
    """
    notes = []
    names = list(runs)
    run = said.get("run", "") or (names[0] if names else "")
    if run not in names and (names or run):
        notes.append(f"run {run[:80]!r} is not open here")
        run = names[0] if names else ""
    sample = None
    try:
        sample = SampleKey.parse(said["sample"]) if said.get("sample") else None
    except InspectorError as error:
        notes.append(str(error))
    tab = said.get("tab", "samples")
    place = Place(run, asked(said), whole(said.get("at", "")) or 0, sample, tab if tab in TABS else "samples")
    return place, "; ".join(notes)


def asked(said: Mapping[str, str]) -> Query:
    """Read what is looked for; unknown flags and orders are left out."""
    low, high = whole(said.get("from", "")), whole(said.get("to", ""))
    sort: Sort = next((name for name in ("reward", "length", "spread") if said.get("sort") == name), "step")
    return Query(
        text=said.get("q", "")[:LONGEST],
        stage=said.get("stage") or None,
        steps=None if low is None and high is None else (low, high),
        flags=tuple(flag for flag in said.get("flags", "").split(",") if flag in FLAGS),
        sort=sort if sort in SORTS else "step",
        descending=said.get("down") == "1",
        task=said.get("task") or None,
        kind=said.get("kind") or None,
    )


def whole(text: str) -> int | None:
    """Read a whole number that is not negative; None for anything else."""
    return min(int(text), MOST) if text.isascii() and text.isdecimal() and len(text) < 18 else None
