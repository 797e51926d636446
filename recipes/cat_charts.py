r"""Code-as-Thought for charts (arXiv:2509.09286): the policy learns when to write a chart's data as code.

It first says ``<CODE>`` or ``<DIRECT>``. By code it writes the chart's table as a data frame and reasons over it, which
is read off the syntax tree and compared with the chart's own; nothing is run. Four rewards: the answer, the strategy,
the table, the box. Without the reward for the strategy one of the two takes over.

    mmreason train cat_charts --preset tiny                      a laptop, bar charts drawn on the spot
    python recipes/cat_charts.py --preset 7b --data charts.jsonl --labels-file labels.jsonl --test-data test.json
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from mmreason_recipes.common import after_start, cold_start, cosine, epoch, exam_pair, policy, refuse
from torch import Tensor

from mmreason.asks import POLICY
from mmreason.credit.group_norm import GroupNorm
from mmreason.data.chart_prompts import Mode
from mmreason.data.chart_questions import ChartQuestions
from mmreason.data.chart_thoughts import ChartTeacher
from mmreason.data.charts import Charts
from mmreason.data.formats import FormatTasks
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.errors import RecipeError
from mmreason.losses.base import Tokens
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.metrics.batch import AnyOf, Lengths, Mean, RewardTable
from mmreason.metrics.code_usage import CodeUsage
from mmreason.models.optim import AdamW
from mmreason.probes.programmability import Programmable, TriedProgrammability, label_of
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.rewards.chart_accuracy import ChartAccuracy
from mmreason.rewards.format import BoxedFormat
from mmreason.rewards.strategy_decision import StrategyDecision
from mmreason.rewards.table_accuracy import TableAccuracy
from mmreason.rollouts.sample import Sample
from mmreason.signals import Signal

Preset = Literal["tiny", "3b", "7b"]
Method = Literal["cat", "grpo"]
Labels = Literal["record", "missing", "samples"]

TINY_LR, TINY_LIMIT, TINY_STEPS, TINY_COLD = 1e-4, 90, 60, 30
COLD_LR = 3e-4
TINY_TRAIN, TINY_EXAM = 400, 60
"""Charts to learn from, and charts of the exams."""
PAPER_STEPS = 50
"""Rollouts of four updates each: the paper's text and table disagree, about 200 updates."""
TEACHER = ChartTeacher(num=4, slip=0.2, blind=0.1, fit=0.65)
ACCURACY_WEIGHT, FORMAT_WEIGHT = 0.8, 0.05
PIXELS = 4096 * 28 * 28
"""Most pixels of a picture, so that a prompt stays below the paper's 5,120 tokens."""


