"""The recorder with guards around it: they look before a step is written down, and act after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from mmreason.errors import Elsewhere, MMReasonError
from mmreason.recipe import Stage
from mmreason.run import Run
from mmreason.runs.checkpoint import steps_done
from mmreason.shares import whole
from mmreason.types import Batch
from mmreason.watch.alarms import Alarm, Alarmed, AlarmFile
from mmreason.watch.dump import FOLDER, dump
from mmreason.watch.guard import Found, Guard, View

if TYPE_CHECKING:
    from mmreason.runs.recorder import Recorder

Say = Callable[[str], None]


class Guarded:
    """An observer that asks guards about each step that learns, and passes everything on to the recorder.

    What guards measure goes into the run's history and metrics before the recorder sees them, so a checkpoint has it
    and a resumed run raises the same alarms.

    Args:
        recorder: writes the run down.
        guards: in the order in which they look.
        say: tells the user a line.
    """

    def __init__(self, recorder: Recorder, guards: Sequence[Guard], say: Say) -> None:
        self.recorder, self.guards, self.say = recorder, tuple(guards), say
        self.file = AlarmFile(recorder.home)

    def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
        """Pass on."""
        self.recorder.collected(run, stage, batch)

    def updated(self, run: Run, stage: Stage) -> None:
        """Pass on."""
        self.recorder.updated(run, stage)

    def measured(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """Pass on."""
        self.recorder.measured(run, stage, batch, metrics)

    def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """Look, write down, act.

        Raises:
            Alarmed: a guard stops the run; the same guard on every rank.
        """
        alarms = self.look(run, stage, batch, metrics) if stage.losses and self.guards else []
        if alarms:
            alarms = self.told(run, stage, batch, alarms)
        if fatal := [alarm for alarm in alarms if alarm.action == "raise"]:
            raise self.end(fatal[0], "nothing was saved: --resume goes on from the last checkpoint")
        self.recorder.stepped(run, stage, batch, metrics)
        if stops := [alarm for alarm in alarms if alarm.action == "stop"]:
            saved = self.recorder.save(run)
            raise self.end(stops[0], f"saved {saved}: --resume goes on, --guard {stops[0].guard}=warn lets it pass")

    def look(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> list[Alarm]:
        """Ask every guard; log the number of bad steps in a row, and what it measured itself."""
        view, alarms = View(stage, batch, run.history), []
        for guard in self.guards:
            found = guard.look(view)
            if found is None:
                continue
            name = f"{stage.name}/guard/{guard.name()}"
            before = run.history.get(name) or [0.0]
            row = int(before[-1]) + 1 if found.bad else 0
            numbers = {name: float(row)} | {f"{stage.name}/guard/{key}": x for key, x in found.values.items()}
            for key, value in numbers.items():
                run.history.setdefault(key, []).append(value)
            metrics |= numbers
            if guard.due(row):
                alarms.append(self.alarm(run, stage, guard, found, row))
        return alarms

    def alarm(self, run: Run, stage: Stage, guard: Guard, found: Found, row: int) -> Alarm:
        """An alarm of the step that has just ended."""
        done = steps_done(self.recorder.recipe, run)
        return Alarm(guard.name(), guard.action, done, stage.name, run.step, row, found.text, guard.remedy)

    def told(self, run: Run, stage: Stage, batch: Batch, alarms: Sequence[Alarm]) -> list[Alarm]:
        """Leave the batch on the disk where the run ends, write the alarms down, and warn."""
        fatal = [alarm for alarm in alarms if alarm.action != "warn"]
        every = whole(batch) if fatal else batch
        out = [replace(a, dump=f"{FOLDER}/{file_name(a)}.pt") if a in fatal[:1] else a for a in alarms]
        for alarm in out if self.recorder.first else ():
            if alarm.dump:
                with suppress(OSError, MMReasonError):  # what ends the run is the alarm
                    why = {"guard": alarm.guard, "why": alarm.text}
                    dump(self.recorder.home, file_name(alarm), run, stage, every, why)
            self.file.append(alarm)
            if alarm.action == "warn":
                self.say(f"warning: {alarm}")
        return out

    def end(self, alarm: Alarm, how: str) -> Alarmed | Elsewhere:
        """The error that ends the run; the first rank says it."""
        if self.recorder.first:
            return Alarmed(f"{alarm}; {how}")
        other = Elsewhere(str(alarm))
        other.code = Alarmed.code
        return other


def file_name(alarm: Alarm) -> str:
    """How the files of an alarm begin."""
    return f"step_{alarm.step:06d}_{alarm.guard}"
