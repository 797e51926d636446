"""What is being worked on, for a person: records by id and place, with the sizes of their media."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmreason.asks import Role
from mmreason.models.policy import LanguageModel
from mmreason.types import Task
from vision_data.media import Image, Video
from vision_data.messages import Prompt, media_of

MOST = 256
"""Records that are listed; more are counted."""


def records_of(tasks: Sequence[Task], models: Mapping[Role, Any]) -> list[dict[str, Any]]:
    """List tasks with what is known about their media; nothing is read for it.

    Returns:
        One dictionary per task: ``id``, ``where`` (file and line) if it has one, ``prompt_tokens`` where the prompt was
        encoded, and ``media`` with kind, source, and where known grid (patches in time, height, width) and tokens.
    """
    known: Mapping[Prompt, Any] = next(
        (part.runner.encoder.known for part in models.values() if isinstance(part, LanguageModel)), {}
    )
    told = [record_of(task, known) for task in tasks[:MOST]]
    return [*told, {"more": len(tasks) - MOST}] if len(tasks) > MOST else told


def record_of(task: Task, known: Mapping[Prompt, Any]) -> dict[str, Any]:
    """One task."""
    encoded = known.get(task.prompt)
    out: dict[str, Any] = {"id": task.id} | ({"where": task.where} if task.where else {})
    if encoded is not None:
        out["prompt_tokens"] = len(encoded)
    spans = encoded.spans if encoded is not None else ()
    media = [medium_of(medium) for medium in media_of(task.prompt)]
    for told, span in zip(media, spans, strict=False):
        told |= {"grid": list(span.grid), "tokens": span.length}
        if span.frames:
            told["frames"] = len(span.frames)
    return out | ({"media": media} if media else {})


def medium_of(medium: Image | Video) -> dict[str, Any]:
    """Kind, source in short, and size in bytes where it is a file or was given as such."""
    kind, source = type(medium).__name__.lower(), medium.source
    if isinstance(source, tuple):
        return {"kind": kind, "frames": len(source)}
    if isinstance(source, bytes) or source.startswith("data:") or len(source) > 1024:
        return {"kind": kind, "bytes": len(source)}
    path = Path(source.removeprefix("file://"))
    size = {"bytes": path.stat().st_size} if path.is_file() else {}
    return {"kind": kind, "source": source} | size


def in_short(tasks: Sequence[Task], most: int = 3) -> str:
    """A few ids for a message.

    >>> from vision_data.messages import user
    >>> in_short([Task(id=f"q{i}", prompt=(user("?"),)) for i in range(5)])
    'q0, q1, q2 and 2 more'
    """
    ids = ", ".join(task.id for task in tasks[:most])
    return f"{ids} and {len(tasks) - most} more" if len(tasks) > most else ids or "no record"
