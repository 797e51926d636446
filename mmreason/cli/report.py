"""``mmreason report RUN``: writes what a run came to as one page, and shows the final table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmreason.cli.options import Options, parse
from mmreason.cli.screen import number, show, table
from mmreason.cli.suggest import CommandError

if TYPE_CHECKING:
    from mmreason.inspector.model import Curve, RunInfo
    from mmreason.inspector.run_folder import RunFolder

MOST = 50
"""Samples of each kind."""
ENDS = ("Reward", "Accuracy", "Length")
"""Groups of curves that are told where a run took no exams."""


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """What is written.

    Args:
        run: folder of a run, such as runs/quickstart; of an evaluation too.
        out: file that is written; report.html in the run's folder if not given.
        samples: of each kind: best, worst, wrong but rewarded, most changed; 0 for none.
        quiet: print errors only.
    """

    run: Path
    out: Path | None = None
    samples: int = 3
    quiet: bool = False

    def check(self) -> None:
        """Refuse numbers out of range, and a folder as file.

        Raises:
            CommandError: naming the option.
        """
        if not 0 <= self.samples <= MOST:
            raise CommandError(f"--samples: expected 0 to {MOST}, got {self.samples}")
        if self.out is not None and self.out.is_dir():
            raise CommandError(f"--out: {self.out} is a folder; give a file, such as {self.out / 'report.html'}")


def command(words: list[str]) -> int:
    """Write a report."""
    about = "Write a run as one HTML page that needs no other file: exams, curves, telling samples with their pictures."
    (given,) = parse([Options("report", ReportOptions, first={"run": "RUN"})], words, "mmreason report", about)
    options = ReportOptions(**given)
    options.check()
    from mmreason.inspector.run_folder import RunFolder

    folder = RunFolder(options.run)
    out = options.out or options.run / "report.html"
    write(folder, options.samples, out)
    if not options.quiet:
        info = folder.info()
        show(*warned(info), final(info, folder), f"report  {out}  ({out.stat().st_size / 1e6:.1f} MB)")
    return 0


def write(folder: RunFolder, samples: int, out: Path) -> None:
    """Write the page; it is whole or not there.

    Raises:
        CommandError: the file cannot be written.
    """
    from mmreason.inspector.report import report
    from mmreason.runs.atomic import write_text

    text = report(folder, samples)
    try:
        write_text(out, text)
    except OSError as error:
        raise CommandError(f"cannot write {out} ({error.strerror}); give another file with --out") from None


def warned(info: RunInfo) -> list[str]:
    """What could not be read."""
    return [f"warning: {text}" for text in info.warnings[:10]]


def final(info: RunInfo, folder: RunFolder) -> Any:
    """The final table: every exam before and after, or where the curves began and ended."""
    state = f" ({info.status})" if info.status else ""
    title = f"{info.name}: {info.recipe or 'run'}, {info.steps} steps{state}"
    columns = ("before", "after", "change")
    if not info.exams:
        made = table(title, "metric", "first", "last", right=("first", "last"))
        for curve in folder.curves():
            if curve.group in ENDS and curve.points:
                made.add_row(curve.name, *(number(value) for value in ends(curve)))
        return made
    from mmreason.inspector.views.run import telling

    made = table(title, "exam", "metric", *columns, right=columns)
    for exam in filter(telling, info.exams):
        made.add_row(exam.name, exam.metric, *(number(v) for v in (exam.before, exam.after, exam.after - exam.before)))
    return made


def ends(curve: Curve) -> tuple[float, float]:
    """Mean of the first and of the last tenth."""
    values = [value for _, value in curve.points]
    few = max(len(values) // 10, 1)
    return sum(values[:few]) / few, sum(values[-few:]) / few
