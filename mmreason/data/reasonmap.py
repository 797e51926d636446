"""ReasonMap and ReasonMap-Plus records as tasks, arXiv:2505.18675 and arXiv:2510.02240."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, cast

from mmreason.data.media_check import MediaCheck
from mmreason.data.records import BadRecord, OnBadRecord, Record, collect, parse_json, read_text, walk_records
from mmreason.errors import DataError, RecipeError
from mmreason.metrics.reasonmap import Form, plans_of
from mmreason.parsing.route import Section, write_route
from mmreason.parsing.stations import clean_metro
from mmreason.rewards.difficulty import level_of
from mmreason.rewards.reasonmap_record import (
    PLANNING,
    TRUE_FALSE,
    TYPES,
    gold_integer,
    integer_field,
    text_field,
    type_of,
)
from mmreason.types import Task
from vision_data.media import Image
from vision_data.messages import Prompt, system, user
from vision_data.sources import is_inline

SYSTEM = "You are a helpful assistant."

Metro = dict[str, list[str]]


@dataclass(frozen=True)
class ReasonMapRecords:
    """Reads records of either benchmark, one JSON object a line; ``figure`` and ``json`` may be paths beside the file.

    A task's prompt is a system message, then image, line break and question. Its answer is what a perfect completion
    would say (yes or no, a letter, a number, the first reference plan in the layout). Its record has the fields of the
    data set without the picture, and ``metro`` (line to stops, markers removed), ``type`` and ``form``.

    Args:
        path: JSONL file, or a JSON file with a list.
        types: Question types to keep, of ``TYPES``; the others in the file are passed over.
        question: Which planning question is asked: ``short`` or ``long``, with via stops.
        on_bad_record: ``stop`` at the first bad record, or ``skip`` and list them.
        decode: Decode every distinct picture while reading, so that damaged ones are found before training.
        min_pixels: Fewest pixels of the image; None is the model's own.
        max_pixels: Most pixels of the image; None is the model's own.
        system_text: The system message; empty for none. The papers use a generic helpful assistant.

    Raises:
        RecipeError: if a type or a choice is unknown.
    """

    path: str | Path
    types: tuple[str, ...] = TYPES
    question: Literal["short", "long"] = "short"
    on_bad_record: OnBadRecord = "stop"
    decode: bool = False
    min_pixels: int | None = None
    max_pixels: int | None = None
    system_text: str = SYSTEM

    def __post_init__(self) -> None:
        for kind in self.types:
            if kind not in TYPES:
                near = get_close_matches(str(kind), TYPES, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"expected some of {', '.join(TYPES)}"
                raise RecipeError(f"ReasonMapRecords: unknown question type {kind!r}; {hint}")
        if not self.types:
            raise RecipeError("ReasonMapRecords: types is empty; name at least one question type")
        if self.question not in ("short", "long"):
            raise RecipeError(f"ReasonMapRecords: question is {self.question!r}, expected 'short' or 'long'")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read the whole file, as a source does; nothing is written to ``home``."""
        return self.load()

    def load(self) -> tuple[list[Task], list[BadRecord]]:
        """Read the whole file; see ``records.collect`` for what is raised."""
        return collect(self.path, self.walk(MediaCheck(self.decode)), self.on_bad_record)

    def walk(self, check: MediaCheck) -> Iterator[Task | BadRecord]:
        """Give every task, or what is wrong with its record; ``check`` looks at its picture."""
        metros: dict[Path, Metro] = {}
        return walk_records(self.path, lambda record: self.build(record, metros, check))

    def build(self, record: Record, metros: dict[Path, Metro], check: MediaCheck) -> Task | None:
        """Give the task of a record, or None where its type is not among ``types``.

        Args:
            record: Where it stands and what it holds.
            metros: Metro files read so far, so that each is read once and shared by its tasks.
            check: Looks at the picture.

        Raises:
            DataError: if a field is missing or wrong.
            MediaError: if the picture is missing or damaged.
        """
        fields, where = with_type(record.fields()), record.where
        if type_of(fields, where) not in self.types:
            return None
        if isinstance(fields.get("routes"), str):
            fields["routes"] = parse_json(fields["routes"], f"{where}: field 'routes'")
        fields["metro"] = load_metro(fields.get("json"), record, metros)
        level_of(fields, where=where)
        question, fields["form"] = self._question(fields, where)
        gold = gold_text(fields, where)
        prompt = self._prompt(self._picture(fields.get("figure"), record), question)
        check(prompt)
        kept = {name: value for name, value in fields.items() if name not in ("figure", "json")}
        return Task(
            id=str(fields.get("id") or f"{record.path.stem}-{record.number}"),
            prompt=prompt,
            answer=gold,
            record=kept,
        )

    def _question(self, fields: Mapping[str, Any], where: str) -> tuple[str, Form]:
        if fields["type"] != PLANNING:
            return text_field(fields, "question", where), "short"
        text = text_field(fields, f"question_{self.question}", where)
        return text, "short" if self.question == "short" else form_of(text, where)

    def _picture(self, figure: Any, record: Record) -> Image:
        if not isinstance(figure, str) or not figure.strip():
            raise DataError(f"{record.where}: field 'figure' is missing, expected the path of an image or base64 text")
        source = figure if is_inline(figure) else str(record.path.parent / figure)
        return Image(source, self.min_pixels, self.max_pixels)

    def _prompt(self, picture: Image, question: str) -> Prompt:
        asked = user(picture, f"\n{question}")
        return (system(self.system_text), asked) if self.system_text else (asked,)


