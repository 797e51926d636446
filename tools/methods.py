"""Writes docs/methods.md: one row for every method, read from the code itself.

Start:  make docs        Check only (exit code 1 when the file is stale):  python -m tools.methods --check
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

from mmreason import catalogue
from mmreason.catalogue import OWN, ROOMS, Method, is_method, own_doc

__all__ = ["OWN", "PAGE", "ROOMS", "Method", "Row", "is_method", "methods", "own_doc", "page"]

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "methods.md"


@dataclass(frozen=True, order=True)
class Row(Method):
    """A method with its places in the repository."""

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


def methods(rooms: Sequence[str] = ROOMS) -> list[Row]:
    """Every method of every room."""
    return [Row(*astuple(method)) for method in catalogue.methods(rooms)]


def row(method: Row) -> str:
    """One line of the table; paths are relative to docs/."""
    papers = ", ".join(f"arXiv:{paper}" for paper in method.papers) or "none"
    test = method.test()
    tested = f"[{test.name}](../{test.as_posix()})" if test else "none"
    summary = method.summary.replace("|", "\\|")
    return f"| [{method.name}](../{method.source.as_posix()}) | {summary} | {papers} | {tested} |"


def page(rows: Sequence[Row]) -> str:
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
