"""Preference records in the fields of listener-rewarded thinking (arXiv:2506.22832), HPDv2 and ImageReward."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.pairs.faults import Fault
from vision_data.generators.pairs.pair import Pair
from vision_data.generators.pairs.picture import Picture
from vision_data.generators.scenes.outdoor import plural
from vision_data.generators.seeds import rng_for


def decision(preferred: int) -> str:
    """The answer as JSON, `{"image_1": 1, "image_2": 0}` when the first picture is the better one."""
    return json.dumps({"image_1": int(preferred == 1), "image_2": int(preferred == 2)})


def questions(pair: Pair) -> list[dict[str, Any]]:
    """The one question of a pair: which picture fits the prompt better.

    A record holds `prompt`, `question`, `answer` (see `decision`), `preference` (1 or 2), `human_preference` (1 for
    the better, 0 for the other, in order), `images`, `image_1` and `image_2` (empty), and the ground truth:
    `difficulty`, `groups`, `faults` (kind, strength, text, group, the boxes it concerns, and the `image` that has it),
    and for each picture its `objects`, `blur` (pixels) and `noise`. Boxes are in pixels (`space` original).
    """
    record: dict[str, Any] = {
        "prompt": pair.prompt,
        "question": (
            f'Both pictures were made for the prompt "{pair.prompt}" Which one is better? '
            f"Answer {decision(1)} or {decision(2)}."
        ),
        "answer": decision(pair.preferred),
        "type": "preference",
        "preference": pair.preferred,
        "human_preference": [int(pair.preferred == 1), int(pair.preferred == 2)],
        "images": ["", ""],
        "image_1": "",
        "image_2": "",
        "difficulty": pair.difficulty,
        "split": pair.split,
        "space": "original",
        "width": pair.good.scene.size,
        "height": pair.good.scene.size,
        "setting": pair.good.scene.setting,
        "groups": [vars(group) for group in pair.groups],
        "faults": [_fault(fault, 3 - pair.preferred) for fault in pair.faults],
        "num_faults": len(pair.faults),
    }
    for number, picture in enumerate(pair.pictures, start=1):
        record[f"objects_{number}"] = _objects(picture)
        record[f"blur_{number}"] = round(picture.blur * picture.scene.size, 2)
        record[f"noise_{number}"] = picture.noise
    return [record]


def _objects(picture: Picture) -> list[dict[str, Any]]:
    return [
        {"kind": thing.kind, "colour": thing.colour, "place": thing.place, "box": list(thing.box)}
        for thing in picture.scene.things
    ]


def _fault(fault: Fault, image: int) -> dict[str, Any]:
    return {
        "kind": fault.kind,
        "strength": fault.strength,
        "text": fault.text,
        "group": fault.group,
        "image": image,
        "removed_boxes": [list(thing.box) for thing in fault.removed],
        "added_boxes": [list(thing.box) for thing in fault.added],
    }


def explain(pair: Pair, seed: int, slip: float = 0.0) -> str:
    """What each picture shows, then the decision: `<think> ... </think><answer>{...}</answer>`.

    With probability `slip` the decision contradicts the chain.

    Raises:
        MediaError: `slip` is outside [0, 1].
    """
    if not 0 <= slip <= 1:
        raise MediaError(f"pair trace: slip is a probability from 0 to 1, got {slip}")
    rng = rng_for("pair trace", pair.split, pair.seed, pair.prompt, seed)
    seen = [f"Image {number} shows {_seen(picture)}." for number, picture in enumerate(pair.pictures, start=1)]
    wrong = ", ".join(fault.text for fault in pair.faults)
    said = 3 - pair.preferred if rng.random() < slip else pair.preferred
    thought = f"{' '.join(seen)} In image {3 - pair.preferred}, {wrong}."
    return f"<think> {thought} </think><answer>{decision(said)}</answer>"


def _seen(picture: Picture) -> str:
    setting = picture.scene.surroundings
    counts = Counter((thing.colour, thing.kind, thing.place) for thing in picture.scene.things)
    parts = [
        f"{count} {colour} {kind if count == 1 else plural(kind)} {setting.place(place).phrase}"
        for (colour, kind, place), count in sorted(counts.items())
    ]
    return ", ".join(parts) or "nothing"
