"""The traces of a run's folder, found and paged without reading them all: see ``store`` for what is kept."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmreason.inspector import changes
from mmreason.inspector.facts import BITS
from mmreason.inspector.jsonl import DEEPEST, entry_at, text
from mmreason.inspector.model import NAN, Change, InspectorError, Query, Row, SampleKey, SampleView
from mmreason.inspector.query import conditions, order, search_of
from mmreason.inspector.reading import TOLD, Reader
from mmreason.inspector.run_files import inside
from mmreason.inspector.sample import sample_view
from mmreason.inspector.search import found_ids, read_words
from mmreason.inspector.store import opened, ready
from mmreason.runs.log_file import to_line

REMEMBERED = 8
"""Queries whose results are kept in memory."""
ROW = (
    "stage, step, task, nth, num, mean_total, std_total, mean_length, correct, flags, line, max_length, kind, moment "
    "FROM samples"
)


class Index:
    """A table of the samples in ``traces/*.jsonl``, ``eval.jsonl`` and ``eval/*.jsonl`` of a folder.

    Any thread may use it. Pictures are never read.
    """

    def __init__(self, home: Path, cache: Path | None = None, name: str = "") -> None:
        self.home, self.name = home, name or home.resolve().name
        self.base = opened(home, cache)
        self.lock = threading.RLock()
        self.found: OrderedDict[Query, list[int]] = OrderedDict()
        self.reader = Reader(home, self.base)

    @classmethod
    def open(cls, home: Path, cache: Path | None = None, name: str = "") -> Index:
        """Open a folder and read what is new in it.

        Args:
            home: the folder.
            cache: where indices lie; None is the user's cache folder, or a temporary file where that is read-only.
            name: of the run in keys; the folder's by default.
        """
        index = cls(home, cache, name)
        try:
            index.refresh()
        except sqlite3.DatabaseError:  # its file is damaged further in, the disk is full, or somebody blocks it
            index.close()
            index.base = ready(None)
            index.reader = Reader(home, index.base)
            index.refresh()
        return index

    def close(self) -> None:
        """Let go of the file."""
        with self.lock:
            self.base.close()

    def refresh(self) -> int:
        """Read what was written since the last look; gives how many samples are new. Cheap where nothing is."""
        with self.lock:
            new, changed = self.reader.refresh()
            if changed:
                self.found.clear()
            return new

    def ids(self, query: Query) -> list[int]:
        """Numbers of the samples that are found, in order."""
        with self.lock:
            if query not in self.found:
                search = search_of(query.text)
                wanted = found_ids(self, search) if search else None
                where, values = conditions(query)
                rows = self.base.execute(f"SELECT id FROM samples WHERE {where} ORDER BY {order(query)}", values)
                self.found[query] = [i for (i,) in rows if wanted is None or i in wanted]
                while len(self.found) > REMEMBERED:
                    self.found.popitem(last=False)
            self.found.move_to_end(query)
            return self.found[query]

    def count(self, query: Query = Query()) -> int:
        """How many samples are found."""
        return len(self.ids(query))

    def page(self, query: Query = Query(), offset: int = 0, num: int = 50) -> list[Row]:
        """Give ``num`` rows from ``offset`` on."""
        chosen = self.ids(query)[max(offset, 0) : max(offset, 0) + max(num, 0)]
        return self.rows(chosen)

    def rows(self, ids: list[int]) -> list[Row]:
        """Rows by number, in the order given."""
        with self.lock:
            found: dict[int, Row] = {}
            for at in range(0, len(ids), 500):
                some = ids[at : at + 500]
                marks = ", ".join("?" * len(some))
                for i, *values in self.base.execute(f"SELECT id, {ROW} WHERE id IN ({marks})", some):
                    found[i] = self.row(values)
            return [found[i] for i in ids if i in found]

    def row(self, values: list[Any]) -> Row:
        """Make a row of the columns of ``ROW``."""
        stage, step, task, nth, num, mean, std, length, right, flags, line, longest, kind, moment = values
        named = tuple(flag for flag, bit in BITS.items() if flags & bit)
        mean, std, length = (NAN if x is None else x for x in (mean, std, length))
        key = SampleKey(self.name, stage, step, task, nth)
        return Row(key, num, mean, std, length, right, named, line, longest, kind, moment)

    def id_of(self, key: SampleKey) -> int:
        """Number of a sample.

        Raises:
            InspectorError: there is none of this name.
        """
        name = (key.task, key.step, key.stage, key.nth)
        with self.lock:
            found = self.base.execute(
                "SELECT id FROM samples WHERE task = ? AND step = ? AND stage = ? AND nth = ?", name
            ).fetchone()
        if found is None:
            raise InspectorError(f"no sample {str(key)[:200]!r} in {self.name}")
        return int(found[0])

    def where(self, query: Query, key: SampleKey) -> int | None:
        """Place of a sample among those that are found, from 0; None where it is not among them."""
        try:
            return self.ids(query).index(self.id_of(key))
        except (InspectorError, ValueError):
            return None

    def line(self, number: int) -> tuple[dict[str, Any], str]:
        """The line of a sample as it stands in its file, and the file's name.

        Raises:
            InspectorError: the file has changed since it was read.
        """
        with self.lock:
            found = self.base.execute(
                "SELECT path, start, task FROM samples JOIN files ON files.id = file WHERE samples.id = ?", (number,)
            ).fetchone()
        if found is not None:
            name, start, task = found
            value = entry_at(inside(self.home, name), start)
            if value is not None and text(value.get("task")) == task:
                return value, str(name)
        raise InspectorError(f"the traces of {self.name} have changed on the disk; look again")

    def sample(self, key: SampleKey) -> SampleView:
        """Give a sample with all that is known of it.

        Raises:
            InspectorError: there is none of this name, or its file has changed.
        """
        number = self.id_of(key)
        value, name = self.line(number)
        return sample_view(self.home, name, value, key, self.rows([number])[0])

    def record(self, key: SampleKey) -> dict[str, Any]:
        """Give ``question``, ``answer`` and ``record`` of a sample as they stand in its line."""
        value, _ = self.line(self.id_of(key))
        return {name: value.get(name) for name in ("task", "kind", "question", "answer", "record")}

    def lines(self, query: Query) -> Iterator[str]:
        """Give the trace lines that are found as JSON, one after the other, without line ends.

        Raises:
            InspectorError: a file has changed since it was read, or a line is nested too deeply.
        """
        for i in list(self.ids(query)):
            try:
                yield to_line(self.line(i)[0]).decode().rstrip("\n")
            except RecursionError:
                raise InspectorError(f"a line of {self.name} is {DEEPEST}; it cannot be exported") from None

    def changed(self, stage: str | None, earlier: int, later: int, num: int = 50) -> list[Change]:
        """What changed most for the same prompt between two steps, the largest first; see ``changes.changed``."""
        return changes.changed(self, stage, earlier, later, num)

    def column(self, sql: str, *values: object) -> list[Any]:
        """The first column of a question to the store."""
        with self.lock:
            return [row[0] for row in self.base.execute(sql, values)]

    def stages(self) -> tuple[str, ...]:
        """Names of the stages with samples, in the order in which they began."""
        return tuple(self.column("SELECT stage FROM samples GROUP BY stage ORDER BY min(step), min(id)"))

    def kinds(self) -> tuple[str, ...]:
        """Types of tasks."""
        return tuple(self.column("SELECT DISTINCT kind FROM samples WHERE kind != '' ORDER BY kind"))

    def steps(self, stage: str | None = None) -> tuple[int, int]:
        """First and last step with samples; (0, 0) without any."""
        where, values = ("WHERE stage = ?", (stage,)) if stage is not None else ("", ())
        with self.lock:
            found = self.base.execute(f"SELECT min(step), max(step) FROM samples {where}", values).fetchone()
        return (found[0] or 0, found[1] or 0)

    def weights(self) -> dict[tuple[str, int], dict[str, float]]:
        """Weights of the reward terms by stage and step, as far as traces were written."""
        with self.lock:
            rows = self.base.execute("SELECT stage, step, terms FROM weights ORDER BY stage, step").fetchall()
        return {(stage, step): json.loads(terms) for stage, step, terms in rows}

    def warnings(self) -> tuple[str, ...]:
        """What could not be read, a line each."""
        told = self.column("SELECT text FROM warnings")
        with self.lock:
            more = self.base.execute("SELECT path, bad FROM files WHERE bad > ?", (TOLD,)).fetchall()
        return (
            *self.reader.left_out,
            *told,
            *(f"{path}: {bad - TOLD} more lines cannot be read" for path, bad in more),
        )

    def prepare_search(self) -> None:
        """Make the index of words, so that the first search need not wait for it; safe in a thread of its own."""
        read_words(self)
