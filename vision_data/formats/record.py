"""The neutral record: what every format is read into, and what was refused on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from vision_data.messages import Prompt
from vision_data.spaces import System

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True)
class Choice:
    """One letter of the options.

    Attributes:
        letter: ``A``, ``B``, ...
        raw: the answer as it stood in the file.
    """

    letter: str
    raw: str = ""
    kind: ClassVar[str] = "choice"

    @property
    def text(self) -> str:
        """What a perfect completion says."""
        return self.letter


@dataclass(frozen=True)
class ChoiceSet:
    """Several letters, all of which and no other are right.

    Attributes:
        letters: ascending, each once; empty where none of the options is right.
        raw: the answer as it stood in the file.
    """

    letters: tuple[str, ...]
    raw: str = ""
    kind: ClassVar[str] = "set"

    @property
    def text(self) -> str:
        """What a perfect completion says: ``A,C``."""
        return ",".join(self.letters)


@dataclass(frozen=True)
class Number:
    """A finite number.

    Attributes:
        value: the number.
        text: how it is written, unit and thousands separators included.
        raw: the answer as it stood in the file.
    """

    value: float
    text: str
    raw: str = ""
    kind: ClassVar[str] = "number"


@dataclass(frozen=True)
class Text:
    """Words.

    Attributes:
        text: the answer without tags.
        raw: the answer as it stood in the file.
        others: further answers that are as right.
    """

    text: str
    raw: str = ""
    others: tuple[str, ...] = ()
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Boxes:
    """Places in the picture.

    Attributes:
        boxes: left, top, right, bottom of each, in ``space``.
        space: what the coordinates count, see ``vision_data.spaces``.
        raw: the answer as it stood in the file.
    """

    boxes: tuple[Box, ...]
    space: System
    raw: str = ""
    kind: ClassVar[str] = "boxes"

    @property
    def text(self) -> str:
        """What a perfect completion says: a JSON list of boxes."""
        return json.dumps([[int(edge) if edge == int(edge) else edge for edge in box] for box in self.boxes])


@dataclass(frozen=True)
class Code:
    """A program, or data in a formal language such as the JSON of an action.

    Attributes:
        text: the code.
        language: ``python``, ``json``, ...
        raw: the answer as it stood in the file.
    """

    text: str
    language: str
    raw: str = ""
    kind: ClassVar[str] = "code"


Gold = Choice | ChoiceSet | Number | Text | Boxes | Code
KINDS = tuple(kind.kind for kind in (Choice, ChoiceSet, Number, Text, Boxes, Code))


@dataclass(frozen=True)
class FrameMarks:
    """Which frames of a video a record means, by number and by time, never by count alone.

    Attributes:
        indices: numbers of the frames in the video, ascending.
        timestamps: seconds since the first frame of the video, one each.
    """

    indices: tuple[int, ...]
    timestamps: tuple[float, ...]


@dataclass(frozen=True)
class Meta:
    """Where a record comes from.

    Attributes:
        format: name of the format it was read as.
        path: the file.
        number: its number in the file, from 1; the parts of one row share it.
        where: file and line or row, as errors name it.
        id: what the file calls it, or made of file name and number.
    """

    format: str
    path: Path
    number: int
    where: str
    id: str


@dataclass(frozen=True)
class Record:
    """One question of a data set.

    Attributes:
        messages: what is asked, with images and videos in their places; options included where there are any.
        gold: the right answer, or None where the file has none.
        meta: where it comes from.
        options: the texts of the options without letters; the first is ``A``.
        problem_type: what the file calls the kind of question; empty for nothing.
        frames: for each video in the messages its frames where the file tells them, else None.
        hint: the question with a hint in it, or None.
        peer: id of a twin record, or None.
        extra: every other field of the row, in values that JSON knows.
    """

    messages: Prompt
    gold: Gold | None
    meta: Meta
    options: tuple[str, ...] = ()
    problem_type: str = ""
    frames: tuple[FrameMarks | None, ...] = ()
    hint: Prompt | None = None
    peer: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rejected:
    """A row that could not be used; it is listed and never replaced by another.

    Attributes:
        where: file and line or row.
        reason: one line that begins with ``where``.
    """

    where: str
    reason: str
