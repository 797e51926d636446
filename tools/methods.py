"""Writes docs/methods.md: one row for every method, read from the code itself.

Start:  make docs        Check only (exit code 1 when the file is stale):  python -m tools.methods --check
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "methods.md"

ROOMS = (
    "mmreason.data",
    "mmreason.rollouts",
    "mmreason.probes",
    "mmreason.filters",
    "mmreason.rewards",
    "mmreason.credit",
    "mmreason.losses",
    "mmreason.schedules",
    "mmreason.inference",
    "mmreason.metrics",
    "vision_data.frames",
    "vision_data.transforms",
)
"""Packages (or single modules) whose public classes are methods; one that does not exist is left out."""

ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})(?:v\d+)?")
OWN = "Not from a paper."
"""What a docstring says where there is nothing to cite."""


@dataclass(frozen=True, order=True)
class Method:
    """A row of the table."""

    room: str
    """Dotted name of the package it lives in."""
    name: str
    module: str
    doc: str
    """Its own docstring; empty if it has none."""

    @property
    def papers(self) -> tuple[str, ...]:
        """ArXiv ids that the docstring cites, each once."""
        return tuple(dict.fromkeys(ARXIV.findall(self.doc)))

    @property
    def cited(self) -> bool:
        """It says where it comes from."""
        return bool(self.papers) or OWN in self.doc

    @property
    def summary(self) -> str:
        """First line of the docstring without the citation, which has a column of its own."""
        line = self.doc.strip().partition("\n")[0].replace(OWN, "")
        line = re.sub(rf"(?:,? |(?<=\()){ARXIV.pattern}", "", line)
        return re.sub(r" ?\(\)", "", line).strip()

    @property
    def source(self) -> Path:
        """The file it is defined in, relative to the repository."""
        path = inspect.getsourcefile(importlib.import_module(self.module))
        assert path is not None, f"{self.module} has no source file"
        return Path(path).resolve().relative_to(ROOT)

    def test(self) -> Path | None:
        """The test file that names it: the mirrored one if it does, else the first; None if no test does."""
        mirrored = ROOT / "tests" / self.source.parent / f"test_{self.source.name}"
        nearest_first = sorted(tests(), key=lambda path: (path != mirrored, path.parent != mirrored.parent, path))
        found = (path for path in nearest_first if re.search(rf"\b{self.name}\b", tests()[path]))
        return next((path.relative_to(ROOT) for path in found), None)


@cache
def tests() -> dict[Path, str]:
    """Every test file and its text."""
    return {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}


def modules(room: str) -> Iterator[ModuleType]:
    """The room and all public modules under it; nothing if there is no such room."""
    try:
        package = importlib.import_module(room)
    except ModuleNotFoundError as error:
        if error.name == room:
            return
        raise
    yield package
    for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"{room}."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            yield importlib.import_module(found.name)


def is_method(cls: type) -> bool:
    """A public, concrete, frozen dataclass that can be called or opened, or that fills in an abstract class of ours."""
    params = vars(cls).get("__dataclass_params__")
    if cls.__name__.startswith("_") or params is None or not params.frozen or inspect.isabstract(cls):
        return False
    ours = [base for base in cls.__mro__ if base.__module__.startswith(("mmreason", "vision_data"))]
    fills_in = any(inspect.isabstract(base) for base in ours)
    return fills_in or any(name in vars(base) for base in ours for name in ("__call__", "open"))


def own_doc(cls: type) -> str:
    """The docstring written for this very class: not inherited, and not the signature that a dataclass puts there."""
    doc = inspect.cleandoc(vars(cls).get("__doc__") or "")
    return "" if doc.startswith(f"{cls.__name__}(") else doc


def methods(rooms: Sequence[str] = ROOMS) -> list[Method]:
    """Every method of every room, in the order of the rooms and then by name."""
    found = []
    for room in rooms:
        in_room = [
            Method(room, cls.__name__, module.__name__, own_doc(cls))
            for module in modules(room)
            for _, cls in inspect.getmembers(module, inspect.isclass)
            if cls.__module__ == module.__name__ and is_method(cls)
        ]
        found += sorted(in_room)
    return found


def row(method: Method) -> str:
    """One line of the table; paths are relative to docs/."""
    papers = ", ".join(f"arXiv:{paper}" for paper in method.papers) or "none"
    test = method.test()
    tested = f"[{test.name}](../{test.as_posix()})" if test else "none"
    summary = method.summary.replace("|", "\\|")
    return f"| [{method.name}](../{method.source.as_posix()}) | {summary} | {papers} | {tested} |"


def page(rows: Sequence[Method]) -> str:
    """The whole file."""
    lines = [
        "# Methods",
        "",
        "Written by `make docs` from the docstrings; don't edit it by hand. Each method stands under the room it lives",
        "in: what it computes, where it comes from, and the test that names it.",
    ]
    for room in dict.fromkeys(method.room for method in rows):
        purpose = (importlib.import_module(room).__doc__ or "").strip().partition("\n")[0]
        lines += ["", f"## {room}", ""] + ([purpose, ""] if purpose else [])
        lines += ["| method | what it computes | paper | test |", "|---|---|---|---|"]
        lines += [row(method) for method in rows if method.room == room]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page, or say whether it is fresh."""
    parser = argparse.ArgumentParser(description="Write docs/methods.md from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the file is stale")
    check = parser.parse_args().check
    rows = methods()
    text = page(rows)
    fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
    where = PAGE.relative_to(ROOT)
    if check and not fresh:
        print(f"{where} is stale: run `make docs` and commit it", file=sys.stderr)
        return 1
    if not fresh:
        PAGE.write_text(text, encoding="utf-8")
    print(f"{where}: {len(rows)} methods, {'nothing to change' if fresh else 'written'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
