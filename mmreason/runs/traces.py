"""What the policy wrote and what it got for it: one line per group, images by paths inside the run's folder."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from torch import Tensor

from mmreason.losses.base import CreditLoss
from mmreason.metrics.batch import Mean
from mmreason.recipe import Stage
from mmreason.rewards.base import Reward, total
from mmreason.runs.log_file import LogFile, finite
from mmreason.runs.token_tracks import encode
from mmreason.runs.trace_media import MediaStore
from mmreason.shown import Shown, Shows
from mmreason.types import Batch, Completion, Group, Task
from vision_data.messages import text_of

NAN = float("nan")
VERSION = 2
"""Of a line's format."""
FIELD = 2000
"""Characters of JSON up to which a field of the task's record is kept in each line."""
TOKENS = "tokens/"
"""Folder of the token tracks, and the beginning of their names in a state."""


class Traces:
    """Writes ``traces/<stage>.jsonl``, and one number a token to ``tokens/<stage>.jsonl``.

    Args:
        home: the run's folder. Media outside it are copied once, by content, to ``media/``.
        every: steps between those that are written; 0 writes none.
        tokens: of the steps that are written, those whose numbers for each token are kept too: every so many steps; 0
            keeps none.
        clips: videos of which frames are kept.
    """

    def __init__(self, home: Path, every: int = 1, tokens: int = 1, clips: int = 1000) -> None:
        self.home, self.every, self.tokens = home, every, tokens
        self.store = MediaStore(home, clips)

    def write(self, stage: Stage, batch: Batch, **where: Any) -> None:
        """Append the groups of a step; ``where`` says which."""
        if not self.due(batch):
            return
        name = re.sub(r"[^\w.-]", "_", stage.name)
        file, sums = LogFile(self.home / "traces" / f"{name}.jsonl"), total(batch)
        keeps = self.tokens > 0 and batch.progress.step % self.tokens == 0
        for group, total_G in zip(batch.groups, sums, strict=True):
            line = {"v": VERSION, "stage": stage.name, **where, **self.group(stage, batch, group, total_G)}
            if keeps and len(group):
                tracks = LogFile(self.home / TOKENS / f"{name}.jsonl")
                line["tracks_at"] = tracks.path.stat().st_size if tracks.path.exists() else 0
                tracks.append(encode(stage, group))
            file.append(line)

    def due(self, batch: Batch) -> bool:
        """Say whether this step is written down."""
        return self.every > 0 and batch.progress.step % self.every == 0

    def group(self, stage: Stage, batch: Batch, group: Group, total_G: Tensor) -> dict[str, Any]:
        """One line."""
        task = group.task
        told = [shown_of(group, i) for i in range(len(group))]
        found = next((s.gold_boxes for of_one in told for s in of_one if s.gold_boxes), ())
        gold = [[round(edge, 4) for edge in edges] for edges in found]
        kind = task.record.get("type")
        return {
            "task": task.id,
            **({"kind": kind} if isinstance(kind, str) and kind else {}),
            "question": text_of(task.prompt),
            "media": self.store.entries(task.prompt),
            "answer": task.answer,
            **({"record": record} if (record := small_fields(task)) else {}),
            **({"gold_boxes": gold} if gold else {}),
            "weights": {term.name: batch.progress.at(term.weight) for term in batch.terms},
            "completions": [
                self.completion(stage, batch, group, i) | {"total": float(total_G[i])} | extras(told[i])
                for i in range(len(group))
            ],
        }

    def completion(self, stage: Stage, batch: Batch, group: Group, i: int) -> dict[str, Any]:
        """One completion: what was written, and each term's value for it (a token reward's is summed)."""
        c = group.completions[i]
        rewards = {}
        for term in batch.terms:
            reward = term.reward
            rewards[term.name] = float(group[reward][i] if isinstance(reward, Reward) else group[reward][i].sum())
        out: dict[str, Any] = {"text": c.text, "tokens": len(c.tokens), "finish": c.finish}
        out |= {"arm": c.arm} if c.arm else {}
        out |= {"asked": text_of(c.asked)} if c.asked is not None else {}
        right = right_of(stage, batch, group, i)
        out |= {"rewards": rewards} | ({"right": right} if right == right else {})
        return out | {
            "advantage": advantage(stage, group, i),
            "logprob": mean(c.logprobs, c) if c.logprobs.any() else NAN,
        }

    def state_dict(self) -> dict[str, Any]:
        """Length of each file by stage, and of which videos frames are kept."""
        folders = {"": self.home / "traces", TOKENS: self.home / TOKENS}
        lengths = {
            prefix + path.stem: LogFile(path).position()
            for prefix, folder in folders.items()
            for path in sorted(folder.glob("*.jsonl"))
        }
        return lengths | ({"media/": self.store.state_dict()} if self.store.clips else {})

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Cut every file; those that were not there are removed."""
        self.store.load_state_dict(state.get("media/", ()))
        for prefix, folder in (("", self.home / "traces"), (TOKENS, self.home / TOKENS)):
            known = {name.removeprefix(prefix) for name in state if name.startswith(prefix) and name != "media/"}
            there = {path.stem for path in folder.glob("*.jsonl")}
            for name in there | {name for name in known if "/" not in name}:
                LogFile(folder / f"{name}.jsonl").cut(state.get(prefix + name, 0))


def advantage(stage: Stage, group: Group, i: int) -> float:
    """Mean credit over written tokens under the stage's first loss that spends any; NaN without one."""
    loss = next((loss for loss in stage.losses if isinstance(loss, CreditLoss)), None)
    return mean(group[loss.by][i], group.completions[i]) if loss else NAN


def mean(value_T: Tensor, c: Completion) -> float:
    """Mean over the tokens that the policy wrote; NaN without any."""
    chosen = value_T[c.wrote]
    return float(chosen.double().mean()) if len(chosen) else NAN


def right_of(stage: Stage, batch: Batch, group: Group, i: int) -> float:
    """How right a completion is, by what the stage calls its accuracy: a metric of that name, or a term; else NaN."""
    named = [metric.of for metric in stage.metrics if isinstance(metric, Mean) and metric.name == "accuracy"]
    named += [term.reward for term in batch.terms if term.name == "accuracy" and isinstance(term.reward, Reward)]
    return next((float(group[reward][i]) for reward in named if reward in group.signals), NAN)


def shown_of(group: Group, i: int) -> list[Shown]:
    """What the group's signals have to tell about a completion, each thing once."""
    told = [signal.shown(group, i) for signal in group.signals if isinstance(signal, Shows)]
    out: list[Shown] = []
    for one in told:
        if one is not None and one not in out:
            out.append(one)
    return out


def extras(told: list[Shown]) -> dict[str, Any]:
    """What is told, as fields of a completion."""
    boxes = [[*(round(e, 4) for e in box.edges), box.start, box.end] for one in told for box in one.boxes]
    lines = [one.line() for one in told if not (one.boxes or one.gold_boxes)]
    return ({"boxes": boxes} if boxes else {}) | ({"extras": lines} if lines else {})


def small_fields(task: Task) -> dict[str, Any]:
    """The fields of a task's record that are small and plain; what the question says already is left out."""
    asked, out = text_of(task.prompt), {}
    for name, value in task.record.items():
        if isinstance(value, str) and (value in ("", task.answer) or (len(value) > 20 and value in asked)):
            continue
        if isinstance(value, bytes | bytearray):
            continue
        try:
            if len(json.dumps(finite(value), allow_nan=False)) <= FIELD:
                out[str(name)] = value
        except (TypeError, ValueError):
            continue
    return out
