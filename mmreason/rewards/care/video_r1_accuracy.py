"""Right or wrong by the type of the question, as Video-R1 and its descendants score."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from mmreason.parsing.spans import find_spans
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.error_rate import error_rate, from_error
from mmreason.rewards.rouge import rouge
from mmreason.types import Completion, Task

Kind = Literal["multiple choice", "numerical", "OCR", "free-form", "regression"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NAN = float("nan")
SMALL = 1e-9
"""Keeps a regression with gold 0 finite."""


def kind_of(record: Mapping[str, Any]) -> Kind:
    """Give the type of a question: Video-R1's own ``type``, else by the type of its answer; a letter is compared.

    >>> kind_of({"type": "OCR"}), kind_of({"answer_type": "number"}), kind_of({"type": "hobbies"})
    ('OCR', 'numerical', 'multiple choice')
    """
    if record.get("type") in KINDS:
        return cast(Kind, record["type"])
    by_answer: dict[str, Kind] = {"number": "numerical", "text": "free-form"}
    return by_answer.get(str(record.get("answer_type")), "multiple choice")


def tagged(text: str) -> str | None:
    """Give what stands in the last answer tag, without white space around it; None without a tag."""
    spans = find_spans(text, "answer")
    return text[slice(*spans[-1])].strip() if spans else None


def same_number(said: str, gold: str) -> float:
    """Give 1 where both are numbers that are equal to two decimals, and both or neither have a point or comma.

    >>> same_number("3.14", "3.141"), same_number("3.0", "3"), same_number("about 3", "3")
    (1.0, 0.0, 0.0)
    """
    a, b = as_number(said), as_number(gold)
    if a is None or b is None or _is_broken(said) != _is_broken(gold):
        return 0.0
    return float(round(a, 2) == round(b, 2))


def nearness(said: str, gold: str) -> float:
    """Give 1 less the relative error, at least 0; an answer that is no number gives 0.

    >>> round(nearness("9", "10"), 6), nearness("-5", "10")
    (0.9, 0.0)
    """
    a, b = as_number(said), as_number(gold)
    return 0.0 if a is None or b is None else 1 - min(1.0, (abs(a - b) + SMALL) / (abs(b) + SMALL))


def as_number(text: str) -> float | None:
    """Read a plain finite number, commas taken as separators of thousands."""
    try:
        value = float(text.replace(",", "")) if len(text) < 100 else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _is_broken(text: str) -> bool:
    return "." in text or "," in text


@dataclass(frozen=True)
class VideoR1Accuracy(CompletionReward):
    """Accuracy by problem type, Video-R1 (arXiv:2503.21776), as GRPO-CARE (arXiv:2506.16141) uses it; 0 to 1.

    Only what stands in the last answer tag counts; without one the answer is wrong. Multiple choice: the very letters.
    Numerical: ``same_number``. OCR: 1 less the word error rate. Free-form: mean of ROUGE-1, -2 and -L, without
    stemming. Regression: ``nearness``. NaN for a task without a gold answer.
    """

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        gold, said = task.answer, tagged(completion.text)
        if gold is None:
            return NAN
        return 0.0 if not said else judge(kind_of(task.record), said, gold.strip())


def judge(kind: Kind, said: str, gold: str) -> float:
    """Compare an answer with the gold one by the rule of its type."""
    if kind == "numerical":
        return same_number(said, gold)
    if kind == "OCR":
        return from_error(error_rate(said, gold))
    if kind == "free-form":
        return rouge(said, gold, ("1", "2", "L"))
    if kind == "regression":
        return nearness(said, gold)
    return float(said == gold)
