"""A memory that only ``write`` changes: the same bonus on one rank and on two, in the batch's global order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from mmreason.asks import Request, Role
from mmreason.engine import settle
from mmreason.rewards.base import Reward
from mmreason.signals import Probe
from mmreason.types import Across, Batch, Completion, Group
from tests.mmreason.engine.methods import RIGHT
from tests.mmreason.fakes import NAN, D, Plain, close, comp, group, run_of, scene
from tests.mmreason.ranks import OneRank, Ranks

MEMORY = Role("memory")


@dataclass(frozen=True, eq=False)
class Recall(Request["tuple[float, float]"]):
    """How near to what was right, how far from what was wrong."""

    vector: Tensor


@dataclass(frozen=True, eq=False)
class Recent(Request["list[list[float]]"]):
    """The last raw values of both kinds."""


class Memory(Plain):
    """Vectors of right and wrong episodes, and the last raw values."""

    def __init__(
        self, right: Sequence[Tensor] = (), wrong: Sequence[Tensor] = (), recent: Sequence[Sequence[float]] = ((), ())
    ) -> None:
        self.right, self.wrong, self.recent = list(right), list(wrong), [list(values) for values in recent]

    def answer(self, requests: Sequence[Request[object]]) -> list[object]:
        return [self.recall(r.vector) if isinstance(r, Recall) else [list(v) for v in self.recent] for r in requests]

    def recall(self, vector: Tensor) -> tuple[float, float]:
        near = -float((vector - torch.stack(self.right).mean(0)).norm()) if self.right else NAN
        alike = [float(torch.cosine_similarity(vector, other, 0)) for other in self.wrong]
        return near, 1 - max(alike) if alike else NAN

    def write(self, records: list[dict[str, object]]) -> None:
        for record in records:
            (self.right if record["right"] else self.wrong).append(record["vector"])  # type: ignore[arg-type]
            for values, x in zip(self.recent, record["raw"], strict=True):  # type: ignore[call-overload]
                values += [x] if x == x else []


def embed(c: Completion) -> Tensor:
    return c.logprobs[:2]


@dataclass(frozen=True)
class Recalled(Probe[Tensor, "tuple[float, float]"]):
    """[G, 2] raw values."""

    by: Role = MEMORY

    def ask(self, group: Group, batch: Batch) -> list[Recall]:
        return [Recall(self.by, embed(c)) for c in group.completions]

    def read(self, group: Group, replies: Sequence[tuple[float, float]]) -> Tensor:
        return torch.tensor(list(replies), dtype=D)


@dataclass(frozen=True)
class Window(Probe["list[list[float]]", "list[list[float]]"]):
    """The last raw values, one for the group."""

    by: Role = MEMORY
    per_completion: ClassVar[bool] = False

    def ask(self, group: Group, batch: Batch) -> list[Recent]:
        return [Recent(self.by)]

    def read(self, group: Group, replies: Sequence[list[list[float]]]) -> list[list[float]]:
        return replies[0]


@dataclass(frozen=True)
class MemoryBonus(Reward):
    """Memory-R+: raw values rescaled by a window that walks over the whole batch in its global order."""

    raw: Recalled = Recalled()
    window: Window = Window()
    size: int = 100

    def __call__(self, batch: Batch) -> list[Tensor]:
        every = batch.everyone([g[self.raw] for g in batch.groups]).reshape(-1, 2)
        recent = batch.across.gather([g[self.window] for g in batch.groups])[:1]
        out = torch.zeros(len(every), dtype=D)
        for k in range(2):
            last = list(recent[0][k]) if recent else []
            for i, x in enumerate(every[:, k].tolist()):
                if x == x:
                    last = [*last, x][-self.size :]
                    low, high = min(last), max(last)
                    out[i] += (x - low) / (high - low + 1e-8) if high > low else 0.0
        return self.mine(batch, out)

    def mine(self, batch: Batch, out: Tensor) -> list[Tensor]:
        """This rank's rows."""
        sizes = [len(g) for g in batch.groups]
        every = batch.across.gather([(id(batch), sum(sizes))])
        start = sum(num for _, num in every[: [who for who, _ in every].index(id(batch))])
        return list(out[start : start + sum(sizes)].split(sizes))


@dataclass(frozen=True)
class Episodes:
    """What is remembered of a batch."""

    into: Role = MEMORY
    raw: Recalled = Recalled()
    right: Reward = RIGHT

    def records(self, batch: Batch) -> list[dict[str, object]]:
        return [
            {"right": bool(r > 0), "vector": embed(c), "raw": x.tolist()}
            for g in batch.groups
            for c, r, x in zip(g.completions, g[self.right], g[self.raw], strict=True)
        ]


def test_by_hand() -> None:
    right, wrong = ([torch.tensor(v, dtype=D) for v in vs] for vs in (((0.8, 0.6), (1, 0)), ((0, 1), (0.6, 0.8))))
    memory = Memory(right, wrong, ((-0.5, -0.3, -0.2), (0.1, 0.5, 0.2)))
    bonus, batch = MemoryBonus(), Batch((group(comp([1, 2], [1, 0])),))
    settle(batch, scene(run_of({MEMORY: memory})), bonus)
    close(batch.groups[0][bonus.raw][0], [-0.316228, 0.4], 1e-5)
    close(batch.groups[0][bonus], [1.362573], 1e-5)


def steps() -> list[list[Group]]:
    rng = torch.Generator().manual_seed(0)

    def one(step: int, k: int) -> Group:
        vectors = torch.randn(3, 2, generator=rng, dtype=D).tolist()
        return group(*(comp([1, 2 + i % 2], v) for i, v in enumerate(vectors)), id=f"q{step}{k}")

    return [[one(step, k) for k in range(4)] for step in range(3)]


def play(steps: list[list[Group]], across: Across | None = None) -> tuple[list[list[list[float]]], Memory]:
    memory, bonus, keep = Memory(), MemoryBonus(), Episodes()
    run = run_of({MEMORY: memory}, across)
    out = []
    for groups in steps:
        batch = Batch(tuple(groups), across=run.across)
        settle(batch, scene(run), bonus, keep)
        memory.write(run.across.gather(keep.records(batch)))
        out.append([g[bonus].tolist() for g in batch.groups])
    return out, memory


def test_two_ranks_remember_what_one_process_does() -> None:
    alone, memory = play(steps())

    def work(rank: OneRank) -> tuple[list[list[list[float]]], Memory]:
        return play([s[1:] if rank.number else s[:1] for s in steps()], rank)

    (first, memory_1), (second, memory_2) = Ranks().run(work)
    close([a + b for a, b in zip(first, second, strict=True)], alone, 1e-12)
    assert memory_1.recent == memory_2.recent == memory.recent
