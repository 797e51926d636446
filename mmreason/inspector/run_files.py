"""Which files of a run's folder may be read or given out: regular ones that really lie inside it."""

from __future__ import annotations

import stat
from pathlib import Path, PurePosixPath, PureWindowsPath

from mmreason.inspector.model import InspectorError

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"))
"""Endings of pictures that may be shown; SVG is not among them, for it can hold scripts."""


def inside(home: Path, path: str) -> Path:
    """Give the real place of a file of a folder.

    Args:
        home: the folder.
        path: below it, with ``/``. Symbolic links are followed, and must stay inside.

    Raises:
        InspectorError: the path leaves the folder, or names nothing that is a regular file.
    """
    shown = ascii(path[:200]) if isinstance(path, str) else type(path).__name__
    if not isinstance(path, str) or not is_plain(path):
        raise InspectorError(f"{shown} is no path below the run's folder")
    base = home.resolve()
    try:
        found = (base / path).resolve(strict=True)
        regular = stat.S_ISREG(found.stat().st_mode)
    except (OSError, RuntimeError, ValueError):
        raise InspectorError(f"{shown} is not in the run's folder") from None
    if not found.is_relative_to(base):
        raise InspectorError(f"{shown} leads out of the run's folder")
    if not regular:
        raise InspectorError(f"{shown} is no file")
    return found


def is_plain(path: str) -> bool:
    """Whether a path is relative, on every system, and never goes up."""
    if not path or "\0" in path or "\\" in path or len(path) > 4096:
        return False
    windows = PureWindowsPath(path)
    parts = PurePosixPath(path).parts
    return not (path.startswith("/") or windows.drive or windows.root) and ".." not in parts


def is_picture(path: str) -> bool:
    """Whether a path ends as pictures do that may be shown."""
    return PurePosixPath(path).suffix.lower() in PICTURES


def trace_files(home: Path) -> tuple[list[str], list[str]]:
    """List the files with traces below a folder, in order of their names, and why others are left out, a line each."""
    found, warnings = [], []
    for pattern in ("traces/*.jsonl", "eval.jsonl", "eval/*.jsonl"):
        for path in sorted(home.glob(pattern)):
            name = path.relative_to(home).as_posix()
            try:
                inside(home, name)
                found.append(name)
            except InspectorError as error:
                warnings.append(f"left out: {error}")
    return found, warnings
