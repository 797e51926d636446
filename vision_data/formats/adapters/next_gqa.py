"""NExT-GQA (arXiv:2309.01327) and NExT-QA: five options, and where in the video the answer is seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, first_of, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, any_of, has, text
from vision_data.formats.options import with_options
from vision_data.formats.record import Record
from vision_data.formats.row import Row

CHOICES = ("a0", "a1", "a2", "a3", "a4")
_MAP = "map_vid_vidorID.json"


class NextGqa(Format):
    """CSV with ``video_id`` (or ``video``), ``question``, ``a0`` to ``a4``, ``answer`` (text or number), ``qid``.

    ``gsub_SPLIT.json`` beside the file gives ``spans``, the seconds in which the answer is seen, and the duration;
    ``map_vid_vidorID.json`` the paths of the videos, which are looked for under the root and under ``videos``.
    """

    name: ClassVar[str] = "next-gqa"
    title: ClassVar[str] = "NExT-GQA CSV"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("question"), has(*CHOICES, "qid"), any_of("video_id", "video"), any_of("answer"),
    )  # fmt: skip

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        options = tuple(str(fields.get(name)).strip() for name in CHOICES)
        _, video = first_of(fields, ("video_id", "video"))
        answer = str(fields.get("answer") or "").strip()
        if answer not in options and answer.isdigit() and int(answer) < len(options):
            answer = "ABCDE"[int(answer)]
        gold = gold_of(answer, options=options, expected="choice")
        asked = with_options(words(fields, "question"), options)
        used = ("question", *CHOICES, "answer", "type", "id")
        return self.record(
            row, folder.asked(asked, (), [_path(str(video), folder)]), gold, used=used, options=options,
            id=f"{video}-{fields.get('qid')}", problem_type=fields.get("type"),
            more=_seen(str(video), str(fields.get("qid")), row.path, folder),
        )  # fmt: skip


def _path(video: str, folder: Folder) -> str:
    names = folder.side(_MAP)
    name = str(names.get(video, video)) if isinstance(names, Mapping) else video
    return folder.first(*(f"{place}{name}.mp4" for place in ("videos/", "NExTVideo/", "")))


def _seen(video: str, question: str, path: Path, folder: Folder) -> dict[str, Any]:
    """Give the seconds between which the answer is seen, where the annotation is there."""
    notes = folder.side(f"gsub_{path.stem}.json")
    about = notes.get(video) if isinstance(notes, Mapping) else None
    if not isinstance(about, Mapping):
        return {}
    spans = about.get("location", {}).get(question)
    if spans is not None and not all(_is_span(span) for span in spans):
        raise MediaError(f"gsub_{path.stem}.json: spans of {video}, {question} are {spans!r}, expected [start, end]")
    return {"spans": spans, "duration": about.get("duration")}


def _is_span(span: Any) -> bool:
    fine = isinstance(span, list) and len(span) == 2 and all(isinstance(edge, int | float) for edge in span)
    return fine and 0 <= span[0] <= span[1] < float("inf")
