"""``alive/rank_N.json``: what each rank is doing now, for the other ranks, and for people after a kill.

A file is replaced as a whole and not waited for: after a power cut it may be an old one. It goes when the run ends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

FOLDER = "alive"


class Heartbeats:
    """Writes this rank's file and reads those of the others.

    Args:
        home: the run's folder, which all ranks see.
        rank: this rank.
        num: ranks in all.
    """

    def __init__(self, home: Path, rank: int, num: int) -> None:
        self.folder, self.rank, self.num = home / FOLDER, rank, num
        self.counts: dict[int, Any] = {}
        self.last: dict[int, dict[str, Any]] = {}
        """What each other rank told last."""

    def tell(self, fields: Mapping[str, Any]) -> None:
        """Replace this rank's file; a disk that refuses, or an odd name of a record, is no reason to end a run."""
        with suppress(OSError, ValueError):
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = self.folder / f".rank_{self.rank}"
            draft.write_text(json.dumps({"rank": self.rank, "pid": os.getpid(), **fields}, ensure_ascii=False))
            os.replace(draft, self.path(self.rank))

    def hear(self) -> bool:
        """Read the others' files; says whether any has given a sign of life since this was called last."""
        moved = False
        for rank in range(self.num):
            if rank == self.rank:
                continue
            with suppress(OSError, ValueError):
                told = json.loads(self.path(rank).read_text())
                moved |= self.counts.get(rank) != told.get("count")
                self.counts[rank], self.last[rank] = told.get("count"), told
        return moved

    def limit(self) -> float:
        """The longest silence that any other rank is allowed, in seconds."""
        return max((float(told.get("limit", 0.0)) for told in self.last.values()), default=0.0)

    def path(self, rank: int) -> Path:
        """The file of a rank."""
        return self.folder / f"rank_{rank}.json"

    def end(self) -> None:
        """Take this rank's file away, and the folder with the last of them."""
        self.path(self.rank).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()
