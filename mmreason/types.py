"""The nouns every method shares: Task, Completion, Group, Batch, Progress, Across.

Axes in names: ``_N`` completions of a batch, ``_G`` completions of a group, ``_T`` tokens of a completion,
``_P`` tokens of a prompt, ``_V`` vocabulary, ``_H`` hidden width.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar, cast

import torch
from torch import Tensor

from mmreason.errors import SignalError
from vision_data.messages import Prompt

if TYPE_CHECKING:
    from mmreason.rewards.base import Term
    from mmreason.signals import Signal

S = TypeVar("S")
V = TypeVar("V")


class Schedule(ABC):
    """A number that moves with the run. Frozen dataclasses, never lambdas; what it needs is in ``progress``."""

    @abstractmethod
    def __call__(self, progress: Progress) -> float:
        """Give the value at this point of the run."""


Knob: TypeAlias = float | Schedule


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the run stands, and every number logged so far (the same on all ranks, and in the checkpoint)."""

    step: int = 0
    """Steps of this stage that are done."""
    steps: int = 1
    """Steps of this stage in all."""
    stage: str = ""
    history: Mapping[str, Sequence[float]] = field(default_factory=dict, compare=False, repr=False)
    """``stage/metric`` to its values so far."""

    def at(self, knob: Knob) -> float:
        """Give the value of a constant or a schedule now."""
        return knob(self) if isinstance(knob, Schedule) else knob


class Across(Protocol):
    """The batch beyond this rank. One process: itself."""

    @property
    def rank(self) -> int:
        """Number of this rank, from 0."""
        ...

    @property
    def num(self) -> int:
        """Ranks in all."""
        ...

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Put into each tensor its sum over all ranks; every rank must call, with equal shapes in the same order."""
        ...

    def gather(self, mine: Sequence[V]) -> list[V]:
        """Give the items of all ranks, in rank order; every rank must call."""
        ...


class Alone:
    """One process."""

    rank, num = 0, 1

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Leave them as they are."""

    def gather(self, mine: Sequence[V]) -> list[V]:
        """Give back what came."""
        return list(mine)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One question: what is asked, what is right, and everything a reward may want to know."""

    id: str
    """Unique in its source; seeds derive from it."""
    prompt: Prompt
    answer: str | None = None
    """The gold answer as text; None where there is none (rewards that need one refuse it while reading the data)."""
    peer: str | None = None
    """Id of the twin task that must be in the same batch."""
    hint: Prompt | None = None
    """The prompt with a hint in it, for methods that sample under it."""
    record: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The fields of the data set's record that rewards and metrics read."""
    where: str = field(default="", compare=False)
    """File and line of the record, for errors; empty for what was generated."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Completion:
    """One answer of the policy, token by token."""

    text: str
    """Decoded tokens without the end-of-turn token."""
    tokens: Tensor
    """[T] int64."""
    logprobs: Tensor
    """[T] when sampled, under ``asked`` and ``temperature``; 0 where the policy did not choose."""
    wrote: Tensor
    """[T] True where the policy chose the token: not for forced prefixes, tool output and returned media."""
    offsets: tuple[int, ...] = ()
    """[T + 1] characters of ``text`` before each token; the last is the length of the text."""
    asked: Prompt | None = None
    """Prompt it was sampled under, where that is not the task's own (a hint, a noised image)."""
    arm: str = ""
    """Which kind of rollout it is, for methods that mix kinds in one group."""
    finish: Literal["stop", "length", "pruned"] = "stop"
    temperature: float = 1.0
    spans: tuple[tuple[str, int, int], ...] = ()
    """(name, first token, after last token) of think, answer, context, step, query, ..."""

    def then(self, seen: Tensor) -> Completion:
        """Go on after something the policy did not write: a tool's answer, returned media, a closing tag."""
        blank = torch.zeros(len(seen), dtype=self.logprobs.dtype)
        return replace(
            self,
            tokens=torch.cat([self.tokens, seen]),
            logprobs=torch.cat([self.logprobs, blank]),
            wrote=torch.cat([self.wrote, torch.zeros(len(seen), dtype=torch.bool)]),
        )

    def span(self, name: str) -> list[tuple[int, int]]:
        """Token ranges noted under this name by the rollout."""
        return [(a, b) for n, a, b in self.spans if n == name]


