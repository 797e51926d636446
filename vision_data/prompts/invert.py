"""Turn questions with one right answer into questions with several, by asking for the opposite.

Question-answer inversion of TW-GRPO (arXiv:2505.24718): the verb is negated, the right option becomes the only wrong
one, and a random number of the wrong ones are kept and become right. As the other options are not shown, all options
shown but one are right; how many there are changes from question to question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vision_data.errors import MediaError
from vision_data.generators.seeds import rng_for
from vision_data.prompts.multiple_choice import MultipleChoice
from vision_data.prompts.negation import negate_second_word, negate_star
from vision_data.prompts.rearranged import Rearranged
from vision_data.prompts.references import is_placed, may_name_options, names_options


@dataclass(frozen=True)
class Invert:
    """Invert a share of the questions, drawn by chance.

    Attributes:
        variant: ``corrected`` leaves a question alone where the negation finds no verb, where the question does not
            begin with one of ``openers``, or where its options speak of each other or repeat the right one;
            ``released`` is the authors' script, which inverts the answers all the same and so mislabels the question.
        rules: ``nextgqa`` negates the auxiliary verb that is the second word, ``star`` the phrases of STAR.
        probability: share of the questions that are tried.
        openers: first words of questions whose negation makes sense ("why didn't ..." asks for something else).
        seed: of all draws.

    Raises:
        MediaError: a field is out of range.
    """

    variant: Literal["released", "corrected"] = "corrected"
    rules: Literal["nextgqa", "star"] = "nextgqa"
    probability: float = 0.5
    openers: tuple[str, ...] = ("what",)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.variant not in ("released", "corrected") or self.rules not in ("nextgqa", "star"):
            raise MediaError(
                f"Invert: variant {self.variant!r}, rules {self.rules!r}, expected released or corrected, "
                "and nextgqa or star"
            )
        if not 0 <= self.probability <= 1:
            raise MediaError(f"Invert: probability is {self.probability}, expected 0 to 1")
        object.__setattr__(self, "openers", tuple(word.lower() for word in self.openers))

    def __call__(self, question: MultipleChoice, key: str) -> Rearranged | None:
        """Invert a question, or leave it.

        Args:
            question: one with exactly one right option and at least two options.
            key: the question's id, by which chance is drawn: the same whatever other questions there are.

        Returns:
            The inverted question and the way back, or None for one that stays as it is.

        Raises:
            MediaError: the question has another number of right options, or a single option.
        """
        if len(question.gold) != 1 or len(question.options) < 2:
            raise MediaError(
                f"question {key!r} has {len(question.gold)} right of {len(question.options)} options, "
                "expected exactly one right of at least two"
            )
        rng = rng_for("invert", self.seed, key)
        if rng.random() >= self.probability:
            return None
        negated = self.negate(question.question)
        if self.variant == "corrected" and (negated is None or not self._sensible(question)):
            return None
        right = question.gold[0]
        wrong = [index for index in range(len(question.options)) if index != right]
        kept = rng.sample(wrong, rng.randint(1, len(wrong)))
        order = rng.sample([*kept, right], len(kept) + 1)
        asked = question.question if negated is None else negated
        gold = tuple(new for new, old in enumerate(order) if old != right)
        options = tuple(question.options[old] for old in order)
        return Rearranged(MultipleChoice(asked, options, gold), question, tuple(order))

    def negate(self, question: str) -> str | None:
        """Negate the question by the rules; None where none fits."""
        return negate_second_word(question) if self.rules == "nextgqa" else negate_star(question)

    def _sensible(self, question: MultipleChoice) -> bool:
        """Whether the negated question has the answers that inversion gives it."""
        num, right = len(question.options), question.options[question.gold[0]].strip().lower()
        words = question.question.lower().split()
        linked = any(is_placed(o) or names_options(o, num) or may_name_options(o, num) for o in question.options)
        again = sum(option.strip().lower() == right for option in question.options) > 1
        return bool(words) and words[0] in self.openers and not linked and not again
