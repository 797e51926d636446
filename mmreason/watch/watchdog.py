"""A hang becomes an error: a thread beside the run looks for signs of life, and ends the process without them."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.errors import MMReasonError, RecipeError

HUNG = 70
"""What a process exits with that the watch-dog has ended, or that has lost the other ranks."""


class Lost(MMReasonError):
    """The other ranks are gone."""

    code = HUNG


@dataclass(frozen=True, kw_only=True)
class WatchDog:
    """How long nothing may happen, by phase.

    Signs of life are what the ledger counts (forwards, decoding steps, media), phases that begin and end, and steps. A
    rank that waits for others is not to blame while one of them gives signs. The defaults are not from a paper.

    Attributes:
        least: seconds without a sign of life that are always allowed.
        first: the same in a phase that has not been gone through yet: compiling, reading data.
        scale: times the longest silence so far in the same phase.
        tick: seconds between looks.
        grace: seconds for writing the report; a process that has not ended by then is ended by a timer in C.
    """

    least: float = 600.0
    first: float = 1500.0
    scale: float = 10.0
    tick: float = 5.0
    grace: float = 60.0

    def __post_init__(self) -> None:
        """Refuse a dog that bites at once."""
        if not (self.least > 0 and self.first > 0 and self.scale >= 1 and self.tick > 0 and self.grace > 0):
            raise RecipeError(f"WatchDog needs positive seconds and a scale of at least 1, got {self}")

    def limit(self, longest: float | None) -> float:
        """Seconds of silence that are allowed in a phase, given the longest so far; None in a new one.

        >>> WatchDog().limit(None), WatchDog().limit(3.0), WatchDog().limit(100.0)
        (1500.0, 600.0, 1000.0)
        """
        return max(self.least, self.first) if longest is None else max(self.least, self.scale * longest)


@dataclass(frozen=True, slots=True)
class Sign:
    """What can be seen of a run from outside its thread."""

    count: tuple[int, ...]
    """Differs from that of the look before where anything happened."""
    phase: str
    waits: bool
    """For other ranks."""
    place: str
    """The line of ours that runs."""


@dataclass(frozen=True, slots=True)
class Hang:
    """A silence that was too long."""

    phase: str
    place: str
    seconds: float
    limit: float


class Patience:
    """Says from a row of looks when a silence is too long; knows no clock of its own."""

    def __init__(self, spec: WatchDog) -> None:
        self.spec = spec
        self.longest: dict[str, float] = {}
        """Seconds of the longest silence so far, by phase."""
        self.seen: Sign | None = None
        self.since = self.last = 0.0
        self.limit = spec.first

    def look(self, sign: Sign, now: float, others: bool = False, others_limit: float = 0.0) -> Hang | None:
        """Take in a look.

        Args:
            sign: what was seen.
            now: seconds, of any clock that only goes forward.
            others: some other rank has given a sign of life since the look before.
            others_limit: the longest silence that another rank is allowed; who waits for it waits a little longer.
        """
        if now - self.last > 10 * self.spec.tick:  # nobody looked meanwhile: the process was stopped, or had no CPU
            self.since += now - self.last
        self.last = now
        if self.seen is None or sign.count != self.seen.count or sign.phase != self.seen.phase:
            if self.seen is not None:
                phase = self.seen.phase
                self.longest[phase] = max(self.longest.get(phase, 0.0), now - self.since)
            self.seen, self.since = sign, now
        elif sign.waits and others:
            self.since = now
        self.limit = self.spec.limit(self.longest.get(sign.phase))
        allowed = max(self.limit, 1.2 * others_limit + 2 * self.spec.tick) if sign.waits else self.limit
        silent = now - self.since
        return Hang(sign.phase, sign.place, silent, allowed) if silent > allowed else None
