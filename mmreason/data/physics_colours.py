"""Easy questions about colours in a physics video: which are seen, and which one it is."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmreason.errors import DataError
from mmreason.seeds import seed_of
from vision_data.prompts import MultipleChoice


def among_colours(question: str, answer: str, colours: Sequence[str], num: int, seed: int) -> MultipleChoice:
    """Offer the right colour among ``num`` in all, in random order."""
    rng = random.Random(seed)
    options = rng.sample([colour for colour in colours if colour != answer], num - 1)
    options.insert(rng.randrange(num), answer)
    return MultipleChoice(question, tuple(options), (options.index(answer),))


def colours_seen(
    shown: Sequence[str], colours: Sequence[str], seed: int, several: bool | None = None, num: int = 4
) -> MultipleChoice | None:
    """Ask which colours are seen, or are not; the right ones are one to all but one of those offered.

    None where no question can be asked so, because too many or too few colours are seen.

    Args:
        shown: colours in the video.
        colours: all there are.
        seed: of the draw.
        several: several are right (True), one is (False), or either (None).
        num: colours offered.
    """
    rng, seen = random.Random(seed), list(dict.fromkeys(shown))
    absent = [colour for colour in colours if colour not in seen]
    forms = [
        (negated, k)
        for negated, right, wrong in ((False, seen, absent), (True, absent, seen))
        for k in range(1, num)
        if k <= len(right) and num - k <= len(wrong) and (several is None or (k > 1) == several)
    ]
    if not forms:
        return None
    negated, count = rng.choice(forms)
    right, wrong = (absent, seen) if negated else (seen, absent)
    options = rng.sample(right, count) + rng.sample(wrong, num - count)
    rng.shuffle(options)
    question = f"Which of these colours are {'not ' if negated else ''}seen in the video?"
    return MultipleChoice(question, tuple(options), tuple(i for i, o in enumerate(options) if o in right))


def shown_in(annotation: Path) -> list[str]:
    """Read the colours of the objects that are in the picture at some time.

    Raises:
        DataError: the file is damaged.
    """
    try:
        about: dict[str, Any] = json.loads(annotation.read_text(encoding="utf-8"))
        pairs = zip(about["objects"], about["trajectory"], strict=True)
        return [body["colour"] for body, track in pairs if any(place is not None for place in track)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{annotation}: cannot be read ({error}); remove its folder and it is drawn again") from None


def seed_for(seed: int, *what: object) -> int:
    """A seed for one question."""
    return seed_of(seed, "physics colours", *what)
