"""Views made by hand, and a small run under watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmreason import engine
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.run import Run
from mmreason.runs.recorder import Recorder, Saving
from mmreason.types import Across, Alone, Completion, Group, Progress
from mmreason.watch.guard import View
from mmreason.watch.watch import Watch
from tests.mmreason.fakes import Tasks, comp, fixed, group, settled


def stage(**fields: Any) -> Stage:
    return Stage(name="train", tasks=Tasks(), rollout=lambda tasks, scene: [], **fields)  # type: ignore[arg-type]


def said(*tokens: int, logprob: float = -1.0, text: str = "", **fields: Any) -> Completion:
    """A completion that the policy sampled."""
    return comp(tokens, [logprob] * len(tokens), text=text, **fields)


def view(
    *groups: Group,
    terms: Mapping[str, Sequence[Sequence[float]]] | None = None,
    weights: Mapping[str, float] | None = None,
    history: Mapping[str, Sequence[float]] | None = None,
    of: Stage | None = None,
    across: Across | None = None,
) -> View:
    """A step; ``terms`` are rewards by group, ``history`` has names of the stage or, with a slash in front, others."""
    columns = tuple(Term(name, fixed(*rows), (weights or {}).get(name, 1.0)) for name, rows in (terms or {}).items())
    batch = settled(groups, terms=columns, progress=Progress(3, 9, "train"), across=across)
    named = {name[1:] if name[0] == "/" else f"train/{name}": xs for name, xs in (history or {}).items()}
    return View(of or stage(), batch, named)


def ones(num: int = 2, *, id: str = "q0", **fields: Any) -> Group:
    """A group of sampled completions of one token."""
    return group(*(said(1, **fields) for _ in range(num)), id=id)


def watched(
    recipe: Recipe,
    home: Path,
    watch: Watch,
    *,
    observers: Sequence[Any] = (),
    saving: Saving = Saving(curves=-1, every=1),
    across: Across = Alone(),
    resume: bool = False,
) -> tuple[Run, list[str]]:
    """Train under watch; gives the run and what was said."""
    from mmreason.runs import checkpoint
    from mmreason.runs.driver import Together
    from mmreason.runs.sinks import JsonlSink

    lines: list[str] = []
    run = Run(models={}, across=across, home=home)
    run.open(recipe)
    state = None
    if resume:
        newest = checkpoint.latest(home)
        assert newest
        state = checkpoint.load(run, recipe, newest)
    recorder = Recorder(recipe, home, saving, [JsonlSink()])
    recorder.begin(run, state)
    with watch.over(run, recorder, lines.append) as inner:
        engine.train(recipe, run, Together(*observers, inner))
    return run, lines
