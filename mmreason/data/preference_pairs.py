"""Preference pairs from JSONL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mmreason.data.media_check import MediaCheck
from mmreason.data.preference_schemas import PROMPTS, SIDES, pair_of
from mmreason.data.records import BadRecord, OnBadRecord, Record, collect, walk_records
from mmreason.errors import DataError
from mmreason.types import Task
from vision_data.messages import from_qwen

MEDIA = {"images": ("images", "image"), "videos": ("videos", "video")}
RESERVED = {"id", "system", *PROMPTS, *(n for names in (*SIDES.values(), *MEDIA.values()) for n in names)}
"""Fields with a meaning of their own; all others go to the task's record."""


@dataclass(frozen=True)
class PreferencePairs:
    """Reads lines such as ``{"prompt": "<image>How many?", "images": ["a.png"], "chosen": "3", "rejected": "4"}``.

    Other ways to write a pair are read too, see ``preference_schemas.pair_of``. ``images`` and ``videos`` take the
    places of ``<image>`` and ``<video>`` in the prompt, or come first where there are none. The task's record has
    ``chosen`` and ``rejected`` as texts, and all further fields.

    Args:
        path: JSONL file, or a JSON file with a list.
        on_bad_record: ``stop`` at the first bad record, or ``skip`` and list them.
        root: folder to which paths of media belong; None is the folder of the file.
        decode: decode every distinct picture while reading.
    """

    path: str | Path
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
            DataError: an answer or the prompt is missing, or both answers are equal.
            MediaError: a medium is missing or damaged, or places and media differ in number.
        """
        fields = record.fields()
        messages, chosen, rejected = pair_of(fields)
        if chosen.strip() == rejected.strip():
            raise DataError(f"'chosen' and 'rejected' are equal ({chosen.strip()[:40]!r}); nothing is preferred")
        root = record.path.parent if self.root is None else Path(self.root)
        prompt = from_qwen(messages, root, **{kind: media(fields, names) for kind, names in MEDIA.items()})
        check(prompt)
        rest = {name: value for name, value in fields.items() if name not in RESERVED}
        return Task(
            id=str(fields.get("id", f"{record.path.stem}-{record.number}")),
            prompt=prompt,
            record=rest | {"chosen": chosen, "rejected": rejected},
        )


def media(fields: dict[str, object], names: tuple[str, ...]) -> list[object]:
    """Media of a record's column, one or many."""
    found = next((fields[name] for name in names if fields.get(name)), [])
    return found if isinstance(found, list) else [found]
