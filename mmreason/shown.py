"""What a signal has to tell about a completion beside its number: for people who read traces, never for learning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from mmreason.types import Group

Edges = tuple[float, float, float, float]
"""Left, top, right and bottom in shares of the picture's sides."""


@dataclass(frozen=True)
class ShownBox:
    """A box that a completion names, and where its text does so."""

    edges: Edges
    start: int
    """First character."""
    end: int
    """After the last character."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is written into the traces; empty fields are left out.

    Attributes:
        kind: a word for programs, such as ``second_pass``.
        title: a heading for people.
        text: free text, such as a second answer.
        table: rows of cells, the first row is the heading.
        numbers: by name; NaN where not measured.
        agrees: whether it says the same as the completion's own answer; None where that cannot be told.
        boxes: that the completion names, on its first picture.
        gold_boxes: that would be right.
    """

    kind: str
    title: str
    text: str = ""
    table: tuple[tuple[str, ...], ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    agrees: bool | None = None
    boxes: tuple[ShownBox, ...] = ()
    gold_boxes: tuple[Edges, ...] = ()

    def line(self) -> dict[str, Any]:
        """What a trace holds of it; boxes stand with the completion and the group."""
        told = {"text": self.text, "table": [list(row) for row in self.table], "numbers": dict(self.numbers)}
        out: dict[str, Any] = {"kind": self.kind, "title": self.title} | {k: v for k, v in told.items() if v}
        return out if self.agrees is None else out | {"agrees": self.agrees}


@runtime_checkable
class Shows(Protocol):
    """A signal that has more to tell than its value."""

    def shown(self, group: Group, i: int) -> Shown | None:
        """Tell about completion i of a group in which this signal is settled; None for nothing."""
        ...
