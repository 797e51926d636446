"""A second answer after the same reasoning, once the options stand in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from mmreason.asks import POLICY, Generate, Role, Sampling, Tokenise
from mmreason.parsing.choice import LETTERS, read_choices
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.seeds import seed_of
from mmreason.shown import Shown
from mmreason.signals import Probe, Signal
from mmreason.types import Batch, Completion, Group, Progress, Task
from vision_data.errors import MediaError
from vision_data.messages import Prompt
from vision_data.prompts import (
    MultipleChoice,
    Rearranged,
    redact_letters,
    reorder,
    rewrite_question,
    shuffle_options,
    why_fixed,
)
from vision_data.prompts.shuffle import Letters


class Shuffled(NamedTuple):
    """A question with its options in another order."""

    prompt: Prompt
    change: Rearranged


def options_named(text: str, options: Sequence[str]) -> tuple[int, ...]:
    """Give the positions of the options that a completion answers with, ascending; nothing where a part is unclear.

    Options are told apart by position, so two of the same text are two.

    >>> options_named("<think>Hm.</think><answer> B. dog </answer>", ("cat", "dog")), options_named("A", ("cat", "dog"))
    ((1,), ())
    """
    found = read_choices(parse_think_answer(text).answer or "", options)
    named = tuple(sorted({place for place in found if place is not None}))
    return named if found and None not in found else ()


def question_of(task: Task) -> MultipleChoice | None:
    """Read options and right ones of a task; None where it has none that can be shuffled.

    The record's ``options`` are the texts, its ``question``, if there is one, the question; the task's answer is
    letters or the text of an option.
    """
    options, question = task.record.get("options"), task.record.get("question", "")
    if not isinstance(options, list | tuple) or not task.answer or not isinstance(question, str):
        return None
    try:
        return MultipleChoice.of(question, options, task.answer)
    except MediaError:
        return None


def marks(named: Sequence[int], num: int) -> Tensor:
    """[num] 1 at the options named."""
    out = torch.zeros(num, dtype=torch.float64)
    out[list(named)] = 1.0
    return out


@dataclass(frozen=True)
class OptionShuffle(Signal["tuple[int, ...] | None"]):
    """For each new position of an option the old one, one order a group and step, ACRE (arXiv:2510.10104).

    The right letters always change. None for a task without options, with options that must stay in place or that the
    prompt does not show as lines with letters; ``CanShuffle`` tells for how many. The order depends on ``seed``, stage,
    step and task alone.

    Args:
        seed: Of the orders.
        letters: What becomes of letters in questions and options, see ``vision_data.prompts.shuffle``.
    """

    seed: int = 0
    letters: Letters = "refuse"
    per_completion: ClassVar[bool] = False

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[tuple[int, ...] | None]:
        """One per group."""
        views = [self.shuffled(group.task, batch.progress) for group in batch.groups]
        return [view and view.change.order for view in views]

    def view(self, group: Group) -> Shuffled | None:
        """Give the group's task in its order; None for a group of nobody too."""
        order, question = group[self] if len(group) else None, question_of(group.task)
        if order is None or question is None:
            return None
        change = reorder(question, order, self.letters)
        return Shuffled(rewrite_question(group.task.prompt, change), change)

    def shuffled(self, task: Task, at: Progress) -> Shuffled | None:
        """Shuffle one task."""
        question = question_of(task)
        if question is None or why_fixed(question, self.letters):
            return None
        change = shuffle_options(question, seed_of(self.seed, "shuffle", at.stage, at.step, task.id), self.letters)
        try:
            return Shuffled(rewrite_question(task.prompt, change), change)
        except MediaError:  # the options are not shown, or not as lines with letters
            return None


