"""``mmreason train RECIPE``: checks all that can be checked without weights, trains, and says what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmreason.cli.options import Options, parse
from mmreason.cli.recipes import about, build_recipe, find_recipe, listing, recipe_options, shared, split
from mmreason.cli.screen import hush_libraries, show
from mmreason.cli.suggest import CommandError

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
        keep: checkpoints to keep; -1 keeps all.
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
    keep: int = 2
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
    groups = [recipe_options(build, without=both), Options("run", RunOptions)]
    keywords, run = parse(groups, words, prog, about(build))
    options = RunOptions(**run)
    recipe = build_recipe(build, keywords | {name: run[name] for name in both})
    return go(recipe, options)


def go(recipe: Recipe, options: RunOptions) -> int:
    """Train a recipe that has been built."""
    from mmreason.ranks import by_first, join, leave

    across = join()
    try:
        by_first(across, lambda: check_folder(options.home(recipe), options))
        return together(recipe, replace(options, quiet=options.quiet or across.rank > 0), across)
    finally:
        leave()


def together(recipe: Recipe, options: RunOptions, across: Across) -> int:
    """Train on this rank."""
    home = options.home(recipe)
    if not options.quiet:
        steps = sum(stage.steps for stage in recipe.stages)
        show(f"{recipe.name}: {steps} steps in {home}; checking settings, data and model")
    saving = check_all(recipe, options)
    if options.threads is not None:
        import torch

        torch.set_num_threads(options.threads)
    from mmreason.runs.driver import train_recipe

    hush_libraries()
    summary = train_recipe(
        recipe, home, options.seed, options.resume, saving, sinks(options), quiet=options.quiet, across=across
    )
    if not options.quiet:
        from mmreason.cli.outcome import outcome
        from mmreason.data.transit import TransitMaps
        from mmreason.signals import parts

        outcome(summary, home, recipe.name, any(isinstance(part, TransitMaps) for part in parts(recipe.stages)))
    return 0


def check_folder(home: Path, options: RunOptions) -> None:
    """Refuse a folder that is in use, and propose a free one.

    Raises:
        CommandError: there is something in it and the run is not to be resumed.
    """
    if options.resume or not home.exists():
        return
    if not home.is_dir():
        raise CommandError(f"{home} is a file; give another --name or --out")
    if any(home.iterdir()):
        free = next(f"{home.name}-{i}" for i in range(2, 10**6) if not home.with_name(f"{home.name}-{i}").exists())
        raise CommandError(f"{home} has a run in it already: add --resume to go on with it, or give --name {free}")


def check_all(recipe: Recipe, options: RunOptions) -> Any:
    """Refuse before the model loads; gives what is saved how often.

    Raises:
        MMReasonError: a setting is out of range, a file is missing or bad, a model is not supported.
    """
    from mmreason.runs.recorder import Saving
    from mmreason.validate import check_data, check_lengths, check_models, validate

    if options.threads is not None and options.threads < 1:
        raise CommandError(f"--threads: expected at least 1, got {options.threads}")
    saving = Saving(every=options.save_every, unit=options.save_unit, keep=options.keep, traces=options.trace_every)
    validate(recipe)
    check_models(recipe)
    check_lengths(recipe, check_data(recipe))
    return saving


def sinks(options: RunOptions) -> list[Sink]:
    """Where the numbers go besides ``metrics.jsonl``."""
    from mmreason.runs.console import ConsoleSink
    from mmreason.runs.sinks import TensorBoardSink

    wanted: list[Sink] = [] if options.quiet else [ConsoleSink()]
    return [*wanted, TensorBoardSink()] if options.tensorboard else wanted
