"""Reads trace files into the index: whole lines once, what is new later, a file that was written anew again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from mmreason.inspector.facts import VERSION, Facts, facts_of
from mmreason.inspector.jsonl import entries, mapping, number, whole
from mmreason.inspector.run_files import inside, trace_files
from mmreason.inspector.store import WORDS, has_words

TOLD = 20
"""Broken lines of a file that are told one by one."""
EDGE = 1024
"""Bytes at either end of what was read of a file by which it is known again."""


class Reader:
    """Fills the store of a folder.

    Args:
        home: the folder.
        base: its store.
    """

    def __init__(self, home: Path, base: sqlite3.Connection) -> None:
        self.home, self.base = home, base
        self.left_out: list[str] = []
        """Files that may not be read, a line each."""
        self.version = -1
        """Of the store, as far as other processes have changed it."""

    def refresh(self) -> tuple[int, bool]:
        """Read what was written since the last look; gives how many samples are new, and whether anything changed."""
        names, self.left_out = trace_files(self.home)
        self.base.execute("BEGIN IMMEDIATE")
        try:
            rows = self.base.execute("SELECT id, path, size, mark FROM files")
            known = {path: (file, size, mark) for file, path, size, mark in rows}
            gone = [known[path][0] for path in known.keys() - set(names)]
            for file in gone:
                self.forget(file)
            before = self.base.total_changes
            new = sum(self.read_file(name, known.get(name)) for name in names)
            changed = bool(gone) or self.base.total_changes > before
            self.base.execute("COMMIT")
        except BaseException:
            self.base.execute("ROLLBACK")
            raise
        version = self.base.execute("PRAGMA data_version").fetchone()[0]
        changed, self.version = changed or version != self.version, version
        return new, changed

    def read_file(self, name: str, known: tuple[int, int, str] | None) -> int:
        """Read the end of a file, or all of one that is new or was written anew; gives how many samples are new."""
        path = inside(self.home, name)
        size = path.stat().st_size
        if known is not None and (size < known[1] or mark_of(path, known[1]) != known[2]):
            self.forget(known[0])
            known = None
        file, start, _ = known or (None, 0, "")
        if size == start:
            return 0
        if file is None:
            columns = "(path, size, lines, mark, bad) VALUES (?, 0, 0, '', 0)"
            file = int(self.base.execute(f"INSERT INTO files {columns}", (name,)).lastrowid or 0)
        return self.read_lines(path, name, file, start)

    def read_lines(self, path: Path, name: str, file: int, start: int) -> int:
        """Add a row for every line from a byte on."""
        done, bad = self.base.execute("SELECT lines, bad FROM files WHERE id = ?", (file,)).fetchone()
        new, at, weighed, newer = 0, start, None, False
        lines = done
        for entry in entries(path, start):
            lines, at = done + entry.number, entry.end
            trouble = entry.trouble or why_odd(entry.value)
            if entry.value is None or trouble:
                bad += 1
                if bad <= TOLD:
                    self.warn(file, f"{name}, line {lines}: {trouble}")
                continue
            newer = newer or whole(entry.value.get("v"), 1) > VERSION
            facts = facts_of(entry.value, Path(name).stem)
            self.add(facts, file, entry.start)
            if (facts.stage, facts.step) != weighed:
                weighed = facts.stage, facts.step
                self.weigh(facts, mapping(entry.value.get("weights")))
            new += 1
        if newer:
            self.warn(file, f"{name} was written by a newer version; what it adds is not shown")
        if at > start:
            told = (at, lines, mark_of(path, at), bad, file)
            self.base.execute("UPDATE files SET size = ?, lines = ?, mark = ?, bad = ? WHERE id = ?", told)
        return new

    def add(self, facts: Facts, file: int, start: int) -> None:
        """Add a row."""
        name = (facts.task, facts.step, facts.stage)
        nth = self.base.execute("SELECT count(*) FROM samples WHERE task = ? AND step = ? AND stage = ?", name)
        values = (
            file, start, facts.stage, facts.step, facts.stage_step, facts.task, nth.fetchone()[0], facts.kind,
            facts.when, facts.num, facts.mean_total, facts.std_total, facts.mean_length, facts.max_length, facts.right,
            facts.flags, facts.line,
        )  # fmt: skip
        self.base.execute(f"INSERT INTO samples VALUES (NULL{', ?' * len(values)})", values)

    def weigh(self, facts: Facts, terms: Any) -> None:
        """Remember the weights of the reward terms at a step."""
        plain = {str(name): x for name, value in terms.items() if (x := number(value)) == x}
        if plain:
            values = (facts.stage, facts.step, json.dumps(plain))
            self.base.execute("INSERT OR IGNORE INTO weights VALUES (?, ?, ?)", values)

    def warn(self, file: int, told: str) -> None:
        """Remember what could not be read."""
        self.base.execute("INSERT INTO warnings VALUES (?, ?)", (file, told))

    def forget(self, file: int) -> None:
        """Take a file out."""
        for table, column in (("samples", "file"), ("warnings", "file"), ("files", "id")):
            self.base.execute(f"DELETE FROM {table} WHERE {column} = ?", (file,))
        self.base.execute("DELETE FROM weights")
        if has_words(self.base):
            self.base.execute("DROP TABLE words")
            self.base.execute(WORDS)
        self.base.execute("UPDATE searched SET up_to = 0")


def why_odd(value: Any) -> str:
    """Say why an object is no trace; empty for one that is."""
    if value is None or isinstance(value.get("completions"), list):
        return ""
    return "no trace (it has no list of completions)"


def mark_of(path: Path, size: int) -> str:
    """Know the first ``size`` bytes of a file again by their ends."""
    with open(path, "rb") as file:
        head = file.read(min(EDGE, size))
        file.seek(max(size - EDGE, 0))
        return hashlib.sha256(head + file.read(min(EDGE, size))).hexdigest()
