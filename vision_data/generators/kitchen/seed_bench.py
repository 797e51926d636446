"""Our records in the fields of SEED-Bench-R1 (arXiv:2503.24376)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

SOURCE = "Kitchen"
"""Takes the place of EpicKitchens and EGO4D: media lie in `videos/Kitchen` and `images/Kitchen`."""


def as_seed_bench(record: Mapping[str, Any], training: bool) -> dict[str, Any]:
    """One line of `training_*.jsonl` (right answer and wrong ones as texts) or `validation_*.jsonl` (four choices)."""
    made = {
        "sample_id": record["id"],
        "video_source": SOURCE,
        "video_basename": PurePosixPath(record["video"]).name if record["video"] else "",
        "current_observation_basename": PurePosixPath(record["image"]).name,
        "question": record["question"],
        "task_goal": record["goal"],
        "domain": record["domain"],
        "task_progress_metadata": [
            {"narration_text": step["action"], "start_frame": step["first_frame"], "stop_frame": step["last_frame"]}
            for step in record["task_progress"]
        ],
    }
    if training:
        return made | {"answer": record["answer_text"], "negative_answers": list(record["negative_answers"])}
    choices = {f"choice_{letter}": text for letter, text in zip("abcd", record["options"], strict=True)}
    return made | choices | {"golden_choice_idx": record["answer"]}
