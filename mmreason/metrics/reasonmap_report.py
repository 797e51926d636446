"""The table of the ReasonMap papers for a batch of judged completions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

from mmreason.metrics.reasonmap import Scored, Variant, map_score, plans_of, report, sample_weight
from mmreason.parsing.route import parse_route
from mmreason.rewards.base import Reward
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy, answer_text
from mmreason.rewards.reasonmap_record import PLANNING, type_of
from mmreason.types import Batch, Completion, Task


def score_completion(task: Task, completion: Completion, accuracy: float, tag: str | None, variant: Variant) -> Scored:
    """Judge one completion whose accuracy is known."""
    where = f"task {task.id!r}"
    kind, weight = type_of(task.record, where), sample_weight(task.record, where)
    if kind != PLANNING:
        return Scored(kind, weight, accuracy)
    form = task.record.get("form", "short")
    route = parse_route(answer_text(completion.text, tag))
    ends = (task.record["station_1"], task.record["station_2"])
    points = map_score(route, plans_of(task.record, where), *ends, accuracy == 1.0, form, variant)
    return Scored(kind, weight, accuracy, points, form)


@dataclass(frozen=True)
class ReasonMapReport:
    """Accuracy, weighted accuracy and map score by slice, arXiv:2505.18675 and arXiv:2510.02240.

    For names see ``metrics.reasonmap.report``. Every completion counts, so with several samples a task the numbers are
    means over samples. A completion without accuracy (NaN) is left out.

    Args:
        accuracy: Says which completions are correct.
        answer_tag: Score only routes inside this tag; as in ``accuracy``.
        variant: See ``metrics.reasonmap.via_count_score``.
    """

    accuracy: Reward = ReasonMapAccuracy()
    answer_tag: str | None = None
    variant: Variant = "paper"

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give the numbers over all ranks."""
        return report(batch.across.gather(list(self._rows(batch))))

    def _rows(self, batch: Batch) -> Iterator[Scored]:
        for group in batch.groups:
            for completion, accuracy in zip(group.completions, group[self.accuracy].tolist(), strict=True):
                if not isnan(accuracy):
                    yield score_completion(group.task, completion, accuracy, self.answer_tag, self.variant)
