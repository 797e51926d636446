"""Questions about a physics video: descriptive, explanatory, predictive, counterfactual. Not from a paper."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.physics import choices, wording
from vision_data.generators.physics.choices import Claims
from vision_data.generators.physics.descriptive import facts
from vision_data.generators.physics.spec import known
from vision_data.generators.physics.world import World
from vision_data.generators.seeds import rng_for, spread

ALL_TYPES = ("descriptive", "explanatory", "predictive", "counterfactual")
MOST_OPTIONS, FEWEST_OPTIONS = 4, 3
_OFFERED = 0.25  # share of descriptive questions that have options
_MOVED = 0.9  # share of counterfactual questions on objects that change something, where there are such
_DRAWS = 4  # forms tried for each question

Record = dict[str, Any]


def questions(
    world: World,
    seed: int,
    types: Sequence[str] = ALL_TYPES,
    per_type: int = 1,
    multiple: bool | None = None,
    negated: bool | None = None,
) -> list[Record]:
    """Up to `per_type` different questions of each type; fewer where the world has no more that are clear.

    The answer of most descriptive questions is a word or a number, without options. The others have three or four
    options, of which at least one is right and at least one wrong; `answer` is the right letters, such as `A,C`. Near
    misses are never asked about (see `certain`). A record holds question, `prompt` (question, options and form of the
    answer in one text), options, answer, type, subtype, `multiple`, `negated`, `truth` of every option as a statement,
    objects, events of the video, and what explains the answer: `future`, `without` and `counterfactual`, or
    `collision`.

    Args:
        world: what the video shows.
        seed: any whole number.
        types: of `ALL_TYPES`.
        per_type: how many of each.
        multiple: whether any number of options may be right; None for either.
        negated: whether it is asked what does not happen (the inversion of TW-GRPO, with exact answers); None for
            either.

    Raises:
        MediaError: a type is unknown, or `per_type` is not positive.
    """
    if per_type < 1:
        raise MediaError(f"physics questions: per_type must be at least 1, got {per_type}")
    records = []
    for kind in types:
        known("question type", kind, ALL_TYPES)
        rng = rng_for("physics questions", world.split, world.seed, world.level, seed, kind)
        offered = sum(rng.random() < _OFFERED for _ in range(per_type)) if kind == "descriptive" else per_type
        chosen = _chosen(world, rng, kind, offered, multiple, negated) if offered else []
        described = _described(world, rng, per_type - len(chosen)) if kind == "descriptive" else []
        records += chosen + described
    return [record | _shared(world) for record in records]


def _shared(world: World) -> Record:
    looks = [
        {"id": at, "name": world.name(at), "colour": body.colour, "shape": body.kind, "material": body.material}
        for at, body in enumerate(world.bodies)
    ]
    return {"objects": looks, "events": world.seen(), "frames": world.level.frames, "fps": world.level.fps}


def _described(world: World, rng: random.Random, count: int) -> list[Record]:
    """Subtypes equally often, and within one the answers that the world offers."""
    groups: dict[str, dict[str, list[str]]] = {}
    for fact in facts(world):
        groups.setdefault(fact.subtype, {}).setdefault(fact.answer, []).append(fact.question)
    records: list[Record] = []
    for subtype in spread(rng, sorted(groups), count):
        answers = groups[subtype]
        if not answers:
            continue
        answer = rng.choice(sorted(answers))
        question = answers[answer].pop(rng.randrange(len(answers[answer])))
        if not answers[answer]:
            del answers[answer]
        records.append(_record("descriptive", subtype, question, [], answer, False, False))
    return records


_TOPICS: dict[str, Callable[[World], list[Claims]]] = {
    "descriptive": choices.partners,
    "explanatory": choices.explanatory,
    "predictive": choices.predictive,
    "counterfactual": choices.counterfactual,
}


def _chosen(
    world: World, rng: random.Random, kind: str, count: int, multiple: bool | None, negated: bool | None
) -> list[Record]:
    topics = _TOPICS[kind](world)
    moved = [topic for topic in topics if topic.wanted]
    records: list[Record] = []
    forms = [(m, n) for m in _either(multiple) for n in _either(negated)]
    for many, inverse in spread(rng, forms, _DRAWS * count):
        pool = moved if moved and rng.random() < _MOVED else topics
        options = _draw(rng, topic := rng.choice(pool), many, inverse) if pool else None
        if options is None or len(records) == count:
            continue
        truth = [topic.options[text] for text in options]
        answer = ",".join(letter for letter, true in zip(wording.LETTERS, truth, strict=False) if true != inverse)
        question = topic.question[inverse]
        if all((question, many) != (record["question"], record["multiple"]) for record in records):
            record = _record(kind, topic.subtype, question, options, answer, many, inverse)
            records.append(record | {"truth": truth} | topic.evidence)
    return records


def _either(choice: bool | None) -> tuple[bool, ...]:
    return (False, True) if choice is None else (choice,)


def _draw(rng: random.Random, topic: Claims, multiple: bool, negated: bool) -> list[str] | None:
    """Options in random order, or None where there are too few.

    One is right, and the others are of its kind as far as there are such; or, with `multiple`, any number but not all
    are right, each number equally often.
    """
    right = [text for text, value in topic.options.items() if value != negated]
    wrong = [text for text, value in topic.options.items() if value == negated]
    most = MOST_OPTIONS - 1 if multiple else 1
    sizes = [(k, min(MOST_OPTIONS - k, len(wrong))) for k in range(1, min(most, len(right)) + 1)]
    sizes = [(k, rest) for k, rest in sizes if rest >= 1 and k + rest >= FEWEST_OPTIONS]
    if not sizes:
        return None
    count, rest = rng.choice(sizes)
    right, wrong = _varied(rng, right), _varied(rng, wrong)
    if not multiple:
        wrong.sort(key=lambda text: _meets(text) != _meets(right[0]))
    options = right[:count] + wrong[:rest]
    if topic.wanted and not set(topic.wanted) & set(options):
        new = rng.choice(topic.wanted)
        options[0 if topic.options[new] != negated else -1] = new
    rng.shuffle(options)
    return options


def _meets(text: str) -> bool:
    """Whether an option is about a collision."""
    return "colli" in text


def _varied(rng: random.Random, texts: list[str]) -> list[str]:
    """The texts in random order, but collisions take turns with other things: neither kind gives an answer away."""
    kinds = [[text for text in texts if _meets(text) == kind] for kind in rng.sample((False, True), 2)]
    for kind in kinds:
        rng.shuffle(kind)
    return [text for turn in zip_longest(*kinds) for text in turn if text is not None]


def _record(
    kind: str, subtype: str, question: str, options: list[str], answer: str, multiple: bool, negated: bool
) -> Record:
    return {
        "question": question,
        "prompt": wording.asked(question, options, multiple),
        "options": options,
        "answer": answer,
        "type": kind,
        "subtype": subtype,
        "multiple": multiple,
        "negated": negated,
    }
