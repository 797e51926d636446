"""``mmreason data inspect PATH``: what a data set holds, what is broken in it, and what it looks like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmreason.cli.options import Options, parse
from mmreason.cli.screen import show, table
from mmreason.cli.suggest import CommandError

if TYPE_CHECKING:
    from vision_data.formats.record import Record, Rejected
    from vision_data.formats.summary import Summary

SHOWN = 20
"""Broken records and fields that are listed on the screen; ``--json`` has all of them."""


@dataclass(frozen=True, kw_only=True)
class InspectOptions:
    """What is looked at, and how it is read.

    Args:
        path: a file or folder of any known format.
        format: name of the format; auto finds out.
        root: folder of the media, outside of which nothing is opened; the file's own folder if not given.
        outside: open media outside the root too.
        boxes: what boxes are counted in, where the format does not say; none if lists of four numbers are no boxes.
        decode: decode every picture and open every video, so that damaged ones are found.
        sheet: PNG with some of the records; beside where you are if not given, none leaves it out.
        cells: records on the sheet, spread evenly over the data set.
        json: also write the report to this file.
    """

    path: str
    format: str = "auto"
    root: Path | None = None
    outside: bool = False
    boxes: Literal["original", "resized", "unit", "thousand", "none"] | None = None
    decode: bool = True
    sheet: str = "contact_sheet.png"
    cells: int = 12
    json: Path | None = None


def command(words: list[str]) -> int:
    """Inspect a data set; 1 where records are broken."""
    from vision_data.errors import MediaError

    about = "Show schema, counts, broken records and answer statistics, and draw a contact sheet. Exit code 1: broken."
    (given,) = parse(
        [Options("inspect", InspectOptions, first={"path": "PATH"})], words, "mmreason data inspect", about
    )
    options = InspectOptions(**given)
    if options.cells < 1:
        raise CommandError(f"--cells: expected at least 1, got {options.cells}")
    try:
        return inspect(options)
    except MediaError as error:
        raise CommandError(str(error)) from None


def inspect(options: InspectOptions) -> int:
    """Read everything once, then tell."""
    from vision_data.formats.read import Reader
    from vision_data.formats.summary import Summary

    reader = Reader(
        options.path, options.format, options.root, options.outside, options.boxes, options.decode, need_answer=False
    )
    told = reason(options)
    found, shown = Summary(), Spread(options.cells)
    for item in reader:
        found.add(item)
        shown.add(item)
    tell(found, told)
    if options.sheet != "none" and shown.records():
        from vision_data.formats.contact_sheet import contact_sheet

        path = contact_sheet(shown.records(), Path(options.sheet), title=f"{options.path}: {found.num} records")
        show(f"sheet    {path}")
    if options.json is not None:
        from mmreason.runs.atomic import write_text

        report = {"path": options.path, "format": reader.found().name, "reason": told, **found.report()}
        write_text(options.json, json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
        show(f"report   {options.json}")
    return int(bool(found.bad) or not found.num)


def reason(options: InspectOptions) -> str:
    """Say which format is read and why."""
    from vision_data.formats.detect import detect
    from vision_data.formats.table import format_named

    if options.format == "auto":
        return detect(options.path).reason
    return f"read as {format_named(options.format).title}, as asked"


class Spread:
    """Keeps some of the records that come, evenly spaced; never more than twice as many, which may carry pictures."""

    def __init__(self, num: int) -> None:
        self.num, self.step, self.seen = num, 1, 0
        self.kept: list[Record] = []

    def add(self, item: Record | Rejected) -> None:
        """Take every so many of the records, fewer as more come."""
        from vision_data.formats.record import Record

        if not isinstance(item, Record):
            return
        if self.seen % self.step == 0:
            self.kept.append(item)
        self.seen += 1
        if len(self.kept) >= 2 * self.num:
            self.kept, self.step = self.kept[::2], self.step * 2

    def records(self) -> list[Record]:
        """Give ``num`` of them, or all."""
        num = min(self.num, len(self.kept))
        return [self.kept[i * len(self.kept) // num] for i in range(num)]


def tell(found: Summary, reason: str) -> None:
    """Print the report."""
    show(reason, f"{found.num} good records, {len(found.bad)} broken")
    show(counts("question type", found.types), counts("answer type", found.answer_types))
    common = dict(found.common_answers())
    if common:
        show(counts("common answer", common, total=found.num))
    if found.numbers:
        show(f"numbers from {found.numbers[0]:g} to {found.numbers[1]:g}")
    show(counts("media in a record", found.media))
    if found.fields:
        show(counts("further field", found.fields))
    if found.words:
        show(f"questions of {found.words[0]} to {found.words[1]} words")
    for item in found.bad[:SHOWN]:
        show(f"broken: {item.reason}")
    if len(found.bad) > SHOWN:
        show(f"... and {len(found.bad) - SHOWN} more; --json lists all")


def counts(heading: str, values: Mapping[str, int], total: int = 0) -> Any:
    """Make a table of how often things come, with their share where ``total`` is given."""
    columns = (heading, "num", "share") if total else (heading, "num")
    made = table("", *columns, right=("num", "share"))
    for name, num in list(values.items())[:SHOWN]:
        made.add_row(name, str(num), *([f"{num / total:.0%}"] if total else []))
    if len(values) > SHOWN:
        made.add_row(f"... and {len(values) - SHOWN} more", "", *([""] if total else []))
    return made
