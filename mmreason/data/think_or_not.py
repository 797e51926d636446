"""Questions as TON asks them: thought and answer in tags, geometry without options, phone screens with their past."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from mmreason.data.option_questions import cut
from mmreason.data.records import BadRecord
from mmreason.data.seed_bench_r1 import joined
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError, RecipeError
from mmreason.parsing.action import read_action
from mmreason.rewards.golds import one_of
from mmreason.types import Task
from vision_data.errors import MediaError
from vision_data.media import Image
from vision_data.messages import Part, Prompt, media_of, system
from vision_data.prompts import STYLES

Kind = Literal["counting", "geometry", "gui"]
ANSWER = "Write your thinking between <think> and </think>, then the final {what} between <answer> and </answer>."
ACT = "Write your thinking between <think> and </think>, then the action between <action> and </action>."
ACTIONS = """You operate a phone. Given a goal, what was done so far and the screen, give the next action as a dict:
{'action': 'CLICK', 'value': None, 'position': [x, y]}
The actions are CLICK (touch the screen at position, x and y as shares of its width and height from 0 to 1), TYPE
(type value), SCROLL UP, SCROLL DOWN, SCROLL LEFT, SCROLL RIGHT (move the finger that way), PRESS BACK, PRESS HOME,
PRESS ENTER and STATUS_TASK_COMPLETE (the task is done). value and position are None where they do not apply."""
"""The ten actions of AITZ in TON. Scrolls are named by the way of the finger, as AITZ's records are read."""
HYBRID = " Where the question is easy, leave the thought empty: <think>\n\n</think>."
"""What the hybrid-prompt baseline adds."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class ThinkOrNot:
    """Tasks of another spec as TON (arXiv:2505.16854) asks them.

    Options are taken out of geometry questions, and the text of the right one becomes the answer. Of phone screens
    (AITZ) the answer becomes a dict as the paper writes it, a system message lists the actions, the screens before are
    shown, and a thought that the record has becomes a text to learn from, in ``demonstrations``.

    Args:
        of: where the tasks come from.
        kind: counting, geometry or gui.
        hybrid: tell that the thought may be empty: the paper's baseline by prompt.
        num: so many of them, drawn by ``seed``; None for all.
        seed: of that draw.
        taught: only tasks with ``demonstrations``.
        screens: most earlier screens shown.
        thought: field of the record with a thought.
        min_pixels: fewest pixels of a picture.
        max_pixels: most pixels of a picture.

    Raises:
        RecipeError: the kind is unknown or a number is out of range.
    """

    of: TaskSpec
    kind: Kind = "counting"
    hybrid: bool = False
    num: int | None = None
    seed: int = 42
    taught: bool = False
    screens: int = 4
    thought: str = "coat_action_think"
    min_pixels: int | None = 3_136
    max_pixels: int | None = 501_760

    def __post_init__(self) -> None:
        """Refuse an unknown kind, and numbers that are none."""
        one_of(self.kind, get_args(Kind), "ThinkOrNot: kind")
        if (self.num is not None and self.num < 1) or self.screens < 0:
            raise RecipeError(f"ThinkOrNot needs num >= 1 or None and screens >= 0, got {self.num} and {self.screens}")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read the spec and put its tasks into this form.

        Raises:
            DataError: nothing is left.
        """
        found, bad = self.of.load_tasks(home)
        past: dict[str, list[Part]] = {}
        tasks = []
        for task in found:
            try:
                made = self.asked(task, past)
            except MediaError as error:
                bad.append(BadRecord(task.where, f"{task.where or task.id}: {error}"))
                continue
            if made.record.get("demonstrations") or not self.taught:
                tasks.append(made)
        if self.num is not None and self.num < len(tasks):
            tasks = [tasks[i] for i in sorted(random.Random(self.seed).sample(range(len(tasks)), self.num))]
        if not tasks:
            lacks = f"with a thought in {self.thought} or demonstrations" if self.taught else "that can be used"
            raise DataError(
                f"{getattr(self.of, 'path', self.of)} has no task {lacks}" + (f", e.g. {bad[0].reason}" if bad else "")
            )
        return tasks, bad

    def asked(self, task: Task, past: dict[str, list[Part]]) -> Task:
        """One task in this form; ``past`` has the screens of the episodes so far.

        Raises:
            MediaError: options cannot be taken out, or the answer is no action.
        """
        seen = tuple(replace(m, content=tuple(self.shown(part) for part in m.content)) for m in task.prompt)
        task = replace(task, prompt=seen)
        if self.kind == "gui":
            return self.acting(task, past)
        if self.kind == "geometry" and task.record.get("options"):
            task = without_options(task)
        wanted = ANSWER.format(what="number" if self.kind == "counting" else "answer")
        return replace(task, prompt=ended(task.prompt, "\n" + self.told(wanted)))

    def told(self, wanted: str) -> str:
        """The form of the answer, in a hybrid prompt with leave not to think."""
        return wanted + HYBRID if self.hybrid else wanted

    def acting(self, task: Task, past: dict[str, list[Part]]) -> Task:
        """One step on a screen."""
        answer = written(task.answer or "")
        before = past.setdefault(str(task.record.get("episode_id", task.id)), [])
        own = [part for part in media_of(task.prompt) if isinstance(part, Image)]
        earlier = before[-self.screens :] if self.screens else []
        before += own
        *first, last = task.prompt
        content = ("Screens before, in order:", *earlier, "The screen now:", *last.content) if earlier else last.content
        asked = (system(f"{ACTIONS}\n{self.told(ACT)}"), *first, replace(last, content=content))
        record = dict(task.record)
        if isinstance(thought := record.get(self.thought), str) and thought.strip():
            record["demonstrations"] = [f"<think>{thought.strip()}</think><action>{answer}</action>"]
        return replace(task, prompt=asked, answer=answer, record=record)

    def shown(self, part: Part) -> Part:
        """A picture within the budgets."""
        if not isinstance(part, Image):
            return part
        return replace(part, min_pixels=self.min_pixels, max_pixels=self.max_pixels)


