"""Asks the questions of a suite, keeps every answer, and measures what the suite measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from mmreason.asks import POLICY, Request, Role
from mmreason.data.sources import InOrder, TaskSpec, tasks_of
from mmreason.engine import Live, given, rolled
from mmreason.errors import CheckError
from mmreason.evaluation.controls import Control, controlled
from mmreason.evaluation.items import FILE, Item, about, cluster_of, item_of
from mmreason.evaluation.kept import Kept
from mmreason.evaluation.served import AskServer
from mmreason.evaluation.suite import Suite
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term, total
from mmreason.rollouts.sample import Sample
from mmreason.run import Run
from mmreason.runs.log_file import LogFile
from mmreason.runs.traces import VERSION, Traces
from mmreason.slots import ModelSpec
from mmreason.types import Batch, Group, Progress, Task
from mmreason.validate import validate

R = TypeVar("R")
Mode = Literal["greedy", "sampled"]


@dataclass(frozen=True, kw_only=True)
class Way:
    """How questions are answered.

    Attributes:
        num: samples of each task.
        temperature: of the samples; 0 leaves them out, and only greedy answers are given.
        top_p: of the samples.
        limit: longest answer in tokens.
        seed: of the samples and of shuffled options.
        batch: tasks answered together.
    """

    num: int = 4
    temperature: float = 1.0
    top_p: float = 1.0
    limit: int = 2048
    seed: int = 0
    batch: int = 16


@dataclass(frozen=True, kw_only=True)
class Job:
    """One checkpoint on one suite.

    Attributes:
        suite: what is asked and what counts.
        tasks: the suite's questions.
        models: who plays the policy, and the judge where there is one.
        way: how they are answered.
        controls: asked besides, greedily.
        adapter: folder of a LoRA adapter that is laid over the policy.
    """

    suite: Suite
    tasks: TaskSpec
    models: tuple[tuple[Role, ModelSpec], ...]
    way: Way = Way()
    controls: tuple[Control, ...] = ()
    adapter: Path | None = None

    @property
    def served(self) -> bool:
        """Say whether a server plays the policy."""
        return not hasattr(dict(self.models)[POLICY], "lora")

    @property
    def judges(self) -> bool:
        """Say whether somebody plays the suite's judge."""
        return self.suite.judge in dict(self.models)

    def terms(self, control: Control | None = None) -> tuple[Term, ...]:
        """What is measured of each answer; under a control what the suite measures by rule."""
        suite = self.suite
        more = (*(suite.judged if self.judges else ()), *(() if self.served else suite.inside))
        return suite.rewards if control else (*suite.rewards, *more)

    def exams(self) -> tuple[tuple[Stage, Control | None], ...]:
        """The greedy exam, that of the samples (none at temperature 0), then one greedy exam for each control."""
        found = [(self.exam("greedy"), None)]
        if self.way.temperature > 0:
            found.append((self.exam("sampled"), None))
        return (*found, *((self.exam("greedy", control), control) for control in self.controls))

    def exam(self, mode: Mode, control: Control | None = None) -> Stage:
        """One exam as a stage that learns nothing."""
        way, suite = self.way, self.suite
        heat = way.temperature if mode == "sampled" else 0.0
        kind: Any = AskServer if self.served else Sample
        inside = () if self.served or control else suite.inside_metrics
        return Stage(
            name=f"{mode}-{control}" if control else mode,
            tasks=InOrder(controlled(self.tasks, control, way.seed)),
            rollout=kind(
                num=way.num if heat else 1, limit=way.limit, temperature=heat, top_p=way.top_p if heat else 1.0
            ),
            rewards=self.terms(control),
            metrics=(*suite.metrics, *inside),
        )


@dataclass
class Asking(Run):
    """A run whose models are loaded when the first of them is asked: not for answers that are there."""

    recipe: Recipe | None = None
    adapter: Path | None = None

    def answer(self, requests: Sequence[Request[R]]) -> list[R]:
        """Load, and ask."""
        if requests and not self.models and self.recipe is not None:
            self.open(self.recipe)
            if self.adapter is not None:
                self.models[POLICY].load(self.adapter)
        return super().answer(requests)


@dataclass
class Result:
    """What came out."""

    items: list[Item] = field(default_factory=list)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    """The papers' numbers by exam."""
    missing: int = 0
    """Questions that a server did not answer."""
    asked: int = 0
    """Questions that were asked now; the others were answered before."""