def take(value: Any, chosen: Sequence[int]) -> Any:
    """Pick rows of a value that is indexed by completion first."""
    return value[torch.tensor(chosen)] if isinstance(value, Tensor) else [value[i] for i in chosen]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """G completions of one task, and what is known about them."""

    task: Task
    completions: tuple[Completion, ...]
    signals: dict[Signal[Any], Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.completions)

    def only(self, chosen: Sequence[int]) -> Group:
        """The same group with some of its completions: for cutting a batch, never for statistics."""
        cut = {s: take(v, chosen) if s.per_completion else v for s, v in self.signals.items()}
        return Group(self.task, tuple(self.completions[i] for i in chosen), cut)

    def __getitem__(self, signal: Signal[S]) -> S:
        try:
            return cast(S, self.signals[signal])
        except KeyError:
            known = ", ".join(map(repr, self.signals)) or "none"
            raise SignalError(f"group {self.task.id!r} has no {signal!r}; recorded: {known}") from None


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The groups of one step that live on this rank; ``across`` reaches the others."""

    groups: tuple[Group, ...]
    progress: Progress = Progress()
    across: Across = Alone()
    terms: tuple[Term, ...] = ()
    """The stage's reward table: the columns; their values are signals of the groups."""
    known: set[Signal[Any]] = field(default_factory=set)
    """Signals recorded: the same on every rank, also on one that has no groups."""

    def pairs(self) -> Iterator[tuple[Task, Completion]]:
        """Walk all N completions with their tasks."""
        return ((g.task, c) for g in self.groups for c in g.completions)

    def fold(self, flat: Iterable[V]) -> list[list[V]]:
        """Put N values back into groups."""
        values = iter(flat)
        return [[next(values) for _ in g.completions] for g in self.groups]

    def record(self, signal: Signal[S], values: Sequence[S]) -> None:
        """Keep one value per group under its signal; lengths are checked."""
        for group, value in zip(self.groups, values, strict=True):
            if signal.per_completion and len(cast(Any, value)) != len(group):
                raise SignalError(f"{signal!r} gave {len(cast(Any, value))} values for {len(group)} completions")
            group.signals[signal] = value
        self.known.add(signal)

    def join(self, other: Batch) -> Batch:
        """More groups of the same step. What depended on the company is forgotten."""
        return self.regroup((*self.groups, *other.groups), self.known & other.known)

    def select(self, kept: Sequence[bool]) -> Batch:
        """Keep the groups marked True; the other half of a broken pair goes too."""
        chosen = list(compress(self.groups, kept))
        ids = {g.task.id for g in chosen}
        return self.regroup((g for g in chosen if g.task.peer is None or g.task.peer in ids), self.known)

    def regroup(self, groups: Iterable[Group], known: set[Signal[Any]]) -> Batch:
        """The same step with other groups, and only those signals that do not depend on the company."""
        stays = {s for s in known if s.local()}
        kept = tuple(Group(g.task, g.completions, {s: v for s, v in g.signals.items() if s in stays}) for g in groups)
        return replace(self, groups=kept, known=stays)

    def peer_of(self, group: Group) -> Group:
        """The twin's group."""
        for other in self.groups:
            if other.task.id == group.task.peer:
                return other
        raise SignalError(f"group {group.task.id!r} needs its peer {group.task.peer!r} in the same batch")

    def everyone(self, column: Sequence[Tensor]) -> Tensor:
        """All values of a column on all ranks, as one flat tensor."""
        every = self.across.gather([c.double() for c in column])
        return torch.cat([c.reshape(-1) for c in every]) if every else torch.zeros(0, dtype=torch.float64)
