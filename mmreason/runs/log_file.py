"""Files of one JSON object a line, that can be cut back to where a checkpoint saw them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmreason.errors import CheckpointError
from mmreason.runs.atomic import sync


class LogFile:
    """Appends lines. A kill may leave half a line at the end, which ``cut`` removes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one object; what is no finite number becomes null."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "ab") as file:
            file.write(to_line(record))

    def position(self) -> int:
        """Give the length in bytes, once all of it is on the disk."""
        if not self.path.exists():
            return 0
        sync(self.path)
        return self.path.stat().st_size

    def cut(self, position: int) -> None:
        """Forget everything after ``position`` bytes.

        Raises:
            CheckpointError: the file is shorter than that.
        """
        length = self.path.stat().st_size if self.path.exists() else 0
        if length < position:
            raise CheckpointError(
                f"{self.path} has {length} bytes, but the checkpoint was made when it had {position}; "
                "put the file back, or start a new run"
            )
        if position:
            os.truncate(self.path, position)
        else:
            self.path.unlink(missing_ok=True)

    def read(self) -> list[dict[str, Any]]:
        """Give all objects; half a line at the end is left out."""
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")[:-1]
        return [json.loads(line) for line in lines]


def to_line(record: Mapping[str, Any]) -> bytes:
    """One line of JSON in UTF-8; text that UTF-8 cannot hold is escaped."""
    plain = finite(record)
    try:
        return (json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except UnicodeEncodeError:
        return (json.dumps(plain, allow_nan=False) + "\n").encode()


def finite(value: Any) -> Any:
    """Replace NaN and infinities by None: JSON has neither."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [finite(item) for item in value]
    return value
