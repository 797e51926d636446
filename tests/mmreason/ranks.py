"""Several ranks in threads of one process, for whatever must add up over ranks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


class Ranks:
    """Several ranks in threads of this process; a rank that fails breaks the others' waiting."""

    def __init__(self, num: int = 2) -> None:
        self.num, self.slots = num, [[] for _ in range(num)]  # type: list[list[Any]]
        self.barrier = threading.Barrier(num, timeout=30)

    def rank(self, number: int) -> OneRank:
        return OneRank(self, number)

    def run(self, work: Callable[[OneRank], Any]) -> list[Any]:
        """Do the work on every rank; gives the results in rank order."""
        results: list[Any] = [None] * self.num
        errors: list[BaseException] = []

        def one(number: int) -> None:
            try:
                results[number] = work(self.rank(number))
            except BaseException as error:
                errors.append(error)
                self.barrier.abort()

        threads = [threading.Thread(target=one, args=(number,)) for number in range(self.num)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise next((e for e in errors if not isinstance(e, threading.BrokenBarrierError)), errors[0])
        return results


@dataclass
class OneRank:
    """The batch beyond this rank."""

    ranks: Ranks
    number: int

    @property
    def rank(self) -> int:
        return self.number

    @property
    def num(self) -> int:
        return self.ranks.num

    def add(self, tensors: Sequence[Any]) -> None:
        every = self.gather([[tensor.clone() for tensor in tensors]])
        for tensor, *of_ranks in zip(tensors, *every, strict=True):
            tensor.copy_(sum(of_ranks))

    def gather(self, mine: Sequence[Any]) -> list[Any]:
        self.ranks.slots[self.number] = list(mine)
        self.ranks.barrier.wait()
        every = [item for of_rank in self.ranks.slots for item in of_rank]
        self.ranks.barrier.wait()
        return every
