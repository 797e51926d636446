"""A judge that is a rule: for generated worlds, where the truth is known, and for trying a recipe without a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mmreason.asks import JUDGE, Request, Role
from mmreason.errors import RecipeError
from mmreason.judges.asks import Judge, Verdict
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import CompletionReward
from mmreason.slots import Opened
from mmreason.types import Batch

Rule = Callable[[Judge], "Verdict | str | None"]


@dataclass(frozen=True)
class RuleJudge:
    """Answers ``Judge`` by a rule that sees the task and the completion. Not from a paper.

    Args:
        by: A reward that sees one completion, which is told as ``{score: 0.5}`` (nobody answers where it measured
            nothing); or a module-level function of the request that gives a ``Verdict``, a text, or None.
        role: Who it plays.
    """

    by: CompletionReward | Rule = Accuracy()
    role: Role = JUDGE

    def open(self, run: Opened) -> RulePart:
        """Nothing to load."""
        return RulePart(self)


class RulePart:
    """The live part."""

    def __init__(self, spec: RuleJudge) -> None:
        self.spec = spec

    def answer(self, requests: Sequence[Request[Any]]) -> list[Verdict | None]:
        """Apply the rule to each request.

        Raises:
            RecipeError: a request is of another kind, or does not say what it is about.
        """
        return [self.verdict(request) for request in requests]

    def verdict(self, request: Request[Any]) -> Verdict | None:
        """Apply the rule."""
        name, by = self.spec.role.name, self.spec.by
        if not isinstance(request, Judge):
            raise RecipeError(f"{name} is played by a rule and cannot answer a {type(request).__name__}; only a Judge")
        if not isinstance(by, CompletionReward):
            found = by(request)
            return Verdict(found) if isinstance(found, str) else found
        if request.task is None or request.completion is None:
            raise RecipeError(f"{name} is played by {by!r}, but the request does not say which completion it is about")
        score = by.rate(request.task, request.completion)
        return None if score != score else Verdict(f"{{score: {score:g}}}")

    def write(self, records: list[dict[str, object]]) -> None:
        """Refuse: a judge remembers nothing."""
        raise TypeError(f"{self.spec.role.name} is a rule, not a store")

    def after_step(self, batch: Batch) -> None:
        """Nothing follows a step."""

    def state_dict(self) -> dict[str, Any]:
        """Nothing of its own."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to restore."""
