"""Small real parts for tests: groups made by hand, signals of known values, judges, stores, tasks. No mocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmreason.asks import Request, Role
from mmreason.engine import Live, settle
from mmreason.rewards.base import CompletionReward, GroupReward
from mmreason.run import Run
from mmreason.signals import Signal
from mmreason.types import Across, Alone, Batch, Completion, Group, Progress, Task
from vision_data.messages import Prompt, user

NAN = float("nan")
D = torch.float64


def close(found: Any, expected: Any, tolerance: float = 1e-6) -> None:
    """Equal within an absolute tolerance; NaN equals NaN."""
    if isinstance(found, list) and found and isinstance(found[0], Tensor):
        found = torch.stack(found)
    a, b = torch.as_tensor(found, dtype=D), torch.as_tensor(expected, dtype=D)
    assert a.shape == b.shape, f"expected {tuple(b.shape)}, got {tuple(a.shape)}"
    gap = (a - b).abs().masked_fill(a.isnan() & b.isnan(), 0.0)
    assert bool((gap <= tolerance).all()), f"expected {b.tolist()}, got {a.tolist()}"


# Nouns by hand


def prompt(text: str) -> Prompt:
    return (user(text),)


def task(id: str = "q0", text: str = "x", **fields: Any) -> Task:
    return Task(id=id, prompt=prompt(text), **fields)


def comp(
    tokens: Sequence[int],
    logprobs: Sequence[float] | None = None,
    wrote: Sequence[bool] | None = None,
    text: str = "",
    **fields: Any,
) -> Completion:
    """A completion of these tokens; log-probs 0 and all written unless told otherwise."""
    return Completion(
        text=text,
        tokens=torch.tensor(list(tokens), dtype=torch.int64),
        logprobs=torch.zeros(len(tokens), dtype=D) if logprobs is None else torch.tensor(logprobs, dtype=D),
        wrote=torch.ones(len(tokens), dtype=torch.bool) if wrote is None else torch.tensor(wrote, dtype=torch.bool),
        **fields,
    )


def group(*completions: Completion, id: str = "q0", **fields: Any) -> Group:
    return Group(task(id, **fields), completions)


def flat_group(num: int, id: str = "q0", length: int = 1) -> Group:
    """A group of equal completions."""
    return group(*(comp([1] * length) for _ in range(num)), id=id)


# Signals of known values


@dataclass(frozen=True)
class Fixed(GroupReward):
    """Rewards by task id: ``fixed([1, 0], [0, 0])`` are those of q0 and q1."""

    rows: tuple[tuple[str, tuple[float, ...]], ...] = ()

    def score(self, group: Group) -> Tensor:
        return torch.tensor(dict(self.rows)[group.task.id], dtype=D)


def fixed(*rows: Sequence[float]) -> Fixed:
    return Fixed(tuple((f"q{i}", tuple(map(float, row))) for i, row in enumerate(rows)))


@dataclass(frozen=True)
class Constant(Signal["list[Tensor]"]):
    """[T] per completion by task id."""

    rows: tuple[tuple[str, tuple[tuple[float, ...], ...]], ...]

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[list[Tensor]]:
        return [[torch.tensor(row, dtype=D) for row in dict(self.rows)[g.task.id]] for g in batch.groups]


def constant(*groups: Sequence[Sequence[float]]) -> Constant:
    return Constant(tuple((f"q{i}", tuple(tuple(row) for row in rows)) for i, rows in enumerate(groups)))


@dataclass(frozen=True)
class Even(CompletionReward):
    """Right where the last token is even: something that ``TinyLM`` can learn."""

    def rate(self, task: Task, completion: Completion) -> float:
        return float(len(completion.tokens) > 0 and int(completion.tokens[-1]) % 2 == 0)


def settled(
    groups: Sequence[Group],
    *roots: object,
    terms: Sequence[Any] = (),
    models: Mapping[Role, Any] | None = None,
    progress: Progress | None = None,
    across: Across | None = None,
) -> Batch:
    """A batch that knows its terms and everything under ``roots``; without models nobody may be asked."""
    run = run_of(dict(models or {}), across)
    batch = Batch(tuple(groups), progress or Progress(), run.across, tuple(terms))
    for wanted in (tuple(terms), roots):
        settle(batch, scene(run), wanted)
    return batch


# Live parts


class Plain:
    """A live part that remembers nothing."""

    def joins(self, run: Run) -> None: ...

    def write(self, records: list[dict[str, object]]) -> None:
        raise AssertionError("not a store")

    def after_step(self, batch: Batch) -> None: ...

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class Says(Plain):
    """A judge or tool that is a function of the request."""

    def __init__(self, reply: Callable[[Any], Any]) -> None:
        self.reply, self.asked, self.calls = reply, 0, 0

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        self.asked, self.calls = self.asked + len(requests), self.calls + 1
        return [self.reply(request) for request in requests]


class Store(Plain):
    """Keeps the records that stages write."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def write(self, records: list[dict[str, Any]]) -> None:
        self.rows += records

    def state_dict(self) -> dict[str, Any]:
        return {"rows": list(self.rows)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.rows = list(state["rows"])


# Tasks and runs


class LiveTasks:
    """Walks through its tasks in order, again and again; remembers what it was told."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks, self.at, self.seen = list(tasks), 0, 0

    def next(self, num: int) -> list[Task]:
        self.at += num
        return [self.tasks[i % len(self.tasks)] for i in range(self.at - num, self.at)]

    def upcoming(self, num: int) -> list[Task]:
        return [self.tasks[i % len(self.tasks)] for i in range(self.at, self.at + num)]

    def observe(self, batch: Batch) -> None:
        self.seen += len(batch.groups)

    def state_dict(self) -> dict[str, Any]:
        return {"at": self.at, "seen": self.seen}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.at, self.seen = state["at"], state["seen"]


@dataclass(frozen=True)
class Tasks:
    """Questions; each rank has its own, ``twins`` come in pairs."""

    num: int = 8
    twins: bool = False

    def open(self, run: Any = None) -> LiveTasks:
        return LiveTasks([self.task(i, getattr(getattr(run, "across", None), "number", 0)) for i in range(self.num)])

    def task(self, i: int, rank: int) -> Task:
        text = "pqrst"[i % 5] * (1 + i % 3)
        peer = f"r{rank}t{i ^ 1}" if self.twins else None
        return task(f"r{rank}t{i}", text, peer=peer, hint=prompt(f"{text} hint"), record={"demo": f"{i % 9 + 1} 2"})


def run_of(models: dict[Role, Any], across: Across | None = None, seed: int = 0) -> Run:
    """A run whose models know each other and the other ranks."""
    run = Run(models, across or Alone(), seed=seed)
    for model in models.values():
        model.joins(run)
    return run


def scene(run: Run, progress: Progress | None = None) -> Live:
    return Live(run, progress or Progress(), run.across, ("stage", 0, 0))
