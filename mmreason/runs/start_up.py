"""The checks at the start of a run, and before each step that learns, as an observer."""

from __future__ import annotations

from mmreason.asks import POLICY
from mmreason.checks import components, frozen_tower, on_policy, rewards_on_gold
from mmreason.engine import Silent
from mmreason.errors import CheckError
from mmreason.metrics.batch import missing
from mmreason.models.policy import LanguageModel
from mmreason.recipe import Stage
from mmreason.run import Run
from mmreason.types import Batch


class StartUp(Silent):
    """Before a stage: gold beats decoys. Before the first update: log-probs agree, a frozen tower is frozen.

    Before every step: each reward term measured something.
    """

    def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
        """Check the first batch of a stage, and more of the first one that is learned from.

        Raises:
            CheckError: something would have been learned wrongly.
        """
        if stage.losses:
            something_measured(stage, batch)
        if stage.losses and batch.progress.step == 0:
            rewards_on_gold(run, stage, batch)
        if run.updates == 0 and stage.losses and isinstance(run.models.get(POLICY), LanguageModel):
            on_policy(run, stage, batch)
            frozen_tower(run)


def something_measured(stage: Stage, batch: Batch) -> None:
    """Stop where a whole batch of a term is missing: not one completion too many, but a judge or verifier that is gone.

    Raises:
        CheckError: naming the terms; on all ranks.
    """
    gone = [name for name, share in missing(batch).items() if share == 1.0]
    if gone:
        raise CheckError(
            f"stage {stage.name!r}, step {batch.progress.step}: nothing was measured of {', '.join(gone)}: the reward "
            "is missing (NaN) for every completion; mend what answers it, or take the term out"
        )


def report(run: Run) -> list[str]:
    """One line per model that learns, with its trainable parameters by component; one for all others."""
    lines = []
    for role, part in run.models.items():
        if isinstance(part, LanguageModel) and part.owns_weights:
            told = [f"{name} {short(learns)} of {short(num)}" for name, learns, num in components(run, role)]
            lines.append(f"{role.name} learns: {', '.join(told)} parameters")
    others = [role.name for role, part in run.models.items() if not getattr(part, "owns_weights", False)]
    return [*lines, f"without gradient: {', '.join(others)}"] if others else lines


def short(num: int) -> str:
    """A count in three digits."""
    for limit, unit in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if num >= 0.9995 * limit:  # what rounds up to it
            return f"{num / limit:.3g}{unit}"
    return str(num)
