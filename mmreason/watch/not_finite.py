"""Numbers that are none: in the loss, the gradient, the log-probs or the rewards."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from mmreason.rewards.base import Reward
from mmreason.types import Group
from mmreason.watch.guard import Action, Found, Guard, View


def odd(values_T: Tensor, missing: bool = False) -> bool:
    """Say whether a value is infinite or NaN; with ``missing`` NaN is allowed, for it means not measured.

    >>> odd(Tensor([0.0, float("nan")])), odd(Tensor([0.0, float("nan")]), missing=True)
    (True, False)
    """
    return bool(values_T.isinf().any() if missing else (~values_T.isfinite()).any())


def odd_values(group: Group, terms: tuple[Reward, ...]) -> list[str]:
    """Name what of a group is infinite: log-probs as sampled, or rewards; NaN is what nobody could tell."""
    out = [f"log-probs of completion {i}" for i, c in enumerate(group.completions) if odd(c.logprobs, missing=True)]
    return out + [f"reward {type(t).__name__}" for t in terms if t in group.signals and odd(group[t], missing=True)]


@dataclass(frozen=True, kw_only=True)
class NotFinite(Guard):
    """Loss or gradient norm is NaN or infinite, or sampled log-probs or a reward are infinite. Not from a paper.

    A gradient that is no number stops the run before the weights change, whatever the action here: see ``post_mortem``.
    """

    action: Action = "raise"
    remedy: ClassVar[str] = (
        "look at the records in the dump; lower the learning rate, check the reward or judge that gave it, or train "
        "with fp32 weights under autocast"
    )

    def look(self, view: View) -> Found:
        """Look at this step's losses and gradient norms, and at every completion."""
        names = [f"{loss.trains.name}/{what}" for loss in view.stage.losses for what in ("loss", "grad_norm")]
        lost = [name for name in dict.fromkeys(names) if view.past(name) and not math.isfinite(view.now(name))]
        terms = tuple(term.reward for term in view.batch.terms if isinstance(term.reward, Reward))
        mine = [(g.task.id, what) for g in view.batch.groups for what in odd_values(g, terms)]
        every = lost + [f"{what} of {task}" for task, what in view.batch.across.gather(mine)]
        return Found(bool(every), f"{', '.join(every[:4])}{' ...' * (len(every) > 4)} is NaN or infinite")
