"""The policy runs away from its reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmreason.watch.guard import Found, Guard, View


@dataclass(frozen=True, kw_only=True)
class Kl(Guard):
    """The mean KL per token to the reference is above a limit, or far above what it was. Not from a paper.

    Where no loss measures a KL the guard sees nothing.

    Attributes:
        limit: nats per token.
        jump: times the median of the ``window`` steps before.
        floor: nats per token below which a jump means nothing.
        window: steps.
    """

    limit: float = 1.0
    jump: float = 10.0
    floor: float = 0.05
    window: int = 20
    after: int = 2
    remedy: ClassVar[str] = "lower the learning rate, raise the KL coefficient, or clip the gradient lower"

    def look(self, view: View) -> Found | None:
        """Compare the newest value."""
        past = [value for value in view.past("policy/kl") if value == value]
        if not past or view.now("policy/kl") != view.now("policy/kl"):
            return None
        now, before = past[-1], sorted(past[-1 - self.window : -1])
        usual = before[len(before) // 2] if before else now
        leapt = len(before) >= self.window // 2 and now > self.jump * usual and now > self.floor
        text = f"the KL to the reference is {now:.3g} nats a token"
        return Found(now > self.limit or leapt, f"{text}, {now / usual:.0f} times what it was" if leapt else text)
