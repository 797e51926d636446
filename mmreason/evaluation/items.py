"""One question, answered once or several times: what was measured, as a line of ``eval.jsonl`` and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmreason.errors import CheckpointError
from mmreason.evaluation.controls import choices
from mmreason.evaluation.suite import Suite
from mmreason.naming import name_of
from mmreason.parsing.answers import normalise_answer
from mmreason.types import Group, Task
from vision_data.messages import media_of

NAN = float("nan")
FILE = "eval.jsonl"


@dataclass(frozen=True, kw_only=True)
class Item:
    """The answers to one question in one exam."""

    exam: str
    """greedy, sampled, or with a control: greedy-text-only."""
    task: str
    cluster: str
    """Items of equal name share a picture, a video, a map or a pair."""
    labels: tuple[str, ...] = ()
    """What the suite tells apart: the question's type, its level."""
    weight: float = 1.0
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """By reward one number per answer; NaN was not measured."""
    votes: tuple[str | None, ...] = ()
    """What each answer says, as majorities compare it."""
    chosen: tuple[tuple[int, ...] | None, ...] = ()
    """Options that each answer names, by their places before any shuffle; None without options."""
    tokens: tuple[float, ...] = ()
    cut: tuple[float, ...] = ()
    """1 where the limit ended the answer."""

    def mean(self, name: str) -> float:
        """Mean over the answers that were measured; NaN without any."""
        seen = [x for x in self.values.get(name, ()) if x == x]
        return sum(seen) / len(seen) if seen else NAN


def about(suite: Suite, group: Group, cluster: str) -> dict[str, Any]:
    """What an evaluation adds to the line of a trace."""
    task, served = group.task, any(c.text and not len(c.tokens) for c in group.completions)
    found: dict[str, Any] = {
        "cluster": cluster,
        "labels": list(dict.fromkeys(label for tell in suite.apart if (label := tell(task)))),
        "weight": suite.weight(task) if suite.weight else 1.0,
        "votes": [vote_of(suite, c.text) for c in group.completions],
        "chosen": [choices(task, c.text) for c in group.completions],
    }
    return found | ({"served": True} if served else {})


def vote_of(suite: Suite, text: str) -> str | None:
    """What an answer says, for a majority; None where nothing was read."""
    return normalise_answer(suite.extract(text) or "") or None


def cluster_of(task: Task, name: str | None) -> str:
    """Name what a task belongs to: a field of its record, else the media that it shows, else itself."""
    value = task.record.get(name) if name else None
    if isinstance(value, str | int):
        return f"{name} {value}"
    shown = sorted({name_of(medium.source) for medium in media_of(task.prompt)})
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()[:16] if shown else task.id


def item_of(line: Mapping[str, Any]) -> Item:
    """Read a line back.

    Raises:
        CheckpointError: a field is missing or of another kind.
    """
    try:
        said = line["completions"]
        names = list(dict.fromkeys(name for c in said for name in c["rewards"]))
        served = bool(line.get("served"))
        return Item(
            exam=str(line["stage"]),
            task=str(line["task"]),
            cluster=str(line["cluster"]),
            labels=tuple(map(str, line["labels"])),
            weight=float(line["weight"]),
            values={name: tuple(number(c["rewards"].get(name)) for c in said) for name in names},
            votes=tuple(None if vote is None else str(vote) for vote in line["votes"]),
            chosen=tuple(None if places is None else tuple(map(int, places)) for places in line["chosen"]),
            tokens=tuple(NAN if served else number(c.get("tokens")) for c in said),
            cut=tuple(NAN if served else float(c.get("finish") == "length") for c in said),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"no line of an evaluation ({type(error).__name__}: {error})") from None


def number(value: Any) -> float:
    """Read a number; null is NaN."""
    return NAN if value is None else float(value)


def read_items(folder: Path) -> list[Item]:
    """Read the answers of an earlier evaluation.

    Raises:
        CheckpointError: there are none, or the file is damaged.
    """
    path = folder / FILE if folder.is_dir() else folder
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file; expected a folder that `mmreason eval` has written")
    return list(items_in(path, path.read_text(encoding="utf-8").splitlines()))


def items_in(path: Path, lines: Iterable[str]) -> Iterable[Item]:
    """Read lines, each with its number in errors."""
    for at, line in enumerate(lines, 1):
        try:
            yield item_of(json.loads(line))
        except (ValueError, CheckpointError) as error:
            raise CheckpointError(f"{path}:{at}: {error}; evaluate again into another folder") from None
