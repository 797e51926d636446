"""ReasonMap (arXiv:2505.18675) and ReasonMap-Plus (arXiv:2510.02240): questions about transit maps."""

from __future__ import annotations

import json
from typing import ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, whole, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, any_of, has
from vision_data.formats.record import Choice, Gold, Record
from vision_data.formats.row import Row

PLUS = ("TorF1", "TorF2", "Counting1", "Counting2", "Counting3")
PLANNING = "planning"


class ReasonMap(Format):
    """``{"figure", "type", "question" or "question_short", "answer" or "routes", "json", "station_1", ...}``.

    Plus answers are whole numbers in the file: here they become yes and no, a letter, or the count. The answer of a
    planning question is the JSON of its reference routes; ``mmreason`` makes a route text of it.
    """

    name: ClassVar[str] = "reasonmap"
    title: ClassVar[str] = "ReasonMap or ReasonMap-Plus"
    marks: ClassVar[tuple[Mark, ...]] = (
        has("figure"),
        any_of("question_short", "question"),
        Mark(
            "a question type of the benchmark, or question_short",
            lambda row: row.get("type") in (*PLUS, PLANNING) or "question_short" in row,
            weight=6,
        ),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        kind = fields.get("type") or (PLANNING if "question_short" in fields else None)
        if kind not in (*PLUS, PLANNING):
            raise MediaError(f"field 'type' is {kind!r}, expected one of {', '.join((*PLUS, PLANNING))}")
        question = words(fields, "question_short" if kind == PLANNING else "question")
        gold: Gold | None
        if kind == PLANNING:
            routes = fields.get("routes")
            told = routes if isinstance(routes, str) else json.dumps(routes, ensure_ascii=False, default=str)
            gold = gold_of(told if routes else None, expected="code", language="json")
        else:
            gold = _plus(kind, whole(fields, "answer"))
        used = ("figure", "type", "question_short" if kind == PLANNING else "question", "answer", "routes", "id")
        asked = folder.messages([{"role": "user", "content": question}], [fields.get("figure")])
        return self.record(row, asked, gold, used=used, id=fields.get("id"), problem_type=kind)


def _plus(kind: str, number: int) -> Gold | None:
    most = {"TorF1": 1, "TorF2": 1, "Counting1": 3}.get(kind)
    if number < 0 or (most is not None and number > most):
        raise MediaError(f"field 'answer' is {number}, expected 0 to {most if most is not None else 'the count'}")
    if kind.startswith("TorF"):
        return gold_of(("no", "yes")[number], expected="text")
    return Choice("ABCD"[number], str(number)) if kind == "Counting1" else gold_of(number)
