"""What a run costs, counted where it is spent: media decoded, patches encoded, tokens forwarded, seconds by phase."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Ledger:
    """Counters since the start; ``since`` gives what one step added.

    Names in use: ``media_decoded``, ``processor_runs``, ``tower_calls``, ``patches`` (vision patches through the
    tower), ``prompt_tokens`` and ``completion_tokens`` (through the language model, as packed, rows that are carried
    along though they are over included), ``logical_tokens`` (each completion with a prompt of its own),
    ``decode_steps`` (forwards of the decoding loop), ``sampled_tokens`` (kept), ``media_unused`` (read ahead, then not
    asked for; not among ``media_decoded``),
    ``seconds/<phase>``, and ``seconds/stall``: seconds in which a step stood still for a medium, because it was waited
    for or read on the spot. A stall lies within the phase that needed the medium and is part of its seconds too.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.seconds: dict[str, float] = {}
        self.inside: list[str] = []

    def add(self, name: str, num: int = 1) -> None:
        """Count."""
        self.counts[name] += num

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase; a phase inside another is not counted twice."""
        if self.inside:
            yield
            return
        self.inside.append(name)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.inside.pop()
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    @contextmanager
    def stall(self) -> Iterator[None]:
        """Time what keeps a step from going on, whatever phase it is in."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds["stall"] = self.seconds.get("stall", 0.0) + time.perf_counter() - start

    def snapshot(self) -> dict[str, float]:
        """All numbers now."""
        return dict(self.counts) | {f"seconds/{name}": value for name, value in self.seconds.items()}

    def since(self, before: dict[str, float]) -> dict[str, float]:
        """What was added after a snapshot."""
        return {name: value - before.get(name, 0) for name, value in self.snapshot().items()}
