"""Free text in traces: looked up in an index of words, made when it is first asked for, and compared where needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmreason.inspector.jsonl import LONGEST, items, mapping, parsed, text
from mmreason.inspector.model import InspectorError
from mmreason.inspector.query import Search
from mmreason.inspector.run_files import inside
from mmreason.inspector.store import has_words

if TYPE_CHECKING:
    from mmreason.inspector.index import Index

BATCH = 500
"""Samples that are read before others may use the index."""


def texts_of(line: Mapping[str, Any]) -> str:
    """Everything of a trace that can be searched: id, question, gold answer and completions."""
    said = [text(mapping(c).get("text")) for c in items(line.get("completions"))]
    return "\n".join([text(line.get("task")), text(line.get("question")), text(line.get("answer")), *said])


def found_ids(index: Index, search: Search) -> set[int]:
    """Numbers of the samples in which all of a search is found."""
    words = bool(search.words) and has_words(index.base)
    if words:
        read_words(index)
        with index.lock:
            rows = index.base.execute("SELECT rowid FROM words WHERE words MATCH ?", (search.words,))
            found = {i for (i,) in rows}
        if not search.texts:
            return found
    wanted = search.texts if words else (*search.texts, *plain_words(search.words))
    every = walk(index, sorted(found) if words else None)
    return {i for i, said in every if all(part in said.casefold() for part in wanted)}


def plain_words(words: str) -> list[str]:
    """The words of a search as texts, for an SQLite without an index of words.

    >>> plain_words('"red"* AND "bus stop"*')
    ['red', 'bus', 'stop']
    """
    return [word for term in words.split(" AND ") if term for word in term.strip('"*').split()]


def read_words(index: Index) -> None:
    """Bring the index of words up to the newest sample, some samples at a time."""
    if not has_words(index.base):
        return
    more = True
    while more:
        with index.lock:
            done = index.column("SELECT up_to FROM searched")[0]
            ids = index.column(f"SELECT id FROM samples WHERE id > ? ORDER BY id LIMIT {BATCH}", done)
            more = bool(ids)
            if more:
                index.base.execute("BEGIN IMMEDIATE")
                try:
                    index.base.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", walk(index, ids))
                    index.base.execute("UPDATE searched SET up_to = ?", (ids[-1],))
                    index.base.execute("COMMIT")
                except BaseException:
                    index.base.execute("ROLLBACK")
                    raise


def walk(index: Index, ids: list[int] | None) -> Iterator[tuple[int, str]]:
    """Give the texts of samples by number, file by file; None is all of them. A file that is gone is passed over."""
    with index.lock:
        asked = "SELECT samples.id, path, start FROM samples JOIN files ON files.id = file"
        places = index.base.execute(f"{asked} ORDER BY file, start").fetchall()
    if ids is not None:
        wanted = set(ids)
        places = [place for place in places if place[0] in wanted]
    for name in dict.fromkeys(path for _, path, _ in places):
        try:
            file = inside(index.home, name)
        except InspectorError:
            continue
        yield from texts_in(file, [(i, start) for i, path, start in places if path == name])


def texts_in(file: Path, places: list[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """Texts of the lines that begin at these bytes."""
    with open(file, "rb") as stream:
        for i, start in places:
            stream.seek(start)
            value, _ = parsed(stream.readline(LONGEST))
            yield i, texts_of(value or {})
