"""Grade-school word problems from templates, with exact answers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Layout, Puzzle, dial
from mmreason.data.text.vocabulary import PEOPLE
from mmreason.data.text.word_stories import DISTRACTORS, STARTS, STEPS, Story


@dataclass(frozen=True, kw_only=True)
class WordProblems(Family):
    """Grade-school word problems by template. Not from a paper.

    A story has a start, steps and a question. From 1 step at level 1 to 8 at level 8; from level 3 on there are
    numbers that don't matter.

    Args:
        steps: 0 to 20; None as the level says.
        distractors: sentences with numbers that don't matter, 0 to 5; None as the level says.
    """

    num: int = 1000
    layout: Layout = "boxed"
    steps: int | None = None
    distractors: int | None = None

    name: ClassVar[str] = "word_problem"
    hardest: ClassVar[int] = 8

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Tell a story; None where its answer is not a positive whole number of moderate size."""
        steps = dial(self.steps, self.level, 0, 20, "WordProblems: steps")
        astray = dial(self.distractors, max(self.level - 1, 0) // 2, 0, 5, "WordProblems: distractors")
        story = Story(rng, *rng.sample(PEOPLE, 2))
        rng.choice(STARTS)(story)
        for _ in range(steps):
            rng.choice(STEPS)(story)
        for sentence in rng.sample(DISTRACTORS, astray):
            story.told.insert(rng.randint(1, len(story.told)), story.filled(sentence))
        if story.amount is None or not 0 < story.amount <= 10_000:
            return None
        value = str(story.amount)
        question = f"{' '.join(story.told)} {story.asked}"
        return Puzzle(question, value, {"value": value, "steps": steps})
