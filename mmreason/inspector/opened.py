"""The runs that are open, each under a name of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from mmreason.inspector.model import Change, InspectorError, Query, Row, SampleKey, SampleView
from mmreason.inspector.run_folder import RunFolder

PER_PAGE = 25
"""Samples on a page of the list."""


class Opened:
    """Runs by name, in the order in which they were given; two folders of the same name get numbers.

    Args:
        folders: of runs.

    Raises:
        InspectorError: one is no run.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders: dict[str, RunFolder] = {}
        self.hidden: dict[str, RunFolder] = {}
        """Opened, but in no list: what visitors ask live, each in a folder of his own."""
        for path in folders:
            folder = RunFolder(path)
            free = next(n for n in self.names_for(path.resolve().name) if n not in self.folders)
            self.folders[free] = folder

    def hide(self, name: str, path: Path) -> None:
        """Open a folder that only those find who know its name."""
        self.hidden[name] = RunFolder(path)

    @staticmethod
    def names_for(name: str) -> Iterator[str]:
        """A name, then the same with numbers."""
        yield name
        for number in range(2, 10_000):
            yield f"{name} ({number})"

    def __iter__(self) -> Iterator[str]:
        return iter(self.folders)

    def __len__(self) -> int:
        return len(self.folders)

    def __getitem__(self, name: str) -> RunFolder:
        """Give an opened run.

        Raises:
            InspectorError: none of this name is open.
        """
        found = self.folders.get(name) or self.hidden.get(name)
        if found is None:
            raise InspectorError(f"no run {name[:80]!r} is open here; there are {', '.join(self.folders) or 'none'}")
        return found

    def file(self, name: str, path: str) -> Path:
        """Give a file of a run by its path below the run's folder.

        Raises:
            InspectorError: there is none that may be shown.
        """
        return self[name].file(path)

    def src(self, name: str) -> Callable[[str], str]:
        """Give the function that turns paths below a run's folder into addresses of this server."""
        return lambda path: f"/files/{quote(name, safe='')}/{quote(path)}" if path else ""

    def count(self, name: str, query: Query) -> int:
        """How many samples of a run are found."""
        return self[name].index().count(query)

    def page(self, name: str, query: Query, number: int) -> list[Row]:
        """A page of samples, from 0; their keys name the run as it is named here."""
        rows = self[name].index().page(query, number * PER_PAGE, PER_PAGE)
        return [replace(row, key=replace(row.key, run=name)) for row in rows]

    def place(self, name: str, query: Query, key: SampleKey) -> int | None:
        """Number of a sample among those that are found; None where it is not among them."""
        return self[name].index().where(query, key)

    def sample(self, key: SampleKey) -> SampleView:
        """Give a sample with all that is known of it.

        Raises:
            InspectorError: there is none.
        """
        view = self[key.run].index().sample(key)
        return replace(view, key=replace(view.key, run=key.run))

    def changed(self, name: str, stage: str | None, earlier: int, later: int) -> list[Change]:
        """What changed most between two steps for the same prompts."""
        found = self[name].index().changed(stage, earlier, later)
        return [
            replace(
                change,
                before=replace(change.before, key=replace(change.before.key, run=name)),
                after=replace(change.after, key=replace(change.after.key, run=name)),
            )
            for change in found
        ]
