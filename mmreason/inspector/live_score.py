"""Scores live completions with a recipe's own terms and credit, and writes them down as a run does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmreason.errors import MMReasonError
from vision_data.errors import MediaError

if TYPE_CHECKING:
    from mmreason.asks import Role
    from mmreason.models.policy import LanguageModel
    from mmreason.recipe import Recipe, Stage
    from mmreason.rewards.base import Term
    from mmreason.run import Run
    from mmreason.types import Completion, Task

STAGE = "live"
# What a reward may raise on a question that is not of its data set: a field of the record that is missing, or odd.
ODD = (MMReasonError, MediaError, KeyError, ValueError, TypeError, IndexError, AttributeError)


@dataclass(frozen=True)
class Scored:
    """What came of scoring.

    Attributes:
        step: number under which the group stands in the traces.
        notes: terms that could not be measured, and why; one line each.
    """

    step: int
    notes: tuple[str, ...] = ()


def learning_stage(recipe: Recipe) -> Stage:
    """The stage whose rewards are meant: the last one that learns from any; else the last one with rewards.

    Raises:
        RecipeError: the recipe has no rewards.
    """
    from mmreason.errors import RecipeError

    stages = [stage for stage in (*recipe.exams, *recipe.stages) if stage.rewards]
    if not stages:
        raise RecipeError(f"the recipe {recipe.name!r} has no rewards to score with; choose another")
    return next((stage for stage in reversed(stages) if stage.losses), stages[-1])


def write_scored(
    recipe: Recipe | None, part: LanguageModel, task: Task, completions: list[Completion], home: Path, step: int
) -> Scored:
    """Score a group, as far as its question allows, and append it to the traces of a folder.

    Args:
        recipe: whose rewards; None for none.
        part: who answered; it also plays the references, as at the start of a run.
        task: what was asked.
        completions: the answers.
        home: the folder.
        step: number of the question.
    """
    from mmreason.engine import Live
    from mmreason.recipe import Stage
    from mmreason.rollouts.sample import Sample
    from mmreason.run import Run
    from mmreason.runs.traces import Traces
    from mmreason.types import Batch, Group, Progress

    run = Run(models={}, home=home)
    if recipe is None:
        stage = Stage(name=STAGE, tasks=Nothing(), rollout=Sample())
    else:
        stage = replace(learning_stage(recipe), name=STAGE)
    notes = play(run, recipe, stage, part)
    progress = Progress(step, max(stage.steps, step + 1), STAGE)
    batch = Batch((Group(task, tuple(completions)),), progress, run.across, stage.rewards)
    scene = Live(run, progress, run.across, (STAGE, step))
    known = [term for term in stage.rewards if settled(scene, batch, term, notes)]
    batch = replace(batch, terms=tuple(known))
    stage = credited(scene, batch, stage, notes)
    Traces(home).write(stage, batch, step=step)
    return Scored(step, tuple(f"{name}: {why}" for name, why in notes.items()))


@dataclass(frozen=True)
class Nothing:
    """A source that is never opened: the question came from somebody."""

    def open(self, run: Any) -> Any:
        """Refuse."""
        raise MMReasonError("a live question has no source of tasks")


def play(run: Run, recipe: Recipe | None, stage: Stage, part: LanguageModel) -> dict[str, str]:
    """Give the roles that the rewards ask somebody to play; those nobody can play are told."""
    from mmreason.asks import EMA, POLICY, REFERENCE
    from mmreason.signals import roles

    notes: dict[str, str] = {}
    specs: Mapping[Role, Any] = dict(recipe.models) if recipe else {}
    for role in {POLICY, *roles(stage.rewards)}:
        if role in (POLICY, REFERENCE, EMA) or hasattr(specs.get(role), "of"):
            run.models[role] = part
        elif role in specs:
            try:
                run.models[role] = specs[role].open(run)
            except ODD as error:
                notes[role.name] = line(error)
    return notes


def settled(scene: Any, batch: Any, term: Term, notes: dict[str, str]) -> bool:
    """Measure one term; whether there is anything to show for it."""
    from mmreason.signals import roles

    if lacking := {role.name for role in roles(term)} - {role.name for role in scene.run.models}:
        notes[term.name] = f"nobody plays {', '.join(sorted(lacking))} here"
        return False
    try:
        scene.settle(batch, term)
    except ODD as error:
        notes[term.name] = f"this question lacks what it needs ({line(error)})"
        return False
    return True


def credited(scene: Any, batch: Any, stage: Stage, notes: dict[str, str]) -> Stage:
    """Spread credit as the stage's first loss does; a stage without losses where it cannot be told."""
    from mmreason.losses.base import CreditLoss

    stage = replace(stage, rewards=batch.terms)
    loss = next((loss for loss in stage.losses if isinstance(loss, CreditLoss)), None)
    if loss is None or not batch.terms:
        return replace(stage, losses=())
    try:
        scene.settle(batch, loss.by)
    except ODD as error:
        notes["advantage"] = line(error)
        return replace(stage, losses=())
    return replace(stage, losses=(loss,))


def line(error: BaseException) -> str:
    """An error in a few words."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:200] if isinstance(error, (KeyError, AttributeError)) else text[:200]
