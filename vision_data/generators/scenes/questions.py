"""Questions about scenes as records, in the fields of GRIT (arXiv:2505.15879): counting, relations and more."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Literal

from vision_data.errors import MediaError
from vision_data.generators.scenes import asking
from vision_data.generators.scenes.asking import Asked
from vision_data.generators.scenes.layout import Box
from vision_data.generators.scenes.scene import Scene, Thing
from vision_data.generators.seeds import rng_for, spread

Space = Literal["original", "unit", "thousand"]
"""What boxes are counted in: pixels of the picture, shares of its sides (0 to 1), or thousandths (0 to 1000)."""
SPACES: dict[str, float] = {"original": 0, "unit": 1, "thousand": 1000}
LETTERS = "ABCD"

ASKERS: dict[str, Callable[[Scene], list[Asked]]] = {
    "counting": asking.counting,
    "relation": asking.relation,
    "what": asking.what,
    "where": asking.where,
    "colour": asking.colour,
    "exists": asking.exists,
    "more": asking.more,
    "neighbour": asking.neighbour,
}
ALL_TYPES = tuple(ASKERS)
_DATASETS = {"counting": "tallyqa", "relation": "vsr"}


def questions(
    scene: Scene,
    seed: int,
    count: int = 2,
    types: Sequence[str] = ALL_TYPES,
    space: Space = "original",
    letters: bool = False,
) -> list[dict[str, Any]]:
    """Up to `count` different questions; types come equally often, and within a type the answers it has here.

    A record holds `question`, `answer`, `type`, `options` and the `letter` of the right one (where the answer is a
    word of the scene: two to four options, one right; else empty), and the ground truth: `objects` (kind, colour,
    place, box, visible_box, visible), `boxes` (the visible boxes that the answer rests on), `evidence` (their indices),
    `space`, `width`, `height`. `bboxs`, `dataset` (tallyqa, vsr or gqa) and `split` are GRIT's names. `image` is empty.

    Args:
        scene: what is asked about.
        seed: any whole number.
        count: how many questions.
        types: of `ALL_TYPES`.
        space: what all boxes are counted in.
        letters: put the options below the question and ask for a letter, where there are options.

    Raises:
        MediaError: `count` is not positive, or a type or the space is unknown.
    """
    if count < 1:
        raise MediaError(f"scenes: count must be at least 1, got {count}")
    for kind in types:
        if kind not in ASKERS:
            raise MediaError(f"scenes: unknown question type {kind!r}; use {', '.join(ALL_TYPES)}")
    if space not in SPACES:
        raise MediaError(f"scenes: boxes in {space!r}; use {', '.join(SPACES)}")
    rng = rng_for("scene questions", scene.split, scene.seed, scene.size, seed, *types)
    pool = {kind: ASKERS[kind](scene) for kind in types}
    pool = {kind: asked for kind, asked in pool.items() if asked}
    records: list[dict[str, Any]] = []
    taken: set[str] = set()
    for kind in spread(rng, tuple(pool), count):
        open_ones = [asked for asked in pool[kind] if asked.question not in taken]
        if open_ones:
            answer = rng.choice(sorted({asked.answer for asked in open_ones}))
            asked = rng.choice([asked for asked in open_ones if asked.answer == answer])
            taken.add(asked.question)
            records.append(_record(scene, kind, asked, rng, space, letters))
    return records


def _record(scene: Scene, kind: str, asked: Asked, rng: random.Random, space: Space, letters: bool) -> dict[str, Any]:
    options = rng.sample(asked.wrong, min(3, len(asked.wrong)))
    if options:
        options.insert(rng.randint(0, len(options)), asked.answer)
    letter = LETTERS[options.index(asked.answer)] if options else ""
    listed = "".join(f"\n{name}. {option}" for name, option in zip(LETTERS, options, strict=False))
    boxes = [in_space(scene.things[at].visible_box, scene.size, space) for at in asked.evidence]
    return {
        "question": asked.question + listed if letters else asked.question,
        "answer": letter if letters and options else asked.answer,
        "type": kind,
        "options": options,
        "letter": letter,
        "image": "",
        "width": scene.size,
        "height": scene.size,
        "space": space,
        "objects": [_object(thing, scene.size, space) for thing in scene.things],
        "evidence": list(asked.evidence),
        "boxes": boxes,
        "bboxs": boxes,
        "dataset": _DATASETS.get(kind, "gqa"),
        "split": scene.split,
        "setting": scene.setting,
        "places": [place.name for place in scene.surroundings.places],
    }


def _object(thing: Thing, size: int, space: Space) -> dict[str, Any]:
    return {
        "kind": thing.kind,
        "colour": thing.colour,
        "place": thing.place,
        "box": in_space(thing.box, size, space),
        "visible_box": in_space(thing.visible_box, size, space),
        "visible": thing.visible,
    }


def in_space(box: Box, size: int, space: Space) -> list[float]:
    """A box of pixels counted in another space; thousandths are whole numbers, shares have four decimals."""
    if space == "original":
        return list(box)
    if space == "unit":
        return [round(edge / size, 4) for edge in box]
    return [round(1000 * edge / size) for edge in box]
