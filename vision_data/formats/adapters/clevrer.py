"""CLEVRER (arXiv:1910.01442): questions about colliding objects, many to a video."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, whole, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, is_listing, listing
from vision_data.formats.options import LETTERS, with_options
from vision_data.formats.record import ChoiceSet, Gold, Record
from vision_data.formats.row import Row

_FOLDERS = (".", "videos", "video_train", "video_validation", "video_test")


class Clevrer(Format):
    """``{"scene_index", "video_filename", "questions": [{"question", "question_type", "answer" or "choices"}]}``.

    A descriptive question has a word or a number for an answer; the others have choices of which each is right or
    wrong, so that the answer is a set of letters, perhaps empty. The video is looked for beside the file, in
    ``videos`` and in the folders of the release.
    """

    name: ClassVar[str] = "clevrer"
    title: ClassVar[str] = "CLEVRER JSON"
    marks: ClassVar[tuple[Mark, ...]] = (
        has("video_filename"), listing("questions", "question", "question_type"),
    )  # fmt: skip

    def split(self, row: Row) -> Iterable[Row]:
        """One for each question of the video."""
        fields = row.fields()
        asked = fields.get("questions")
        if not is_listing(asked, ("question",)):
            raise MediaError("field 'questions' is missing, expected a list of objects with question")
        about = {name: value for name, value in fields.items() if name != "questions"}
        for number, question in enumerate(asked or (), 1):
            name = question.get("question_id", number)
            yield row.within(f"question {name}", {**about, **question})

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        choices = fields.get("choices")
        options: tuple[str, ...] = ()
        if choices:
            if not is_listing(choices, ("choice",)) or len(choices) > len(LETTERS):
                raise MediaError("field 'choices' is no list of at most 26 objects with choice")
            options = tuple(words(choice, "choice") for choice in choices)
        gold = _set(choices) if choices else gold_of(fields.get("answer"))
        question = with_options(words(fields, "question"), options)
        video = _video(words(fields, "video_filename"), folder)
        used = ("question", "question_id", "question_type", "answer", "id")
        scene = whole(fields, "scene_index") if "scene_index" in fields else row.number
        return self.record(
            row, folder.asked(question, (), [video]), gold, used=used, options=options,
            id=f"{scene}-{fields.get('question_id', row.part)}", problem_type=fields.get("question_type"),
        )  # fmt: skip


def _set(choices: list[Mapping[str, Any]]) -> Gold | None:
    """Letters of the choices that are right; None where the file (the test split) does not tell."""
    if all(choice.get("answer") is None for choice in choices):
        return None
    wrong = [choice.get("answer") for choice in choices if choice.get("answer") not in ("correct", "wrong")]
    if wrong:
        raise MediaError(f"a choice has the answer {wrong[0]!r}, expected correct or wrong")
    right = tuple(letter for letter, choice in zip(LETTERS, choices, strict=False) if choice["answer"] == "correct")
    return ChoiceSet(right, ",".join(str(choice["answer"]) for choice in choices))


def _video(name: str, folder: Folder) -> str:
    """Look where the release and people who unpack it put the videos; ten thousand of them to a folder."""
    number = "".join(mark for mark in name if mark.isdigit())
    bands = [f"video_{int(number) // 1000 * 1000:05d}-{int(number) // 1000 * 1000 + 1000:05d}"] if number else []
    places = [place if not band else f"{place}/{band}" for place in _FOLDERS for band in ("", *bands)]
    return folder.first(*(f"{place}/{name}" for place in places), name)
