"""The reward rises while a held-out measure falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from mmreason.recipe import Survey
from mmreason.watch.guard import Found, Guard, View, mean_of


@dataclass(frozen=True, kw_only=True)
class RewardAgainstExam(Guard):
    """The reward has risen since a survey of the stage was at its best, and the survey has fallen: the mark of a hack.

    The curve of over-optimised reward models (arXiv:2210.10760) is this picture; the numbers are not from a paper. A
    stage without a survey that logs ``metric`` is not looked at.

    Attributes:
        metric: of the surveys.
        rise: of the mean reward of training.
        fall: of the survey's metric.
        window: training steps that are averaged.
    """

    metric: str = "accuracy"
    rise: float = 0.02
    fall: float = 0.05
    window: int = 5
    remedy: ClassVar[str] = (
        "read traces of high reward; look for what the reward pays for and the exam does not, and go back to the "
        "checkpoint at which the exam was best"
    )

    def look(self, view: View) -> Found | None:
        """Compare each survey's last value with its best one."""
        found = [one for survey in view.stage.surveys if (one := self.compared(view, survey)) is not None]
        return max(found, key=lambda one: one.bad, default=None)

    def compared(self, view: View, survey: Survey) -> Found | None:
        """Look at one survey; it was taken before the steps 0, every, 2 every and so on."""
        name, rewards = f"{survey.stage.name}/{self.metric}", view.past("reward")
        every = view.history.get(name, ())
        size = max(survey.stage.steps, 1)
        marks = [mean_of(every[at : at + size]) for at in range(0, len(every) - size + 1, size)]
        if len(marks) < 2 or not rewards or any(mark != mark for mark in marks):
            return None
        best = max(range(len(marks)), key=marks.__getitem__)
        then, now = mean_of(self.around(rewards, best * survey.every)), mean_of(rewards[-self.window :])
        bad = marks[-1] < marks[best] - self.fall and now > then + self.rise
        text = (
            f"{name} fell from {marks[best]:.3g} to {marks[-1]:.3g} while the reward rose from {then:.3g} to {now:.3g}"
        )
        return Found(bad, text)

    def around(self, rewards: Sequence[float], at: int) -> list[float]:
        """Rewards of the steps that follow a survey, or the last ones before it where there are none yet."""
        return list(rewards[at : at + self.window] or rewards[-self.window :])
