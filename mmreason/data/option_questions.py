"""Questions with options in the form of a paper: how options are written, what is asked for, which frames are seen."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path

from mmreason.data.records import BadRecord
from mmreason.data.seed_bench_r1 import SUFFIXES
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError, RecipeError
from mmreason.rewards.care.video_r1_accuracy import kind_of
from mmreason.types import Task
from vision_data.errors import MediaError
from vision_data.frames import FrameSelector
from vision_data.media import Image, Video
from vision_data.messages import Part, Prompt
from vision_data.prompts import STYLES, Invert, MultipleChoice, Rearranged

THINK = "Write down your thinking between <think> and </think>, then the final answer between <answer> and </answer>"
SINGLE = f"{THINK}: the letter of the right option alone."
SEVERAL = f'{THINK}: the letters of all right options, separated by ",".'
OPEN = f"{THINK}."


@dataclass(frozen=True)
class OptionQuestions:
    """Tasks of another spec as TW-GRPO (arXiv:2505.24718) or ACRE (arXiv:2510.10104) asks them.

    Options are written in one style, and a line is added that asks for thought and answer in tags. The record gets
    ``question`` and ``options``, which shuffles of the options need, and ``multi`` (``single`` or ``multi``). Questions
    with options none of which is right are left out. A task without options is asked as it stands, or left out.

    Args:
        of: where the tasks come from.
        style: how the line of an option is written.
        single: the line added where one letter is wanted.
        several: the line added where several are right; the same as ``single`` does not tell how many there are.
        types: keep tasks whose record has one of these types; empty keeps all.
        open: keep tasks without options.
        invert: question-answer inversion of tasks with one right option; None for none.
        num: so many of them, drawn by ``seed``; None for all.
        seed: of that draw.
        frames: which frames of a video are shown; None leaves it to the spec.
        max_pixels: most pixels of a frame or picture; None leaves it to the spec.
    """

    of: TaskSpec
    style: str = STYLES[0]
    single: str = SINGLE
    several: str = SEVERAL
    types: tuple[str, ...] = ()
    open: bool = False
    invert: Invert | None = None
    num: int | None = None
    seed: int = 42
    frames: FrameSelector | None = None
    max_pixels: int | None = None

    def __post_init__(self) -> None:
        """Refuse a style in which options could not be found again."""
        if self.style not in STYLES or (self.num is not None and self.num < 1):
            raise RecipeError(
                f"OptionQuestions needs a style of {', '.join(map(repr, STYLES))} and num >= 1 or None, "
                f"got {self.style!r} and {self.num}"
            )

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read the spec and put its tasks into this form."""
        found, bad = self.of.load_tasks(home)
        tasks = []
        for task in found:
            if self.types and str(task.record.get("type")) not in self.types:
                continue
            try:
                made = self.asked(task)
            except MediaError as error:
                bad.append(BadRecord(task.where, f"{task.where or task.id}: {error}"))
                continue
            if made is not None:
                tasks.append(made)
        if self.num is not None and self.num < len(tasks):
            chosen = sorted(random.Random(self.seed).sample(range(len(tasks)), self.num))
            tasks = [tasks[i] for i in chosen]
        if not tasks:
            raise DataError(
                f"{self.of!r} has no usable question of {', '.join(self.types) or 'any type'} among {len(found)} tasks"
                + (f"; e.g. {bad[0].reason}" if bad else "; expected options as lines such as 'A. text', and an answer")
            )
        return tasks, bad

    def asked(self, task: Task) -> Task | None:
        """One task in this form; None to leave it out.

        Raises:
            MediaError: the options do not stand in the prompt, or the answer names none of them.
        """
        options = task.record.get("options")
        if not isinstance(options, list | tuple) or not options:
            wanted = f"\n{OPEN} {SUFFIXES[kind_of(task.record)]}"
            return replace(task, prompt=self.prompt(task.prompt, None, wanted)) if self.open else None
        if not (task.answer or "").strip():
            return None
        before = MultipleChoice.of(question_in(task.prompt, options), options, task.answer or "")
        change = self.invert(before, task.id) if self.invert and len(before.gold) == 1 < len(before.options) else None
        after = change.question if isinstance(change, Rearranged) else before
        kind = "multi" if len(after.gold) > 1 else "single"
        text = f"{after.text(self.style)}\n{self.several if kind == 'multi' else self.single}"
        about = after.as_record() | {"multi": kind, "inverted": change is not None}
        return replace(
            task, prompt=self.prompt(task.prompt, before, text), answer=after.answer, record={**task.record, **about}
        )

    def prompt(self, prompt: Prompt, before: MultipleChoice | None, text: str) -> Prompt:
        """The prompt with another question in the place of ``before``, or with a text at its end."""
        messages = [replace(m, content=tuple(self.shown(part) for part in m.content)) for m in prompt]
        for number, message in enumerate(messages):
            parts = list(message.content)
            for place, part in enumerate(parts):
                if before is not None and isinstance(part, str) and (found := cut(part, before.options)):
                    parts[place] = part[: len(part) - len(part.lstrip())] + text + found[2]
                    messages[number] = replace(message, content=tuple(parts))
                    return tuple(messages)
        messages[-1] = replace(messages[-1], content=(*messages[-1].content, text))
        return tuple(messages)

    def shown(self, part: Part) -> Part:
        """A medium with the frames and pixels given."""
        if isinstance(part, Video):
            return replace(part, frames=self.frames or part.frames, max_pixels=self.max_pixels or part.max_pixels)
        if isinstance(part, Image):
            return replace(part, max_pixels=self.max_pixels or part.max_pixels)
        return part


def cut(text: str, options: list[str] | tuple[str, ...]) -> tuple[str, str, str] | None:
    r"""Cut a text into question, lines of the options, and what follows; None where they do not stand in it once.

    >>> cut("Which?\nOptions:\nA. cat\nB. dog\nAnswer.", ["cat", "dog"])
    ('Which?', 'A. cat\nB. dog', '\nAnswer.')
    """
    for style in STYLES:
        lines = MultipleChoice("", tuple(options)).option_lines(style)
        if text.count(lines) == 1:
            head, _, tail = text.partition(lines)
            return head.strip().removesuffix("Options:").rstrip(), lines, tail
    return None


def question_in(prompt: Prompt, options: list[str] | tuple[str, ...]) -> str:
    """Find the question above the options.

    Raises:
        MediaError: the options do not stand in the prompt, one a line with letters.
    """
    for message in prompt:
        for part in message.content:
            if isinstance(part, str) and (found := cut(part, options)):
                return found[0]
    raise MediaError(f"the options {str(options)[:80]} do not stand in the prompt, one a line with letters")
