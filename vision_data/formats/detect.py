"""Which format a file is of, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from vision_data.errors import MediaError
from vision_data.formats.base import Format
from vision_data.formats.row import Row
from vision_data.formats.rows import read_rows
from vision_data.formats.table import FORMATS

LOOKED = 64
"""Rows at the beginning of a file that decide."""


@dataclass(frozen=True)
class Detected:
    """What was found.

    Attributes:
        format: the format.
        reason: one line: "looks like LLaVA JSON: every row has conversations with from/value".
    """

    format: Format
    reason: str


def detect(path: str | Path) -> Detected:
    """Tell the format of a file or folder from its first rows.

    A format fits when each of its marks holds in every row that can be read. Of several that fit, the one that
    explains more fields is taken.

    Raises:
        MediaError: nothing can be read, no format fits, or two fit as well; the nearest two are named with what is
            missing.
    """
    return detect_rows(read_rows(path), str(path))


def detect_rows(rows: Iterable[Row], name: str) -> Detected:
    """Tell the format of rows; see ``detect``."""
    seen = list(islice(rows, LOOKED))
    fine = [row for row in seen if not row.damage and isinstance(row.value, dict)]
    if not fine:
        raise MediaError(_nothing(seen, name))
    ranked = sorted(FORMATS.values(), key=lambda kind: (_lacking(kind, fine), -_weight(kind)))
    first, second = ranked[:2]
    if _missing(first, fine):
        fields = ", ".join(sorted({str(key) for key in fine[0].value})[:12])
        raise MediaError(
            f"{name}: no known format; nearest are {_near(first, fine)} and {_near(second, fine)}. The first row has "
            f"{fields or 'no fields'}; rename the fields, or choose a format by name"
        )
    if not _missing(second, fine) and _weight(second) == _weight(first):
        raise MediaError(
            f"{name}: may be {first.title} ({_told(first)}) or {second.title} ({_told(second)}); choose one by name: "
            f"{first.name} or {second.name}"
        )
    rows_looked_at = f"every row of {len(fine)} looked at" if len(fine) > 1 else "its row"
    reason = f"looks like {first.title}: {rows_looked_at} has {_told(first)}"
    return Detected(first, reason)


def _weight(kind: Format) -> int:
    """How much a format explains."""
    return sum(mark.weight for mark in kind.marks)


def _missing(kind: Format, rows: Sequence[Row]) -> list[str]:
    """Tell the marks that do not hold, with the number of rows where only some lack it."""
    out = []
    for mark in kind.marks:
        without = sum(not mark.of(row) for row in rows)
        if without:
            out.append(mark.says if without == len(rows) else f"{mark.says} in {without} of {len(rows)} rows")
    return out


def _lacking(kind: Format, rows: Sequence[Row]) -> float:
    """Share of what a format expects that the rows do not have."""
    marks = [(mark.weight or 1, sum(not mark.of(row) for row in rows) / len(rows)) for mark in kind.marks]
    return sum(weight * share for weight, share in marks) / sum(weight for weight, _ in marks)


def _told(kind: Format) -> str:
    return "; ".join(mark.says for mark in kind.marks if mark.weight)


def _near(kind: Format, rows: Sequence[Row]) -> str:
    return f"{kind.title} (missing: {'; '.join(_missing(kind, rows))})"


def _nothing(seen: Sequence[Row], name: str) -> str:
    if not seen:
        return f"{name}: holds no record"
    if seen[0].damage:
        return f"{seen[0].where}: {seen[0].damage}"
    return f"{name}: holds no objects with named fields, expected one for each record"
