"""Who lies, who is a knight, who lives where: answers that name a property of everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmreason.parsing.last_json import last_json
from mmreason.rewards.puzzles.reading import read_words

Rows = Mapping[str, Mapping[str, str]]

_ROLE = re.compile(r"\b(knight|knave)s?\b", re.IGNORECASE)


def verify_yes_no(answer: str, record: Mapping[str, Any]) -> bool:
    """Check a list of yes and no, in the order of the question; bold marks and commas don't matter."""
    return read_words(answer.replace("*", " ")) == list(record["replies"])


def verify_knights(answer: str, record: Mapping[str, Any]) -> bool:
    """Check that everybody of ``roles`` is called what they are: ``Al is a knave, Bo is a knight``.

    The words knight and knave must come exactly as often as there are people, and all in such sentences.
    """
    roles: Mapping[str, str] = record["roles"]
    if len(_ROLE.findall(answer)) != len(roles):
        return False
    said = {name: re.findall(rf"\b{re.escape(name)} is an? (knight|knave)\b", answer, re.IGNORECASE) for name in roles}
    return all([word.lower() for word in said[name]] == [role] for name, role in roles.items())


def verify_zebra(answer: str, record: Mapping[str, Any]) -> bool:
    """Check a whole grid in JSON: row label to category to value, as in ``solution``."""
    return cell_accuracy(_rows(answer), record["solution"], by_first=False) == 1.0


def cell_accuracy(said: Any, gold: Rows, by_first: bool = True) -> float:
    """Give the share of a grid's cells that are right.

    Args:
        said: row label to category to value; anything else is worth 0.
        gold: the same, right.
        by_first: a row is compared with the gold row that has the same value in the first category, whatever its
            label, and each gold row counts once; otherwise with the row of its label.

    >>> gold = {"House 1": {"Ages": "10", "Names": "Ann"}, "House 2": {"Ages": "20", "Names": "Bob"}}
    >>> cell_accuracy({"House 1": {"Ages": "20", "Names": "Bob"}, "House 2": {"Ages": "10", "Names": "Zed"}}, gold)
    0.75
    """
    num = sum(map(len, gold.values()))
    if not isinstance(said, Mapping) or not num:
        return 0.0
    left = dict(gold)
    right = 0
    for label, row in said.items():
        if label not in gold or not isinstance(row, Mapping):
            continue
        found = _same_first(row, left) if by_first else label
        if found is not None:
            right += sum(_word(row.get(name)) == _word(value) for name, value in left.pop(found).items())
    return right / num


def _same_first(row: Mapping[str, Any], gold: Rows) -> str | None:
    for label, right in gold.items():
        name, value = next(iter(right.items()))
        if _word(row.get(name)) == _word(value):
            return label
    return None


def _word(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip().lower() if isinstance(value, str) or abs(value) < 10**12 else None


def _rows(answer: str) -> Any:
    read = last_json(answer) or {}
    return read.get("solution", read)


def names_of(people: Sequence[str]) -> str:
    """Join names: ``Al, Bo and Cy``."""
    return people[0] if len(people) == 1 else f"{', '.join(people[:-1])} and {people[-1]}"
