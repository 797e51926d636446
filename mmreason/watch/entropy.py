"""The policy stops exploring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmreason.watch.guard import Found, Guard, View


@dataclass(frozen=True, kw_only=True)
class Entropy(Guard):
    """The entropy of sampled tokens has fallen to a small part of what it was: the collapse that DAPO describes.

    DAPO, arXiv:2503.14476, describes it and gives no limit: the limits are not from a paper. The entropy is estimated
    by the mean of -log p over the tokens that were sampled, which costs nothing; it is that of the distribution sampled
    from, temperature and top-p included.

    Attributes:
        share: of the mean over the stage's first ``window`` steps.
        floor: nats per token that count as a collapse anyway where the stage began above twice as many.
        window: steps.
    """

    share: float = 0.1
    floor: float = 0.01
    window: int = 5
    after: int = 5
    remedy: ClassVar[str] = (
        "raise the upper clip bound (clip-higher), add an entropy bonus, raise the temperature, or stop earlier"
    )

    def look(self, view: View) -> Found | None:
        """Estimate, and compare with the beginning of the stage."""
        now = view.mean([-float(c.logprobs[c.wrote].double().mean()) for c in view.sampled()])
        if now != now:
            return None
        start = [value for value in view.past("guard/entropy_estimate")[: self.window] if value == value]
        began = sum(start) / len(start) if len(start) == self.window else now
        low = now < self.share * began or now < self.floor < began / 2
        return Found(low, f"the entropy is {now:.3g} nats a token, it began at {began:.3g}", {"entropy_estimate": now})
