"""``mmreason train RECIPE``: checks all that can be checked without weights, trains, and says what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmreason.cli.learning import LearningOptions
from mmreason.cli.options import Options, parse
from mmreason.cli.plan import PlanOptions, built, plan_recipe
from mmreason.cli.recipes import about, build_recipe, find_recipe, listing, recipe_options, shared, split
from mmreason.cli.screen import hush_libraries, show
from mmreason.cli.sharding import ShardingOptions
from mmreason.cli.suggest import CommandError
from mmreason.cli.watching import WatchOptions

if TYPE_CHECKING:
    from mmreason.recipe import Recipe
    from mmreason.runs.sinks import Sink
    from mmreason.types import Across


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Where the run is written, and how often.

    Args:
        name: name of the run's folder; the recipe's name if not given.
        out: folder that holds the runs.
        resume: go on with the run of this name from its newest checkpoint.
        seed: of task order, sampling, new weights and generated data.
        save_every: steps or updates between checkpoints; 0 saves at the end only. Ctrl-C saves in any case.
        save_unit: what --save-every counts; after an update a checkpoint may stand inside a step.
        exam_every: steps between exams while the run learns; 0 is before and after only.
        keep: newest checkpoints to keep; -1 keeps all.
        best: metric by which the best checkpoint is kept besides these, such as held_out/accuracy with --exam-every.
        best_is: whether a higher or a lower value of it is better.
        background: write checkpoints in a thread while the run goes on, from a copy in the host's memory.
        stop_on: one more signal that saves and stops, as SIGTERM does (exit code 75); see Slurm's --signal.
        trace_every: steps between those whose completions are written to traces/; 0 writes none.
        threads: CPU threads; torch's own choice if not given.
        tensorboard: also write tensorboard/ in the run's folder.
        quiet: print errors only.
    """

    name: str | None = None
    out: Path = Path("runs")
    resume: bool = False
    seed: int = 0
    save_every: int = 0
    save_unit: Literal["step", "update"] = "step"
    exam_every: int = 0
    keep: int = 2
    best: str | None = None
    best_is: Literal["highest", "lowest"] = "highest"
    background: bool = False
    stop_on: Literal["USR1", "USR2", "HUP"] | None = None
    trace_every: int = 1
    threads: int | None = None
    tensorboard: bool = False
    quiet: bool = False

    def home(self, recipe: Recipe) -> Path:
        """Give the run's folder.

        Raises:
            CommandError: the name is no name of a folder.
        """
        name = recipe.name if self.name is None else self.name
        if not name.strip() or Path(name).name != name or name in (".", ".."):
            raise CommandError(f"--name: expected the name of one folder, got {name!r}; --out says where it goes")
        return self.out / name


def command(words: list[str]) -> int:
    """Train a recipe that is known by name."""
    if words[:1] in (["-h"], ["--help"]):
        sys.stdout.write(
            "usage: mmreason train RECIPE [recipe options] [run options]\n\n"
            f"mmreason train RECIPE --help lists the options.\n\nrecipes:\n{listing()}\n"
        )
        return 0
    name, rest = split(words, "train")
    return train(find_recipe(name), rest, f"mmreason train {name}")


def train(build: Callable[..., Recipe], words: Sequence[str], prog: str) -> int:
    """Read the options, refuse what cannot work, train, report."""
    both = shared(build, [f.name for f in fields(RunOptions)])
    words = [word for word in words if not word.startswith("--local_rank=")]  # as the deepspeed launcher adds it
    groups = [
        recipe_options(build, without=both),
        Options("run", RunOptions),
        Options("learning", LearningOptions),
        Options("watching", WatchOptions),
        Options("sharding", ShardingOptions),
        Options("planning", PlanOptions),
    ]
    keywords, run, learns, watching, spread, machine = parse(groups, words, prog, about(build))
    options, plan, keywords = RunOptions(**run), PlanOptions(**machine), keywords | {name: run[name] for name in both}
    learning, sharding = LearningOptions(**learns), ShardingOptions(**spread)
    recipe = sharding.applied(learning.applied((built if plan.plan else build_recipe)(build, keywords)))
    recipe = replace(recipe, exam_every=options.exam_every) if options.exam_every else recipe
    return plan_recipe(recipe, plan) if plan.plan else go(recipe, options, WatchOptions(**watching))


