"""Length moves while the reward does not ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmreason.watch.guard import Found, Guard, View, mean_of


@dataclass(frozen=True, kw_only=True)
class LengthDrift(Guard):
    """Completions have become much longer or much shorter than at the stage's beginning.

    Longer is fine where the reward rises with it; without that it is padding. Shorter is suspect either way: policies
    that have found a hole in a judge end in a few words while the reward climbs (Master-RM, arXiv:2507.08794, reports
    openers below 30 tokens). The factors are not from a paper.

    Attributes:
        longer: times the beginning, where the reward has not risen by ``gain``.
        shorter: share of the beginning.
        gain: rise of the mean reward that makes length earned.
        window: steps that are averaged, at the beginning and now.
    """

    longer: float = 3.0
    shorter: float = 0.2
    gain: float = 0.02
    window: int = 5
    after: int = 3
    remedy: ClassVar[str] = (
        "read the longest and shortest traces; a reward that pays for length or for a form, or a judge that can be "
        "talked round, shows there"
    )

    def look(self, view: View) -> Found | None:
        """Compare the last steps with the first."""
        now = view.mean([float(c.wrote.sum()) for c in view.sampled()])
        if now != now:
            return None
        values = {"length_mean": now}
        past, rewards = [*view.past("guard/length_mean"), now], view.past("reward")
        if len(past) < 2 * self.window:
            return Found(False, "", values)
        first, last = mean_of(past[: self.window]), mean_of(past[-self.window :])
        gain = mean_of(rewards[-self.window :]) - mean_of(rewards[: self.window]) if rewards else 0.0
        bad = last < self.shorter * first or (last > self.longer * first and not gain > self.gain)
        return Found(
            bad, f"completions have {last:.0f} tokens, {first:.0f} at first; the reward moved {gain:+.3g}", values
        )
