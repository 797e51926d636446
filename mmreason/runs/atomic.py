"""Writing files and folders so that a reader finds the whole or nothing, also after a kill or a power cut."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".unfinished-"
"""Begins the name of everything that is being written or removed."""


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; at the end the file is on the disk under its own name, in place of an older one.

    Nothing is left behind where the block raises.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{PREFIX}{path.name}-{os.getpid()}")
    try:
        yield draft
        sync(draft)
        os.replace(draft, path)
        sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill; at the end it stands under its own name, which must be free.

    Nothing is left behind where the block raises; a kill leaves a draft that ``sweep`` removes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{PREFIX}{path.name}-{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        yield draft
        for inner in sorted(draft.rglob("*"), reverse=True):
            sync(inner)
        sync(draft)
        os.rename(draft, path)
        sync(path.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a small text file."""
    with new_file(path) as draft:
        draft.write_text(text, encoding="utf-8")


def remove_folder(path: Path, missing_ok: bool = False) -> None:
    """Remove a folder; a kill meanwhile leaves none that looks complete."""
    if missing_ok and not path.exists():
        return
    gone = path.with_name(f"{PREFIX}{path.name}-{os.getpid()}")
    os.rename(path, gone)
    shutil.rmtree(gone)


def sweep(folder: Path, deep: bool = False) -> None:
    """Remove what writers that were killed have left directly in this folder, or anywhere below it."""
    for left in list(folder.rglob(f"{PREFIX}*") if deep else folder.glob(f"{PREFIX}*")):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def refusal(error: BaseException | None) -> OSError | None:
    """What the system said where a library failed to write: no space left, file too large; None where it is no such.

    torch and safetensors put it under errors of their own.
    """
    while error is not None:
        if isinstance(error, OSError):
            return error
        if told := re.search(r"\(os error (\d+)\)", str(error)):
            return OSError(int(told[1]), os.strerror(int(told[1])))
        error = error.__cause__ or error.__context__
    return None


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk; a folder is on its own only where the system knows how."""
    if path.is_dir() and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
