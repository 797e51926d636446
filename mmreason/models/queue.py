"""Rows that wait for room in the caches while others are being sampled."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from mmreason.models.encoded import Encoded


class Sized(Protocol):
    """What a row takes: its prompt once for all that share it, and room of its own."""

    @property
    def encoded(self) -> Encoded: ...
    @property
    def need(self) -> int: ...


R = TypeVar("R", bound=Sized)


class Queue(Generic[R]):
    """Rows in the order of their prompts' first appearance, those of one prompt one after another.

    Args:
        rows: all that is asked.
        room: cache entries (tokens) that may be taken at once: rows times the longest, plus prompts times the longest,
            for caches are rectangles. A row that needs more than that is let in alone.
    """

    def __init__(self, rows: Sequence[R], room: int) -> None:
        order = {row.encoded: i for i, row in reversed(list(enumerate(rows)))}
        self.rows = deque(sorted(rows, key=lambda row: order[row.encoded]))
        self.room = room

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, running: Sequence[R]) -> list[R]:
        """As many of the next ones as fit beside those that run; at least one where none does."""
        taken: list[R] = []
        prompts = {row.encoded for row in running}
        longest = max((len(prompt) for prompt in prompts), default=0)
        num, need = len(running), max((row.need for row in running), default=0)
        while self.rows:
            row = self.rows[0]
            prompts.add(row.encoded)
            num, need, longest = num + 1, max(need, row.need), max(longest, len(row.encoded))
            if num > 1 and num * need + len(prompts) * longest > self.room:
                break
            taken.append(self.rows.popleft())
        return taken
