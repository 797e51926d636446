"""Answers kept on disk, a few questions a file, so that an evaluation that was stopped goes on where it stood."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmreason.errors import CheckpointError
from mmreason.naming import name_of
from mmreason.recipe import Stage
from mmreason.runs.atomic import remove_folder, sweep
from mmreason.runs.description import differences
from mmreason.runs.folder import read_json, write_json
from mmreason.runs.plain_file import read_plain, write_plain
from mmreason.runs.replay import batch_to_plain, groups_from_plain, signals_of
from mmreason.types import Batch, Group, Task
from vision_data.messages import media_of, text_of

SETTINGS = "evaluation.json"
ANSWERS = "answers"


class Kept:
    """The answers of one exam in ``answers/<exam>/``, with all that was measured; each file is whole or not there.

    Args:
        home: the evaluation's folder.
        stage: the exam; signals are found by name among those that it holds.
    """

    def __init__(self, home: Path, stage: Stage) -> None:
        self.folder, self.wanted, self.stage = home / ANSWERS / stage.name, signals_of(stage), stage
        sweep(self.folder)

    def path(self, number: int) -> Path:
        """File of the questions of a step."""
        return self.folder / f"{number:05d}.pt"

    def read(self, number: int, tasks: Sequence[Task]) -> dict[str, Group]:
        """Give what was answered of these questions, by the task's id.

        Raises:
            CheckpointError: a file is damaged, or a question is another than then.
        """
        if not self.path(number).is_file():
            return {}
        data, asked = read_plain(self.path(number)), {task.id: task for task in tasks}
        out: dict[str, Group] = {}
        for group in groups_from_plain(data["batch"], self.wanted):
            task = asked.get(group.task.id)
            if task is None:
                continue
            if data["asked"].get(task.id) != fingerprint(task):
                raise CheckpointError(
                    f"{self.path(number)}: question {task.id!r} was another one when it was answered (its text, media "
                    "or gold answer has changed); give --fresh to ask everything anew, or another --out"
                )
            out[task.id] = Group(task, group.completions, group.signals)
        return out

    def write(self, number: int, batch: Batch) -> None:
        """Keep answers and what is known of each; what depends on their company is left out."""
        batch = batch.regroup(batch.groups, batch.known)
        bare = tuple(Group(Task(id=g.task.id, prompt=()), g.completions, g.signals) for g in batch.groups)
        asked = {group.task.id: fingerprint(group.task) for group in batch.groups}
        plain = batch_to_plain(Batch(bare, batch.progress, batch.across, batch.terms, batch.known), self.stage)
        write_plain(self.path(number), {"batch": plain, "asked": asked})


def fingerprint(task: Task) -> str:
    """Tell a question from another one: its words, its gold answer, and its media by name and settings."""
    shown = []
    for medium in media_of(task.prompt):
        sources = medium.source if isinstance(medium.source, tuple) else (medium.source,)
        said = [Path(s).name if isinstance(s, str) and len(s) < 1000 else name_of(s) for s in sources]
        about = [getattr(medium, name, None) for name in ("frames", "min_pixels", "max_pixels", "transforms")]
        shown.append((said, [name_of(value) for value in about]))
    return hashlib.sha256(repr((text_of(task.prompt), task.answer, shown)).encode()).hexdigest()[:32]


def settle_folder(home: Path, settings: Mapping[str, Any], fresh: bool) -> None:
    """Begin in an empty folder, or go on in one whose answers were given under the same settings.

    Args:
        home: the evaluation's folder.
        settings: all that answers depend on besides the questions.
        fresh: forget what is there.

    Raises:
        CheckpointError: the answers there were given under other settings, or by other weights.
    """
    path = home / SETTINGS
    if fresh and (home / ANSWERS).is_dir():
        remove_folder(home / ANSWERS)
    if path.is_file() and not fresh and (home / ANSWERS).is_dir():
        changed = [text.removeprefix("recipe.") for text in differences(read_json(path), dict(settings))]
        if changed:
            raise CheckpointError(
                f"{home} holds answers that were given otherwise ({'; '.join(changed[:3])}); give --fresh to ask "
                "everything anew, or another --out"
            )
    home.mkdir(parents=True, exist_ok=True)
    write_json(path, dict(settings))


def weights_of(model: str) -> str:
    """Fingerprint a local checkpoint: names, sizes, and both ends of its files; a hub id stays what it is."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".safetensors", ".bin", ".json") and p.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}".encode())
        with open(path, "rb") as file:
            digest.update(file.read(1 << 16))
            file.seek(max(size - (1 << 16), 0))
            digest.update(file.read())
    return digest.hexdigest()[:32]
