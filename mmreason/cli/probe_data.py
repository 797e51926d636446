"""What ``mmreason data check`` finds out: records, pictures, rewards on gold and decoys, prompt lengths."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from mmreason.checks import decoys
from mmreason.cli.recipes import find_recipe
from mmreason.data.reasonmap import ReasonMapRecords, completion_text
from mmreason.data.records import BadRecord, read_records
from mmreason.engine import settle
from mmreason.errors import DataError, RecipeError
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import Reward
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.signals import Signal, needs
from mmreason.types import Batch, Completion, Group, Task
from mmreason.validate import FileSpec, Reader
from vision_data.errors import MediaError

ANSWERS = ("gold", "empty", "prompt", "all options")
"""The gold answer, then the decoys in the order of ``checks.decoys``."""
ACCURACY = "right or wrong"
"""The reward that decides whether gold and decoys come out as they should."""


@dataclass(frozen=True)
class Lengths:
    """Prompt tokens: shortest, median, 95th percentile, longest."""

    num: int
    total: int
    tokens: tuple[int, ...]
    media: tuple[int, ...]
    context: int
    too_long: tuple[tuple[str, int], ...]


@dataclass
class Findings:
    """Everything about one file."""

    accuracy: Reward
    tasks: list[tuple[str, Task]] = field(default_factory=list)
    """Where each good record stands, and its task."""
    bad: list[BadRecord] = field(default_factory=list)
    num_pictures: int = 0
    trials: list[dict[str, tuple[float, ...]]] = field(default_factory=list)
    """For each task the rewards of its ``ANSWERS``, by name."""
    untried: list[str] = field(default_factory=list)
    """Reward terms that ask a model."""
    wrong: list[str] = field(default_factory=list)
    """Records whose gold answer is not right, or for which a decoy is."""
    lengths: Lengths | None = None

    def kinds(self) -> Counter[str]:
        """Good records by type."""
        return Counter(str(task.record.get("type", "task")) for _, task in self.tasks)

    def means(self) -> dict[str, dict[str, float]]:
        """Mean of each reward by answer; what was not measured is left out."""
        out: dict[str, dict[str, float]] = {}
        for name in self.trials[0] if self.trials else ():
            columns = zip(*(trial[name] for trial in self.trials), strict=True)
            seen = [[x for x in column if not math.isnan(x)] for column in columns]
            out[name] = dict(zip(ANSWERS, (sum(xs) / len(xs) if xs else math.nan for xs in seen), strict=True))
        return out

    def problems(self) -> list[str]:
        """What must be mended, in a few words each."""
        too_long = len(self.lengths.too_long) if self.lengths else 0
        told = {
            "bad records": len(self.bad),
            "records whose answers are judged wrongly": len(self.wrong),
            "prompts longer than the model's context": too_long,
        }
        return [f"{num} {what}" for what, num in told.items() if num]

    def report(self) -> dict[str, Any]:
        """Everything as plain values."""
        lengths = self.lengths
        return {
            "good": len(self.tasks),
            "types": dict(sorted(self.kinds().items())),
            "pictures": self.num_pictures,
            "bad": [{"where": bad.where, "reason": bad.reason} for bad in self.bad],
            "rewards": {
                name: {answer: None if math.isnan(x) else x for answer, x in means.items()}
                for name, means in self.means().items()
            },
            "not_tried": self.untried,
            "wrong": self.wrong,
            "prompt_tokens": None if lengths is None else vars_of(lengths),
            "problems": self.problems(),
        }


def vars_of(lengths: Lengths) -> dict[str, Any]:
    """Prompt lengths as plain values."""
    names = ("shortest", "median", "p95", "longest")
    return {
        "measured": lengths.num,
        "context": lengths.context,
        "whole": dict(zip(names, lengths.tokens, strict=True)),
        "pictures": dict(zip(names, lengths.media, strict=True)),
        "too_long": [{"where": where, "tokens": num} for where, num in lengths.too_long],
    }


def count_records(path: str) -> int:
    """Count records without reading them as JSON."""
    return sum(1 for _ in read_records(path))


def read(spec: FileSpec, told: Callable[[int], None]) -> Findings:
    """Build every task and decode every picture; bad records are listed, all of them."""
    accuracy: Reward = ReasonMapAccuracy() if isinstance(spec, ReasonMapRecords) else Accuracy()
    found, reader, taken = Findings(accuracy), Reader(spec), dict[str, str]()
    for done, record in enumerate(read_records(spec.path), 1):
        try:
            task = reader(record)
            if task is not None:
                if task.id in taken:
                    raise DataError(f"{record.where}: id {task.id!r} is taken by {taken[task.id]}; ids must differ")
                taken[task.id] = record.where
                found.tasks.append((record.where, task))
        except (DataError, MediaError) as error:
            text = str(error)
            found.bad.append(BadRecord(record.where, text if record.where in text else f"{record.where}: {text}"))
        told(done)
    found.num_pictures = len(reader.media.fine)
    return found


def terms_of(spec: FileSpec, recipe: str) -> dict[str, Reward]:
    """Reward terms that are tried: those of a recipe for ReasonMap records; for plain tasks only right or wrong."""
    out: dict[str, Reward] = {}
    build = find_recipe(recipe)
    if isinstance(spec, ReasonMapRecords):
        for stage in build().stages:
            out |= {term.name: term.reward for term in stage.rewards if isinstance(term.reward, Reward)}
    return out


def asks_a_model(reward: Reward) -> bool:
    """Say whether a reward, or a signal that it holds, asks anything."""
    return any(type(signal).asks is not Signal.asks for signal in needs(reward))


class NoModels:
    """A scene in which nobody can be asked."""

    def answer(self, requests: Sequence[Any]) -> list[Any]:
        """Nothing was asked, so there is nothing to answer."""
        if requests:
            raise RecipeError("a reward asked a model while a data set was checked, where there is none")
        return []


def try_rewards(found: Findings, terms: dict[str, Reward]) -> None:
    """Score the gold answer and the decoys of every task with every reward that needs no model."""
    found.untried = [name for name, reward in terms.items() if asks_a_model(reward)]
    tried = {ACCURACY: found.accuracy} | {n: r for n, r in terms.items() if n not in found.untried}
    for where, task in found.tasks:
        if task.answer is None:
            continue
        group = Group(task, ())
        texts = (gold_text(task), *decoys(group))
        group = Group(task, tuple(map(said, texts)))
        settle(Batch((group,)), NoModels(), tuple(tried.values()))  # type: ignore[arg-type]
        rewards = {name: tuple(float(x) for x in group[reward]) for name, reward in tried.items()}
        found.trials.append(rewards)
        found.wrong += verdict(where, task, dict(zip(ANSWERS, rewards[ACCURACY], strict=True)))


def verdict(where: str, task: Task, right: dict[str, float]) -> list[str]:
    """What is wrong with how the answers of one task are judged."""
    out = []
    if right["gold"] != 1.0:
        out.append(f"{where}: the gold answer {task.answer!r} is not judged right; the record contradicts itself")
    praised = [answer for answer in ANSWERS[1:] if right[answer] > 0]
    if praised:
        out.append(f"{where}: judged right without answering: {', '.join(praised)}; the question gives itself away")
    return out


def gold_text(task: Task) -> str:
    """A completion that answers perfectly."""
    return completion_text(task)


def said(text: str) -> Completion:
    """A completion of which only the text matters."""
    none = torch.zeros(0)
    return Completion(text=text, tokens=none.long(), logprobs=none, wrote=none.bool())


def measure(found: Findings, model: str, most: int, told: Callable[[int], None]) -> Lengths:
    """Encode prompts with a checkpoint's processor; no weights are loaded.

    Args:
        found: the tasks.
        model: checkpoint folder or hub id.
        most: prompts to measure, spread evenly over the file.
        told: called with the number measured.
    """
    from mmreason.ledger import Ledger
    from mmreason.models.loading import load_config, load_processor
    from mmreason.models.qwen_vl import QwenVLEncoder
    from mmreason.models.store import MediaStore

    encoder = QwenVLEncoder(load_processor(model), load_config(model), MediaStore(1 << 20), Ledger())
    total = len(found.tasks)
    chosen = sorted({i * total // min(most, total) for i in range(min(most, total))})
    sizes, media, too_long = [], [], []
    for done, (where, task) in enumerate((found.tasks[i] for i in chosen), 1):
        encoded = encoder.encode(task.prompt)
        sizes.append(len(encoded))
        media.append(sum(span.length for span in encoded.spans))
        if len(encoded) > encoder.max_context:
            too_long.append((where, len(encoded)))
        told(done)
    return Lengths(len(chosen), total, spread(sizes), spread(media), encoder.max_context, tuple(too_long))


def spread(sizes: Sequence[int]) -> tuple[int, int, int, int]:
    """Shortest, median, 95th percentile and longest.

    >>> spread([5, 1, 3])
    (1, 3, 5, 5)
    """
    rising = sorted(sizes)
    at = [0, (len(rising) - 1) // 2, math.ceil(0.95 * len(rising)) - 1, len(rising) - 1]
    return rising[at[0]], rising[at[1]], rising[at[2]], rising[at[3]]
