"""``mmreason data convert PATH OUT``: a data set of any known format as our JSONL, with its media."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mmreason.cli.options import Options, parse
from mmreason.cli.screen import show
from mmreason.cli.suggest import CommandError

if TYPE_CHECKING:
    from vision_data.formats.record import Record, Rejected

SHOWN = 20
"""Broken records that are listed on the screen; ``quarantine.jsonl`` has all of them."""


@dataclass(frozen=True, kw_only=True)
class ConvertOptions:
    """What is converted, and how it is read and written.

    Args:
        path: a file or folder of any known format.
        out: folder to write: records.jsonl, media and, where records are broken, quarantine.jsonl.
        format: name of the format; auto finds out.
        root: folder of the media, outside of which nothing is opened; the file's own folder if not given.
        outside: open media outside the root too.
        boxes: what boxes are counted in, where the format does not say; none if lists of four numbers are no boxes.
        decode: decode every picture and open every video, so that damaged ones go to the quarantine.
        answers: put records without an answer into the quarantine.
        media: copy media into the new folder, each distinct one once, or point at where they lie.
        on_bad_record: skip broken records and list them, or stop at the first.
        overwrite: replace the folder if it exists.
    """

    path: str
    out: Path
    format: str = "auto"
    root: Path | None = None
    outside: bool = False
    boxes: Literal["original", "resized", "unit", "thousand", "none"] | None = None
    decode: bool = True
    answers: bool = True
    media: Literal["copy", "reference"] = "copy"
    on_bad_record: Literal["skip", "stop"] = "skip"
    overwrite: bool = False


def command(words: list[str]) -> int:
    """Convert a data set; 1 where records were left out."""
    from vision_data.errors import MediaError

    about = "Write our JSONL with media from a data set of any known format. Exit code 1: records were left out."
    groups = [Options("convert", ConvertOptions, first={"path": "PATH", "out": "OUT"})]
    (given,) = parse(groups, words, "mmreason data convert", about)
    options = ConvertOptions(**given)
    try:
        return convert(options)
    except MediaError as error:
        raise CommandError(str(error)) from None


def convert(options: ConvertOptions) -> int:
    """Read and write record by record; the folder appears when everything is written."""
    from mmreason.data.formats import unique
    from vision_data.formats.read import Reader
    from vision_data.generators.folder import whole_folder

    reader = Reader(
        options.path, options.format, options.root, options.outside, options.boxes, options.decode, options.answers
    )
    kind = reader.found()
    with whole_folder(options.out, overwrite=options.overwrite) as draft:
        num, bad = write(unique(reader), draft, options)
        if not num:
            first = f"; the first of {len(bad)} broken ones: {bad[0].reason}" if bad else ""
            raise CommandError(f"{options.path}: no record can be used{first}")
    show(f"read as {kind.title}", f"{num} records in {options.out / 'records.jsonl'}")
    for item in bad[:SHOWN]:
        show(f"left out: {item.reason}")
    if bad:
        show(f"{len(bad)} broken records are listed in {options.out / 'quarantine.jsonl'}")
    show(f"check them with: mmreason data check {options.out / 'records.jsonl'}")
    return int(bool(bad))


def write(items: Iterable[Record | Rejected], draft: Path, options: ConvertOptions) -> tuple[int, list[Rejected]]:
    """Write the records and the quarantine list; gives how many were written, and what was left out."""
    from vision_data.errors import MediaError
    from vision_data.formats.record import Record, Rejected
    from vision_data.formats.write import TaskWriter

    num = 0
    bad: list[Rejected] = []
    with TaskWriter(draft, options.media, base=options.out.resolve()) as writer:
        for item in items:
            if isinstance(item, Record):
                try:
                    writer.write(item)
                    num += 1
                    continue
                except MediaError as error:
                    item = Rejected(item.meta.where, f"{item.meta.where}: {error}")
            if options.on_bad_record == "stop":
                raise CommandError(item.reason)
            bad.append(item)
    if bad:
        lines = (json.dumps({"where": item.where, "reason": item.reason}, ensure_ascii=False) for item in bad)
        (draft / "quarantine.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return num, bad
