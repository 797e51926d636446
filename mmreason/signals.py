"""One concept: a signal is one value per group, kept under the object that says how to get it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from types import FunctionType
from typing import Any, ClassVar, Generic, TypeVar, cast

from mmreason.asks import Request, Role
from mmreason.errors import RecipeError
from mmreason.types import Batch, Group

S_co = TypeVar("S_co", covariant=True)
R = TypeVar("R")


class Signal(ABC, Generic[S_co]):
    """Frozen dataclass; equal fields, one value. ``asks`` leaves the process, ``values`` is arithmetic."""

    per_completion: ClassVar[bool] = True
    """A value is indexed by completion first; False for one value a group."""
    whole_batch: ClassVar[bool] = False
    """The value depends on the other groups, so a change of company forgets it."""

    def asks(self, batch: Batch) -> Sequence[Sequence[Request[Any]]]:
        """List the requests of each group; none for arithmetic."""
        return [() for _ in batch.groups]

    @abstractmethod
    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> Sequence[S_co]:
        """Give one value per group from the replies to ``asks``."""

    def local(self) -> bool:
        """Say whether the value stays true when other groups join or leave."""
        return not any(s.whole_batch for s in needs(self))


class Probe(Signal[S_co], Generic[S_co, R]):
    """A question about each group and a way of reading the answers; equal probes are asked once."""

    @abstractmethod
    def ask(self, group: Group, batch: Batch) -> Sequence[Request[R]]:
        """List the requests for one group; may be empty."""

    @abstractmethod
    def read(self, group: Group, replies: Sequence[R]) -> S_co:
        """Turn the replies to ``ask`` into the group's value."""

    def asks(self, batch: Batch) -> Sequence[Sequence[Request[R]]]:
        """Ask about every group."""
        return [self.ask(group, batch) for group in batch.groups]

    def values(self, batch: Batch, replies: Sequence[Sequence[R]]) -> Sequence[S_co]:
        """Read every group's replies."""
        return [self.read(g, r) for g, r in zip(batch.groups, replies, strict=True)]


class Given(Signal[S_co]):
    """A value that the rollout itself puts into ``group.signals`` (a tree, a tool trace)."""

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> Sequence[S_co]:
        """Refuse: if it were there, nobody would have asked."""
        raise RecipeError(f"{self!r} is given by a rollout, and this stage's rollout did not")


def parts(root: object) -> Iterator[object]:
    """Everything held under ``root`` through dataclass fields and tuples, children first."""
    if isinstance(root, (tuple, frozenset)):
        for item in root:
            yield from parts(item)
    elif is_dataclass(root) and not isinstance(root, type):
        for f in fields(root):
            yield from parts(getattr(root, f.name))
    yield root


def needs(*roots: object) -> list[Signal[Any]]:
    """List the signals under ``roots``: each once, dependencies first."""
    return list(dict.fromkeys(p for p in parts(roots) if isinstance(p, Signal)))


def roles(*roots: object) -> set[Role]:
    """Every role that something under ``roots`` will ask, train or write to."""
    return {p for p in parts(roots) if isinstance(p, Role)}


def is_value(root: object) -> bool:
    """A frozen dataclass in its own right: a subclass without the decorator would be equal to nothing, or too much."""
    params = vars(type(root)).get("__dataclass_params__")
    return params is not None and params.frozen and params.eq


def check(root: object, path: str = "recipe") -> None:
    """Refuse a field that would break equality, hashing, repr or pickling of a key.

    Raises:
        RecipeError: naming the field by its path and what may stand there instead.
    """
    plain = (bool, int, float, str, bytes, Enum, type, PurePath)
    if root is None or (isinstance(root, plain) and root == root):
        return
    if isinstance(root, FunctionType) and root.__closure__ is None and "<" not in root.__qualname__:
        return
    if isinstance(root, (tuple, frozenset)):
        for i, item in enumerate(root):
            check(item, f"{path}[{i}]")
    elif is_value(root):
        for f in fields(cast(Any, root)):
            check(getattr(root, f.name), f"{path}.{f.name}")
    else:
        raise RecipeError(
            f"{path} holds a {type(root).__name__}: "
            "use numbers, text, tuples, module-level functions or frozen dataclasses"
        )
