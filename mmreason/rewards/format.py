"""Whether an answer is in the form that was asked for, right or wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmreason.parsing.boxed import last_boxed
from mmreason.parsing.route import parse_route, parse_section
from mmreason.parsing.stations import normalise_station
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.reasonmap_accuracy import answer_text, read_plus
from mmreason.rewards.reasonmap_record import PLANNING, type_of
from mmreason.types import Completion, Task
from vision_data.messages import Message, text_of

ECHO = 20
"""Characters from which a message is long enough for a repetition of it to be a copy and not a coincidence."""


def without_echo(text: str, prompt: Sequence[Message]) -> str:
    """Take out the prompt's messages where a completion repeats them word by word: a copied form is no answer."""
    for message in prompt:
        said = text_of((message,)).strip()
        if len(said) >= ECHO and said in text:
            text = text.replace(said, "")
    return text


def route_is_well_formed(text: str, prompt: Sequence[Message] = ()) -> bool:
    """Say whether every part between ``--`` is a section of a route that goes somewhere.

    A section copied from the prompt (the form itself) or one that arrives where it leaves does not pass.
    """
    parts = [part for part in text.split("--") if part.strip()]
    copied = set(parse_route(text_of(prompt)))
    for part in parts:
        section = parse_section(part)
        if section is None or section in copied or not all((section.line, section.departure, section.arrival)):
            return False
        if normalise_station(section.departure) == normalise_station(section.arrival):
            return False
    return bool(parts)


@dataclass(frozen=True)
class BoxedFormat(CompletionReward):
    r"""1 where there is a ``\boxed{...}`` that is closed and not empty, else 0. Not from a paper."""

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        return float(bool((last_boxed(without_echo(completion.text, task.prompt)) or "").strip()))


@dataclass(frozen=True)
class ThinkAnswerFormat(CompletionReward):
    """1 where the completion is ``<think>...</think><answer>...</answer>`` and nothing else, else 0.

    As in DeepSeek-R1, arXiv:2501.12948. The answer must not be empty.

    Args:
        think: Name of the reasoning tag.
        answer: Name of the answer tag.
        opened: The prompt ends with the opening think tag, so the completion does not repeat it.
    """

    think: str = "think"
    answer: str = "answer"
    opened: bool = False

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        text = without_echo(completion.text, task.prompt)
        parts = parse_think_answer(text, self.think, self.answer, self.opened)
        return float(parts.well_formed and bool((parts.answer or "").strip()))


@dataclass(frozen=True)
class RouteFormat(CompletionReward):
    """1 where the whole answer is a route in the planning layout of ReasonMap, arXiv:2505.18675, else 0.

    Args:
        answer_tag: Look only at the inside of this tag; None looks at the whole text.
    """

    answer_tag: str | None = None

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        return float(route_is_well_formed(answer_text(completion.text, self.answer_tag), task.prompt))


@dataclass(frozen=True)
class ReasonMapFormat(CompletionReward):
    """RewardMap's R_format, arXiv:2510.02240: 1 where the answer is in the form its question type asks for, else 0.

    Planning: see ``RouteFormat``. Other types: a box with yes or no, a letter A to D, or an integer. The paper gives no
    magnitude, and the released code has no such term: on the code's scale (10 for a correct answer) use weight 1.

    Args:
        answer_tag: Look only at the inside of this tag; None looks at the whole text.
    """

    answer_tag: str | None = None

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        text = answer_text(completion.text, self.answer_tag)
        kind = type_of(task.record, f"task {task.id!r}")
        if kind == PLANNING:
            return float(route_is_well_formed(text, task.prompt))
        return float(last_boxed(text) is not None and read_plus(kind, text) is not None)
