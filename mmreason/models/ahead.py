"""Media read in the background before they are asked for.

Threads and never processes: decoders, resizing and tensor operations leave Python's lock. A thread lives only while
there is something for it to read, so nothing has to be started or stopped, and the interpreter ends as soon as the
medium in flight is read. What a thread makes depends on the medium alone, and only the thread that asks takes it over:
when a medium was ready changes how long a step takes and nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from torch import Tensor

from mmreason.models.encoded import MediaSpan
from mmreason.models.store import size_of

M = TypeVar("M", bound=Hashable)
Read = tuple[MediaSpan, Tensor]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of one medium: its span and pixels, or the error that reading it raised."""

    read: Read | None = None
    error: BaseException | None = None

    @property
    def num_bytes(self) -> int:
        """Host memory that it takes while it waits."""
        return size_of(self.read[1]) if self.read else 0


class ReadAhead(Generic[M]):
    """Reads expected media in order, some at a time, while those that wait to be taken fit into a share of memory.

    Args:
        read: gives span and pixels of a medium; called in several threads at once, so they must share nothing.
        workers: threads at most; 0 reads nothing ahead.
        max_bytes: for the media that wait. None is begun that would not fit if it and all that are in flight were as
            large as the largest so far; where nothing waits or is in flight, one is begun in any case.
    """

    def __init__(self, read: Callable[[M], Read], workers: int, max_bytes: int) -> None:
        self.read, self.workers, self.max_bytes = read, workers, max_bytes
        self.changed = threading.Condition()
        self.expected: dict[Hashable, tuple[M, ...]] = {}
        self.wanted: dict[M, None] = {}
        """Expected and not begun, in order."""
        self.flying: set[M] = set()
        self.awaited: set[M] = set()
        """In flight, and somebody waits for them."""
        self.done: dict[M, Outcome] = {}
        self.num_threads, self.num_bytes, self.largest, self.num_unused = 0, 0, 0, 0

    def expect(self, by: Hashable, media: Iterable[M]) -> None:
        """Say what ``by`` will probably ask for next, in order; what nobody expects any more is let go."""
        if not self.workers:
            return
        with self.changed:
            self.expected[by] = tuple(media)
            hoped = self.hoped()
            for medium in [medium for medium in self.done if medium not in hoped]:
                self.num_unused += self.let_go(medium).read is not None
            self.wanted = {m: None for m in hoped if m not in self.done and m not in self.flying}
            self.start()

    def take(self, medium: M) -> Read | None:
        """Give what was read, waiting for it while it is in flight; None where nobody has begun to read it.

        Raises:
            BaseException: what reading it raised, as it was raised there.
        """
        if not self.workers:
            return None
        with self.changed:
            self.wanted.pop(medium, None)
            if medium in self.flying:
                self.awaited.add(medium)
                self.changed.wait_for(lambda: medium in self.done)
            self.expected = {by: tuple(m for m in media if m != medium) for by, media in self.expected.items()}
            outcome = self.let_go(medium) if medium in self.done else Outcome()
            self.start()
        if outcome.error is not None:
            raise outcome.error
        return outcome.read

    def unused(self) -> int:
        """Give how many media were read and let go again since this was last asked."""
        with self.changed:
            num, self.num_unused = self.num_unused, 0
        return num

    def hoped(self) -> dict[M, None]:
        """All that somebody expects, each once."""
        return dict.fromkeys(medium for media in self.expected.values() for medium in media)

    def let_go(self, medium: M) -> Outcome:
        """Take one that is done out of what waits."""
        outcome = self.done.pop(medium)
        self.num_bytes -= outcome.num_bytes
        return outcome

    def start(self) -> None:
        """Start threads where there is more to read than threads that read; each finds its medium itself."""
        while self.room() and self.num_threads < min(self.workers, len(self.flying) + len(self.wanted)):
            threading.Thread(target=self.work, name="read-ahead").start()
            self.num_threads += 1

    def room(self) -> bool:
        """Say whether one more may be begun."""
        held = len(self.flying) + len(self.done)
        return not held or self.num_bytes + (len(self.flying) + 1) * self.largest <= self.max_bytes

    def work(self) -> None:
        """Read until there is nothing to read, no room, or the program ends."""
        while (medium := self.begin()) is not None:
            self.finish(medium, self.attempt(medium))

    def begin(self) -> M | None:
        """Take the next; None ends the thread."""
        with self.changed:
            if not (self.wanted and self.room() and threading.main_thread().is_alive()):
                self.num_threads -= 1
                return None
            medium = next(iter(self.wanted))
            del self.wanted[medium]
            self.flying.add(medium)
            return medium

    def attempt(self, medium: M) -> Outcome:
        """Read; an error waits for whoever asks for the medium."""
        try:
            return Outcome(read=self.read(medium))
        except BaseException as error:  # not lost: ``take`` raises it
            return Outcome(error=error)

    def finish(self, medium: M, outcome: Outcome) -> None:
        """Let it wait, unless nobody wants it any more."""
        with self.changed:
            self.flying.remove(medium)
            self.largest = max(self.largest, outcome.num_bytes)
            if medium in self.awaited or medium in self.hoped():
                self.done[medium] = outcome
                self.num_bytes += outcome.num_bytes
            else:
                self.num_unused += outcome.read is not None
            self.awaited.discard(medium)
            self.changed.notify_all()