def cat_charts(
    *,
    preset: Preset = "tiny",
    model: str | None = None,
    data: str | None = None,
    test_data: str | None = None,
    method: Method = "cat",
    decision: float = 0.3,
    partial: float = 0.5,
    table: float = 0.15,
    mode: Mode = "adaptive",
    labels: Labels = "record",
    labels_file: str | None = None,
    tries: int = 4,
    tables: str | None = None,
    relative: float = 0.05,
    group_size: int | None = None,
    groups: int | None = None,
    minibatch: int | None = None,
    steps: int | None = None,
    cold_steps: int | None = None,
    limit: int | None = None,
    lr: float | None = None,
    lora: int | None = None,
    freeze: tuple[str, ...] | None = None,
    device: str = "auto",
    on_bad_record: OnBadRecord = "stop",
    seed: int = 0,
) -> Recipe:
    """Build the recipe; whatever is not given comes from the preset.

    Args:
        preset: ``tiny`` trains the embedded model on charts that it draws, after a short supervised start; ``3b`` and
            ``7b`` have the paper's settings.
        model: checkpoint folder or hub id.
        data: training records with pictures of charts, of ChartX, ChartQA or any format that mmreason reads; needed by
            3b and 7b.
        test_data: held-out records of the same kind for the exams before and after; labels must be in them.
        method: cat, or grpo, the baseline: accuracy and format alone.
        decision: weight of the reward for the strategy; 0 leaves it out.
        partial: reward of the right strategy with a wrong answer.
        table: weight of the reward for the table in the code; 0 leaves it out.
        mode: adaptive lets the policy choose; code and direct ask for one strategy, and have no reward for it.
        labels: which strategy suits a question: the record's label, by trial where it has none (missing), or by trial
            always (samples): the starting policy answers in both.
        labels_file: records with id and programmable, for data without labels.
        tries: answers in each strategy of a trial.
        tables: folder of CSV files that are called like the pictures.
        relative: how far off a number may be, as a share of the gold one; generated charts have tolerances of their
            own.
        group_size: completions of a prompt.
        groups: prompts a step.
        minibatch: prompts an optimiser step; fewer than groups make several updates per rollout.
        steps: steps of reinforcement learning.
        cold_steps: steps of the supervised start, which only generated data have; 0 for none.
        limit: longest completion in tokens.
        lr: learning rate.
        lora: rank of a LoRA adapter; None trains all weights that are not frozen.
        freeze: components that do not learn: vision, merger, language, head; by default none of tiny and the vision
            tower of others.
        device: auto, cpu or cuda.
        on_bad_record: what a record that cannot be used does; skipped ones are counted.
        seed: of the generated charts, and of trials.
    """
    tiny = preset == "tiny"
    asked_for = ("preset", preset, Preset), ("method", method, Method), ("mode", mode, Mode), ("labels", labels, Labels)
    refuse("cat_charts", preset, data, "a file of records with charts", cold_steps, *asked_for)
    train = source(data, mode, tables, labels_file, seed, on_bad_record)
    num_groups = (8 if tiny else 256) if groups is None else groups
    longest = (TINY_LIMIT if tiny else 3072) if limit is None else limit
    right = ChartAccuracy(relative)
    label = labelled(labels, tries, longest, right, seed)
    terms = rewards(right, label, decision * (method == "cat"), partial, table * (method == "cat"), mode)
    decides = any(term.name == "decision" for term in terms)
    total = TINY_STEPS if data is None else PAPER_STEPS
    epoch("cat_charts", train, data, None, num_groups, total)  # refuses data that do not fill a step
    if data is not None:
        tabled = any(term.name == "table" for term in terms)
        has_what_is_rewarded(train, data, decides and labels == "record", tabled)
    num = (8 if tiny else 5) if group_size is None else group_size
    usage = CodeUsage(right, label if decides else Programmable())
    learn = Stage(
        name="train",
        tasks=Shuffled(train),
        rollout=Sample(num=num, limit=longest, top_p=1.0 if tiny else 0.99),
        steps=total if steps is None else steps,
        groups=num_groups,
        minibatch=minibatch if minibatch or tiny else min(64, num_groups),
        rewards=terms,
        losses=(ClippedSurrogate(by=GroupNorm(eps=1e-4 if tiny else 1e-6), over=Tokens()),),
        metrics=(RewardTable(), Mean("accuracy", right), usage, Lengths()),
    )
    start = cold_start(train, data, num_groups, TINY_COLD if cold_steps is None else cold_steps)
    optim = optimiser(tiny, lr, learn.steps, start)
    frozen = (() if tiny else ("vision",)) if freeze is None else freeze
    learner = policy(preset, model, "mmreason-tiny", optim, lora, frozen, device)
    tried = decides and labels != "record"
    unseen = test_source(tiny and data is None, test_data, mode, tables, labels_file, seed, on_bad_record)
    return Recipe(
        name="cat_charts",
        stages=(*start, learn),
        models=((POLICY, learner), *(after_start() if tried else ())),
        exams=exams(learn, tiny, longest, unseen, right),
        paper="Code-as-Thought, arXiv:2509.09286",
    )


