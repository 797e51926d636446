"""What lmms-eval calls for the task ``mmreason_jsonl``: questions and scores of a suite of mmreason.

Environment: ``MMREASON_SUITE`` names the suite (short_answers if not set), ``MMREASON_JSONL`` the file (records.jsonl),
which must be the one that the task file names. A line of the file is only used to find the question again.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from mmreason.errors import DataError
from mmreason.evaluation.suite import Suite, find
from mmreason.rewards.base import Reward
from mmreason.signals import needs
from mmreason.types import Batch, Completion, Group, Task
from vision_data.media import Image, Video
from vision_data.messages import media_of, text_of


def suite() -> Suite:
    """The suite that is asked for."""
    return find(os.environ.get("MMREASON_SUITE", "short_answers"))


@lru_cache(maxsize=4)
def questions(path: str, name: str, stamp: int) -> dict[str, Task]:
    """All questions of a file in the suite's form, by id."""
    tasks, _ = suite().read(path, "stop").load_tasks(Path(path).parent)
    return {task.id: task for task in tasks}


def task_of(doc: dict[str, Any]) -> Task:
    """The question of a line.

    Raises:
        DataError: the line has no id, or its question is left out by the suite.
    """
    path = os.environ.get("MMREASON_JSONL", "records.jsonl")
    found = questions(path, os.environ.get("MMREASON_SUITE", ""), Path(path).stat().st_mtime_ns)
    id = json.loads(doc["text"]).get("id")
    if str(id) not in found:
        raise DataError(
            f"{path}: the suite asks no question {id!r}; every line needs an id and a question of the suite"
        )
    return found[str(id)]


def doc_to_text(doc: dict[str, Any], lmms_eval_specific_kwargs: Any = None) -> str:
    """The words of a question, without its media."""
    return text_of(task_of(doc).prompt).strip()


def doc_to_visual(doc: dict[str, Any]) -> list[Any]:
    """The pictures as PIL images, videos as paths."""
    return [shown(medium) for medium in media_of(task_of(doc).prompt)]


def doc_to_messages(doc: dict[str, Any], lmms_eval_specific_kwargs: Any = None) -> list[dict[str, Any]]:
    """The messages of a question, every medium in its place."""
    out = []
    for message in task_of(doc).prompt:
        parts: list[dict[str, Any]] = []
        for part in message.content:
            if isinstance(part, str):
                parts.append({"type": "text", "text": part})
            else:
                parts.append({"type": "video" if isinstance(part, Video) else "image", "url": shown(part)})
        out.append({"role": message.role, "content": parts})
    return out


def shown(medium: Image | Video) -> Any:
    """A picture within its pixel limits; a video by its path, its frames are the model's choice.

    Raises:
        DataError: a video is a list of frames, which lmms-eval has no word for.
    """
    if isinstance(medium, Video):
        if not isinstance(medium.source, str):
            raise DataError("a video that is a list of frames cannot be shown by lmms-eval; give a video file")
        return medium.source
    from vision_data.image import load_image
    from vision_data.resize import fit

    picture = load_image(medium)
    if medium.min_pixels is None and medium.max_pixels is None:
        return picture
    return fit(picture, min_pixels=medium.min_pixels or 1, max_pixels=medium.max_pixels)


def doc_to_target(doc: dict[str, Any]) -> str:
    """The gold answer."""
    return task_of(doc).answer or ""


def process_results(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """Score one answer by the suite's first reward."""
    text = results[0]
    nothing = torch.zeros(0)
    said = Completion(text=text, tokens=nothing.long(), logprobs=nothing, wrote=nothing.bool())
    batch = Batch((Group(task_of(doc), (said,)),))
    right = suite().rewards[0].reward
    assert isinstance(right, Reward)
    for signal in needs(right):
        batch.record(signal, signal.values(batch, [[]]))
    return {"mmreason_score": float(batch.groups[0][right][0])}
