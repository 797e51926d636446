"""A query as SQL: which samples, in which order; and free text as words to look up and texts to compare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mmreason.inspector.facts import BITS
from mmreason.inspector.model import Query

COLUMNS = {"step": "step", "reward": "mean_total", "length": "max_length", "spread": "std_total"}
MOST_TERMS = 32
"""Words of a search that are looked at."""
_TERM = re.compile(r'"([^"]*)"|(\S+)')
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Letters of scripts that write words without gaps: they are compared, never looked up."""


@dataclass(frozen=True)
class Search:
    """Free text.

    Attributes:
        words: what the index of words is asked, in FTS5's language; empty for nothing.
        texts: what must stand in the texts literally, case aside, because the words alone do not tell.
    """

    words: str = ""
    texts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.texts)


def search_of(text: str) -> Search:
    """Read free text: beginnings of words, and phrases in double quotes; all must be there.

    >>> search_of('Red "bus stop"')
    Search(words='"red"* AND "bus stop"*', texts=('bus stop',))
    >>> search_of("[12,"), search_of("...")
    (Search(words='"12"*', texts=('[12,',)), Search(words='', texts=('...',)))
    """
    asked, texts = [], []
    for match in list(_TERM.finditer(text))[:MOST_TERMS]:
        term = (match[1] if match[1] is not None else match[2].strip('"')).casefold().strip()
        words = [] if _UNSPACED.search(term) else _WORD.findall(term)
        if words:
            asked.append(f'"{" ".join(words)}"*')
        if term and words != [term]:
            texts.append(term)
    return Search(" AND ".join(asked), tuple(texts))


def conditions(query: Query) -> tuple[str, list[object]]:
    """Give the WHERE clause of everything but free text, with its values."""
    low, high = query.steps or (None, None)
    bits = sum(BITS[flag] for flag in dict.fromkeys(query.flags))
    asked: Sequence[tuple[str, object]] = (
        ("stage = ?", query.stage),
        ("step >= ?", low),
        ("step <= ?", high),
        ("task = ?", query.task),
        ("kind = ?", query.kind),
        (f"flags & {bits} = ?", bits or None),
    )
    given = [(clause, value) for clause, value in asked if value is not None]
    return " AND ".join(clause for clause, _ in given) or "1", [value for _, value in given]


def order(query: Query) -> str:
    """Give the ORDER BY clause: what was not measured comes last either way, equals in the order of the run."""
    column, down = COLUMNS[query.sort], " DESC" if query.descending else ""
    return f"{column} IS NULL, {column}{down}, step{down if query.sort == 'step' else ''}, id"
