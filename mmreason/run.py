"""The state of a run: live parts by role, sources, history, and where it stands, down to the optimiser step."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from mmreason.asks import Request, Role
from mmreason.errors import MMReasonError, RecipeError
from mmreason.ledger import Ledger
from mmreason.naming import name_of
from mmreason.recipe import Recipe, Stage
from mmreason.shares import places
from mmreason.signals import parts
from mmreason.slots import Source, SourceSpec
from mmreason.train.update import Trainable, learn
from mmreason.types import Across, Alone, Batch, Task

R = TypeVar("R")


class Part(Protocol):
    """Something live: answers requests, is told about each step, and is in the checkpoint.

    One that reads media may also have ``prepare(prompts)``, to read those of the prompts that come next meanwhile.
    """

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]: ...
    def write(self, records: list[dict[str, object]]) -> None:
        """Remember records that a stage keeps."""
        ...

    def after_step(self, batch: Batch) -> None:
        """Follow the step: EMA, online estimators."""
        ...

    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@dataclass
class Pending:
    """A collected batch that is being learned from: what makes a stop between two optimiser steps exact."""

    batch: Batch
    at: int = 0
    """Optimiser steps done on it."""
    logged: dict[str, list[float]] = field(default_factory=dict)


@dataclass
class Run:
    """Everything live. ``state_dict`` holds all of it except the pending batch, which is written by ``replay``."""

    models: dict[Role, Any]
    """Each a ``Part``."""
    across: Across = field(default_factory=Alone)
    sources: dict[SourceSpec, Source] = field(default_factory=dict)
    history: dict[str, list[float]] = field(default_factory=dict)
    stage: int = 0
    step: int = 0
    seed: int = 0
    home: Path = Path()
    """The run's folder: generated data and everything written goes below it."""
    pending: Pending | None = None
    updates: int = 0
    """Optimiser steps since the start."""
    examined: int = 0
    """Rounds of exams done: 1 after those before the first stage, 2 after those that follow the last."""
    ledger: Ledger = field(default_factory=Ledger)
    at_work: tuple[Stage, tuple[Task, ...]] | None = None
    """The stage, survey or exam that drew last, and this rank's tasks: what a report on a failure names."""

    overlap: bool = True
    """Rollouts that may be drawn beside learning are; False draws them before it, which gives the same."""

    def open(self, recipe: Recipe) -> None:
        """Load every model of the recipe, in its order."""
        for role, spec in recipe.models:
            self.models[role] = spec.open(self)

    def require(self, roles: set[Role]) -> None:
        """Refuse to start while a role that something names has nobody to play it."""
        if missing := roles - set(self.models):
            raise RecipeError(
                f"the recipe asks {sorted(r.name for r in missing)}, but only "
                f"{sorted(r.name for r in self.models)} are loaded: add the role to Recipe.models"
            )

    def source(self, spec: SourceSpec) -> Source:
        """Open a source once for equal specs."""
        if spec not in self.sources:
            try:  # the first rank before the others, so that what is drawn for the run is drawn once
                if self.across.rank == 0:
                    self.sources[spec] = spec.open(self)
            finally:
                self.across.gather([None])
            if spec not in self.sources:
                self.sources[spec] = spec.open(self)
        return self.sources[spec]

    def answer(self, requests: Sequence[Request[R]]) -> list[R]:
        """One call to each role, whatever the number of probes that ask."""
        out: dict[int, R] = {}
        for role in dict.fromkeys(r.to for r in requests):
            mine = [(i, r) for i, r in enumerate(requests) if r.to == role]
            for (i, _), reply in zip(mine, self.models[role].answer([r for _, r in mine]), strict=True):
                out[i] = cast(R, reply)
        return [out[i] for i in range(len(requests))]

    def look_ahead(self, tasks: Sequence[Task], then: Stage | None = None) -> None:
        """Tell every part that reads media what will be asked: these tasks, then those that ``then`` begins with.

        Nothing depends on it but time. A source that is not open yet is opened only if it is steady; what is wrong
        with it is said when its turn comes.
        """
        tasks = list(tasks)
        if then is not None and (then.tasks in self.sources or getattr(then.tasks, "steady", False)):
            with suppress(MMReasonError):
                tasks += self.source(then.tasks).upcoming(then.groups)
        prompts = [task.prompt for task in tasks]
        for part in self.models.values():
            if hasattr(part, "prepare"):
                part.prepare(prompts)

    def num_updates(self, stage: Stage, batch: Batch) -> int:
        """Optimiser steps that the stage makes on this batch: the same number on every rank."""
        total = sum(self.across.gather([len(batch.groups)]))
        parts = max(-(-total // (stage.minibatch or max(total, 1))), 1)
        return parts * stage.epochs if stage.losses else 0

    def learn_next(self, stage: Stage) -> None:
        """Make the pending batch's next optimiser step, for every role that some loss trains."""
        assert self.pending is not None
        batch = self.pending.batch
        per_epoch = self.num_updates(stage, batch) // stage.epochs
        part, at = self.pending.at % per_epoch, places(batch)
        size = stage.minibatch or max(sum(self.across.gather([len(batch.groups)])), 1)
        mine = tuple(g for g, place in zip(batch.groups, at, strict=True) if place // size == part)
        small = replace(batch, groups=mine)
        for role in dict.fromkeys(loss.trains for loss in stage.losses):
            losses = [loss for loss in stage.losses if loss.trains == role]
            with self.ledger.around("learn"):
                logged = learn(cast(Trainable, self.models[role]), self.answer, small, losses)
            for name, value in logged.items():
                self.pending.logged.setdefault(f"{role.name}/{name}", []).append(value)
        self.pending.at += 1
        self.updates += 1

    def log(self, stage: str, metrics: dict[str, float]) -> dict[str, float]:
        """Average over ranks, so that what schedules read is the same everywhere; gives what was logged."""
        every, out = self.across.gather([metrics]), {}
        for name in dict.fromkeys(name for of_rank in every for name in of_rank):
            seen = [of_rank[name] for of_rank in every if name in of_rank and of_rank[name] == of_rank[name]]
            out[f"{stage}/{name}"] = sum(seen) / len(seen) if seen else float("nan")
        for name, value in out.items():
            self.history.setdefault(name, []).append(value)
        return out

    def tick(self) -> None:
        """Go on to the next step."""
        self.step += 1

    def next_stage(self) -> None:
        """Go on to the next stage."""
        self.stage, self.step = self.stage + 1, 0

    def state_dict(self) -> dict[str, Any]:
        """Plain values and tensors only, so that loading needs no pickle."""
        return {
            "at": [self.stage, self.step],
            "updates": self.updates,
            "examined": self.examined,
            "seed": self.seed,
            "history": {k: list(v) for k, v in self.history.items()},
            "models": {role.name: part.state_dict() for role, part in self.models.items()},
            "sources": {name_of(spec): live.state_dict() for spec, live in self.sources.items()},
        }

    def load_state_dict(self, state: dict[str, Any], recipe: Recipe) -> None:
        """Bring every live part to where it was; ``recipe`` says which sources the names stand for."""
        self.stage, self.step = state["at"]
        self.updates, self.seed, self.examined = state["updates"], state["seed"], state["examined"]
        self.history = {k: list(v) for k, v in state["history"].items()}
        for role, part in self.models.items():
            part.load_state_dict(state["models"][role.name])
        specs = {name_of(spec): spec for spec in source_specs(recipe)}
        for name, saved in state["sources"].items():
            if name not in specs:
                raise RecipeError(f"the checkpoint has a task source that the recipe lacks: {name}")
            self.source(specs[name]).load_state_dict(saved)


def steps_done(recipe: Recipe, run: Run) -> int:
    """Steps of all stages that are over."""
    return sum(stage.steps for stage in recipe.stages[: run.stage]) + run.step


def source_specs(recipe: Recipe) -> list[SourceSpec]:
    """Everything under the recipe that can be opened as a source: of stages, surveys and exams, and their parts."""
    found = (p for p in parts(recipe) if is_dataclass(p) and hasattr(p, "open"))
    return [cast(SourceSpec, p) for p in found]
