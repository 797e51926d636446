"""What a run is: stages, each a set of slots, all of it plain values that can be printed, compared and pickled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mmreason.asks import Role
from mmreason.errors import RecipeError
from mmreason.losses.base import Loss
from mmreason.rewards.base import Term
from mmreason.slots import Filter, Keep, Metric, ModelSpec, Rollout, SourceSpec


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A part of the run: where tasks come from, how they are answered, what counts, what is learned."""

    name: str = "stage"
    tasks: SourceSpec
    rollout: Rollout
    steps: int = 1
    groups: int = 1
    """Groups a step, over all ranks."""
    rounds: int = 1
    """Draws allowed to fill them; more than one is dynamic sampling (DAPO)."""
    shortfall: Literal["learn", "stop"] = "learn"
    """Where the draws do not fill them: learn from the groups that are there, or stop the run."""
    minibatch: int | None = None
    """Groups an optimiser step; None: all of them."""
    epochs: int = 1
    """Passes over the step's rollouts (PPO's mu)."""
    behind: Literal[1] | None = None
    """1: the next step's rollouts are drawn while this one is learned from, with the weights from before it."""
    filters: tuple[Filter, ...] = ()
    rewards: tuple[Term, ...] = ()
    losses: tuple[Loss, ...] = ()
    metrics: tuple[Metric, ...] = ()
    keep: tuple[Keep, ...] = ()
    surveys: tuple[Survey, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a stage that could not make one step."""
        for name, least in (("steps", 0), ("groups", 1), ("rounds", 1), ("epochs", 1)):
            if getattr(self, name) < least:
                raise RecipeError(f"stage {self.name!r}: {name} must be at least {least}, got {getattr(self, name)}")
        if self.shortfall not in ("learn", "stop"):
            raise RecipeError(f"stage {self.name!r}: shortfall must be learn or stop, got {self.shortfall!r}")
        if self.behind not in (None, 1):
            raise RecipeError(f"stage {self.name!r}: behind must be 1 or None, got {self.behind!r}")
        if self.minibatch is not None and self.minibatch < 1:
            raise RecipeError(f"stage {self.name!r}: minibatch must be at least 1 or None, got {self.minibatch}")
        names = [term.name for term in self.rewards]
        if len(set(names)) < len(names):
            raise RecipeError(f"stage {self.name!r}: reward terms need different names, got {names}")


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A stage without losses, run every so often: evaluation, monitor sets, re-scoring of a data set."""

    every: int
    stage: Stage


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole run: its stages in order, who plays which role, and what is measured before and after."""

    name: str
    stages: tuple[Stage, ...]
    models: tuple[tuple[Role, ModelSpec], ...] = ()
    exams: tuple[Stage, ...] = ()
    """Stages without losses that are run before the first and after the last stage, on held-out tasks."""
    paper: str = ""
    """Title and arXiv id."""
    exam_every: int = field(default=0, compare=False)
    """Exams are run after every so many steps too; 0: before and after only. What is learned is the same."""

    def __post_init__(self) -> None:
        """Refuse what could never run."""
        names = [stage.name for stage in (*self.stages, *self.exams)]
        if len(set(names)) < len(names):
            raise RecipeError(f"recipe {self.name!r}: stages and exams need different names, got {names}")
        learns = [stage.name for stage in self.exams if stage.losses]
        if learns:
            raise RecipeError(f"recipe {self.name!r}: exams measure only, but {learns} have losses")
        if self.exam_every < 0 or (self.exam_every and not self.exams):
            without = "" if self.exams else "; this recipe has no exams, which need held-out data (test_data)"
            raise RecipeError(f"recipe {self.name!r}: exam_every is {self.exam_every}, expected 0 or more{without}")
