"""Several processes that train one policy, as torchrun and deepspeed start them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeVar

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


class Processes:
    """The ranks of a process group that has been started; objects travel by gloo, gradients by NCCL where they can."""

    def __init__(self) -> None:
        self.rank, self.num = dist.get_rank(), dist.get_world_size()
        self.host: Any = dist.new_group(backend="gloo", timeout=PATIENCE)

    def gather(self, mine: Sequence[V]) -> list[V]:
        """Give the items of all ranks, in rank order; every rank must call."""
        every: list[list[V] | None] = [None] * self.num
        dist.all_gather_object(every, list(mine), group=self.host)
        return [item for of_rank in every for item in of_rank or ()]

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Put into each tensor its sum over all ranks, many of them in one call."""
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
