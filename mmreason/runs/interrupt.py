"""Ctrl-C and a scheduler's signal: the first asks the run to save and stop, the second stops it at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

CAUGHT = (signal.SIGINT, signal.SIGTERM)
GO_ON_LATER = 75
"""Exit code (EX_TEMPFAIL of sysexits.h) of a run that a scheduler stopped: the same command goes on with it."""
STOPPED_BY_USER = 130
"""Exit code after Ctrl-C, as of a shell."""


class Interrupted(Exception):
    """The run was asked to stop and did so at a point from which it can go on.

    Attributes:
        signum: the signal that asked.
        checkpoint: what was saved; None where nothing had been done yet.
    """

    def __init__(self, signum: int, checkpoint: Path | None) -> None:
        super().__init__(f"stopped by {signal.Signals(signum).name}")
        self.signum, self.checkpoint = signum, checkpoint

    @property
    def code(self) -> int:
        """What the process exits with: 130 after Ctrl-C, 75 after any other signal.

        The 143 of a shell would not tell a run that has saved from one that was killed before it could.
        """
        return STOPPED_BY_USER if self.signum == signal.SIGINT else GO_ON_LATER


class StopRequest:
    """While it is entered, remembers that a signal asked the run to stop. Only the main thread can hear signals.

    Args:
        signals: that ask for it.
    """

    def __init__(self, signals: Sequence[int] = CAUGHT) -> None:
        self.signals = signals
        self.signum: int | None = None
        self.before: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        try:
            self.before = {number: signal.signal(number, self.hear) for number in self.signals}
        except ValueError:
            self.before = {}  # not the main thread
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back()

    def give_back(self) -> None:
        """Put the former handlers back."""
        for number, handler in self.before.items():
            signal.signal(number, handler)
        self.before = {}

    def hear(self, signum: int, frame: FrameType | None) -> None:
        """Note the first signal; the former handlers take the next."""
        self.signum = signum
        self.give_back()
        # Not through a stream: it may be in the middle of a write.
        os.write(2, f"\n{signal.Signals(signum).name}: saving after this update; once more stops at once\n".encode())
