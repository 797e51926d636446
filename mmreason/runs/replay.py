"""A batch as plain data and back, bit for bit: what a resumed run and learning from a recording start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from torch import Tensor

from mmreason.errors import CheckpointError, DataError, SignalError
from mmreason.naming import by_name, name_of
from mmreason.recipe import Stage
from mmreason.runs.media_codec import MediaReader, MediaWriter
from mmreason.signals import Signal, needs
from mmreason.types import Across, Batch, Completion, Group, Progress, Task

FORMAT = 1
PROMPTS = ("prompt", "hint", "asked")
"""Fields of tasks and completions that are prompts."""


def batch_to_plain(batch: Batch, stage: Stage) -> dict[str, Any]:
    """Write tasks, completions and all signals that something in the stage holds, as containers, tensors and numbers.

    A signal that nothing in the stage holds can be read by nobody and is left out.

    Raises:
        SignalError: the value of a signal is no plain data.
        DataError: a task's record is no plain data.
    """
    writer = Writer()
    wanted = signals_of(stage)
    groups = [writer.group(group, wanted) for group in batch.groups]
    known = sorted(name for name, signal in wanted.items() if signal in batch.known)
    return {"format": FORMAT, "stage": stage.name, "known": known, "groups": groups} | writer.media.tables()


def batch_from_plain(
    data: Mapping[str, Any], stage: Stage, progress: Progress, across: Across, strict: bool = True
) -> Batch:
    """Give the batch back.

    Args:
        data: what ``batch_to_plain`` made.
        stage: the stage that will learn from it; signals are found by name among those that it holds.
        progress: where the run stands.
        across: the batch beyond this rank.
        strict: refuse signals that the stage does not hold; False leaves them out (learning with another loss).

    Raises:
        CheckpointError: the data are of another format, or hold a signal unknown to the stage.
    """
    wanted = signals_of(stage)
    if strict:
        refuse_unknown(data, wanted, stage.name)
    groups = groups_from_plain(data, wanted)
    known = {wanted[name] for name in data["known"] if name in wanted}
    return Batch(groups, progress, across, stage.rewards, known)


def signals_of(stage: Stage) -> dict[str, Signal[Any]]:
    """All signals that the stage holds, by name.

    Raises:
        SignalError: two different ones have the same name.
    """
    held = needs(stage)
    named = by_name(held)
    if len(named) < len(held):
        double = next(s for s in held if named[name_of(s)] is not s)
        raise SignalError(f"stage {stage.name!r} holds two different signals named {name_of(double)}; rename a class")
    return named


def groups_from_plain(data: Mapping[str, Any], wanted: Mapping[str, Signal[Any]]) -> tuple[Group, ...]:
    """The groups alone, with those of their signals that are wanted.

    Raises:
        CheckpointError: the data are of another format or incomplete.
    """
    if data.get("format") != FORMAT:
        raise CheckpointError(
            f"a buffer of format {data.get('format')!r} cannot be read, expected {FORMAT}: "
            "it was written by another version, or is no buffer"
        )
    try:
        reader = Reader(MediaReader(data))
        return tuple(reader.group(group, wanted) for group in data["groups"])
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise CheckpointError(f"a buffer is damaged or of another version ({type(error).__name__}: {error})") from None


def refuse_unknown(data: Mapping[str, Any], wanted: Mapping[str, Signal[Any]], stage: str) -> None:
    """See that every stored signal is one that the stage holds."""
    stored = {*data.get("known", ()), *(name for group in data.get("groups", ()) for name in group["signals"])}
    if odd := sorted(stored - set(wanted)):
        raise CheckpointError(
            f"the buffer holds {len(odd)} signal(s) that stage {stage!r} does not know, e.g. {odd[0]}; "
            "it was recorded under another recipe or another version of this code"
        )


class Writer:
    """Turns nouns into plain data; a tensor that stands in several places is stored once."""

    def __init__(self) -> None:
        self.media = MediaWriter()
        self.copies: dict[int, tuple[Tensor, Tensor]] = {}

    def group(self, group: Group, wanted: Mapping[str, Signal[Any]]) -> dict[str, Any]:
        """One group and its signals by name."""
        try:
            task = self.fields(group.task)
        except TypeError as error:
            raise DataError(
                f"task {group.task.id!r} cannot be written to a buffer: {error}; a record may hold numbers, texts, "
                "None, lists and dictionaries"
            ) from None
        signals = {}
        for signal, value in group.signals.items():
            name = name_of(signal)
            if name in wanted:
                signals[name] = self.value_of(name, value)
        return {"task": task, "completions": [self.fields(c) for c in group.completions], "signals": signals}

    def value_of(self, name: str, value: Any) -> Any:
        """The value of a signal."""
        try:
            return self.plain(value)
        except TypeError as error:
            raise SignalError(
                f"the value of {name} cannot be written to a buffer: {error}; a signal's value may be made of tensors, "
                "numbers, texts, None, lists, tuples, dictionaries and completions"
            ) from None

    def fields(self, noun: Task | Completion) -> dict[str, Any]:
        """All fields of a task or completion."""
        return {f.name: self.field(f.name, getattr(noun, f.name)) for f in fields(noun)}

    def field(self, name: str, value: Any) -> Any:
        """A prompt by its media's numbers, all else as it is."""
        return self.media.prompt(value) if name in PROMPTS and value is not None else self.plain(value)

    def plain(self, value: Any) -> Any:
        """Copy plain data; what a plain file has no word for is wrapped in a dictionary that says what it is."""
        if value is None or type(value) in (bool, int, float, str):
            return value
        if isinstance(value, Tensor):
            return self.tensor(value)
        if type(value) in (list, tuple):
            return type(value)(self.plain(item) for item in value)
        if isinstance(value, Mapping):
            return {"is": "mapping", "items": [(self.plain(k), self.plain(v)) for k, v in value.items()]}
        if isinstance(value, Completion):
            return {"is": "completion", "fields": self.fields(value)}
        raise TypeError(f"it holds a {type(value).__module__}.{type(value).__qualname__}")

    def tensor(self, value: Tensor) -> Tensor:
        """A copy on the CPU: of the values alone, not of a larger storage that they are a window of."""
        if id(value) not in self.copies:
            self.copies[id(value)] = value, value.detach().cpu().clone()
        return self.copies[id(value)][1]


class Reader:
    """Turns plain data back into nouns."""

    def __init__(self, media: MediaReader) -> None:
        self.media = media

    def group(self, data: Mapping[str, Any], wanted: Mapping[str, Signal[Any]]) -> Group:
        """One group with its wanted signals."""
        signals = {wanted[name]: self.value(value) for name, value in data["signals"].items() if name in wanted}
        completions = tuple(Completion(**self.fields(c)) for c in data["completions"])
        return Group(Task(**self.fields(data["task"])), completions, signals)

    def fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of a task or completion."""
        return {
            name: self.media.prompt(value) if name in PROMPTS and value is not None else self.value(value)
            for name, value in data.items()
        }

    def value(self, value: Any) -> Any:
        """Undo ``Writer.plain``."""
        if isinstance(value, (list, tuple)):
            return type(value)(self.value(item) for item in value)
        if not isinstance(value, Mapping):
            return value
        if value["is"] == "completion":
            return Completion(**self.fields(value["fields"]))
        return {self.value(k): self.value(v) for k, v in value["items"]}
