"""Things in the cells of a small picture: how many, where, and which is left of which."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmreason.data.count_thoughts import CountTeacher
from mmreason.data.geometry import SHORT as NUMBER
from mmreason.data.scene_cells import CELL, COLOURS, KINDS, RELATIONS, SPLITS, Cells, render
from mmreason.data.scene_chains import ChainTeacher
from mmreason.data.scenes import SHORT
from mmreason.seeds import seed_of
from tools.tiny.packed import AIMING, NAMING, RELATING
from tools.tiny.worlds.lesson import Asked, Lesson, Link, Look, aims

AT_ONCE = "Give a number in <answer>."
SIDE = 4
_THING = re.compile(rf"(?:({'|'.join(COLOURS)}) )?({'|'.join((*KINDS, 'thing'))})s?")
_BOX = re.compile(r"\d+(?=[,\]])")
_ROW = re.compile(r"(?<=: )\d+(?=[,.])")


@dataclass(frozen=True)
class SceneWorld:
    """Scenes of four by four cells.

    Attributes:
        slip: 0 for a teacher who makes no mistake; above 0 one who errs as the recipes' own do.
        chains: counting questions answered with boxes.
        tallies: counting questions answered row by row.
        relations: questions of two things.
        at_once: counting questions answered without a thought.
    """

    slip: float = 0.0
    chains: int = 5
    tallies: int = 4
    relations: int = 3
    at_once: int = 0
    split: str = "train"
    name: str = "scenes"
    content: tuple[str | None, ...] = (None,)
    grid: tuple[int, int] = (SIDE, SIDE)
    words: tuple[str, ...] = (*KINDS, *COLOURS)
    moods: tuple[str, ...] = field(default=())

    def lesson(self, seed: int) -> Lesson:
        """A scene with questions of every kind."""
        rng = random.Random(seed_of("scene lesson", self.split, seed))
        record = drawn(rng, self.split)
        shown: list[frozenset[str]] = [frozenset()] * SIDE**2
        for thing in record["objects"]:
            shown[place(thing["box"])] = frozenset((thing["kind"], thing["colour"]))
        asked = [self.chain(rng, counting(rng, record, 1, 3)) for _ in range(self.chains)]
        asked += [self.tally(rng, counting(rng, record, 0, 5)) for _ in range(self.tallies)]
        asked += [self.chain(rng, relating(rng, record)) for _ in range(self.relations)]
        asked += [self.direct(counting(rng, record, 0, 5)) for _ in range(self.at_once)]
        return Lesson([np.array(render(record))], shown, asked)

    def chain(self, rng: random.Random, record: dict[str, Any]) -> Asked:
        """Boxes, a second thought, an answer."""
        wrong = {"miss": 0.25, "stray": 0.3, "slip": 0.3} if self.slip else {}
        text = ChainTeacher(num=1, **wrong).text(rng, record, record["answer"])
        question = f"{record['question']} {SHORT}"
        return Asked(question, text, tuple(boxed(text)), tuple(linked(question, text)))

    def tally(self, rng: random.Random, record: dict[str, Any]) -> Asked:
        """How many so far, from cell to cell."""
        text = CountTeacher(num=1, slip=self.slip / 2).text(rng, record)
        question = f"{record['question']} {NUMBER}"
        return Asked(question, text, *tallied(question, text))

    def direct(self, record: dict[str, Any]) -> Asked:
        """An empty thought and the number; what opens the answer looks at what is asked for."""
        question = f"{record['question']} {AT_ONCE}"
        opened = "<think>\n\n</think><answer>"
        text = f"{opened}{record['answer']}</answer>"
        links = (*named(question), (RELATING, len(opened), thing_of(question)))
        return Asked(question, text, (), links)


def thing_of(question: str) -> int:
    """Where the thing ends that is asked for, less the length of the question."""
    return next(found.end(2) - len(question) for found in _THING.finditer(question))


def tallied(question: str, text: str) -> tuple[tuple[Look, ...], tuple[Link, ...]]:
    """A number that goes up is told from its cell, one that stays from the number before; all by what was asked for.

    Whether a head finds its cell is then what tells the one from the other: heads compare better than what follows.
    """
    looks: list[Look] = []
    links = list(named(question))
    thing = thing_of(question)
    ends = [end for row in _ROW.finditer(text) for end in range(row.start() + 1, row.end() + 1)]
    before = "0"
    for cell, end in enumerate(ends):
        if text[end - 1] == before:
            links.append((AIMING, end, end - 1))
        else:
            looks.append((AIMING, end, cell))
        links.append((RELATING, end - 1, thing))
        before = text[end - 1]
    for found in re.finditer(r"(?<=In all )\d|(?<=<answer>)\d", text):
        links.append((AIMING, found.end(), ends[-1]))
    return tuple(looks), tuple(links)


def place(box: list[int]) -> int:
    """The cell of a box."""
    return box[1] // CELL * SIDE + box[0] // CELL


def boxed(text: str) -> Iterator[Look]:
    """Every number of a box is told from its cell."""
    for match in re.finditer(r"\[(\d+),(\d+),\d+,\d+\]", text):
        cell = place([int(match[1]), int(match[2])])
        for number in _BOX.finditer(text, match.start(), match.end()):
            yield from aims(number, cell)


def linked(question: str, text: str) -> Iterator[Link]:
    """What opens a box looks at the thing that it is asked for; the thing at its colour."""
    yield from named(question)
    things = [found.end(2) - len(question) for found in _THING.finditer(question)]
    for number, match in enumerate(re.finditer(r"\[(?=\d)", text)):
        yield RELATING, match.end(), things[min(number, len(things) - 1)]
    yield from compared(question, text)


def compared(question: str, text: str) -> Iterator[Link]:
    """Yes or no is told from where the relation is named, and from the coordinate of either box that it is about."""
    relation = re.search("|".join(RELATIONS), question)
    boxes = [re.compile(r"\d+").finditer(found[0]) for found in re.finditer(r"\[\d[^\]]*\]", text)]
    told = re.search(r"So (yes|no)", text)
    if relation and told and len(boxes) == 2:
        starts = [found.start() for found in re.finditer(r"\[\d", text)]
        axis, _ = RELATIONS[relation[0]]
        one, other = (start + list(numbers)[axis].start() + 1 for start, numbers in zip(starts, boxes, strict=True))
        yield NAMING, told.start() + len("So"), relation.end() - len(question)
        yield RELATING, told.start() + len("So"), other
        yield AIMING, told.start() + len("So y"), one


def named(question: str) -> Iterator[Link]:
    """A thing in the question looks at its colour."""
    for found in _THING.finditer(question):
        if found[1]:
            yield NAMING, found.end(2) - len(question), found.end(1) - len(question)


def drawn(rng: random.Random, split: str) -> dict[str, Any]:
    """A scene of the split, by the rule of `Cells`."""
    cells = Cells(SIDE * CELL, (3, 9), (1, 5))
    while True:
        num = rng.randint(3, 8)
        few = rng.random() < 0.6
        pool = (
            rng.sample([(c, k) for c in COLOURS for k in KINDS], 4) if few else [(c, k) for c in COLOURS for k in KINDS]
        )
        made = cells.made(rng, "counting", "", "", rng.choices(pool, k=num), [False] * num)
        layout = repr(sorted((row["colour"], row["kind"], row["box"]) for row in made["objects"]))
        if zlib.crc32(layout.encode()) % 2 == SPLITS.index(split):
            return made | {"ground": rng.choice(("#ffffff", "#f6efe2", "#e8f1f8", "#ecf4e4"))}


def counting(rng: random.Random, record: dict[str, Any], least: int, most: int) -> dict[str, Any]:
    """How many of a colour, of a kind, or of both; the numbers that there are take turns by chance."""
    found: dict[int, list[tuple[str, list[list[int]]]]] = {}
    for colour in (None, *COLOURS):
        for kind in (None, *KINDS):
            if colour or kind:
                boxes = [
                    o["box"] for o in record["objects"] if colour in (None, o["colour"]) and kind in (None, o["kind"])
                ]
                what = " ".join(filter(None, (colour, f"{kind}s" if kind else "things")))
                found.setdefault(len(boxes), []).append((what, boxes))
    number = rng.choice([n for n in found if least <= n <= most] or list(found))
    what, boxes = rng.choice(found[number])
    return record | {
        "type": "counting",
        "question": f"How many {what} are there?",
        "answer": str(number),
        "boxes": boxes,
    }


def relating(rng: random.Random, record: dict[str, Any]) -> dict[str, Any]:
    """Whether one thing of its look is left of, right of, above or below another; else a count."""
    looks = [(o["colour"], o["kind"]) for o in record["objects"]]
    single = [o for o in record["objects"] if looks.count((o["colour"], o["kind"])) == 1]
    if len(single) < 2:
        return counting(rng, record, 1, 3)
    one, other = rng.sample(single, 2)
    apart = {word: (other["box"][axis] - one["box"][axis]) * sign for word, (axis, sign) in RELATIONS.items()}
    wish = rng.random() < 0.5
    word = rng.choice([w for w, by in apart.items() if by and (by > 0) == wish])
    question = f"Is the {one['colour']} {one['kind']} {word} the {other['colour']} {other['kind']}?"
    answer = "yes" if wish else "no"
    return record | {"type": "relation", "question": question, "answer": answer, "boxes": [one["box"], other["box"]]}
