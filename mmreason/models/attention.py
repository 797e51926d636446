"""What a forward of packed rows asks of its attention."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Plan(Protocol):
    """How the tokens of one forward attend to one another; the decoder gives it every layer's queries and keys."""

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """Give [1, T, heads, D] from q, k, v [1, heads or kv heads, T, D].

        A plan with an attribute ``tails`` that names this layer gets the queries of those tokens only whose states are
        read, in their order, and all keys.
        """
        ...
