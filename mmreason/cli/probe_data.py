"""What ``mmreason data check`` finds out about records: which can be used, and how their answers are judged."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mmreason.alone import asks, said, score
from mmreason.checks import decoys, trial
from mmreason.cli.measure_prompts import Prompts
from mmreason.cli.preflight import Preflight
from mmreason.data.media_check import MediaCheck
from mmreason.data.reasonmap import ReasonMapRecords, completion_text
from mmreason.data.records import BadRecord, unique
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import Reward
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.types import Group, Task
from vision_data.media import Image
from vision_data.messages import media_of

ANSWERS = ("gold", "empty", "prompt", "all options")
"""The gold answer, then the decoys in the order of ``checks.decoys``."""
ACCURACY = "right or wrong"
"""The reward that decides whether gold and decoys come out as they should."""


@dataclass(frozen=True)
class Checked:
    """A record that can be used."""

    task: Task
    terms: tuple[tuple[str, Reward], ...]
    """Rewards that judge it in training."""
    accuracy: Reward

    @property
    def where(self) -> str:
        """File and line."""
        return self.task.where


@dataclass
class Findings:
    """Everything about one file."""

    plan: Preflight
    good: list[Checked] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)
    trials: list[dict[str, tuple[float, ...]]] = field(default_factory=list)
    """For each task the rewards of its ``ANSWERS``, by name."""
    untried: list[str] = field(default_factory=list)
    """Reward terms that ask a model, or what only a rollout knows."""
    wrong: list[str] = field(default_factory=list)
    """Records whose gold answer is not right, or for which a decoy is."""
    prompts: Prompts | None = None

    def kinds(self) -> Counter[str]:
        """Good records by type."""
        return Counter(str(checked.task.record.get("type", "task")) for checked in self.good)

    def media(self) -> dict[str, int]:
        """Different pictures and videos of the good records."""
        found = {medium for checked in self.good for medium in media_of(checked.task.prompt)}
        pictures = sum(isinstance(medium, Image) for medium in found)
        return {"pictures": pictures, "videos": len(found) - pictures}

    def means(self) -> dict[str, dict[str, float]]:
        """Mean of each reward by answer, over the tasks that it was tried on; what was not measured is left out."""
        out: dict[str, dict[str, float]] = {}
        for name in dict.fromkeys(name for tried in self.trials for name in tried):
            columns = zip(*(tried[name] for tried in self.trials if name in tried), strict=True)
            seen = [[x for x in column if not math.isnan(x)] for column in columns]
            out[name] = dict(zip(ANSWERS, (sum(xs) / len(xs) if xs else math.nan for xs in seen), strict=True))
        return out

    def problems(self) -> list[str]:
        """What must be mended, in a few words each."""
        told = {
            "bad records": len(self.bad),
            "records whose answers are judged wrongly": len(self.wrong),
            "prompts longer than the model's context": len(self.prompts.too_long) if self.prompts else 0,
            "prompts longer than the token budget": len(self.prompts.over_budget) if self.prompts else 0,
        }
        return [f"{num} {what}" for what, num in told.items() if num]

    def report(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "good": len(self.good),
            "types": dict(sorted(self.kinds().items())),
            **self.media(),
            "bad": [{"where": bad.where, "reason": bad.reason} for bad in self.bad],
            "rewards": {
                name: {answer: None if math.isnan(x) else x for answer, x in means.items()}
                for name, means in self.means().items()
            },
            "not_tried": self.untried,
            "wrong": self.wrong,
            **(self.prompts.report() if self.prompts else {"prompt_tokens": None, "memory": None}),
            "problems": self.problems(),
        }


def read(plan: Preflight, told: Callable[[int], None]) -> Findings:
    """Build every task and decode every picture; bad records are listed, all of them."""
    found, check, done, listed = Findings(plan), MediaCheck(decode=True), 0, set[str]()
    for reading in plan.readings:
        accuracy: Reward = ReasonMapAccuracy() if isinstance(reading.spec, ReasonMapRecords) else Accuracy()
        for item in unique(reading.spec.walk(check)):
            done += 1
            told(done)
            if isinstance(item, Task):
                found.good.append(Checked(item, reading.terms, accuracy))
            elif item.where not in listed:  # several stages may read the same file
                listed.add(item.where)
                found.bad.append(item)
    return found


def try_rewards(found: Findings) -> None:
    """Score the gold answer and the decoys of every task with every reward that needs no model.

    The gold answer is tried as the data set's own perfect completion, bare, boxed and in an answer tag; the form that
    earns most is told.
    """
    every = dict(term for reading in found.plan.readings for term in reading.terms)
    found.untried = [name for name, reward in every.items() if asks(reward)]
    for checked in found.good:
        if checked.task.answer is None:
            continue
        tried = {ACCURACY: checked.accuracy} | {n: r for n, r in checked.terms if n not in found.untried}
        golds = [said(completion_text(checked.task)), *trial(checked.task).completions]
        num = len(golds) - len(decoys(Group(checked.task, ())))
        (scored,) = score(tuple(tried.values()), [Group(checked.task, tuple(golds))])
        columns = {name: column.tolist() for name, column in zip(tried, scored, strict=True)}
        best = max(range(num), key=lambda i: sum(x[i] for x in columns.values() if not math.isnan(x[i])))
        rewards = {name: (x[best], *x[num:]) for name, x in columns.items()}
        found.trials.append(rewards)
        found.wrong += verdict(checked, dict(zip(ANSWERS, rewards[ACCURACY], strict=True)))


def verdict(checked: Checked, right: dict[str, float]) -> list[str]:
    """What is wrong with how the answers of one task are judged."""
    out, where = [], checked.where
    if right["gold"] != 1.0:
        answer = checked.task.answer
        out.append(f"{where}: the gold answer {answer!r} is not judged right; the record contradicts itself")
    praised = [answer for answer in ANSWERS[1:] if right[answer] > 0]
    if praised:
        out.append(f"{where}: judged right without answering: {', '.join(praised)}; the question gives itself away")
    return out
