from __future__ import annotations

import random
import re

import pytest

from mmreason.data.text import Mixed, WordProblems
from mmreason.data.text.word_stories import DISTRACTORS, STARTS, STEPS, Story
from mmreason.rewards.math_accuracy import MathAccuracy

SAYS = {
    r"(\w+) has (\d+) \w+\.": lambda had, a: a,
    r"\w+ buys (\d+) bags with (\d+) \w+ in each\.": lambda had, a, b: a * b,
    r"\w+ collects (\d+) \w+ a day for (\d+) days\.": lambda had, a, b: a * b,
    r"\w+ has (\d+) \w+, and \w+ has (\d+) more than \w+\.": lambda had, a, b: a + b,
    r"\w+ has (\d+) \w+, and \w+ has (\d+) fewer than \w+\.": lambda had, a, b: a - b,
    r"\w+ has (\d+) \w+, and \w+ has (\d+) times as many\.": lambda had, a, b: a * b,
    r"\w+ has (\d+) \w+, which is (\d+) times as many as \w+ has\.": lambda had, a, b: a // b,
    r"\w+ and \w+ have (\d+) \w+ together, \w+ (\d+) more than \w+\.": lambda had, a, b: (a + b) // 2,
    r"Of (\d+) \w+ on a table, (\d+) percent belong to \w+\.": lambda had, a, b: a * b // 100,
    r"A box holds (\d+) rows of (\d+) \w+; \w+ takes all of them except (\d+)\.": lambda had, a, b, c: a * b - c,
    r"Then \w+ gets (\d+) more \w+\.": lambda had, a: had + a,
    r"\w+ gives (\d+) \w+ to \w+\.": lambda had, a: had - a,
    r"On each of the next (\d+) days \w+ loses (\d+) \w+\.": lambda had, a, b: had - a * b,
    r"\w+ is given (\d+) packs of (\d+) \w+\.": lambda had, a, b: had + a * b,
    r"By the next week \w+ has twice as many \w+ as before\.": lambda had: 2 * had,
    r"A month later the number of \w+ has tripled\.": lambda had: 3 * had,
    r"\w+ gives half of the \w+ away\.": lambda had: had / 2,
    r"\w+ uses up a third of the \w+\.": lambda had: had * 2 / 3,
    r"\w+ borrows three quarters of the \w+ from \w+\.": lambda had: had / 4,
    r"\w+ divides the \w+ evenly into (\d+) boxes and keeps one of them\.": lambda had, a: had / a,
    r"(\d+) percent of the \w+ are lost\.": lambda had, a: had - had * a / 100,
    r"\w+ throws (\d+) \w+ away and buys (\d+) new ones\.": lambda had, a, b: had - a + b,
    r"\w+ sells all the \w+ for (\d+) dollars each and has no other money\.": lambda had, a: had * a,
}
"""What each sentence means, written a second time from the sentence alone."""
ASTRAY = [re.sub(r"\\{\w+\\}", r"\\w+", re.escape(sentence)) for sentence in DISTRACTORS]


def solve(text: str) -> float:
    had = 0.0
    for sentence in re.findall(r"[^.?]+[.]", text.partition(" How many")[0]):
        told = sentence.strip()
        if any(re.fullmatch(pattern, told) for pattern in ASTRAY):
            continue
        (found,) = [(m, does) for pattern, does in SAYS.items() if (m := re.fullmatch(pattern, told))]
        had = found[1](had, *(int(x) for x in found[0].groups() if x.isdigit()))
        assert had == int(had) >= 0, told
    return had


@pytest.mark.parametrize("level", range(1, 9))
def test_answers_are_what_the_sentences_say(level) -> None:
    for task in WordProblems(num=40, level=level).load_tasks(None)[0]:
        assert solve(task.prompt[0].content[0]) == int(task.answer) > 0
        assert task.record["steps"] == level


def test_every_template_is_told_and_asked_for() -> None:
    used = " ".join(t.prompt[0].content[0] for t in WordProblems(num=300, level=6).load_tasks(None)[0])
    for pattern in SAYS:
        assert re.search(pattern, used), pattern
    assert len(SAYS) == len(STARTS) + len(STEPS)


def test_numbers_that_do_not_matter_come_with_level_3() -> None:
    for level, num in ((2, 0), (3, 1), (7, 3)):
        (task,) = WordProblems(num=1, level=level).load_tasks(None)[0]
        text = task.prompt[0].content[0]
        assert sum(bool(re.search(pattern, text)) for pattern in ASTRAY) == num


def test_a_story_that_makes_no_sense_stays_without_an_amount() -> None:
    story = Story(random.Random(0), "Al", "Bo")
    story.tell("{who} has {a} {unit}.", 7, a=7)
    story.tell("half", None)
    story.tell("more", 5)
    assert story.amount is None


def test_rewards(say) -> None:
    tasks, _ = Mixed((WordProblems(num=3), WordProblems(num=3, level=5))).load_tasks(None)
    for task in tasks:
        assert MathAccuracy(verify=False).rate(task, say(f"\\boxed{{{task.answer}}}")) == 1.0
        assert MathAccuracy(verify=False).rate(task, say(task.prompt[0].content[0])) == 0.0
