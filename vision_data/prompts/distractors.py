"""Build the options of a question from its answer and a stock of wrong answers."""

from __future__ import annotations

from collections.abc import Sequence

from vision_data.errors import MediaError
from vision_data.generators.seeds import rng_for
from vision_data.prompts.multiple_choice import MultipleChoice


def with_distractors(
    question: str, answers: Sequence[str], negatives: Sequence[str], seed: int, num_options: int = 4
) -> MultipleChoice:
    """Draw wrong answers and put them with the right ones in a random order.

    SEED-Bench-R1's training questions are made so, three wrong answers with the right one (arXiv:2503.24376).

    Args:
        question: as asked.
        answers: the right answers: one, or several for a question with several.
        negatives: wrong answers to draw from; what equals a right one or an earlier one is passed over.
        seed: of the draw, for instance ``derive(record_id, epoch)``.
        num_options: options in all, 2 to 26.

    Raises:
        MediaError: there are too few different wrong answers, no right one, or more right ones than options.
    """
    right = list(dict.fromkeys(answers))
    wrong = [text for text in dict.fromkeys(negatives) if text not in right]
    missing = num_options - len(right)
    if not 2 <= num_options <= 26 or not right or not 0 <= missing <= len(wrong):
        raise MediaError(
            f"{len(right)} right and {len(wrong)} different wrong answers for {num_options} options, expected at least "
            "one right one, and right and wrong ones enough for 2 to 26 options"
        )
    rng = rng_for("distractors", seed)
    options = [*right, *rng.sample(wrong, missing)]
    rng.shuffle(options)
    return MultipleChoice(question, tuple(options), tuple(i for i, text in enumerate(options) if text in right))
