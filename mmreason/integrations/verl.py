"""mmreason's rewards as verl's ``compute_score``. verl itself is not needed.

In a file of yours::

    from mmreason.integrations.verl import compute_score
    from mmreason.rewards.math_accuracy import MathAccuracy

    score = compute_score(MathAccuracy())

and ``custom_reward_function.path=that_file.py custom_reward_function.name=score``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from mmreason.alone import asks, said, score
from mmreason.errors import RecipeError
from mmreason.rewards.base import CompletionReward, Reward, Term
from mmreason.types import Group, Task
from vision_data.messages import user

Score = Callable[..., float | dict[str, float]]


def compute_score(*rewards: Reward | Term, missing: float = 0.0) -> Score:
    """Make a ``compute_score(data_source, solution_str, ground_truth, extra_info=None)``.

    Args:
        rewards: one or more that need no model and see one completion, for verl shows one at a time. Several, or
            terms, are added with their (constant) weights, and the parts are reported beside ``score``.
        missing: what stands for a reward that could not be measured; verl knows no NaN.

    Returns:
        A function that gives a number for one bare reward, else a dictionary with ``score`` and every part by name.

    Raises:
        RecipeError: there is no reward; one asks a model or compares completions; a weight moves with the run; or two
            have one name.
    """
    terms = tuple(r if isinstance(r, Term) else Term(type(r).__name__, r) for r in rewards)
    if not terms or len({term.name for term in terms}) < len(terms):
        raise RecipeError(f"compute_score: expected rewards with different names, got {[t.name for t in terms]}")
    weights = {term.name: checked_weight(term) for term in terms}
    parts = {term.name: term.reward for term in terms if isinstance(term.reward, Reward)}
    bare = len(rewards) == 1 and not isinstance(rewards[0], Term)

    def call(
        data_source: str, solution_str: str, ground_truth: Any, extra_info: Mapping[str, Any] | None = None, **_: Any
    ) -> float | dict[str, float]:
        group = Group(task_of(data_source, ground_truth, dict(extra_info or {})), (said(solution_str),))
        (found,) = score(tuple(parts.values()), [group])
        values = {name: float(x) for name, x in zip(parts, (column[0] for column in found), strict=True)}
        known = {name: missing if math.isnan(x) else x for name, x in values.items()}
        total = sum(weights[name] * x for name, x in known.items())
        return total if bare else {"score": total, **known}

    return call


def checked_weight(term: Term) -> float:
    """Give a term's constant weight.

    Raises:
        RecipeError: verl cannot use the term.
    """
    if not isinstance(term.reward, CompletionReward) or asks(term.reward):
        raise RecipeError(
            f"{term.name}: verl scores one completion at a time and brings no model; this reward compares completions, "
            "asks a model, or needs what only a rollout knows"
        )
    if not isinstance(term.weight, int | float):
        raise RecipeError(f"{term.name}: its weight moves with the run, which verl does not tell; give a number")
    return float(term.weight)


def task_of(source: str, truth: Any, extra: dict[str, Any]) -> Task:
    """Make the task of a row: the question from ``extra_info``, everything else as its record."""
    text = truth if isinstance(truth, str) else json.dumps(truth, ensure_ascii=False) if truth is not None else None
    asked = str(extra.get("question") or extra.get("problem") or "")
    record = {"data_source": source, "ground_truth": truth, **extra}
    return Task(id=str(extra.get("index", "0")), prompt=(user(asked),), answer=text, record=record)
