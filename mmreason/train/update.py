"""One optimiser step of one role: exact for any cut into forwards and any split over ranks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from mmreason.asks import Score, Scores
from mmreason.losses.base import Loss
from mmreason.types import Batch, Group

U = TypeVar("U")
Answer = Callable[[Sequence[Any]], list[Any]]
Asked = list[list[list[Score]]]
"""Requests by loss, then by group."""


class Space(Protocol):
    """What is left of one forward and backward."""

    def take(self, requests: Sequence[Score], anyway: bool = False) -> bool:
        """Put requests in if they fit, or ``anyway``; says whether they are in."""
        ...


class Trainable(Protocol):
    """A live part that can learn."""

    def room(self) -> Space:
        """Give the space of one forward and backward, empty."""
        ...

    def shrink(self, error: Exception) -> None:
        """After the device ran out of memory: clear all gradients, make the space of a forward smaller.

        Raises:
            RecipeError: it cannot be made smaller.
        """
        ...

    # one_by_one: bool = False
    # True where a forward's backward pass must follow before ranks speak to one another again

    def apply(self) -> dict[str, float]:
        """Add the gradients of all ranks, clip, step, clear; gives numbers for the log."""
        ...


def learn(model: Trainable, answer: Answer, batch: Batch, losses: Sequence[Loss]) -> dict[str, float]:
    """Divisors first, over all ranks; then every cut of the batch adds its part of the same sum.

    Where the device runs out of memory, the whole is done once more in smaller cuts.
    """
    counts = [sum(batch.across.gather([loss.count(batch)])) for loss in losses]
    scale = [batch.progress.at(loss.weight) / max(n, 1e-12) for loss, n in zip(losses, counts, strict=True)]
    value_sum, seen = in_memory(model, lambda: accumulate(model, answer, batch, losses, scale))
    logged = {"loss": sum(batch.across.gather([value_sum]))} | seen.means(batch)
    return logged | model.apply()


def in_memory(model: Trainable, run: Callable[[], U]) -> U:
    """Run until the device's memory is enough; ``shrink`` makes it so, or gives up."""
    while True:
        try:
            return run()
        except torch.OutOfMemoryError as error:
            model.shrink(error)


def accumulate(
    model: Trainable, answer: Answer, batch: Batch, losses: Sequence[Loss], scale: Sequence[float]
) -> tuple[float, Seen]:
    """All forwards and backwards of one optimiser step; gives the loss and what the losses observed."""
    couples = {loss.couples for loss in losses}
    if "batch" in couples:
        cuts = [batch]
    else:
        cuts = [replace(batch, groups=groups) for groups in cut(model, batch, losses, inside="group" not in couples)]
    value_sum, seen = 0.0, Seen()
    speaks = "batch" in couples and getattr(model, "one_by_one", False)  # such a loss may ask other ranks
    for part in cuts:
        if not speaks and model.room().take(wanted(losses, part.groups)):
            value_sum += in_one_pass(answer, part, losses, scale, seen)
        else:
            value_sum += in_two_passes(model, answer, part, losses, scale, seen)
    return value_sum, seen


class Seen:
    """Sums and counts of what losses observe, over the cuts."""

    def __init__(self) -> None:
        self.sums: dict[str, tuple[float, float]] = {}

    def add(self, batch: Batch, losses: Sequence[Loss], replies: Sequence[Sequence[Sequence[Scores]]]) -> None:
        """Let every loss look at its own replies."""
        for loss, of_loss in zip(losses, replies, strict=True):
            for group, of_group in zip(batch.groups, of_loss, strict=True):
                for name, (total, num) in (loss.observe(group, of_group) if of_group else {}).items():
                    old = self.sums.get(name, (0.0, 0.0))
                    self.sums[name] = (old[0] + total, old[1] + num)

    def means(self, batch: Batch) -> dict[str, float]:
        """Sum over count, over all ranks."""
        every = batch.across.gather([self.sums])
        names = sorted({name for sums in every for name in sums})
        total = {n: (sum(s.get(n, (0, 0))[0] for s in every), sum(s.get(n, (0, 0))[1] for s in every)) for n in names}
        return {n: a / b for n, (a, b) in total.items() if b > 0}


