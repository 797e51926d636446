"""All that watches a run, in one value: guards over its numbers and a watch-dog over its process."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mmreason.errors import CheckError
from mmreason.run import Run
from mmreason.runs.checkpoint import steps_done
from mmreason.watch.dog import Dog
from mmreason.watch.guard import Guard
from mmreason.watch.guarded import Guarded
from mmreason.watch.guards import DEFAULT
from mmreason.watch.post_mortem import left_behind
from mmreason.watch.watchdog import Lost, WatchDog
from mmreason.watch.where import MEETING

if TYPE_CHECKING:
    from mmreason.runs.recorder import Recorder


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What watches a run.

    Attributes:
        guards: look at each step that learns.
        dog: ends a process that hangs; None watches nobody.
    """

    guards: tuple[Guard, ...] = DEFAULT
    dog: WatchDog | None = field(default_factory=WatchDog)

    @contextmanager
    def over(self, run: Run, recorder: Recorder, say: Callable[[str], None]) -> Iterator[Guarded]:
        """Watch a run while it is trained; gives the observer that stands in the recorder's place.

        Raises:
            Alarmed: a guard has stopped the run.
            CheckError: a check has; the message says where the batch was left, and whose records are to blame.
            Lost: the other ranks are gone.
        """
        guarded = Guarded(recorder, self.guards, say)
        if recorder.first:
            guarded.file.cut(steps_done(recorder.recipe, run))
        dog = Dog(self.dog, run, recorder.recipe, recorder.home) if self.dog else nullcontext()
        with dog:
            try:
                yield guarded
            except CheckError as error:
                raise CheckError(f"{error}{left_behind(run, recorder.recipe, recorder.home, error)}") from None
            except RuntimeError as error:
                left = left_behind(run, recorder.recipe, recorder.home, error)
                if run.across.num > 1 and lost(error):
                    gist = str(error).strip().partition("\n")[0]
                    raise Lost(f"rank {run.across.rank} has lost the other ranks ({gist}){left}") from error
                raise
            except (ArithmeticError, LookupError, TypeError, AttributeError, ValueError) as error:
                left_behind(run, recorder.recipe, recorder.home, error)
                raise


def lost(error: BaseException) -> bool:
    """Say whether an error was met while waiting for other ranks."""
    return any(frame.filename.endswith(MEETING) for frame in traceback.extract_tb(error.__traceback__))