def go(recipe: Recipe, options: RunOptions, watching: WatchOptions = WatchOptions()) -> int:
    """Train a recipe that has been built."""
    from mmreason.ranks import by_first, join, leave

    across = join()
    try:
        by_first(across, lambda: check_folder(options.home(recipe), options))
        return together(recipe, replace(options, quiet=options.quiet or across.rank > 0), across, watching)
    finally:
        leave()


def together(recipe: Recipe, options: RunOptions, across: Across, watching: WatchOptions = WatchOptions()) -> int:
    """Train on this rank."""
    home = options.home(recipe)
    if not options.quiet:
        steps = sum(stage.steps for stage in recipe.stages)
        show(f"{recipe.name}: {steps} steps in {home}; checking settings, data and model")
    saving, watch, told = check_all(recipe, options), watching.watch(), sinks(options, watching)
    if options.threads is not None:
        import torch

        torch.set_num_threads(options.threads)
    from mmreason.runs.driver import train_recipe

    hush_libraries()
    summary = train_recipe(
        recipe, home, options.seed, options.resume, saving, told,
        quiet=options.quiet, across=across, watch=watch, stop_on=stopping(options),
    )  # fmt: skip
    if not options.quiet:
        from mmreason.cli.outcome import outcome
        from mmreason.data.transit import TransitMaps
        from mmreason.signals import parts

        outcome(summary, home, recipe.name, any(isinstance(part, TransitMaps) for part in parts(recipe.stages)))
    return 0


def check_folder(home: Path, options: RunOptions) -> None:
    """Refuse a folder that is in use, and propose a free one; a start that failed before its first step is no use.

    Raises:
        CommandError: there is something in it and the run is not to be resumed.
    """
    if options.resume or not home.exists():
        return
    if not home.is_dir():
        raise CommandError(f"{home} is a file; give another --name or --out")
    from mmreason.runs.folder import is_blank

    if not is_blank(home):
        free = next(f"{home.name}-{i}" for i in range(2, 10**6) if not home.with_name(f"{home.name}-{i}").exists())
        raise CommandError(f"{home} has a run in it already: add --resume to go on with it, or give --name {free}")


def check_all(recipe: Recipe, options: RunOptions) -> Any:
    """Refuse before the model loads; gives what is saved how often.

    Raises:
        MMReasonError: a setting is out of range, a file is missing or bad, a model is not supported.
    """
    from mmreason.runs.best import stage_of
    from mmreason.runs.recorder import Saving
    from mmreason.validate import check_data, check_lengths, check_models, validate

    if options.threads is not None and options.threads < 1:
        raise CommandError(f"--threads: expected at least 1, got {options.threads}")
    saving = Saving(
        every=options.save_every, unit=options.save_unit, keep=options.keep, background=options.background,
        best=options.best, best_is=options.best_is, traces=options.trace_every,
    )  # fmt: skip
    if saving.best is not None:
        stage_of(recipe, saving.best)
    validate(recipe)
    check_models(recipe)
    check_lengths(recipe, check_data(recipe))
    return saving


def stopping(options: RunOptions) -> tuple[int, ...]:
    """The signals that ask the run to save and stop."""
    import signal

    from mmreason.runs.interrupt import CAUGHT

    return CAUGHT if options.stop_on is None else (*CAUGHT, signal.Signals[f"SIG{options.stop_on}"])


def sinks(options: RunOptions, watching: WatchOptions = WatchOptions()) -> list[Sink]:
    """Where the numbers go besides ``metrics.jsonl``."""
    from mmreason.runs.console import ConsoleSink

    if options.tensorboard:
        watching = replace(watching, track=f"tensorboard,{watching.track}")
    return [*([] if options.quiet else [ConsoleSink()]), *watching.sinks()]
