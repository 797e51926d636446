"""Work that may be done beside other work, with the same result."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

V = TypeVar("V")


class Flight(Generic[V]):
    """A result that is under way: in a thread of its own, or there already.

    Args:
        work: what is to be done.
        beside: do it in a thread; False does it at once.
    """

    def __init__(self, work: Callable[[], V], beside: bool) -> None:
        self.pool = ThreadPoolExecutor(1, "flight") if beside else None
        self.found: Future[V] = Future()
        if self.pool is not None:
            self.found = self.pool.submit(work)
        else:
            self.found.set_result(work())

    def land(self) -> V:
        """Wait for the result; what went wrong is raised here."""
        try:
            return self.found.result()
        finally:
            if self.pool is not None:
                self.pool.shutdown()
