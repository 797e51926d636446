"""What a format is recognised by: small statements about a row, each with the words in which it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vision_data.formats.row import Row

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Mark:
    """A statement about one row.

    Attributes:
        says: how it is told: "conversations with from/value".
        holds: whether it is true of the fields.
        weight: how much it tells apart; 0 for the absence of something.
    """

    says: str
    holds: Callable[[Fields], bool]
    weight: int = 1

    def of(self, row: Row) -> bool:
        """Whether it is true of a row; never of one that is no object."""
        return isinstance(row.value, dict) and self.holds(row.value)


def has(*names: str) -> Mark:
    """All of these fields are there and hold something."""
    return Mark(
        ", ".join(names), lambda row: all(row.get(name) not in (None, "", []) for name in names), weight=len(names)
    )


def text(*names: str) -> Mark:
    """All of these fields are texts that are not blank."""
    return Mark(f"{', '.join(names)} (text)", lambda row: all(_is_text(row.get(n)) for n in names), len(names))


def any_of(*names: str) -> Mark:
    """One of these fields is there and holds something."""
    return Mark(" or ".join(names), lambda row: any(row.get(name) not in (None, "", []) for name in names))


def lacks(*names: str) -> Mark:
    """None of these fields is there."""
    return Mark(f"no {' or '.join(names)}", lambda row: all(row.get(name) is None for name in names), weight=0)


def listing(name: str, *keys: str) -> Mark:
    """The field is a list of objects with these keys that is not empty."""
    return Mark(f"{name} with {'/'.join(keys)}", lambda row: is_listing(row.get(name), keys), weight=2)


def is_listing(value: Any, keys: tuple[str, ...]) -> bool:
    """Tell whether a value is a list of objects with these keys, and not empty."""
    fine = isinstance(value, list) and len(value) > 0
    return fine and all(isinstance(item, dict) and all(key in item for key in keys) for item in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
