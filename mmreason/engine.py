"""The loop. It knows slots, never methods: a new method must not change this file.

::

    source --tasks--> rollout --groups--> filters --kept--> rewards, credit (signals)
       ^                 |                   |                      |
       |                 +------ settle: every question of a wave in one call to each role
    observe                                                         v
       +------------------ batch <---- keep, metrics <---- updates (losses, packed forwards)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mmreason.errors import PromptError, RecipeError
from mmreason.flight import Flight
from mmreason.observer import Observer as Observer
from mmreason.observer import Silent as Silent
from mmreason.recipe import Recipe, Stage
from mmreason.run import Pending, Run, steps_done
from mmreason.scene import Live as Live
from mmreason.scene import settle as settle
from mmreason.shares import share
from mmreason.signals import Signal, check, roles
from mmreason.slots import Scene, Source
from mmreason.types import Across, Batch, Group, Progress, Task


def ready(recipe: Recipe, run: Run) -> None:
    """Refuse what cannot run before anything is sampled."""
    check(recipe.stages, "recipe.stages")
    check(recipe.exams, "recipe.exams")
    run.require(roles(recipe.stages, recipe.exams))
    for stage in recipe.stages:
        refuse_learner(stage)


def refuse_learner(stage: Stage) -> None:
    """See that rollouts drawn beside learning ask nobody who learns meanwhile.

    Raises:
        RecipeError: they do.
    """
    if stage.behind and (both := roles(stage.rollout) & {loss.trains for loss in stage.losses}):
        raise RecipeError(
            f"stage {stage.name!r}: behind=1 draws rollouts while {min(r.name for r in both)} learns, which must then "
            "not be asked; draw by a role with weights of its own, such as Sample(by=SAMPLER)"
        )


def train(recipe: Recipe, run: Run, observer: Observer | None = None) -> None:
    """Run the stages in order, from where ``run`` stands."""
    observer = observer or Silent()
    ready(recipe, run)
    try:
        if run.examined == 0:
            examine(recipe, run, observer, opening(recipe.stages))
            run.examined = 1
        while run.stage < len(recipe.stages):
            stage, later = recipe.stages[run.stage], opening(recipe.stages[run.stage + 1 :], recipe.exams)
            while run.step < stage.steps:
                if exams_due(recipe, run):
                    examine(recipe, run, observer, due(stage, run.step)[0])
                step(stage, run, observer, due(stage, run.step + 1)[0] if run.step + 1 < stage.steps else later)
            run.next_stage()
        if run.examined == 1:
            examine(recipe, run, observer)
            run.examined = 2
    finally:
        run.look_ahead(())


def opening(stages: Sequence[Stage], exams: Sequence[Stage] = ()) -> Stage | None:
    """What is drawn from first when these begin."""
    return next((due(stage, 0)[0] for stage in (*stages, *exams) if stage.steps), None)


def exams_due(recipe: Recipe, run: Run) -> bool:
    """Say whether exams are run between the step that is over and the next."""
    done = steps_done(recipe, run)
    return done > 0 and not begun(run) and recipe.exam_every > 0 and done % recipe.exam_every == 0


def begun(run: Run) -> bool:
    """Say whether the pending batch has been learned from; one that was drawn ahead has not."""
    return run.pending is not None and run.pending.at > 0


def due(stage: Stage, at: int) -> list[Stage]:
    """What is drawn from in a step, in this order: the surveys that are due, then the stage itself."""
    return [*(survey.stage for survey in stage.surveys if at % survey.every == 0), stage]


def examine(recipe: Recipe, run: Run, observer: Observer, then: Stage | None = None) -> None:
    """Measure on held-out tasks: the same ones with the same seeds each time, to be compared in pairs.

    ``then`` is drawn from when the exams are over.
    """
    for exam, follows in zip(recipe.exams, (*recipe.exams[1:], then), strict=False):
        source = run.source(exam.tasks)
        start = source.state_dict()
        measure(exam, run, observer, follows)
        source.load_state_dict(start)


def step(stage: Stage, run: Run, observer: Observer, then: Stage | None = None) -> None:
    """One step: surveys when due, collect, learn, remember; goes on inside a step that was interrupted.

    ``then`` is drawn from first in the next step.
    """
    if not begun(run):
        for survey, follows in pairwise(due(stage, run.step)):
            measure(survey, run, observer, follows)
    if run.pending is None:
        gather(stage, run, observer, then)
    else:
        run.look_ahead([group.task for group in run.pending.batch.groups], then)
    assert run.pending is not None
    batch = run.pending.batch
    total = run.num_updates(stage, batch)
    flight = drawn_ahead(stage, run)
    try:
        while run.pending.at < total:
            run.learn_next(stage)
            if run.pending.at < total and flight is None:
                observer.updated(run, stage)
    finally:
        drawn = flight.land() if flight is not None else None
    metrics = {name: sum(xs) / len(xs) for name, xs in run.pending.logged.items()}
    finish(stage, run, batch, metrics, observer, drawn, then)


def gather(
    stage: Stage, run: Run, observer: Observer, then: Stage | None = None, drawn: tuple[Group, ...] | None = None
) -> None:
    """Bring the batch that is learned from next into ``run.pending``; ``drawn`` are groups drawn ahead."""
    progress = Progress(run.step, stage.steps, stage.name, run.history)
    run.pending = Pending(collect(stage, run, progress, then, drawn))
    observer.collected(run, stage, run.pending.batch)


def drawn_ahead(stage: Stage, run: Run) -> Flight[tuple[Group, ...]] | None:
    """The next step's first draw, under way while this step is learned from; None where the stage does not want it.

    It begins when this step's batch is there, so with the weights of now, and ends before anybody follows the step. It
    is made beside learning where all that it asks stand ``apart`` from those that learn, else before it.
    """
    if not stage.behind or run.step + 1 >= stage.steps:
        return None
    past = {name: list(values) for name, values in run.history.items()}
    progress = Progress(run.step + 1, stage.steps, stage.name, past)
    tasks = run.source(stage.tasks).next(share(stage.groups, run.across))
    scene = Live(run, progress, run.across, (stage.name, progress.step, 0))
    apart = all(getattr(run.models[role], "apart", False) for role in roles(stage.rollout))
    return Flight(lambda: rolled(stage, tasks, scene) if tasks else (), run.overlap and apart)


def measure(stage: Stage, run: Run, observer: Observer, then: Stage | None = None) -> None:
    """Run a stage that learns nothing from its first to its last step; ``then`` is drawn from after it."""
    for inner in range(stage.steps):
        follows = stage if inner + 1 < stage.steps else then
        batch = collect(stage, run, Progress(inner, stage.steps, stage.name, run.history), follows)
        metrics = run.log(stage.name, remember(stage, run, batch))
        observer.measured(run, stage, batch, metrics)


def finish(
    stage: Stage,
    run: Run,
    batch: Batch,
    metrics: dict[str, float],
    observer: Observer,
    drawn: tuple[Group, ...] | None = None,
    then: Stage | None = None,
) -> None:
    """What follows the last optimiser step of a batch; groups that were drawn ahead become the next one."""
    for live in run.models.values():
        live.after_step(batch)
    metrics |= remember(stage, run, batch)
    run.pending = None
    logged = run.log(stage.name, metrics)
    run.tick()
    if drawn is not None:  # before the step is told, so that a checkpoint holds them
        gather(stage, run, observer, then, drawn)
    observer.stepped(run, stage, batch, logged)


def remember(stage: Stage, run: Run, batch: Batch) -> dict[str, float]:
    """Keep records, measure metrics, tell the source."""
    for keep in stage.keep:
        run.models[keep.into].write(run.across.gather(keep.records(batch)))  # replicas stay equal
    metrics: dict[str, float] = {}
    for metric in stage.metrics:
        metrics |= metric(batch)
    run.source(stage.tasks).observe(batch)
    return metrics


def collect(
    stage: Stage, run: Run, progress: Progress, then: Stage | None = None, first: tuple[Group, ...] | None = None
) -> Batch:
    """Draw, roll out and filter until the step's groups are there; only then measure what the rest needs.

    Media of the tasks that ``then`` begins with are read meanwhile, after those that are needed now. ``first`` takes
    the place of the first draw.
    """
    source: Source = run.source(stage.tasks)
    batch: Batch | None = None
    wanted = share(stage.groups, run.across)
    for turn in range(stage.rounds):
        scene = Live(run, progress, run.across, (stage.name, progress.step, turn))
        missing = wanted - (len(batch.groups) if batch else 0)
        ahead = first if turn == 0 else None
        tasks = source.next(missing) if ahead is None else [group.task for group in ahead]
        run.at_work = stage, tuple(tasks)
        run.look_ahead(tasks, stage if turn + 1 < stage.rounds else then)
        groups = ahead if ahead is not None else rolled(stage, tasks, scene) if missing else ()
        known = given(groups, run.across, batch.known if batch else set())
        drawn = Batch(groups, progress, run.across, stage.rewards, known)
        for keep in stage.filters:
            scene.settle(drawn, keep)
            drawn = drawn.select(keep(drawn))
        batch = batch.join(drawn) if batch else drawn
        if all(run.across.gather([len(batch.groups) >= wanted])):
            break
    assert batch is not None
    refuse_shortfall(stage, run, batch)
    if turn + 1 < stage.rounds:
        run.look_ahead([group.task for group in batch.groups], then)
    scene.settle(batch, stage.rewards)
    scene.settle(batch, stage.losses, stage.metrics, stage.keep)
    return batch


def refuse_shortfall(stage: Stage, run: Run, batch: Batch) -> None:
    """Stop where the stage asks for it and its draws did not fill the step.

    Raises:
        RecipeError: with how many groups the filters kept.
    """
    kept = sum(run.across.gather([len(batch.groups)]))
    if stage.shortfall == "stop" and kept < stage.groups:
        names = ", ".join(type(keep).__name__ for keep in stage.filters) or "none"
        raise RecipeError(
            f"stage {stage.name!r}: {stage.rounds} draws of up to {stage.groups} groups left {kept} that the "
            f"filters ({names}) keep: the tasks are too easy or too hard by now; allow more rounds, mix in other "
            "tasks, or set shortfall to learn from the groups that are there"
        )


def rolled(stage: Stage, tasks: list[Task], scene: Scene) -> tuple[Group, ...]:
    """Ask the rollout for the groups of these tasks.

    Raises:
        RecipeError: no forward can hold a prompt; the message begins with its record.
    """
    try:
        return tuple(stage.rollout(tasks, scene))
    except PromptError as error:
        of = next((task for task in tasks if error.prompt in (task.prompt, task.hint)), None)
        place = "" if of is None else f"{of.where}: " if of.where else f"task {of.id!r}: "
        raise RecipeError(f"{place}{error}") from None


def given(groups: Sequence[Group], across: Across, known: set[Signal[object]]) -> set[Signal[object]]:
    """Signals that the rollout put into every group, on all ranks that have groups; what is known if nobody has one."""
    mine = [set.intersection(*(set(g.signals) for g in groups))] if groups else []
    every = across.gather(mine)
    return set.intersection(*every) if every else set(known)