@dataclass(frozen=True)
class ForcedReasoning(Probe["list[Tensor]", Completion]):
    """[T] tokens of each completion's reasoning and the opening of an answer: what ACRE's second pass goes on from.

    That is ``<think> t </think><answer>``, arXiv:2510.10104, without its last character where that is a token alone:
    tokenizers join it with the letter that follows, and a policy that learned ``>A`` does not write ``A`` after ``>``.
    Empty where there is nothing to go on from: no think block that is closed, or options that cannot be shuffled.

    Args:
        shuffle: Where the options go.
        redact: Take letters of options out of the reasoning first, so that it must carry the answer in words.
        by: Whose tokens.
    """

    shuffle: OptionShuffle = OptionShuffle()
    redact: bool = False
    by: Role = POLICY

    def ask(self, group: Group, batch: Batch) -> list[Tokenise]:
        """One text per completion with reasoning."""
        if not len(group) or group[self.shuffle] is None:
            return []
        texts = [self.text(c) for c in group.completions]
        return [Tokenise(self.by, text, end=False, wrote=False) for text in texts if text]

    def read(self, group: Group, replies: Sequence[Completion]) -> list[Tensor]:
        """In the order of the completions."""
        found = iter(replies)
        none = torch.zeros(0, dtype=torch.long)
        return [open_ended(next(found)) if replies and self.text(c) else none for c in group.completions]

    def text(self, c: Completion) -> str:
        """What is forced; empty where the think block is missing or never ends."""
        thought = parse_think_answer(c.text).think
        if thought is None or "</think>" not in c.text:
            return ""
        thought = thought.replace("<|", "< |")  # spelled out by the policy, it would be read as a special token
        return f"<think>{redact_letters(thought) if self.redact else thought}</think><answer>"


def open_ended(forced: Completion) -> Tensor:
    """Its tokens, the last one left to the policy if it is the bracket alone that closes the tag."""
    alone = len(forced.offsets) > 1 and forced.text[forced.offsets[-2] :] == ">"
    return forced.tokens[:-1] if alone else forced.tokens


@dataclass(frozen=True)
class ShuffledPass(Probe[Tensor, "list[Completion]"]):
    """[G, options] ACRE's second answers (arXiv:2510.10104): 1 at each option named, in the original order.

    The policy is shown the shuffled options, is given each completion's own reasoning and writes the answer alone,
    greedily. All second passes of a step go in one call: a prompt is run once for its group, and its media are neither
    read nor encoded again. Zeros where nothing was asked or the answer cannot be read; [G, 0] for a task whose options
    cannot be shuffled.

    Args:
        reasoning: What it goes on from.
        limit: New tokens at most.
        by: Who answers.
    """

    reasoning: ForcedReasoning = ForcedReasoning()
    limit: int = 9
    by: Role = POLICY

    @property
    def shuffle(self) -> OptionShuffle:
        """Where the options go."""
        return self.reasoning.shuffle

    def ask(self, group: Group, batch: Batch) -> list[Generate]:
        """One short continuation per completion with reasoning."""
        view = self.shuffle.view(group)
        if view is None:
            return []
        how = Sampling(temperature=0.0, stop=("</answer>",))
        starts = [forced(tokens) for tokens in group[self.reasoning] if len(tokens)]
        return [Generate(self.by, view.prompt, after=start, limit=self.limit, sampling=how) for start in starts]

    def read(self, group: Group, replies: Sequence[list[Completion]]) -> Tensor:
        """Letters back to where their options stood."""
        view = self.shuffle.view(group)
        if view is None:
            return torch.zeros(len(group), 0, dtype=torch.float64)
        found, options = iter(replies), view.change.question.options
        texts = [next(found)[0].text if len(tokens) else "" for tokens in group[self.reasoning]]
        return torch.stack([marks(view.change.old(options_named(text, options)), len(options)) for text in texts])

    def shown(self, group: Group, i: int) -> Shown | None:
        """The options as they stood, and which were named before and after."""
        view = self.shuffle.view(group)
        if view is None:
            return None
        named = group[self][i] > 0
        first = options_named(group.completions[i].text, view.change.original.options)
        rows = [
            (
                LETTERS[new],
                LETTERS[old],
                view.change.original.options[old],
                "x" * (old in first),
                "x" * bool(named[old]),
            )
            for new, old in enumerate(view.change.order)
        ]
        again = ", ".join(LETTERS[new] for new, old in enumerate(view.change.order) if named[old])
        return Shown(
            kind="second_pass",
            title="Second answer after the same thought, options shuffled",
            text=again or "no answer",
            table=(("now", "was", "option", "first answer", "second answer"), *rows),
            agrees=tuple(named.nonzero().flatten().tolist()) == first if first and again else None,
        )


def forced(tokens: Tensor) -> Completion:
    """Tokens as the beginning of a completion that the policy did not write."""
    none = torch.zeros(len(tokens), dtype=torch.bool)
    return Completion(text="", tokens=tokens, logprobs=torch.zeros(len(tokens)), wrote=none)
