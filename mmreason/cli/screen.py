"""Where commands write: a terminal in its own width and colours, or plain text for a pipe or a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Tell: TypeAlias = Callable[[int], None]

PIPE_WIDTH = 120
LINE_EVERY = 10.0
"""Seconds between lines about progress in a log file."""


def screen(stderr: bool = False) -> Console:
    """Make a console; plain text in a fixed width where nobody looks on."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else PIPE_WIDTH, highlight=False)


def table(title: str, *columns: str, right: Iterable[str] = ()) -> Table:
    """Make a table that reads well in a terminal and in a log file.

    Args:
        title: a line above it; empty for none.
        columns: headings; the last one takes the room that is left.
        right: headings of columns of numbers.
    """
    from rich import box
    from rich.table import Table

    made = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    numbers = set(right)
    for name in columns:
        wide = name == columns[-1] and name not in numbers
        made.add_column(name, justify="right" if name in numbers else "left", overflow="fold", no_wrap=not wide)
    return made


def number(value: float | None, digits: int = 3) -> str:
    """Write a measured number; a dash where nothing was measured."""
    return "-" if value is None or value != value else f"{value:.{digits}f}"


def show(*things: Any) -> None:
    """Print texts and tables; texts as they are, without markup."""
    console = screen()
    for thing in things:
        console.print(thing, markup=False, soft_wrap=isinstance(thing, str))


@contextmanager
def progress_bar(what: str, total: int | None, unit: str, quiet: bool = False) -> Iterator[Tell]:
    """Show how far a piece of work is, on stderr: a bar for a person, a line now and then for a log file.

    Gives a function that is called with how much is done. ``total`` is None where nobody knows it.
    """
    if quiet or not sys.stderr.isatty():
        yield Lines(what, total, unit, every=float("inf") if quiet else LINE_EVERY)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeElapsedColumn())
    with Progress(*columns, console=screen(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


class Lines:
    """Tells on stderr how far a piece of work is, at most every so many seconds."""

    def __init__(self, what: str, total: int | None, unit: str, every: float) -> None:
        self.what, self.total, self.unit, self.every = what, total, unit, every
        self.last = time.monotonic()

    def __call__(self, done: int) -> None:
        """So many are done."""
        if time.monotonic() - self.last >= self.every:
            self.last = time.monotonic()
            of = "" if self.total is None else f" of {self.total}"
            sys.stderr.write(f"{self.what}: {done}{of} {self.unit}\n")
            sys.stderr.flush()


def hush_libraries() -> None:
    """Keep the loading bars of transformers out of log files; a person who waits still sees them."""
    if not sys.stderr.isatty():
        from transformers.utils import logging

        logging.disable_progress_bar()
