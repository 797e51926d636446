"""The name of a sample, and what the inspector raises."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from mmreason.errors import MMReasonError


class InspectorError(MMReasonError):
    """A run's folder, a permalink or a query cannot be used; the message says why."""


@dataclass(frozen=True)
class SampleKey:
    """Names a sample for good: the form of a permalink.

    Attributes:
        run: name of the run's folder.
        stage: as the recipe names it.
        step: of the run, as the trace counts it.
        task: id of the task.
        nth: of several lines with the same stage, step and task (an exam before and after training), from 0.

    >>> key = SampleKey("runs/x", "mixed", 12, "map 3?")
    >>> str(key), SampleKey.parse(str(key)) == key
    ('runs%2Fx/mixed/12/map%203%3F', True)
    """

    run: str
    stage: str
    step: int
    task: str
    nth: int = 0

    def __str__(self) -> str:
        """Write it as a path of four parts, five with ``nth``."""
        parts = [quote(self.run, safe=""), quote(self.stage, safe=""), str(self.step), quote(self.task, safe="")]
        return "/".join(parts + ([str(self.nth)] if self.nth else []))

    @staticmethod
    def parse(text: str) -> SampleKey:
        """Read what ``str`` wrote.

        Raises:
            InspectorError: it is no permalink.
        """
        parts = text.strip().split("/")
        numbers = parts[2:3] + parts[4:5]
        good = len(parts) in (4, 5) and all(len(n) < 18 and n.isascii() and n.isdecimal() for n in numbers)
        if not good:
            raise InspectorError(f"a link to a sample is RUN/STAGE/STEP/TASK, got {text[:200]!r}")
        nth = int(parts[4]) if len(parts) == 5 else 0
        return SampleKey(unquote(parts[0]), unquote(parts[1]), int(parts[2]), unquote(parts[3]), nth)
