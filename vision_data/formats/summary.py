"""What a data set holds, in numbers: kinds of questions and answers, media, fields, broken records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from vision_data.formats.record import ChoiceSet, Number, Record, Rejected
from vision_data.media import Image
from vision_data.messages import media_of, text_of

_SHOWN = 8


@dataclass
class Summary:
    """Counts over a data set, added to one by one.

    Attributes:
        num: good records.
        bad: the rows that cannot be used.
        types: problem types and how often each comes.
        answer_types: likewise, ``none`` where there is no answer.
        answers: choices, sets, and short texts, and how often each comes.
        options: numbers of options.
        media: pictures, videos and lists of frames shown in a record, such as ``2 images``.
        fields: further fields, and in how many records each is.
        numbers: smallest and largest answer that is a number, or None.
        words: shortest and longest question, in words.
    """

    num: int = 0
    bad: list[Rejected] = field(default_factory=list)
    types: Counter[str] = field(default_factory=Counter)
    answer_types: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    options: Counter[int] = field(default_factory=Counter)
    media: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    numbers: tuple[float, float] | None = None
    words: tuple[int, int] | None = None

    def add(self, item: Record | Rejected) -> None:
        """Count one."""
        if isinstance(item, Rejected):
            self.bad.append(item)
            return
        self.num += 1
        self.types[item.problem_type or "not told"] += 1
        self.options[len(item.options)] += 1
        self.media[media_told(item)] += 1
        self.fields.update(item.extra.keys())
        length = len(text_of(item.messages).split())
        self.words = _span(self.words, length)
        self._answer(item)

    def _answer(self, item: Record) -> None:
        gold = item.gold
        self.answer_types["none" if gold is None else gold.kind] += 1
        if isinstance(gold, Number):
            self.numbers = _span(self.numbers, gold.value)
        if gold is None or len(gold.text) > 40:
            return
        if isinstance(gold, ChoiceSet) and not gold.letters:
            self.answers["no option"] += 1
        elif len(self.answers) < 10_000 or gold.text in self.answers:
            self.answers[gold.text] += 1

    def common_answers(self) -> list[tuple[str, int]]:
        """The answers that come most often; one that comes far too often can be guessed."""
        return sorted(self.answers.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN]

    def report(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "good": self.num,
            "bad": [{"where": item.where, "reason": item.reason} for item in self.bad],
            "types": _sorted(self.types),
            "answer_types": _sorted(self.answer_types),
            "common_answers": dict(self.common_answers()),
            "options": {str(num): count for num, count in sorted(self.options.items())},
            "media": _sorted(self.media),
            "fields": _sorted(self.fields),
            "numbers": None if self.numbers is None else list(self.numbers),
            "words": None if self.words is None else list(self.words),
        }


def media_told(record: Record) -> str:
    """Say what a record shows: ``1 image``, ``1 image, 2 videos``, ``text only``."""
    media = media_of(record.messages)
    images = sum(isinstance(medium, Image) for medium in media)
    counts = {"image": images, "video": len(media) - images}
    told = [f"{num} {kind}{'s' if num > 1 else ''}" for kind, num in counts.items() if num]
    return ", ".join(told) or "text only"


def _span(span: Any, value: float) -> Any:
    return (value, value) if span is None else (min(span[0], value), max(span[1], value))


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])))
