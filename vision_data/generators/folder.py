"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vision_data.errors import MediaError


@contextmanager
def whole_folder(out: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A temporary neighbour of `out` to write into; it becomes `out` on success and is removed on any failure.

    Raises:
        MediaError: `out` is a file, or a folder that is not empty and `overwrite` is off.
    """
    if out.exists() and not out.is_dir():
        raise MediaError(f"{out} is a file; give a folder to write the data set to")
    if out.is_dir() and any(out.iterdir()) and not overwrite:
        raise MediaError(f"{out} exists and is not empty; remove it, choose another folder, or ask to overwrite it")
    partial = out.parent / f".{out.name}.partial-{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        old = out.parent / f".{out.name}.old-{os.getpid()}"
        if overwrite and out.exists():
            out.rename(old)
        partial.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
