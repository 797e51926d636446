"""Plain grouped sampling."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.asks import POLICY, Generate, Role, Sampling
from mmreason.errors import RecipeError
from mmreason.slots import Scene
from mmreason.types import Group, Knob, Task


@dataclass(frozen=True, kw_only=True)
class Sample:
    """GRPO's rollout (arXiv:2402.03300): ``num`` completions of each task's own prompt.

    Each completion's randomness derives from the run's seed, the stage, the step, the task and its number, whatever
    else is in the batch. ``temperature=0`` is greedy, then ``num`` above 1 gives equal completions.
    """

    num: int = 8
    limit: int = 512
    """New tokens at most."""
    temperature: Knob = 1.0
    top_p: float = 1.0
    top_k: int = 0
    stop: tuple[str, ...] = ()
    by: Role = POLICY

    def __post_init__(self) -> None:
        """Refuse what cannot be sampled."""
        if self.num < 1 or self.limit < 1:
            raise RecipeError(f"Sample needs num >= 1 and limit >= 1, got num={self.num}, limit={self.limit}")
        if isinstance(self.temperature, (int, float)) and self.temperature < 0:
            raise RecipeError(f"Sample.temperature must not be negative, got {self.temperature}")
        if not 0 < self.top_p <= 1 or self.top_k < 0:
            raise RecipeError(f"Sample needs 0 < top_p <= 1 and top_k >= 0, got {self.top_p} and {self.top_k}")

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        """Ask for all groups at once."""
        sampling = Sampling(scene.progress.at(self.temperature), self.top_p, self.top_k, self.stop)
        asks = [
            Generate(self.by, t.prompt, num=self.num, limit=self.limit, sampling=sampling, seed=scene.seed(t.id))
            for t in tasks
        ]
        return [Group(t, tuple(cs)) for t, cs in zip(tasks, scene.answer(asks), strict=True)]