def cut(model: Trainable, batch: Batch, losses: Sequence[Loss], inside: bool) -> list[tuple[Group, ...]]:
    """Fill forwards with whole groups; where no loss looks beyond a completion, a group too large is split."""
    units: list[Group] = []
    for group in batch.groups:
        apart = inside and not model.room().take(wanted(losses, [group]))
        units += [group.only([i]) for i in range(len(group))] if apart else [group]
    return [tuple(groups) for groups in filled(model, units, lambda group: wanted(losses, [group]))]


def filled(model: Trainable, units: Sequence[U], asked: Callable[[U], Sequence[Score]]) -> list[list[U]]:
    """Consecutive units as long as they fit into one forward; one that does not fit goes alone."""
    out: list[list[U]] = [[]]
    room = model.room()
    for unit in units:
        requests = asked(unit)
        if not room.take(requests):
            if out[-1]:
                out.append([])
            room = model.room()
            room.take(requests, anyway=True)
        out[-1].append(unit)
    return out


def wanted(losses: Sequence[Loss], groups: Sequence[Group]) -> list[Score]:
    """Rows that the losses want of these groups."""
    return [score for loss in losses for group in groups for score in loss.ask(group)]


def in_one_pass(answer: Answer, batch: Batch, losses: Sequence[Loss], scale: Sequence[float], seen: Seen) -> float:
    """Forward, loss, backward; gives the value of this part of the sum."""
    asked: Asked = [[list(loss.ask(g)) for g in batch.groups] for loss in losses]
    replies = folded(asked, answer(flat(asked)))
    seen.add(batch, losses, replies)
    return backward(value(batch, losses, scale, replies))


def in_two_passes(
    model: Trainable, answer: Answer, batch: Batch, losses: Sequence[Loss], scale: Sequence[float], seen: Seen
) -> float:
    """For what must be seen together but does not fit together.

    Scores first, as leaves; the loss on them; then each row again, carrying the gradient its scores were found to need.
    """
    asked: Asked = [[list(loss.ask(g)) for g in batch.groups] for loss in losses]
    pieces = [split(model, request) for request in flat(asked)]
    with torch.no_grad():
        leaves = [[as_leaves(scores) for scores in answer(some)] for some in pieces]
    replies = folded(asked, [joined(some) for some in leaves])
    seen.add(batch, losses, replies)
    total = backward(value(batch, losses, scale, replies))
    for request, known in zip(chain(*pieces), chain(*leaves), strict=True):
        again = answer([request])[0]
        pairs = [
            (x, leaf.grad)
            for quantity, xs in again.found.items()
            for x, leaf in zip(xs, known.found[quantity], strict=True)
            if leaf.grad is not None and x.requires_grad
        ]
        if pairs:
            torch.autograd.backward([x for x, _ in pairs], [g for _, g in pairs])
    return total


def split(model: Trainable, request: Score) -> list[Score]:
    """Cut a request that does not fit between its rows, unless a quantity compares them."""
    if any(quantity.aligned for quantity in request.want):
        return [request]
    parts = filled(model, request.rows, lambda row: [replace(request, rows=(row,))])
    return [replace(request, rows=tuple(rows)) for rows in parts]


def joined(scores: Sequence[Scores]) -> Scores:
    """The rows of several replies in one."""
    return Scores({q: [x for reply in scores for x in reply.found[q]] for q in scores[0].found})


def as_leaves(scores: Scores) -> Scores:
    """The same numbers as leaves that collect a gradient."""
    return Scores({q: [x.detach().requires_grad_() for x in xs] for q, xs in scores.found.items()})


def value(
    batch: Batch, losses: Sequence[Loss], scale: Sequence[float], replies: Sequence[Sequence[Sequence[Scores]]]
) -> Tensor:
    """Weighted sum of all losses over this part of the batch."""
    total = torch.zeros((), dtype=torch.float64)
    for loss, factor, of_loss in zip(losses, scale, replies, strict=True):
        total = total + factor * loss.read_all(batch, of_loss)
    return total


def backward(total: Tensor) -> float:
    """Back-propagate if there is anything to learn; gives the value."""
    if total.requires_grad:
        total.backward()
    return float(total.detach())


def flat(asked: Asked) -> list[Score]:
    """All requests in one list."""
    return [request for of_loss in asked for of_group in of_loss for request in of_group]


def folded(asked: Asked, replies: Sequence[Scores]) -> list[list[list[Scores]]]:
    """Replies in the shape of the requests."""
    rest = iter(replies)
    return [[[next(rest) for _ in of_group] for of_group in of_loss] for of_loss in asked]
