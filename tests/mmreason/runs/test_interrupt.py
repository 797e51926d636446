from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmreason.runs.interrupt import CAUGHT, Interrupted, StopRequest


@pytest.fixture(autouse=True)
def python_hears_ctrl_c() -> Iterator[None]:
    """A shell that starts the tests in the background has SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_signal_is_noted_and_the_second_stops(capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with StopRequest() as stop:
        assert stop.signum is None
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.signum == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before
    assert "SIGINT: saving after this update; once more stops at once" in capfd.readouterr().err


def test_handlers_are_given_back_without_any_signal() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with StopRequest():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_one_more_signal_can_be_heard() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with StopRequest((*CAUGHT, signal.SIGUSR1)) as stop:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert stop.signum == signal.SIGUSR1
    assert signal.getsignal(signal.SIGUSR1) == before


def test_a_thread_that_cannot_hear_signals_runs_without() -> None:
    seen: list[object] = []

    def work() -> None:
        with StopRequest() as stop:
            seen.append(stop.signum)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None]


def test_a_scheduler_can_tell_a_run_that_saved_from_one_that_was_killed() -> None:
    assert Interrupted(signal.SIGINT, None).code == 130
    assert Interrupted(signal.SIGTERM, Path("step")).code == 75
    assert Interrupted(signal.SIGUSR1, Path("step")).code == 75
    assert str(Interrupted(signal.SIGINT, None)) == "stopped by SIGINT"
