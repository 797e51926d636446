"""One row as it stands in a file, before any format has looked at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vision_data.errors import MediaError


@dataclass(frozen=True)
class Row:
    """A row of a file.

    Attributes:
        path: the file.
        number: its number in the file, from 1.
        value: what stands there.
        line: the line on which it begins, from 1; 0 in files without lines.
        key: its name, in a JSON object of named rows.
        part: names the question, in rows that hold several.
        damage: why it cannot be read; empty where it can.
    """

    path: Path
    number: int
    value: Any = None
    line: int = 0
    key: str = ""
    part: str = ""
    damage: str = ""

    @property
    def where(self) -> str:
        """Name the row in errors: ``a.jsonl:3``, ``a.json:17, record 3`` or ``a.parquet, row 3``."""
        if not self.line:
            place = f"{self.path}, row {self.number}"
        elif self.line == self.number:
            place = f"{self.path}:{self.line}"
        else:
            place = f"{self.path}:{self.line}, record {self.number}"
        return f"{place}, {self.part}" if self.part else place

    @property
    def id(self) -> str:
        """A name made of the file's name and the number."""
        part = f"-{self.part.rpartition(' ')[2]}" if self.part else ""
        return f"{self.path.stem}-{self.number}{part}"

    def fields(self) -> dict[str, Any]:
        """Give the named fields.

        Raises:
            MediaError: the row is damaged, or no object.
        """
        if self.damage:
            raise MediaError(self.damage)
        if not isinstance(self.value, dict):
            raise MediaError(f"the record is a {word_for(self.value)}, expected an object with named fields")
        return self.value

    def within(self, part: str, value: Any) -> Row:
        """One of the questions that this row holds."""
        return replace(self, part=part, value=value)


def word_for(value: Any) -> str:
    """Name the JSON type of a value.

    >>> word_for([1]), word_for(None), word_for(0.5)
    ('list', 'null', 'number')
    """
    words = {dict: "object", list: "list", str: "text", type(None): "null", bool: "boolean", bytes: "bytes"}
    return words.get(type(value), "number" if isinstance(value, int | float) else type(value).__name__)