def evaluate(job: Job, home: Path, tell: Callable[[int], None] | None = None) -> Result:
    """Answer every question of every exam, and measure the answers.

    The folder gets ``eval.jsonl``, a line per question and exam as in the traces of a run, and ``answers/``, from which
    an evaluation that was stopped goes on: what is there is not asked again, and the result is the same to the byte.

    Args:
        job: who is asked what.
        home: the evaluation's folder; generated data and copies of media go there too.
        tell: called with the number of questions answered so far, over all exams.

    Raises:
        MMReasonError: the data or the checkpoint cannot be used, or a server answers nothing.
    """
    exams, result = job.exams(), Result()
    recipe = Recipe(name="eval", stages=(), models=models(job), exams=tuple(stage for stage, _ in exams))
    validate(recipe)
    run = Asking(models={}, seed=job.way.seed, home=home, recipe=recipe, adapter=job.adapter)
    plain = tasks_of(job.tasks, run)
    clusters = {task.id: cluster_of(task, job.suite.cluster) for task in plain}
    log = LogFile(home / FILE)
    log.cut(0)
    traces = Traces(home)
    for stage, control in exams:
        tasks = tasks_of(controlled(job.tasks, control, job.way.seed), run) if control else plain
        Exam(job, stage, run, result, log, clusters, traces, tell).take(tasks)
    return result


def models(job: Job) -> tuple[tuple[Role, ModelSpec], ...]:
    """Everybody who is asked."""
    return job.models if job.served else (*job.models, *job.suite.inside_models)


@dataclass
class Exam:
    """One exam under way."""

    job: Job
    stage: Stage
    run: Asking
    result: Result
    log: LogFile
    clusters: dict[str, str]
    traces: Traces
    tell: Callable[[int], None] | None

    def take(self, tasks: Sequence[Task]) -> None:
        """Answer all tasks, a few at a time, then measure what is of all together."""
        done: list[Group] = []
        for batch in self.batches(tasks):
            done += batch.groups
            self.note(batch)
        self.result.missing += len(tasks) - len(done)
        if not done:
            raise self.nobody(len(tasks))
        whole = self.batch(done)
        self.scene.settle(whole, self.stage.rewards, self.stage.metrics)
        found: dict[str, float] = {}
        for metric in self.stage.metrics:
            found |= metric(whole)
        self.result.metrics[self.stage.name] = found

    def batches(self, tasks: Sequence[Task]) -> Iterator[Batch]:
        """Read or ask, and measure, in the order of the tasks."""
        kept, step = Kept(self.run.home, self.stage), self.job.way.batch
        heard = False
        for number, start in enumerate(range(0, len(tasks), step)):
            some = tasks[start : start + step]
            known = kept.read(number, some)
            todo = [task for task in some if task.id not in known]
            if todo and self.run.models:
                self.run.look_ahead([*todo, *tasks[start + step : start + 2 * step]])
            groups = known | {group.task.id: group for group in (rolled(self.stage, todo, self.scene) if todo else ())}
            heard = heard or len(groups) > 0
            if not heard:
                raise self.nobody(start + len(some))
            batch = self.batch([groups[task.id] for task in some if task.id in groups])
            before = set(batch.known)
            self.scene.settle(batch, self.stage.rewards, self.stage.metrics)
            if len(groups) > len(known) or any(signal.local() for signal in batch.known - before):
                kept.write(number, batch)
            self.result.asked += len(groups) - len(known)
            yield batch

    @property
    def scene(self) -> Live:
        """Whom to ask; seeds depend on the exam and the task alone."""
        return Live(self.run, self.progress, self.run.across, (self.stage.name,))

    @property
    def progress(self) -> Progress:
        """An exam has one step."""
        return Progress(0, 1, self.stage.name)

    def batch(self, groups: Sequence[Group]) -> Batch:
        """Groups with what all of them know."""
        known = given(groups, self.run.across, set())
        return Batch(tuple(groups), self.progress, self.run.across, self.stage.rewards, known)

    def note(self, batch: Batch) -> None:
        """Write a line for each question, and remember what was measured."""
        first = self.stage.rewards[0]
        for group, total_G in zip(batch.groups, total(batch), strict=True):
            told = self.traces.group(self.stage, batch, group, total_G)
            for said in told["completions"]:
                said["right"] = said["rewards"][first.name]
            line = {"v": VERSION, "stage": self.stage.name, "step": 0, **told}
            line |= about(self.job.suite, group, self.clusters[group.task.id])
            self.log.append(line)
            self.result.items.append(item_of(line))
        if self.tell is not None:
            self.tell(len(self.result.items))

    def nobody(self, num: int) -> CheckError:
        """What to say where a server is silent."""
        counts = self.run.ledger.snapshot()
        start = f"{POLICY.name}/failed/"
        why = ", ".join(name.removeprefix(start) for name in sorted(counts) if name.startswith(start)) or "no reply"
        at = getattr(dict(self.job.models)[POLICY], "address", "the server")
        return CheckError(
            f"{at} answered none of the first {num} questions ({why}); is it running, and is it the right address? "
            "Run the same command again to go on"
        )
