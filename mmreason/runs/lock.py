"""One process at a time writes into a run's folder. The system lets go of the lock with the process that holds it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mmreason.errors import CheckpointError

FILE = ".lock"


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold the lock of a folder, which is made; where the system or the disk has no locks, nobody is kept out.

    The file says who holds it and goes with the lock; one that a killed process has left is held by nobody.

    Raises:
        CheckpointError: another process holds it.
    """
    file = None
    with suppress(OSError, ImportError):  # who cannot write here is told so by the first file of the run
        home.mkdir(parents=True, exist_ok=True)
        file = taken(home / FILE)
    try:
        yield
    finally:
        if file is not None:
            (home / FILE).unlink(missing_ok=True)
            os.close(file)


def taken(path: Path) -> int:
    """Lock a file, for this process and not for those that it forks; gives its handle.

    Raises:
        CheckpointError: another process has locked it.
        OSError: the disk refuses.
    """
    import fcntl  # not on Windows

    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            who = os.read(file, 200).decode(errors="replace") or "another process"
            os.close(file)
            if isinstance(error, (BlockingIOError, PermissionError)):
                raise CheckpointError(
                    f"{path.parent} is in use by {who}: wait until that run is over, stop it, or give another --name"
                ) from None
            raise
        if os.fstat(file).st_nlink:
            with suppress(OSError):  # a full disk
                os.truncate(file, 0)
                os.write(file, f"process {os.getpid()} on {platform.node()}".encode())
            return file
        os.close(file)  # who held it has just removed it
