"""What a run costs, counted where it is spent: media decoded, patches encoded, tokens forwarded, seconds by phase."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


class Ledger:
    """Counters since the start; ``since`` gives what one step added.

    Names in use: ``media_decoded``, ``processor_runs``, ``tower_calls``, ``patches`` (vision patches through the
    tower), ``prompt_tokens`` and ``completion_tokens`` (through the language model, as packed, rows that are carried
    along though they are over included), ``logical_tokens`` (each completion with a prompt of its own),
    ``decode_steps`` (forwards of the decoding loop), ``sampled_tokens`` (kept), ``trained_tokens`` (of prompts and
    completions, as packed, in forwards that are followed by a backward), ``media_unused`` (read ahead, then not
    asked for; not among ``media_decoded``),
    ``seconds/<phase>``, and ``seconds/stall``: seconds in which a step stood still for a medium, because it was waited
    for or read on the spot. A stall lies within the phase that needed the medium and is part of its seconds too.
    ``seconds/learn`` goes around the phases of an optimiser step and the backward passes between them.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.seconds: dict[str, float] = {}
        self.inside: list[str] = []
        self.beats = 0
        """Signs of life: grows with everything that is counted, and where a phase begins or ends."""

    def add(self, name: str, num: int = 1) -> None:
        """Count."""
        self.counts[name] += num
        self.beats += 1
        if name in ("prompt_tokens", "completion_tokens") and self.inside == ["update"]:
            self.counts["trained_tokens"] += num

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase; a phase inside another is not counted twice."""
        if self.inside:
            yield
            return
        self.inside.append(name)
        self.beats += 1
        start = time.perf_counter()
        try:
            yield
        finally:
            self.inside.pop()
            self.beats += 1
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    @contextmanager
    def around(self, name: str) -> Iterator[None]:
        """Time something that phases lie in, or that lies in any of them."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def stall(self) -> AbstractContextManager[None]:
        """Time what keeps a step from going on, whatever phase it is in."""
        return self.around("stall")

    def snapshot(self) -> dict[str, float]:
        """All numbers now."""
        return dict(self.counts) | {f"seconds/{name}": value for name, value in self.seconds.items()}

    def since(self, before: dict[str, float]) -> dict[str, float]:
        """What was added after a snapshot."""
        return {name: value - before.get(name, 0) for name, value in self.snapshot().items()}
