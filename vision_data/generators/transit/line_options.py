"""Which lines stop where: questions with options on transit maps, and their worked answers. Not from a paper."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.seeds import derive, rng_for
from vision_data.generators.transit.network import TransitMap
from vision_data.generators.transit.spec import COLOUR_LINES, known
from vision_data.prompts import MultipleChoice, join_letters

KINDS = ("at", "not_at", "both", "only")
"""What is asked: lines that stop at a station, that do not, that stop at two, that stop at one but not at another."""
COLOURS = tuple(name.removesuffix(" Line") for name, _ in COLOUR_LINES)
Record = dict[str, Any]
_TRIES = 60
_ASKED = {
    "at": "stop at {0}",
    "not_at": "do not stop at {0}",
    "both": "stop at {0} and at {1}",
    "only": "stop at {0} but not at {1}",
}


def line_options(
    transit_map: TransitMap, seed: int, kinds: Sequence[str] = KINDS, per_kind: int = 1, multi: bool | None = None
) -> list[Record]:
    """Up to ``per_kind`` different questions of each kind, with the four colours of lines as options in any order.

    Every question has at least one right option. ``question``, ``options`` and ``answer`` are those of
    `vision_data.prompts.MultipleChoice`; ``kind``, ``stations`` and ``read`` (for each station its lines) say how the
    answer is found.

    Args:
        transit_map: a map whose stations are letters, as those of the levels ``tiny`` and ``small`` are.
        seed: of the questions.
        kinds: of ``KINDS``.
        per_kind: at least 1.
        multi: whether several options are right; None takes what comes.

    Raises:
        MediaError: a kind is unknown, ``per_kind`` is not positive, or the map's lines have other names.
    """
    if per_kind < 1:
        raise MediaError(f"line options: per_kind must be at least 1, got {per_kind}")
    if odd := [line.short for line in transit_map.lines if line.short not in COLOURS]:
        raise MediaError(f"line options: expected lines named {', '.join(COLOURS)}, as on a tiny map, got {odd[0]!r}")
    records: list[Record] = []
    for kind in kinds:
        known("kind of question", kind, KINDS)
        rng = rng_for("line options", transit_map.split, transit_map.level, transit_map.seed, seed, kind, multi)
        mine: list[Record] = []
        for _ in range(per_kind * _TRIES):
            record = _drawn(transit_map, rng, kind)
            if record is None or (multi is not None and multi != (record["multi"] == "multi")):
                continue
            if record["question"] not in [other["question"] for other in mine]:
                mine.append(record)
            if len(mine) == per_kind:
                break
        records += mine
    return records


def _drawn(transit_map: TransitMap, rng: random.Random, kind: str) -> Record | None:
    """One question; None where no option would be right."""
    stations = rng.sample(transit_map.stations, 2 if kind in ("both", "only") else 1)
    read = [[line.short for line in transit_map.lines_at(station)] for station in stations]
    right = _right(kind, read)
    if not right:
        return None
    options = rng.sample(COLOURS, len(COLOURS))
    gold = tuple(i for i, option in enumerate(options) if option in right)
    question = MultipleChoice(f"Which of these lines {_ASKED[kind].format(*stations)}?", tuple(options), gold)
    return question.as_record() | {
        "kind": kind,
        "multi": "multi" if len(gold) > 1 else "single",
        "stations": stations,
        "read": read,
    }


def _right(kind: str, read: Sequence[Sequence[str]]) -> set[str]:
    first = set(read[0])
    if kind == "at":
        return first
    if kind == "not_at":
        return set(COLOURS) - first
    return first & set(read[1]) if kind == "both" else first - set(read[1])


@dataclass(frozen=True)
class LineTeacher:
    """Works out a record of `line_options`, such as ``<think>U: Red. So Red.</think><answer>B</answer>``.

    Args:
        num: demonstrations of a question.
        slip: probability, per station, that its lines are misread; what follows is worked out from the mistake.
        lettered: probability that the thought names its conclusion by letters alone, which does not survive a shuffle
            of the options (what ACRE, arXiv:2510.10104, is to mend).
        stray: probability that the answer is another than the thought's (what GRPO-CARE, arXiv:2506.16141, is to mend).
        apart: probability that the answer is read from the map and not from the thought: right, whatever was misread.
        silent: probability that the thought is empty (as TON, arXiv:2505.16854, starts from).
        seed: of all this.

    Raises:
        MediaError: a number is out of range.
    """

    num: int = 1
    slip: float = 0.0
    lettered: float = 0.0
    stray: float = 0.0
    apart: float = 0.0
    silent: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no number of texts or no probability."""
        chances = (self.slip, self.lettered, self.stray, self.apart, self.silent)
        if self.num < 1 or not all(0 <= chance <= 1 for chance in chances):
            raise MediaError(f"LineTeacher needs num >= 1 and probabilities from 0 to 1, got {self.num} and {chances}")

    def texts(self, key: str, record: Record) -> list[str]:
        """Give the demonstrations of a question; ``key`` names it. They depend on nothing else but the record."""
        return [
            self.text(random.Random(derive("line teacher", self.seed, key, record["question"], i)), record)
            for i in range(self.num)
        ]

    def text(self, rng: random.Random, record: Record) -> str:
        """One demonstration."""
        options = record["options"]
        read = [self._misread(rng, lines) if rng.random() < self.slip else lines for lines in record["read"]]
        right = _right(record["kind"], read)
        said = tuple(i for i, option in enumerate(options) if option in right)
        answer = _beside(rng, said, len(options)) if said and rng.random() < self.stray else said
        answer = answer or (rng.randrange(len(options)),)  # what was misread leaves nothing: a guess
        named = join_letters(said) if rng.random() < self.lettered else ", ".join(options[i] for i in said)
        seen = " ".join(f"{at}: {', '.join(lines)}." for at, lines in zip(record["stations"], read, strict=True))
        thought = "" if rng.random() < self.silent else f"{seen} So {named or 'none'}."
        is_apart = bool(self.apart) and rng.random() < self.apart
        return f"<think>{thought}</think><answer>{record['answer'] if is_apart else join_letters(answer)}</answer>"

    def _misread(self, rng: random.Random, truth: Sequence[str]) -> list[str]:
        """One line too many or too few, but never none."""
        other = rng.choice(COLOURS)
        found = [colour for colour in COLOURS if (colour in truth) != (colour == other)]
        return found or [rng.choice([colour for colour in COLOURS if colour not in truth])]


def _beside(rng: random.Random, said: Sequence[int], num: int) -> tuple[int, ...]:
    """Another answer: another option in place of a single one, else one more or fewer; never none."""
    if len(said) == 1:
        return (rng.choice([i for i in range(num) if i not in said]),)
    return tuple(sorted(set(said) ^ {rng.randrange(num)}))