def written(answer: str) -> str:
    """An action as the paper writes it, positions in hundredths.

    Raises:
        MediaError: it is no action.

    >>> written('{"action": "TASK_COMPLETE", "value": null}')
    "{'action': 'STATUS_TASK_COMPLETE', 'value': None, 'position': None}"
    """
    action = read_action(answer)
    if action is None:
        raise MediaError(f"the answer is {answer[:60]!r}, expected an action such as {json.dumps({'action': 'CLICK'})}")
    name = f"STATUS_{action.name}" if action.name.startswith("TASK_") else action.name
    where = None if action.position is None else [round(share, 2) for share in action.position]
    out: dict[str, Any] = {"action": name, "value": action.value, "position": where}
    return str(out)


def without_options(task: Task) -> Task:
    """A question without its options; the right one's text is the answer.

    Raises:
        MediaError: they do not stand in the prompt, one a line, or the answer is none of their letters.
    """
    options = [str(option) for option in task.record["options"]]
    letter = (task.answer or "").strip()
    if letter not in LETTERS[: len(options)] or len(letter) != 1:
        raise MediaError(f"the answer is {letter[:40]!r}, expected one letter of {len(options)} options")
    record = {name: value for name, value in task.record.items() if name != "options"} | {"choices": options}
    answer = options[LETTERS.index(letter)]
    return replace(task, prompt=bare(task.prompt, options), answer=answer, record=record)


def bare(prompt: Prompt, options: Sequence[str]) -> Prompt:
    """The prompt without the lines of the options.

    Raises:
        MediaError: they do not stand in it.
    """
    for number, message in enumerate(prompt):
        for place, part in enumerate(message.content):
            if isinstance(part, str) and (found := cut(part, tuple(options))):
                head = part[: part.index(found[1])].rstrip().removesuffix("Options:").rstrip()
                content = (*message.content[:place], head + found[2], *message.content[place + 1 :])
                return (*prompt[:number], replace(message, content=content), *prompt[number + 1 :])
    raise MediaError(f"the options {str(options)[:60]} do not stand in the prompt, one a line such as {STYLES[0]!r}")


def ended(prompt: Prompt, text: str) -> Prompt:
    """The prompt with a text at its end."""
    return (*prompt[:-1], replace(prompt[-1], content=joined(prompt[-1].content, text)))
