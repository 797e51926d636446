"""Which checkpoint is the best by a metric; it is kept besides the newest ones, and ``best.json`` names it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from mmreason.engine import due, exams_due
from mmreason.errors import CheckError, CheckpointError, RecipeError
from mmreason.recipe import Recipe
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.atomic import write_text

FILE = "best.json"
NAN = float("nan")


class Best:
    """Hears what is measured and says which checkpoint gave the best value; of equal ones the earliest.

    A checkpoint is judged by what a survey or exam measures next with its weights, or by what its own step has logged.

    Args:
        recipe: of the run.
        home: the run's folder.
        metric: full name, such as ``monitor/accuracy``; None looks for nothing.
        which: whether a higher or a lower value is better.
    """

    def __init__(
        self, recipe: Recipe, home: Path, metric: str | None, which: Literal["highest", "lowest"] = "highest"
    ) -> None:
        self.recipe, self.metric, self.which = recipe, metric, which
        self.folder = home / "checkpoints"
        self.stage = "" if metric is None else stage_of(recipe, metric)
        self.heard: dict[str, list[float]] = {}
        """Values by the name of the checkpoint that they judge, until it is written."""
        self.known: dict[str, Any] | None = None
        """What ``best.json`` says."""

    def begin(self, run: Run) -> None:
        """Read what an earlier session found; a step that was saved and perhaps not judged is heard again.

        Raises:
            CheckpointError: ``best.json`` is damaged.
        """
        if self.metric is None:
            return
        at = self.recipe.stages[run.stage] if run.stage < len(self.recipe.stages) else None
        if at is not None and at.name == self.stage and run.step and (run.pending is None or run.pending.at == 0):
            values = run.history.get(self.metric, [])
            self.heard = {checkpoint.name_for(self.recipe, run): values[-1:]}
        path = self.folder / FILE
        if not path.is_file():
            return
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            same = (told["metric"], told["which"]) == (self.metric, self.which)
            self.known = told if same and (self.folder / told["checkpoint"]).is_dir() else None
            float(told["value"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{path} cannot be read ({type(error).__name__}); remove it and go on") from None

    def comes_next(self, run: Run) -> bool:
        """Say whether a survey or exam that measures it follows here, so that a checkpoint is worth taking."""
        if exams_due(self.recipe, run) and self.stage in [exam.name for exam in self.recipe.exams]:
            return True
        at, rest = run.step, self.recipe.stages[run.stage :]
        if rest and at == rest[0].steps:
            at, rest = 0, tuple(stage for stage in rest[1:] if stage.steps)
        return bool(rest) and self.stage in [survey.name for survey in due(rest[0], at)[:-1]]

    def hear(self, stage: str, metrics: Mapping[str, float], name: str, anew: bool = True) -> None:
        """Note what was measured with the weights of the checkpoint ``name``.

        Args:
            stage: that measured.
            metrics: by full name.
            name: of the checkpoint, which may not be there.
            anew: False adds to the mean of what was heard before: a survey of several steps.

        Raises:
            CheckError: the stage does not measure it.
        """
        if self.metric is None or stage != self.stage:
            return
        if self.metric not in metrics:
            known = ", ".join(sorted(metrics)) or "nothing"
            raise CheckError(f"the best checkpoint by {self.metric!r}: {stage!r} measures {known}; name one of these")
        self.heard[name] = [*([] if anew else self.heard.get(name, [])), metrics[self.metric]]

    def decide(self, soon: str = "") -> None:
        """Judge the checkpoints that are there, and write ``best.json`` where one is better than all before.

        What was heard of others is forgotten, but for the checkpoint ``soon``, which is about to be written.
        """
        heard, self.heard = self.heard, {soon: self.heard[soon]} if soon in self.heard else {}
        for name, values in heard.items():
            seen = [value for value in values if value == value]
            value = sum(seen) / len(seen) if seen else NAN
            if self.better(value) and (self.folder / name).is_dir():
                self.known = {"metric": self.metric, "which": self.which, "value": value, "checkpoint": name}
                write_text(self.folder / FILE, json.dumps(self.known, indent=2) + "\n")

    def better(self, value: float) -> bool:
        """Compare with the best so far; NaN is better than nothing."""
        if value != value or self.known is None:
            return value == value
        before = float(self.known["value"])
        return value > before if self.which == "highest" else value < before

    def spared(self) -> Sequence[str]:
        """Names that must not be rotated away: the best, and those that are not judged yet."""
        return [*([self.known["checkpoint"]] if self.known else []), *self.heard]


def stage_of(recipe: Recipe, metric: str) -> str:
    """The stage, survey or exam that measures it.

    Raises:
        RecipeError: there is no such one.
    """
    names = list(measuring(recipe))
    found = [name for name in names if metric.startswith(f"{name}/")]
    if not found:
        raise RecipeError(
            f"the best checkpoint by {metric!r}: expected NAME/METRIC, such as {names[0]}/reward, where NAME is one of "
            f"{', '.join(names)}; surveys are measured while the run trains, exams at its ends and as exam_every says"
        )
    return max(found, key=len)


def measuring(recipe: Recipe) -> Iterable[str]:
    """Names of everything in a recipe that logs metrics, surveys first."""
    surveys = [survey.stage.name for stage in recipe.stages for survey in stage.surveys]
    return dict.fromkeys([*surveys, *(stage.name for stage in (*recipe.stages, *recipe.exams))])


def best_of(home: Path) -> Path | None:
    """The best checkpoint of a run; None where the run looked for none."""
    path = home / "checkpoints" / FILE
    try:
        found = path.with_name(json.loads(path.read_text(encoding="utf-8"))["checkpoint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.is_dir() else None
