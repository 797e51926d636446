"""One call trains a recipe in a folder, from the start or from where it was stopped."""

from __future__ import annotations

import errno
import random
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch

from mmreason import engine
from mmreason.engine import Observer
from mmreason.errors import CheckpointError
from mmreason.ranks import by_first
from mmreason.recipe import Recipe, Stage
from mmreason.run import Run
from mmreason.runs import checkpoint, folder
from mmreason.runs.atomic import sweep
from mmreason.runs.interrupt import CAUGHT, Interrupted, StopRequest
from mmreason.runs.lock import held
from mmreason.runs.log_file import LogFile, finite
from mmreason.runs.recorder import Recorder, Saving
from mmreason.runs.sinks import JsonlSink, Sink
from mmreason.runs.start_up import StartUp, report
from mmreason.runs.summary import exam_metrics
from mmreason.signals import check
from mmreason.types import Across, Alone, Batch
from mmreason.watch.watch import Watch

Say = Callable[[str], None]
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What the system says where nothing more can be written."""


class Together:
    """Several observers, told in order."""

    def __init__(self, *observers: Observer) -> None:
        self.observers = observers

    def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.collected(run, stage, batch)

    def updated(self, run: Run, stage: Stage) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.updated(run, stage)

    def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.stepped(run, stage, batch, metrics)

    def measured(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.measured(run, stage, batch, metrics)


def train_recipe(
    recipe: Recipe,
    home: Path,
    seed: int = 0,
    resume: bool = False,
    saving: Saving = Saving(),
    sinks: Sequence[Sink] | None = None,
    quiet: bool = False,
    observers: Sequence[Observer] = (),
    across: Across = Alone(),
    watch: Watch = Watch(),
    stop_on: Sequence[int] = CAUGHT,
) -> dict[str, Any]:
    """Train a recipe; everything it gives stands in ``home``.

    Args:
        recipe: what to train.
        home: the run's folder, e.g. ``runs/quickstart``; must be empty or missing unless ``resume``.
        seed: of sampling, task order and new weights.
        resume: go on from the newest checkpoint that is intact. On a CPU the result is bit for bit that of a run never
            stopped.
        saving: what is kept, and how often.
        sinks: told of every step, besides ``metrics.jsonl``; None shows progress on the console, unless ``quiet``.
        quiet: print nothing.
        observers: told of everything, after the start-up checks and before anything is written.
        across: the other processes that train with this one (`ranks.join`); the first of them writes, into a folder
            that all can read.
        watch: what guards the run and ends it where it hangs.
        stop_on: signals that ask the run to save and stop, on whichever rank they are heard.

    Returns:
        What ``summary.json`` holds: recipe, seed, seconds, steps, updates, and every exam metric before and after
        (named as in ``summary.exam_metrics``).

    Raises:
        MMReasonError: the recipe, the folder or the checkpoint cannot be used, or the disk is full.
        Alarmed: a guard stopped the run (exit code 3).
        SystemExit: a signal stopped the run, after it was saved; the code is 130 for Ctrl-C, else 75.
    """
    check(recipe.stages, "recipe.stages")
    check(recipe.exams, "recipe.exams")
    first = across.rank == 0
    every_sink, say = outputs(sinks if first else (), quiet or not first)
    with ExitStack() as lock:
        over = by_first(across, lambda: prepared(recipe, home, seed, resume, say, lock))
        if over is not None:
            return over
        recorder = Recorder(recipe, home, saving, every_sink)
        try:
            with StopRequest(stop_on) as recorder.stop:
                run = opened(recipe, home, seed, say, across)
                recorder.begin(run, restored(run, recipe, home, say, quiet or not first) if resume else None)
                with watch.over(run, recorder, say) as watched:
                    engine.train(recipe, run, Together(StartUp(), *observers, watched))
                return finished(recipe, run, recorder, say)
        except Interrupted as stopped:
            close(every_sink)
            say(f"{stopped}; {how_to_go_on(home, stopped)}")
            raise SystemExit(stopped.code) from None
        except OSError as error:
            raise full(error, home) from None
        finally:
            if (unsaved := recorder.saver.leave()) is not None:
                say(f"and the last checkpoint is missing: {unsaved}")
            close(every_sink)


def full(error: OSError, home: Path) -> Exception:
    """A disk that takes no more, in one line; any other error as it is."""
    if error.errno not in NO_ROOM:
        return error
    newest = checkpoint.latest(home)
    told = f"the newest checkpoint is {newest.name}" if newest else "there is no checkpoint yet"
    return CheckpointError(f"{home} cannot be written to: {error.strerror}; {told}; make room and go on with --resume")


def prepared(recipe: Recipe, home: Path, seed: int, resume: bool, say: Say, lock: ExitStack) -> dict[str, Any] | None:
    """Lock the folder, create or open it; gives the summary where the run in it is over."""
    lock.enter_context(held(home))
    try:
        if not resume:
            folder.create(home, recipe, seed)
            return None
        sweep(home, deep=True)
        changes = folder.reopen(home, recipe, seed)
    except OSError as error:
        raise full(error, home) from None
    for change in changes:
        say(f"note: since this run was started {change}; the last digits may differ")
    if not (home / "summary.json").is_file():
        return None
    say(f"{home} is finished already: nothing to do")
    summary: dict[str, Any] = folder.read_json(home / "summary.json")
    return summary


def outputs(sinks: Sequence[Sink] | None, quiet: bool) -> tuple[list[Sink], Say]:
    """The sinks with the metrics file first, and a function that tells the user something."""
    from mmreason.runs.console import ConsoleSink

    shown = ConsoleSink()
    if sinks is None:
        sinks = [] if quiet else [shown]
    consoles = [sink for sink in sinks if isinstance(sink, ConsoleSink)]
    console = (consoles[0] if consoles else shown).console

    def say(text: str) -> None:
        if not quiet:
            console.print(text, markup=False)

    return [JsonlSink(), *sinks], say


def opened(recipe: Recipe, home: Path, seed: int, say: Say, across: Across = Alone()) -> Run:
    """Load the models and say what learns."""
    torch.manual_seed(seed)
    random.seed(seed)
    run = Run(models={}, across=across, seed=seed, home=home)
    run.open(recipe)
    for line in report(run):
        say(line)
    return run


def restored(run: Run, recipe: Recipe, home: Path, say: Say, quiet: bool = False) -> dict[str, Any] | None:
    """Bring the run to its newest intact checkpoint; gives the recorder's state, None without any.

    That a checkpoint is damaged is told in any case.
    """
    newest = by_first(run.across, lambda: checkpoint.newest_intact(home, to_stderr if quiet else say))
    if newest is None:
        say(f"{home} has no checkpoint yet: starting from the beginning")
        return None
    state = checkpoint.load(run, recipe, newest)
    say(f"going on from {newest}")
    return state


def to_stderr(text: str) -> None:
    """Say what must be heard also where nothing else is."""
    sys.stderr.write(f"warning: {text}\n")


def finished(recipe: Recipe, run: Run, recorder: Recorder, say: Say) -> dict[str, Any]:
    """Save, then draw and write the summary, whose presence says that the run is over."""
    recorder.save(run)
    recorder.saver.settle(run.across)
    return by_first(run.across, lambda: summarised(recipe, run, recorder, say))


def summarised(recipe: Recipe, run: Run, recorder: Recorder, say: Say) -> dict[str, Any]:
    """Draw the curves and write the summary."""
    if recorder.saving.curves >= 0:
        recorder.draw()
    lines = LogFile(recorder.home / "metrics.jsonl").read()
    summary: dict[str, Any] = finite({
        "recipe": recipe.name,
        "seed": run.seed,
        "seconds": round(recorder.seconds(), 1),
        "steps": checkpoint.steps_done(recipe, run),
        "updates": run.updates,
    } | exam_metrics(lines))  # fmt: skip
    folder.write_json(recorder.home / "summary.json", summary)
    close(recorder.sinks)
    say(f"done in {summary['seconds']} s: summary, metrics, traces and checkpoints are in {recorder.home}")
    return summary


def close(sinks: Sequence[Sink]) -> None:
    """Close all; closing twice does nothing."""
    for sink in sinks:
        sink.close()


def how_to_go_on(home: Path, stopped: Interrupted) -> str:
    """What to do next."""
    if stopped.checkpoint is None:
        return f"nothing was learned yet: start again with the same command and --resume (run folder {home})"
    return f"saved {stopped.checkpoint}: go on with the same command and --resume (run folder {home})"
