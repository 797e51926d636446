"""HPD v2 (arXiv:2306.09341), and plain pairs: human preference between pictures made for one prompt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.adapters.preference import OPTIONS, asked, pairs_of
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, text
from vision_data.formats.record import Record
from vision_data.formats.row import Row

_PATHS = ("file_path", "image_path")


class Hpd(Format):
    """``{"prompt", "file_path": [a, b], "human_preference": [1, 0]}``; test rows: ``image_path`` and ``rank``.

    Each pair of pictures that are not ranked the same is a question of its own, with ``preference`` 1 or 2. Rows
    with ``image_1``, ``image_2`` and ``preference`` are read too. Bare names are looked for in ``train`` and ``test``.
    """

    name: ClassVar[str] = "hpd"
    title: ClassVar[str] = "HPD v2 JSON"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("prompt"),
        Mark(
            "human_preference or rank with file_path or image_path (lists), or image_1, image_2 and preference",
            lambda row: _is_ranked(row) or _is_pair(row),
            weight=3,
        ),
    )

    def split(self, row: Row) -> Iterable[Row]:
        """One for each pair."""
        fields = row.fields()
        if _is_pair(fields):
            ranks: Any = [1, 2] if str(fields["preference"]) == "1" else [2, 1]
            if str(fields["preference"]) not in ("1", "2"):
                raise MediaError(f"field 'preference' is {fields['preference']!r}, expected 1 or 2")
            pair: Any = [fields["image_1"], fields["image_2"]]
            return pairs_of(row, pair, ranks, _rest(fields, "image_1", "image_2", "preference"))
        paths = next((fields[name] for name in _PATHS if isinstance(fields.get(name), list)), None)
        chosen = fields.get("human_preference")
        ranks = fields.get("rank")
        if isinstance(chosen, list):
            if not all(mark in (0, 1) for mark in chosen):
                raise MediaError(f"field 'human_preference' is {str(chosen)[:60]}, expected a list of 0 and 1")
            ranks = [1 - int(mark) for mark in chosen]
        return pairs_of(row, paths, ranks, _rest(fields, *_PATHS, "human_preference", "rank"))

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        paths = [_place(path, folder) for path in fields.get("pair") or ()]
        gold = gold_of("AB"[int(fields["preference"]) - 1], options=OPTIONS, expected="choice")
        prompt = asked(words(fields, "prompt"), paths, folder)
        return self.record(
            row, prompt, gold, used=("prompt", "pair", "id"), id=None if row.part else fields.get("id"),
            options=OPTIONS, problem_type="preference", more={"description": fields.get("prompt")},
        )  # fmt: skip


def _is_pair(fields: Mapping[str, Any]) -> bool:
    return all(fields.get(name) is not None for name in ("image_1", "image_2", "preference"))


def _is_ranked(fields: Mapping[str, Any]) -> bool:
    ranked = isinstance(fields.get("human_preference"), list) or isinstance(fields.get("rank"), list)
    return ranked and any(isinstance(fields.get(name), list) for name in _PATHS)


def _rest(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _place(path: Any, folder: Folder) -> Any:
    if not isinstance(path, str):
        return path
    return folder.first(f"train/{path}", f"test/{path}", path)
