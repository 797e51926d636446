"""Text data sets as people have them: GSM8K, MATH and IFEval, one JSON object a line. Not from a paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from mmreason.data.media_check import MediaCheck
from mmreason.data.records import BadRecord, OnBadRecord, Record, collect, walk_records
from mmreason.errors import DataError
from mmreason.parsing.boxed import last_boxed
from mmreason.types import Task
from vision_data.messages import user

Parts: TypeAlias = tuple[str, str | None, dict[str, Any]]
"""Question, answer and record."""


@dataclass(frozen=True)
class TextRecords:
    """Reads lines such as ``{"question": "2 + 2?", "answer": 4}``; a bad one is told with file and line.

    The question may also stand in ``problem``, and the answer may be missing. Subclasses read other forms.

    Args:
        path: JSONL file, or a JSON file with a list.
        ending: put behind every question, such as a word on where the answer belongs.
        on_bad_record: ``stop`` at the first bad record, or ``skip`` and list them.
    """

    path: str | Path
    ending: str = ""
    on_bad_record: OnBadRecord = "stop"

    ids: ClassVar[tuple[str, ...]] = ("id", "unique_id")
    """Fields that may hold the record's id, in this order."""

    def load(self) -> tuple[list[Task], list[BadRecord]]:
        """Read the whole file; see ``records.collect`` for what is raised."""
        return collect(self.path, self.walk(), self.on_bad_record)

    def walk(self, check: MediaCheck | None = None) -> Iterator[Task | BadRecord]:
        """Give every task, or what is wrong with its record; there are no media to be checked."""
        return walk_records(self.path, self.build)

    def load_tasks(self, home: Any) -> tuple[list[Task], list[BadRecord]]:
        """Read the whole file, as a source does; nothing is written to ``home``."""
        return self.load()

    def build(self, record: Record) -> Task:
        """Give the task of a record.

        Raises:
            DataError: if a field is missing or wrong.
        """
        fields = record.fields()
        question, answer, kept = self.read(fields, record.where)
        given = next((fields[name] for name in self.ids if fields.get(name) not in (None, "")), None)
        return Task(
            id=f"{record.path.stem}-{record.number}" if given is None else str(given),
            prompt=(user(question + self.ending),),
            answer=answer,
            record=kept,
        )

    @staticmethod
    def read(fields: Mapping[str, Any], where: str) -> Parts:
        """Give question, answer and record.

        Raises:
            DataError: a field is missing or wrong.
        """
        name = "problem" if "question" not in fields and "problem" in fields else "question"
        answer = fields.get("answer")
        if answer is not None:
            answer = answer_of(answer, where)
        return text_of(fields, name, where), answer, others(fields, name, "answer")


@dataclass(frozen=True)
class Gsm8kRecords(TextRecords):
    """GSM8K: ``question``, and ``answer`` whose last line is ``#### 42``. Not from a paper.

    The answer is the number behind the mark, without thousands separators; the worked solution becomes ``solution``,
    without the calculator's ``<<...>>`` marks. Score with ``MathAccuracy``.
    """

    ending: str = "\n\nPut your final answer in \\boxed{}."

    @staticmethod
    def read(fields: Mapping[str, Any], where: str) -> Parts:
        """Give question, answer and record; see ``TextRecords.read``."""
        question, worked = text_of(fields, "question", where), text_of(fields, "answer", where)
        solution, mark, last = worked.rpartition("####")
        answer = last.strip().replace(",", "").removeprefix("$")
        if not mark or not answer or "\n" in answer:
            raise DataError(f"{where}: field 'answer' has no last line such as '#### 42' with the final answer")
        kept = others(fields, "question", "answer") | {"solution": without_calculator(solution).strip()}
        return question, answer, kept


@dataclass(frozen=True)
class MathRecords(TextRecords):
    r"""MATH and MATH-500: ``problem`` and ``solution`` with a last ``\boxed{...}``, or ``answer``. Not from a paper.

    ``level`` ("Level 3" or 3) becomes a number, None where it has none; ``type`` and ``subject`` become ``subject``.
    Score with ``MathAccuracy``.
    """

    ending: str = "\n\nPut your final answer in \\boxed{}."

    @staticmethod
    def read(fields: Mapping[str, Any], where: str) -> Parts:
        """Give question, answer and record; see ``TextRecords.read``."""
        question, answer = text_of(fields, "problem", where), fields.get("answer")
        if answer in (None, ""):
            answer = last_boxed(text_of(fields, "solution", where))
        if not answer:
            raise DataError(f"{where}: neither a field 'answer' nor a closed \\boxed{{...}} in 'solution'")
        kept = others(fields, "problem", "answer", "level", "type", "subject")
        kept |= {"level": level_of(fields.get("level"), where), "subject": fields.get("subject", fields.get("type"))}
        return question, answer_of(answer, where), kept


@dataclass(frozen=True)
class IfevalRecords(TextRecords):
    """IFEval, arXiv:2311.07911: ``prompt``, ``instruction_id_list`` and ``kwargs``, one for each instruction.

    There is no gold answer; instructions are checked by rule. ``kwargs`` are made of the arguments that are set, an
    object for each instruction.
    """

    ids: ClassVar[tuple[str, ...]] = ("id", "key")

    @staticmethod
    def read(fields: Mapping[str, Any], where: str) -> Parts:
        """Give question, answer and record; see ``TextRecords.read``."""
        names = fields.get("instruction_id_list")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            raise DataError(f"{where}: field 'instruction_id_list' is {names!r}, expected a list of instruction names")
        given = fields.get("kwargs", [{}] * len(names))
        if not isinstance(given, list) or len(given) != len(names):
            num = len(given) if isinstance(given, list) else repr(given)
            raise DataError(
                f"{where}: field 'kwargs' has {num} entries for {len(names)} instructions; expected as many"
            )
        if not all(entry is None or isinstance(entry, dict) for entry in given):
            raise DataError(f"{where}: an entry of 'kwargs' is no object, expected the arguments of an instruction")
        arguments = [{name: value for name, value in (entry or {}).items() if value is not None} for entry in given]
        return text_of(fields, "prompt", where), None, others(fields, "prompt") | {"kwargs": arguments}


def text_of(fields: Mapping[str, Any], name: str, where: str) -> str:
    """Give a text that must be there.

    Raises:
        DataError: it is missing, empty or no text.
    """
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        has = ", ".join(list(fields)[:8]) or "none"
        raise DataError(f"{where}: field {name!r} is {value!r}, expected a text that is not empty; its fields: {has}")
    return value


def answer_of(value: Any, where: str) -> str:
    """Give an answer as text.

    Raises:
        DataError: it is neither text nor a number, or empty.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where}: field 'answer' is {value!r}, expected a text or a number that is the right answer")
    return value.strip()


def others(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Give all fields but these."""
    return {name: value for name, value in fields.items() if name not in names}


def without_calculator(text: str) -> str:
    """Take out the calculator's marks.

    >>> without_calculator("He has 3*4=<<3*4=12>>12 eggs.")
    'He has 3*4=12 eggs.'
    """
    kept, *rest = text.split("<<")
    return kept + "".join(part.partition(">>")[2] for part in rest)


def level_of(value: Any, where: str) -> int | None:
    """Read ``Level 3`` or 3; None for ``Level ?`` and where there is none.

    Raises:
        DataError: it is something else.
    """
    if value is None or (isinstance(value, str) and value.strip() in ("", "Level ?")):
        return None
    digits = str(value).removeprefix("Level ")
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) < 4):
        raise DataError(f"{where}: field 'level' is {value!r}, expected a number or a text such as 'Level 3'")
    return int(digits)
