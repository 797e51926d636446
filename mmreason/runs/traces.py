"""What the policy wrote and what it got for it: one line per group, images by paths inside the run's folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Any

from torch import Tensor

from mmreason.losses.base import CreditLoss
from mmreason.recipe import Stage
from mmreason.rewards.base import Reward, total
from mmreason.runs.atomic import new_file
from mmreason.runs.log_file import LogFile
from mmreason.types import Batch, Completion, Group
from vision_data.errors import MediaError
from vision_data.media import Image, brief
from vision_data.messages import Prompt, media_of, text_of
from vision_data.sources import file_path, inline_bytes, is_inline

NAN = float("nan")
ENDINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif", b"RIFF": ".webp", b"BM": ".bmp"}


class Traces:
    """Writes ``traces/<stage>.jsonl``.

    Args:
        home: the run's folder. Media outside it are copied once, by content, to ``media/``.
        every: steps between those that are written; 0 writes none.
    """

    def __init__(self, home: Path, every: int = 1) -> None:
        self.home, self.every = home, every
        self.stored: dict[str | bytes, str] = {}

    def write(self, stage: Stage, batch: Batch, **where: Any) -> None:
        """Append the groups of a step; ``where`` says which."""
        if not self.due(batch):
            return
        name = re.sub(r"[^\w.-]", "_", stage.name)
        file, sums = LogFile(self.home / "traces" / f"{name}.jsonl"), total(batch)
        for group, total_G in zip(batch.groups, sums, strict=True):
            file.append({"stage": stage.name, **where, **self.group(stage, batch, group, total_G)})

    def due(self, batch: Batch) -> bool:
        """Say whether this step is written down."""
        return self.every > 0 and batch.progress.step % self.every == 0

    def group(self, stage: Stage, batch: Batch, group: Group, total_G: Tensor) -> dict[str, Any]:
        """One line."""
        task = group.task
        return {
            "task": task.id,
            "question": text_of(task.prompt),
            "media": self.media(task.prompt),
            "answer": task.answer,
            "weights": {term.name: batch.progress.at(term.weight) for term in batch.terms},
            "completions": [
                self.completion(stage, batch, group, i) | {"total": float(total_G[i])} for i in range(len(group))
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
        return out | {"rewards": rewards, "advantage": advantage(stage, group, i), "logprob": mean(c.logprobs, c)}

    def media(self, prompt: Prompt) -> list[str | list[str]]:
        """Paths of the prompt's media below the run's folder; a list for a video that is a list of frames."""
        out: list[str | list[str]] = []
        for medium in media_of(prompt):
            if isinstance(medium, Image):
                out.append(self.path(as_seen(medium) if medium.transforms else medium.source))
            elif isinstance(medium.source, str):
                out.append(self.path(medium.source))
            else:
                out.append([self.path(source) for source in medium.source])
        return out

    def path(self, source: str | bytes | tuple[str, ...]) -> str:
        """Path of one source below the run's folder; copies it there where it is elsewhere.

        A file that is gone by now is told by its name: a trace is no reason to stop a run.
        """
        assert not isinstance(source, tuple)
        if source not in self.stored:
            try:
                self.stored[source] = self.store(source)
            except MediaError:
                self.stored[source] = brief(source)
        return self.stored[source]

    def store(self, source: str | bytes) -> str:
        """Find or copy a file, or write bytes to one."""
        if isinstance(source, str) and not is_inline(source):
            file = file_path(source)
            inside = os.path.relpath(file.resolve(), self.home.resolve())
            if not inside.startswith(".."):
                return Path(inside).as_posix()
            with open(file, "rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            target = self.home / "media" / f"{digest[:32]}{file.suffix.lower()}"
            if not target.exists():
                with new_file(target) as draft:
                    shutil.copyfile(file, draft)
        else:
            content = source if isinstance(source, bytes) else inline_bytes(source)
            ending = next((e for start, e in ENDINGS.items() if content.startswith(start)), ".img")
            target = self.home / "media" / f"{hashlib.sha256(content).hexdigest()[:32]}{ending}"
            if not target.exists():
                with new_file(target) as draft:
                    draft.write_bytes(content)
        return target.relative_to(self.home).as_posix()

    def state_dict(self) -> dict[str, int]:
        """Length of each file by stage."""
        return {path.stem: LogFile(path).position() for path in sorted((self.home / "traces").glob("*.jsonl"))}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Cut every file; those that were not there are removed."""
        there = {path.stem for path in (self.home / "traces").glob("*.jsonl")}
        for name in there | set(state):
            LogFile(self.home / "traces" / f"{name}.jsonl").cut(state.get(name, 0))


def advantage(stage: Stage, group: Group, i: int) -> float:
    """Mean credit over written tokens under the stage's first loss that spends any; NaN without one."""
    loss = next((loss for loss in stage.losses if isinstance(loss, CreditLoss)), None)
    return mean(group[loss.by][i], group.completions[i]) if loss else NAN


def mean(value_T: Tensor, c: Completion) -> float:
    """Mean over the tokens that the policy wrote; NaN without any."""
    chosen = value_T[c.wrote]
    return float(chosen.double().mean()) if len(chosen) else NAN


def as_seen(medium: Image) -> bytes:
    """PNG of a picture as the model sees it, its transforms applied."""
    from io import BytesIO

    from vision_data.image import load_image

    out = BytesIO()
    load_image(medium).save(out, "PNG")
    return out.getvalue()
