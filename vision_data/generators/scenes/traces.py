"""Short grounded chains in the layout of GRIT (arXiv:2505.15879), by a teacher who slips as often as asked."""

from __future__ import annotations

import json
import random
from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.seeds import rng_for


def explain(record: dict[str, Any], seed: int, slip: float = 0.0) -> str:
    """`<think>` the evidence with its boxes `</think> <rethink>` ... `</rethink> <answer>` the answer.

    Boxes are integers counted in the record's space, or shares when that is `unit`. With probability `slip` each, a
    thing is overlooked and the answer is wrong.

    Raises:
        MediaError: `slip` is outside [0, 1].
    """
    if not 0 <= slip <= 1:
        raise MediaError(f"scene trace: slip is a probability from 0 to 1, got {slip}")
    rng = rng_for("scene trace", json.dumps(record["objects"]), record["question"], seed)
    seen = [at for at in record["evidence"] if rng.random() >= slip]
    things = [record["objects"][at] for at in seen]
    listed = ", ".join(f"{thing['colour']} {thing['kind']} {thing['visible_box']}" for thing in things)
    answer = str(record["answer"])
    if record["type"] == "counting":
        answer = str(len(seen))
    if rng.random() < slip:
        answer = _wrong(record, answer, rng)
    thought = f"I see {listed}." if listed else "I see nothing of the kind."
    return f"<think> {thought} </think> <rethink> {_summary(things, record)} </rethink> <answer> {answer}"


def _summary(things: list[dict[str, Any]], record: dict[str, Any]) -> str:
    if record["type"] == "counting":
        return f"That makes {len(things)}."
    places = sorted({thing["place"] for thing in things})
    return f"{'The places are' if len(places) > 1 else 'The place is'} {', '.join(places)}." if places else "None."


def _wrong(record: dict[str, Any], answer: str, rng: random.Random) -> str:
    """Another answer of the same form."""
    if record["type"] == "counting":
        return str(max(0, int(answer) + rng.choice((-1, 1))) if int(answer) else 1)
    if answer in ("yes", "no"):
        return "no" if answer == "yes" else "yes"
    if record["answer"] == record["letter"]:
        return rng.choice([letter for letter in "ABCD"[: len(record["options"])] if letter != answer])
    return str(rng.choice([option for option in record["options"] if option != answer]))
