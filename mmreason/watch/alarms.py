"""``alarms.jsonl``: every alarm of a run, one object a line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from mmreason.errors import MMReasonError
from mmreason.runs.atomic import write_text
from mmreason.runs.log_file import LogFile, to_line
from mmreason.watch.guard import Action

STOPPED = 3
"""What a process exits with that a guard has stopped."""


class Alarmed(MMReasonError):
    """A guard has stopped the run."""

    code = STOPPED


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm."""

    guard: str
    action: Action
    step: int
    """Steps of the whole run, this one included."""
    stage: str
    stage_step: int
    row: int
    """Bad steps in a row."""
    text: str
    remedy: str
    dump: str | None = None
    """Where the batch was left, below the run's folder."""

    def __str__(self) -> str:
        """The alarm in one line."""
        row = f" ({self.row} steps in a row)" if self.row > 1 else ""
        left = f"; the batch is in {self.dump}" if self.dump else ""
        when = f"step {self.step} ({self.stage} {self.stage_step})"
        return f"guard {self.guard}, {when}: {self.text}{row}; {self.remedy}{left}"


class AlarmFile:
    """The file, which holds no alarm of steps that a resumed run makes again."""

    def __init__(self, home: Path) -> None:
        self.file = LogFile(home / "alarms.jsonl")

    def cut(self, done: int) -> None:
        """Forget the alarms of steps after ``done``."""
        lines = self.file.read()
        kept = [line for line in lines if line["step"] <= done]
        if len(kept) < len(lines):
            write_text(self.file.path, b"".join(map(to_line, kept)).decode())

    def append(self, alarm: Alarm) -> None:
        """Write one more."""
        self.file.append(asdict(alarm))
