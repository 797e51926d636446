"""How much a second thought looks at the picture, with the boxes before it and without them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.asks import POLICY, Role, Watch
from mmreason.rewards.grit.chain import FOUR, RETHINK, chain_places
from mmreason.signals import Probe
from mmreason.types import Batch, Completion, Group

NAN = float("nan")
_BOX = re.compile(rf"\[?\s*{FOUR.pattern}\s*\]?")


def without_boxes(text: str) -> str:
    """Take the four numbers before the first ``<rethink>`` out of a chain, their brackets too.

    >>> without_boxes("<think>A cup [1, 2,3,4].</think><rethink>[5,6,7,8]</rethink>")
    '<think>A cup .</think><rethink>[5,6,7,8]</rethink>'
    """
    thought, tag, rest = text.partition(RETHINK)
    return _BOX.sub("", thought) + tag + rest


@dataclass(frozen=True)
class RethinkAttention(Probe[Tensor, float]):
    """[G, 2] share of attention on the pictures over the beginning of the second thought: GRIT, arXiv:2505.15879.

    First as the chain stands, then with the boxes taken out of the text before it; NaN for a chain without a box or
    without a second thought. The mean over layers, heads and tokens; 0 to 1.

    Args:
        by: Whose attention.
        num: Tokens of the second thought that are looked at.
    """

    by: Role = POLICY
    num: int = 50

    def ask(self, group: Group, batch: Batch) -> list[Watch]:
        """Two forwards for each chain that has both."""
        return [self.of(group, text) for c in group.completions if has_both(c) for text in versions(c)]

    def of(self, group: Group, text: str) -> Watch:
        """Watch the text between the tags."""
        start = text.index(RETHINK) + len(RETHINK)
        end = text.find(f"</{RETHINK[1:]}", start)
        return Watch(self.by, group.task.prompt, text, start, None if end < 0 else end, self.num)

    def read(self, group: Group, replies: Sequence[float]) -> Tensor:
        """In the order of the completions."""
        found = iter(replies)
        pairs = [[next(found), next(found)] if has_both(c) else [NAN, NAN] for c in group.completions]
        return torch.tensor(pairs, dtype=torch.float64).reshape(-1, 2)


def has_both(c: Completion) -> bool:
    """Say whether a chain has a box and a second thought."""
    return RETHINK in c.text and bool(chain_places(c.text))


def versions(c: Completion) -> Iterator[str]:
    """With the boxes, and without."""
    yield c.text
    yield without_boxes(c.text)
