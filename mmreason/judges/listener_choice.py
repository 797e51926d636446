"""Which picture a listener prefers after reading a chain of thought without its decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from mmreason.asks import Role
from mmreason.data.pair_orders import exchanged
from mmreason.errors import RecipeError
from mmreason.judges.asks import LISTENER
from mmreason.judges.listened import Listened
from mmreason.metrics.contradiction import contradicts
from mmreason.parsing.decision import KEYS, chain_of, exchange_names, read_decision
from mmreason.shown import Shown
from mmreason.signals import Signal
from mmreason.types import Batch, Completion, Group, Task
from vision_data.messages import Prompt, assistant

DECIDER = Role("decider")
"""The policy, asked for its own decision after its own chain: ``LocalJudge(POLICY, role=DECIDER)`` plays it."""
CUE = f'<answer>{{"{KEYS[0]}": '
"""What stands before the token that decides."""


@dataclass(frozen=True)
class HearChain:
    """Writes what a listener reads: the question with its pictures, the chain, ``<answer>{"image_1": `` and no more.

    The decision is masked, arXiv:2506.22832. None for a completion without a chain. For ``Listened``.

    Args:
        cue: after the chain, up to the token that decides.
        turned: show the pictures in the other order, and exchange "image 1" and "image 2" in the chain.
    """

    cue: str = CUE
    turned: bool = False

    def __call__(self, task: Task, completion: Completion) -> Prompt | None:
        """Write it."""
        chain = chain_of(completion.text)
        if not chain:
            return None
        said = exchange_names(chain) if self.turned else chain
        prompt = exchanged(task.prompt) if self.turned else task.prompt
        return (*prompt, assistant(f"<think>{said}</think>{self.cue}"))


@dataclass(frozen=True)
class ListenerChoice(Signal[Tensor]):
    """[G] probability from 0 to 1 that a listener gives to picture 1 after each chain, arXiv:2506.22832.

    A softmax over the two tokens that may stand after ``"image_1": ``. NaN where there is no chain and where nobody
    answered.

    Args:
        heard: what was listened to.
        turned: the same with the pictures in the other order; the result is then the mean of both, without the
            listener's bias of position. None listens to the given order alone, as the paper does.

    Raises:
        RecipeError: both read the pictures in one order.
    """

    heard: Listened = Listened(HearChain())
    turned: Listened | None = None

    def __post_init__(self) -> None:
        """Refuse a mean of the same order twice."""
        if self.turned is not None and is_turned(self.turned) == is_turned(self.heard):
            raise RecipeError(
                "ListenerChoice.turned must read the other order, such as Listened(HearChain(turned=True))"
            )

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[Tensor]:
        """One [G] per group."""
        if self.turned is None:
            return [group[self.heard] for group in batch.groups]
        return [(group[self.heard] + 1 - group[self.turned]) / 2 for group in batch.groups]

    def shown(self, group: Group, i: int) -> Shown:
        """The listener's probabilities, and whether it prefers what was decided for."""
        first, said = float(group[self][i]), read_decision(group.completions[i].text)
        numbers = {"picture 1": first, "picture 2": 1 - first}
        if self.turned is not None:
            numbers |= {"picture 1, as shown": float(group[self.heard][i])}
            numbers |= {"picture 1, turned": 1 - float(group[self.turned][i])}
        against = contradicts(first, said)
        return Shown(
            kind="listener",
            title=f"What {self.heard.by.name} prefers after reading the thought",
            text="" if said is None else f"decided for picture {said}",
            numbers=numbers,
            agrees=None if against != against else not against,
        )


def is_turned(probe: Listened) -> bool:
    """Say whether a probe shows the other order."""
    return isinstance(probe.template, HearChain) and probe.template.turned


def both_orders(by: Role = LISTENER) -> ListenerChoice:
    """Listen in both orders."""
    return ListenerChoice(Listened(HearChain(), by=by), Listened(HearChain(turned=True), by=by))