def with_type(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a record; one of ReasonMap itself, which has two questions and no type, becomes ``planning``."""
    copy = dict(fields)
    if "type" not in copy and "question_short" in copy:
        copy["type"] = PLANNING
    return copy


def form_of(question: str, where: str = "record") -> Form:
    """Tell which via stops a long planning question asks for.

    Raises:
        DataError: if it asks for none.
    """
    low = question.lower()
    if "number of via" in low:
        return "count"
    if "via stops" in low:
        return "list"
    raise DataError(f"{where}: question_long asks for neither 'Number of Via Stops' nor 'Via Stops'")


def gold_text(fields: Mapping[str, Any], where: str = "record") -> str:
    """Give what a perfect completion would answer, and check the fields that scoring reads.

    Raises:
        DataError: if the gold answer or a field that scoring needs is missing or wrong.
    """
    kind = type_of(fields, where)
    if kind != PLANNING:
        gold = gold_integer(fields, where)
        return ("no", "yes")[gold] if kind in TRUE_FALSE else "ABCD"[gold] if kind == "Counting1" else str(gold)
    for name in ("station_1", "station_2"):
        text_field(fields, name, where)
    integer_field(fields, "question_transfer_count", where)
    level_of(fields, "difficulty_question", where)
    if not fields.get("metro"):
        raise DataError(f"{where}: field 'json' is missing, expected the metro data of the map")
    plan = plans_of(fields, where)[0]
    form = fields.get("form", "short")
    return write_route([_for_form(section, cast(Form, form)) for section in plan])


def completion_text(task: Task) -> str:
    r"""Give a completion that answers a task perfectly: the gold answer in ``\boxed{}``, or the route as it is."""
    answer = task.answer or ""
    return answer if task.record.get("type") == PLANNING else f"\\boxed{{{answer}}}"


def load_metro(value: Any, record: Record, metros: dict[Path, Metro]) -> Metro | None:
    """Read the metro data of a record: an object, JSON text, or a path beside the data file; None where there is none.

    Raises:
        DataError: if it is something else, or not line name -> list of stops.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and not value.lstrip().startswith("{"):
        path = record.path.parent / value
        if path not in metros:
            metros[path] = _metro(parse_json(read_text(path, "metro file"), str(path)), str(path))
        return metros[path]
    parsed = parse_json(value, f"{record.where}: field 'json'") if isinstance(value, str) else value
    return _metro(parsed, f"{record.where}: field 'json'")


def _metro(value: Any, where: str) -> Metro:
    fine = isinstance(value, Mapping) and all(
        isinstance(stops, list) and stops and all(isinstance(stop, str) for stop in stops) for stops in value.values()
    )
    if not fine or not value:
        raise DataError(f"{where}: the metro data is not line name -> list of stop names")
    return clean_metro(value)


def _for_form(section: Section, form: Form) -> Section:
    return Section(
        line=section.line,
        departure=section.departure,
        arrival=section.arrival,
        num_via=section.num_via if form == "count" else None,
        via=section.via if form == "list" else None,
    )
