"""What a run's folder says of itself: read for an export, without the recipe's own code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmreason.errors import CheckpointError
from mmreason.runs.checkpoint import found, order
from mmreason.runs.folder import read_json
from mmreason.runs.log_file import LogFile
from mmreason.runs.summary import exam_metrics


@dataclass(frozen=True)
class Record:
    """A run, and the checkpoint of it that is meant."""

    home: Path
    """The run's folder."""
    folder: Path
    """The checkpoint's."""
    recipe: Mapping[str, Any]
    """As ``recipe.json`` has it: objects of fields, the type under ``_type``."""
    versions: Mapping[str, Any]
    """Packages, seed and machine."""

    @property
    def steps(self) -> tuple[int, int]:
        """Steps done by this checkpoint, and those of the whole recipe."""
        return order(self.folder)[0], sum(stage["steps"] for stage in self.recipe["stages"])

    @property
    def is_final(self) -> bool:
        """Say whether these are the weights that the last exams measured."""
        return (self.home / "summary.json").is_file() and self.folder == found(self.home)[-1]

    def roles(self) -> dict[str, Mapping[str, Any]]:
        """Who plays which role, by its name."""
        return {role["name"]: spec for role, spec in self.recipe["models"]}

    def exams(self) -> dict[str, tuple[float | None, float | None]]:
        """Metrics of the exams before training, and after it where these are the weights they were taken of."""
        path = self.home / "metrics.jsonl"
        numbers = exam_metrics(LogFile(path).read()) if path.is_file() else {}
        names = dict.fromkeys(name.rpartition("_")[0] for name in numbers)
        after = {name: numbers.get(f"{name}_after") for name in names} if self.is_final else {}
        return {name: (numbers.get(f"{name}_before"), after.get(name)) for name in names}


def read_record(given: Path, checkpoint: str | None = None) -> Record:
    """Find the run that a path means, and one of its checkpoints.

    Args:
        given: a run's folder, a checkpoint of it, or the folder of a role in one.
        checkpoint: its name, such as ``step_000120``; None takes the newest, or the one that was given.

    Raises:
        CheckpointError: there is no such run or checkpoint, or its record is damaged.
    """
    path = given.resolve()
    inside = next((p for p in (path, path.parent) if p.parent.name == "checkpoints"), None)
    home = inside.parent.parent if inside is not None else path
    for name in ("recipe.json", "versions.json"):
        if not (home / name).is_file():
            what = f"a folder without {name}" if home.is_dir() else "no such folder"
            raise CheckpointError(
                f"{given}: expected a run's folder, which mmreason train wrote, or one of its checkpoints; found {what}"
            )
    known = {folder.name: folder for folder in found(home)}
    if not known:
        raise CheckpointError(f"{given} is a run without a checkpoint yet; train it further")
    wanted = checkpoint or (inside.name if inside is not None else next(reversed(known)))
    if wanted not in known:
        raise CheckpointError(f"{home} has no checkpoint {wanted!r}; there are: {', '.join(known)}")
    recipe, versions = read_json(home / "recipe.json"), read_json(home / "versions.json")
    record = Record(home, known[wanted], recipe, versions)
    try:
        record.roles(), record.steps
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{home / 'recipe.json'} is no recipe ({type(error).__name__}: {error})") from None
    return record


def walk(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in a description, outermost first."""
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)
