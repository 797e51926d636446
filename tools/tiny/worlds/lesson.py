"""The form of every world's lessons: pictures, what their cells show, and many questions with worked answers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from transformers import Qwen2_5_VLProcessor

from mmreason.data.reasonmap import SYSTEM
from tools.tiny.packed import AIMING, NAMING, Bucket

_MARK = "@@"
Look = tuple[int, int, int]
"""Layer, the end of a character in the answer, counted from 1, and a cell, counted over all pictures."""
Link = tuple[int, int, int]
"""Layer, and the ends of two characters, of which the first looks at the second: in the answer, counted from 1, or in
the question, less its length (so that 0 is its last)."""


@dataclass(frozen=True)
class Asked:
    """A question and its worked answer.

    Attributes:
        question: what stands after the pictures.
        answer: of the teacher.
        looks: where the first heads of the taught layers look, for characters of the answer.
        links: the same between characters.
    """

    question: str
    answer: str
    looks: tuple[Look, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """One example of a world.

    Attributes:
        pictures: [rows, columns, 3] bytes each, all of one size, both sides multiples of 28.
        shown: for each cell, over all pictures, the words that it shows; None where a cell shows a part of something.
        seen: for each picture, words that some cell of it shows and nobody knows which.
        asked: questions with answers.
    """

    pictures: Sequence[np.ndarray[Any, Any]]
    shown: Sequence[frozenset[str] | None]
    asked: Sequence[Asked]
    seen: Sequence[frozenset[str]] = field(default=())


class World(Protocol):
    """Pictures of one size with questions about them."""

    name: str
    content: tuple[str | None, ...]
    """What stands before the question; None is a picture."""
    grid: tuple[int, int]
    """Rows and columns of cells of a picture."""
    words: tuple[str, ...]
    """All that a cell may show."""
    moods: tuple[str, ...]
    """All that a picture as a whole may show."""

    def lesson(self, seed: int) -> Lesson:
        """The lesson of a seed."""
        ...


@dataclass(frozen=True)
class Segment:
    """Token ids of a question with its answer; how many are the question's; where heads look, [3, ids]."""

    ids: list[int]
    first: int
    looks: Tensor


class Writer:
    """Turns the lessons of a world into tokens."""

    def __init__(self, processor: Qwen2_5_VLProcessor, world: World) -> None:
        """Split the chat template's text at the question."""
        self.tokenizer = processor.tokenizer
        parts: list[dict[str, Any]] = [
            {"type": "image"} if part is None else {"type": "text", "text": part} for part in world.content
        ]
        messages = [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": [*parts, {"type": "text", "text": "\n" + _MARK}]},
        ]
        text: str = processor.apply_chat_template(messages, add_generation_prompt=True)
        before, self.after = text.split("\n" + _MARK)
        pad, cells = processor.image_token, world.grid[0] * world.grid[1]
        self.prefix = torch.tensor(self.tokenizer(before.replace(pad, pad * cells)).input_ids)
        self.cells = [at for at, token in enumerate(self.prefix.tolist()) if token == processor.image_token_id]

    def segment(self, asked: Asked) -> Segment:
        """Ids of question and answer with its end token."""
        head, told = "\n" + asked.question + self.after, asked.answer + "<|im_end|>"
        one, two = (self.tokenizer(text, return_offsets_mapping=True) for text in (head, told))
        ids, first = [*one.input_ids, *two.input_ids], len(one.input_ids)
        told_at, asked_at = ([end for _, end in part.offset_mapping] for part in (two, one))

        def place(end: int) -> int:
            return (
                first + bisect_left(told_at, end) if end > 0 else bisect_left(asked_at, 1 + len(asked.question) + end)
            )

        looks = torch.full((3, len(ids)), -1)
        for layer, end, cell in asked.looks:
            looks[layer, place(end) - (layer == AIMING)] = self.cells[cell]
        for layer, end, to in asked.links:
            looks[layer, place(end) - (layer == AIMING)] = len(self.prefix) + place(to)
        return Segment(ids, first, looks)

    def buckets(self, lessons: Sequence[Lesson], num: int) -> list[Bucket]:
        """The segments of several lessons, as many of each, by length."""
        rows = [sorted(map(self.segment, lesson.asked), key=lambda s: len(s.ids)) for lesson in lessons]
        size = len(rows[0]) // num
        return [bucket([row[at * size : (at + 1) * size] for row in rows]) for at in range(num)]


def bucket(rows: Sequence[Sequence[Segment]]) -> Bucket:
    """Segments of equal number for each picture, padded."""
    longest = max(len(segment.ids) for row in rows for segment in row)
    ids = torch.zeros(len(rows), len(rows[0]), longest, dtype=torch.long)
    learn = torch.zeros_like(ids, dtype=torch.bool)
    looks = torch.full((3, *ids.shape), -1)
    for at, row in enumerate(rows):
        for number, segment in enumerate(row):
            end = len(segment.ids)
            ids[at, number, :end] = torch.tensor(segment.ids)
            learn[at, number, segment.first : end] = True
            looks[:, at, number, :end] = segment.looks
    return Bucket(ids, learn, looks)


def aims(match: re.Match[str], cell: int, named: bool = False) -> Iterator[Look]:
    """Let every character of a match be told from a cell; what names a thing also looks there once it is told."""
    for end in range(match.start() + 1, match.end() + 1):
        if not match.string[end - 1].isspace():
            yield AIMING, end, cell
            if named:
                yield NAMING, end, cell
