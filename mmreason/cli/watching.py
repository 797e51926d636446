"""Options that say what watches a run, and who else is told its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmreason.cli.suggest import CommandError, unknown

if TYPE_CHECKING:
    from mmreason.runs.sinks import Sink
    from mmreason.watch.watch import Watch

TRACKERS = ("tensorboard", "wandb", "trackio")


@dataclass(frozen=True, kw_only=True)
class WatchOptions:
    """Guards, watch-dog and trackers.

    Args:
        guard: changes what a guard does, as kl=stop entropy=off all=warn; off, warn, stop (save and end) or raise.
        watchdog: seconds without a sign of life after which a process is ended, with a report; 0 for never.
        track: trackers that are told all numbers, as tensorboard,wandb,trackio; wandb writes offline.
    """

    guard: tuple[str, ...] = ()
    watchdog: float = 600.0
    track: str = ""

    def watch(self) -> Watch:
        """What watches the run.

        Raises:
            CommandError: the number of seconds is none.
            RecipeError: there is no such guard.
        """
        from mmreason.watch.guards import changed
        from mmreason.watch.watch import Watch
        from mmreason.watch.watchdog import WatchDog

        if not 0 <= self.watchdog < float("inf"):
            raise CommandError(f"--watchdog: expected seconds, or 0 for none, got {self.watchdog:g}")
        first = max(WatchDog().first, self.watchdog)
        dog = WatchDog(least=self.watchdog, first=first) if self.watchdog else None
        return Watch(guards=changed(self.guard), dog=dog)

    def trackers(self) -> list[str]:
        """Names of the trackers, each once.

        Raises:
            CommandError: there is no such tracker.
        """
        names = [name.strip() for name in self.track.split(",") if name.strip()]
        for name in names:
            if name not in TRACKERS:
                raise CommandError(f"--track: {unknown('tracker', name, TRACKERS)}; there are {', '.join(TRACKERS)}")
        return list(dict.fromkeys(names))

    def sinks(self) -> list[Sink]:
        """The trackers' sinks.

        Raises:
            RecipeError: a package is not installed.
        """
        from mmreason.runs.sinks import TensorBoardSink
        from mmreason.runs.sinks_trackio import TrackioSink
        from mmreason.runs.sinks_wandb import WandbSink

        made: dict[str, Callable[[], Sink]] = {
            "tensorboard": TensorBoardSink,
            "wandb": WandbSink,
            "trackio": TrackioSink,
        }
        return [made[name]() for name in self.trackers()]
