"""Run folders written by hand, line by line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.mmreason.runs.world import PNG


def completion(text: str = "<think>Hm.</think><answer>A</answer>", total: float | None = 1.0, **more: Any) -> Any:
    """A completion of a trace line."""
    return {"text": text, "tokens": 9, "finish": "stop", "rewards": {"accuracy": total}, "total": total} | more


def line(task: Any = "q0", step: Any = 1, completions: Sequence[Any] | None = None, **more: Any) -> dict[str, Any]:
    """A trace line."""
    cs = [completion()] if completions is None else list(completions)
    return {"v": 2, "stage": "train", "step": step, "task": task, "question": "Which?", "completions": cs} | more


def write(home: Path, lines: Sequence[Any], name: str = "traces/train.jsonl", end: str = "\n") -> Path:
    """Append lines to a file of a run; texts as they are, everything else as JSON."""
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write("".join((x if isinstance(x, str) else json.dumps(x)) + end for x in lines))
    return path


def picture(home: Path, name: str = "media/a.png") -> str:
    """A picture in the run's folder; gives its path."""
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_bytes(PNG)
    return name
