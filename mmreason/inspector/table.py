"""What stands in tables and curves: rows, queries, changes, runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mmreason.inspector.permalink import InspectorError, SampleKey

NAN = float("nan")
Flag = Literal["rewarded_wrong", "contradiction", "flat", "truncated", "judge_failed", "skipped", "missing_answer"]
FLAGS: dict[str, str] = {
    "rewarded_wrong": "a wrong completion was praised: advantage above 0, or a total above the mean if there is none",
    "contradiction": "a second look at the same reasoning or pair came to another answer",
    "flat": "all completions of the group got the same total",
    "truncated": "a completion hit the token limit",
    "judge_failed": "a reward could not be measured (NaN)",
    "skipped": "a completion skipped its thought",
    "missing_answer": "a completion has no answer",
}
"""Every flag of a row with what it says."""
Sort = Literal["step", "reward", "length", "spread"]
SORTS: dict[str, str] = {
    "step": "step",
    "reward": "mean total",
    "length": "longest completion in tokens",
    "spread": "spread of the totals",
}


@dataclass(frozen=True)
class Row:
    """One line of the table of samples.

    Attributes:
        key: of the sample.
        num: completions.
        mean_total: mean of the totals.
        std_total: standard deviation of the totals (population).
        mean_length: mean tokens of a completion.
        right: share of right completions; None where no term tells.
        flags: names of ``FLAGS``.
        line: beginning of the question, on one line.
        max_length: tokens of the longest completion.
        kind: type of the task.
        when: before or after, in an exam.
    """

    key: SampleKey
    num: int = 0
    mean_total: float = NAN
    std_total: float = NAN
    mean_length: float = NAN
    right: float | None = None
    flags: tuple[str, ...] = ()
    line: str = ""
    max_length: int = 0
    kind: str = ""
    when: str = ""


@dataclass(frozen=True)
class Query:
    """What is looked for. Everything given must hold.

    Attributes:
        text: words that stand in the question, an answer or a completion, all of them.
        stage: name of the stage; None for all.
        steps: (first, last) step; either may be None.
        flags: of ``FLAGS``, all of them.
        sort: by what.
        descending: the largest first.
        task: id of the task; None for all.
        kind: type of the task; None for all.
    """

    text: str = ""
    stage: str | None = None
    steps: tuple[int | None, int | None] | None = None
    flags: tuple[str, ...] = ()
    sort: Sort = "step"
    descending: bool = False
    task: str | None = None
    kind: str | None = None

    def __post_init__(self) -> None:
        """Refuse unknown flags and orders."""
        for flag in self.flags:
            if flag not in FLAGS:
                raise InspectorError(f"no flag {flag!r}; there are {', '.join(FLAGS)}")
        if self.sort not in SORTS:
            raise InspectorError(f"cannot sort by {self.sort!r}; choose one of {', '.join(SORTS)}")


@dataclass(frozen=True)
class Change:
    """One prompt at two steps.

    Attributes:
        task: its id.
        before: the row at the earlier step.
        after: the row at the later step.
        gain: change of the mean total; NaN where one is not measured.
    """

    task: str
    before: Row
    after: Row
    gain: float = NAN


@dataclass(frozen=True)
class Exam:
    """A number of an exam before and after training; NaN where it was not taken."""

    name: str
    metric: str
    before: float = NAN
    after: float = NAN


@dataclass(frozen=True)
class RunInfo:
    """What a run is.

    Attributes:
        name: of its folder.
        recipe: its name.
        seed: None for unknown.
        steps: done, by the last line of the log.
        stages: in order.
        started: when the record was written, ISO 8601 in UTC; empty for unknown.
        status: finished, stopped or running (the log grew lately), empty for unknown.
        exams: means before and after.
        files: by path below the run's folder, bytes.
        versions: of packages, as text.
        planned: steps that the recipe asks for; 0 for unknown.
        warnings: what could not be read, one text each.
    """

    name: str
    recipe: str = ""
    seed: int | None = None
    steps: int = 0
    stages: tuple[str, ...] = ()
    started: str = ""
    status: str = ""
    exams: tuple[Exam, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    planned: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curve:
    """A metric over the steps of a run.

    Attributes:
        name: of the metric, its stage left out, such as ``reward/accuracy``.
        group: heading of the panel: Reward, Reward terms, Accuracy, Loss, KL, Entropy, Length, Costs, Other.
        points: (step, value), ascending; NaN is left out.
        run: name of the run's folder.
        seed: of the run.
        spread: for a mean over seeds (step, lowest, highest) at the same steps; else nothing.
    """

    name: str
    group: str
    points: tuple[tuple[int, float], ...]
    run: str = ""
    seed: int | None = None
    spread: tuple[tuple[int, float, float], ...] = ()
