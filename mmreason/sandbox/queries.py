"""SQL that nobody trusts, on an SQLite file: read, and nothing else."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from mmreason.errors import DataError

Row = tuple[object, ...]

READS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
FUNCTIONS = ("load_extension", "fts3_tokenizer", "readfile", "writefile", "edit")
"""Functions that do more than compute; most builds of SQLite have none of them."""
STEPS = 10_000
"""Instructions of SQLite's machine between two looks at the clock."""
LONGEST = 10_000_000
"""Bytes of one value, one row, or a query."""
EXACT = 2**53
"""From here on not every whole number is a float."""


class QueryError(Exception):
    """A query was refused, failed, or went past a limit; the message says which."""


class TooMuch(QueryError):
    """It went past its time, its rows or its memory."""


def rows_of(database: str, query: str, max_rows: int, seconds: float, memory_bytes: int) -> list[Row]:
    """Run the first statement of a query.

    Args:
        database: Path of the file.
        query: What to run; reading tables is all that it may do.
        max_rows: That it may give.
        seconds: It may take.
        memory_bytes: That SQLite may take, for this process.

    Raises:
        QueryError: it does not give rows.
        DataError: there is no such database.
    """
    if not Path(database).is_file():
        raise DataError(f"{database}: no such database; expected the path of an SQLite file in the record")
    connection = sqlite3.connect(f"file:{quote(str(Path(database).resolve()))}?mode=ro&immutable=1", uri=True)
    try:
        _hold(connection, seconds, memory_bytes)
        cursor = connection.execute(first_statement(query))
        found = cursor.fetchmany(max_rows + 1)
    except sqlite3.Error as error:
        over = isinstance(error, sqlite3.DataError) or str(error) == "interrupted"
        raise (TooMuch if over else QueryError)(str(error)) from error
    except (MemoryError, OverflowError) as error:
        raise TooMuch(f"over its memory: {error}") from error
    except (ValueError, sqlite3.Warning) as error:  # a NUL, half a character
        raise QueryError(str(error)) from error
    finally:
        connection.close()
    if cursor.description is None:
        raise QueryError("it gives no rows, not even none")
    if len(found) > max_rows:
        raise TooMuch(f"more than {max_rows} rows")
    return found


def _hold(connection: sqlite3.Connection, seconds: float, memory_bytes: int) -> None:
    connection.execute(f"PRAGMA hard_heap_limit = {memory_bytes}")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, LONGEST)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    connection.set_authorizer(_allowed)


def _allowed(action: int, first: str | None, second: str | None, *_: object) -> int:
    reads = action in READS and not (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FUNCTIONS)
    return sqlite3.SQLITE_OK if reads else sqlite3.SQLITE_DENY


def first_statement(query: str) -> str:
    """Give what stands before the first semicolon that ends a statement.

    >>> first_statement("SELECT ';'; DROP TABLE t")
    "SELECT ';';"
    """
    end = query.find(";")
    while end >= 0:
        if sqlite3.complete_statement(query[: end + 1]):
            return query[: end + 1]
        end = query.find(";", end + 1)
    return query


@dataclass(frozen=True)
class Result:
    """What a query gives, without the rows themselves."""

    digest: str
    """Equal where the rows are; empty where there are none to compare."""
    reason: str = ""
    """Why there are none."""
    over: bool = False
    """It took too much, which is not the same as being wrong."""


@dataclass(frozen=True)
class ResultOf:
    """Run queries: what a worker does. The arguments are those of ``SqlAccuracy``."""

    digits: int | None
    max_rows: int
    seconds: float
    memory_bytes: int

    def __call__(self, asked: tuple[str, str, str]) -> Result:
        """Give the result of (database, query, how its rows are compared: ``list``, ``set`` or ``multiset``).

        Raises:
            DataError: there is no such database.
        """
        database, query, compare = asked
        try:
            rows = rows_of(database, query, self.max_rows, self.seconds, self.memory_bytes)
        except QueryError as error:
            return Result("", str(error), isinstance(error, TooMuch))
        told = [repr(tuple(self._plain(value) for value in row)) for row in rows]
        if compare != "list":
            told = sorted(set(told) if compare == "set" else told)
        return Result(hashlib.sha256("\n".join(told).encode("utf-8", "backslashreplace")).hexdigest())

    def _plain(self, value: object) -> object:
        """Equal numbers look equal: 1.0 is 1, and rounding makes what is close so."""
        if not isinstance(value, float):
            return value
        rounded = value if self.digits is None else round(value, self.digits)
        return int(rounded) if rounded.is_integer() and abs(rounded) < EXACT else rounded


def orders(query: str) -> bool:
    """Say whether a query orders its rows: ORDER BY outside of brackets and quotes.

    >>> orders("SELECT a FROM t ORDER BY a"), orders("SELECT a FROM (SELECT a FROM t ORDER BY a)")
    (True, False)
    """
    depth, quoted, outside = 0, "", []
    for letter in query:
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"`":
            quoted = letter
        else:
            depth += (letter == "(") - (letter == ")")
            outside.append(letter if depth == 0 else " ")
    return "order by" in " ".join("".join(outside).lower().split())
