"""Our own plain format: one JSON object a line, that becomes a task as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmreason.data.media_check import MediaCheck
from mmreason.data.records import BadRecord, OnBadRecord, Record, collect, walk_records
from mmreason.errors import DataError
from mmreason.types import Task
from vision_data.messages import Prompt, from_qwen

RESERVED = ("id", "prompt", "messages", "images", "videos", "answer", "hint", "peer")
"""Fields with a meaning of their own; all others go to the task's record."""


@dataclass(frozen=True)
class TaskJsonl:
    """Reads lines such as ``{"id": "k1", "prompt": "<image>How many?", "images": ["a.png"], "answer": "3"}``.

    A prompt is ``prompt`` (what the user says) or ``messages`` (role and content, qwen-style). ``images`` and
    ``videos`` take the places of ``<image>`` and ``<video>`` in order, or come first where there are none; without
    media these words are ordinary text. ``answer`` is text or a number, or a list of them, of which the first is the
    task's answer. ``hint`` is a prompt as ``prompt`` is, ``peer`` the id of a twin. Other fields go to the record.

    Args:
        path: JSONL file, or a JSON file with a list.
        answer: Whether every record must have one.
        on_bad_record: ``stop`` at the first bad record, or ``skip`` and list them.
        root: Folder to which paths of media belong; None is the folder of the file.
        decode: Decode every distinct picture while reading, so that damaged ones are found before training.
    """

    path: str | Path
    answer: bool = True
    on_bad_record: OnBadRecord = "stop"
    root: str | Path | None = None
    decode: bool = False

    def load(self) -> tuple[list[Task], list[BadRecord]]:
        """Read the whole file; see ``records.collect`` for what is raised."""
        return collect(self.path, self.walk(MediaCheck(self.decode)), self.on_bad_record)

    def walk(self, check: MediaCheck) -> Iterator[Task | BadRecord]:
        """Give every task, or what is wrong with its record; ``check`` looks at its media."""
        return walk_records(self.path, lambda record: self.build(record, check))

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read the whole file, as a source does; nothing is written to ``home``."""
        return self.load()

    def build(self, record: Record, check: MediaCheck) -> Task:
        """Give the task of a record.

        Raises:
            DataError: if a field is missing or wrong.
            MediaError: if a medium is missing or damaged, or places and media differ in number.
        """
        fields, where = record.fields(), record.where
        root = record.path.parent if self.root is None else Path(self.root)
        hint, peer = fields.get("hint"), fields.get("peer")
        prompt = _prompt(fields, root, where)
        told = None if hint is None else _prompt({**fields, "prompt": hint, "messages": None}, root, where)
        for asked in (prompt, told):
            check(asked or (), None if self.root is None else root)
        return Task(
            id=str(fields.get("id", f"{record.path.stem}-{record.number}")),
            prompt=prompt,
            answer=_answer(fields.get("answer"), self.answer, where),
            hint=told,
            peer=None if peer is None else str(peer),
            record={name: value for name, value in fields.items() if name not in RESERVED},
        )


def _prompt(fields: Mapping[str, Any], root: Path, where: str) -> Prompt:
    text, messages = fields.get("prompt"), fields.get("messages")
    if (text is None) == (messages is None):
        given = "neither" if text is None else "both"
        raise DataError(f"{where}: expected one of the fields 'prompt' and 'messages', got {given}")
    if isinstance(text, str) and text.strip():
        messages = [{"role": "user", "content": text}]
    if not isinstance(messages, list) or not messages:
        raise DataError(f"{where}: 'prompt' must be a text that is not empty, 'messages' a list of role and content")
    media = {name: fields.get(name) or [] for name in ("images", "videos")}
    for name, value in media.items():
        if not isinstance(value, list):
            raise DataError(f"{where}: field {name!r} is a {type(value).__name__}, expected a list of paths")
    return from_qwen(messages, root, **media)


def _answer(value: Any, needed: bool, where: str) -> str | None:
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, int | float) and not isinstance(first, bool):
        return str(first)
    if isinstance(first, str) and first.strip():
        return first
    if first in (None, "") and not needed:
        return None
    raise DataError(f"{where}: field 'answer' is {value!r}, expected a text or a number that is the right answer")
