"""Several processes that train one policy, as torchrun and deepspeed start them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from mmreason.errors import Elsewhere, MMReasonError, RecipeError
from mmreason.types import Across, Alone

V = TypeVar("V")
BUCKET = 64 << 20
"""Bytes of gradients that are added in one call."""
PATIENCE = timedelta(minutes=30)
"""How long a rank waits for the others before it gives up."""


class StandIn(Protocol):
    """A model whose weights or gradients are spread over the ranks."""

    def settle(self) -> None:
        """Run the backward pass that the last forward still owes."""
        ...

    def stand_in(self, kind: int) -> None:
        """Do what all ranks must do together, with nothing of one's own in it."""
        ...


class Turns:
    """Work that all ranks must do at once, because each holds a part of what it needs.

    Ranks have different amounts of work. So a rank that is about to begin says what; all take the highest number that
    anybody said, those who said another one do it with nothing of their own in it, and ask again. A rank that waits for
    the others says 0. So however ragged the work is, all ranks make the same forwards in the same order.

    Args:
        highest: the largest of the numbers that the ranks give; every rank must call.
    """

    MOST = 64
    """Models that take part, at most."""

    def __init__(self, highest: Callable[[int], int]) -> None:
        self.highest, self.parts = highest, list[StandIn]()

    def join(self, part: StandIn) -> int:
        """Take part; gives the number to call ``take`` with, the same on all ranks."""
        self.parts.append(part)
        return len(self.parts) - 1

    def take(self, number: int, kind: int) -> None:
        """Come back when it is this model's turn to do work of a kind; of several kinds the higher go first."""
        mine = 1 + kind * self.MOST + number
        while (agreed := self.agree(mine)) != mine:
            self.serve(agreed)

    def rest(self) -> None:
        """Stand in for the others until all of them rest."""
        while self.parts and (agreed := self.agree(0)):
            self.serve(agreed)

    def agree(self, mine: int) -> int:
        """What comes next, after what was begun is over."""
        for part in self.parts:
            part.settle()
        return self.highest(mine)

    def serve(self, agreed: int) -> None:
        """Stand in for one turn."""
        kind, number = divmod(agreed - 1, self.MOST)
        self.parts[number].stand_in(kind)


class Processes:
    """The ranks of a process group that has been started; objects travel by gloo, gradients by NCCL where they can."""

    def __init__(self) -> None:
        self.rank, self.num = dist.get_rank(), dist.get_world_size()
        self.host: Any = dist.new_group(backend="gloo", timeout=PATIENCE)
        self.turns = Turns(self.highest)

    def highest(self, mine: int) -> int:
        """The largest of the numbers that the ranks give."""
        found = torch.tensor([mine])
        dist.all_reduce(found, dist.ReduceOp.MAX, group=self.host)
        return int(found)

    def gather(self, mine: Sequence[V]) -> list[V]:
        """Give the items of all ranks, in rank order; every rank must call."""
        self.turns.rest()
        every: list[list[V] | None] = [None] * self.num
        dist.all_gather_object(every, list(mine), group=self.host)
        return [item for of_rank in every for item in of_rank or ()]

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Put into each tensor its sum over all ranks, many of them in one call."""
        self.turns.rest()
        for bucket in buckets(tensors):
            flat = torch.cat([tensor.reshape(-1) for tensor in bucket])
            dist.all_reduce(flat)
            for tensor, total in zip(bucket, flat.split([tensor.numel() for tensor in bucket]), strict=True):
                tensor.copy_(total.view_as(tensor))


def buckets(tensors: Sequence[Tensor], most: int = BUCKET) -> Iterator[list[Tensor]]:
    """Neighbours of one type on one device, up to so many bytes together; a larger one goes alone."""
    held: list[Tensor] = []
    size = 0
    for tensor in tensors:
        alike = not held or (tensor.dtype, tensor.device) == (held[0].dtype, held[0].device)
        if held and (not alike or size + tensor.nbytes > most):
            yield held
            held, size = [], 0
        held.append(tensor)
        size += tensor.nbytes
    if held:
        yield held


def started() -> bool:
    """Say whether a launcher started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def join() -> Across:
    """Meet the other processes; one process alone meets nobody.

    Raises:
        RecipeError: the launcher's environment is incomplete, or the others cannot be reached.
    """
    if not started():
        return Alone()
    if not dist.is_initialized():
        cuda = torch.cuda.is_available()
        if cuda:
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        try:
            dist.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=PATIENCE)
        except (ValueError, RuntimeError) as error:
            raise RecipeError(
                f"WORLD_SIZE is {os.environ['WORLD_SIZE']}, but the other processes cannot be met: "
                f"{str(error).splitlines()[0]}; start with torchrun or deepspeed, or unset WORLD_SIZE"
            ) from None
    return Processes()


def leave() -> None:
    """Take leave of the other processes."""
    if dist.is_initialized():
        dist.destroy_process_group()


def by_first(across: Across, work: Callable[[], V]) -> V:
    """Let the first rank do what must be done once; all get its result. Every rank must call.

    Raises:
        Elsewhere: on the other ranks, where the first one fails with an error of ours.
    """
    if across.num == 1:
        return work()
    told: list[Any] = []
    failed: MMReasonError | None = None
    if across.rank == 0:
        try:
            told = [(work(), None)]
        except MMReasonError as error:
            failed, told = error, [(None, str(error))]
    ((result, reason),) = across.gather(told)
    if failed is not None:
        raise failed
    if reason is not None:
        raise Elsewhere(reason)
    return result  # type: ignore[no-any-return]