def source(
    data: str | None, mode: Mode, tables: str | None, labels: str | None, seed: int, bad: OnBadRecord
) -> Charts | ChartQuestions:
    """Records from a file, or charts drawn for the run.

    Raises:
        RecipeError: labels or tables are given for drawn charts.
    """
    if data is None and (labels or tables):
        raise RecipeError("cat_charts: --labels-file and --tables are for your own --data; drawn charts have both")
    if data is None:
        return Charts(TINY_TRAIN, seed, mode=mode, teacher=TEACHER)
    return ChartQuestions(FormatTasks(data, on_bad_record=bad), mode, tables, labels, PIXELS)


def test_source(
    drawn: bool, path: str | None, mode: Mode, tables: str | None, labels: str | None, seed: int, bad: OnBadRecord
) -> TaskSpec | None:
    """Held-out questions: from a file, or drawn for the run."""
    if path is not None:
        return ChartQuestions(FormatTasks(path, on_bad_record=bad), mode, tables, None, PIXELS)
    return Charts(TINY_EXAM, seed, "test", mode=mode) if drawn else None


def labelled(labels: Labels, tries: int, limit: int, right: ChartAccuracy, seed: int) -> Signal[Tensor]:
    """Where a question's label comes from; without a field to read, all are tried."""
    if labels == "record":
        return Programmable()
    field = "programmable" if labels == "missing" else ""
    return TriedProgrammability(tries, limit, accuracy=right, field=field, seed=seed)


def rewards(
    right: ChartAccuracy, label: Signal[Tensor], decision: float, partial: float, table: float, mode: Mode
) -> tuple[Term, ...]:
    """The paper's sum; what is not asked for, or has no weight, is left out."""
    terms = [Term("accuracy", right, ACCURACY_WEIGHT), Term("format", BoxedFormat(), FORMAT_WEIGHT)]
    if decision and mode == "adaptive":
        terms.append(Term("decision", StrategyDecision(right, label, partial), decision))
    if table and mode != "direct":
        terms.append(Term("table", TableAccuracy(always=mode == "code"), table))
    return tuple(terms)


def has_what_is_rewarded(tasks: TaskSpec, data: str, labels: bool, tables: bool) -> None:
    """Refuse data in which a reward would never be measured.

    Raises:
        RecipeError: labels or tables are needed and no record has one.
    """
    found = tasks.load_tasks(Path())[0]
    if labels and all(label_of(task) is None for task in found):
        raise RecipeError(
            f"cat_charts: no record of {data} has the label 'programmable'; give --labels-file, let the policy find "
            "out with --labels samples, or leave the reward for the strategy out with --decision 0"
        )
    if tables and all(task.record.get("table") is None for task in found):
        raise RecipeError(
            f"cat_charts: no chart of {data} has a table that can be read; give --tables, a folder of CSV files, or "
            "leave the reward for it out with --table 0"
        )


def optimiser(tiny: bool, lr: float | None, steps: int, start: tuple[Stage, ...]) -> AdamW:
    """The paper's constant rate; the tiny model learns faster."""
    if tiny:
        return cosine(TINY_LR if lr is None else lr, steps, start, COLD_LR)
    return AdamW(lr=1e-6 if lr is None else lr, clip=1.0)


def exams(learn: Stage, tiny: bool, limit: int, tasks: TaskSpec | None, right: ChartAccuracy) -> tuple[Stage, ...]:
    """Accuracy and code usage before and after, greedy; for tiny also four samples of each question."""
    if tasks is None:
        return ()
    num = TINY_EXAM if isinstance(tasks, Charts) else len(tasks.load_tasks(Path())[0])
    greedy = replace(
        learn,
        name="greedy",
        tasks=InOrder(tasks),
        rollout=Sample(num=1, limit=limit, temperature=0.0),
        steps=1,
        groups=num,
        minibatch=None,
        rewards=(Term("accuracy", right),),
        losses=(),
        metrics=(Mean("accuracy", right, field="type"), Mean("table", TableAccuracy()), CodeUsage(right), Lengths()),
    )
    return exam_pair(greedy, limit, tiny, (*greedy.metrics, AnyOf("pass_at_4", right)))


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(cat_charts)
