"""Accuracy of a checkpoint on held-out maps, through plain ``transformers``: greedy, sampled, and best of eight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from mmreason.data.line_options import SHORT, STYLE
from mmreason.parsing.route import parse_route
from mmreason.rewards.care.video_r1_accuracy import tagged
from mmreason.rewards.reasonmap_accuracy import read_plus, route_is_correct
from mmreason.rewards.reasonmap_record import PLANNING, gold_integer
from tools.tiny.data import chat
from vision_data.generators.transit import ALL_TYPES, make_map, questions, render
from vision_data.generators.transit.line_options import KINDS, line_options
from vision_data.prompts import MultipleChoice

SAMPLES = 8


@dataclass(frozen=True)
class Item:
    """One held-out question with its picture."""

    record: dict[str, Any]
    image: Image.Image


@dataclass(frozen=True)
class Score:
    """Shares in [0, 1] over the items of one question type.

    Attributes:
        greedy: the most likely answer is right.
        sampled: a draw at temperature 1 is right (mean over all draws).
        best: at least one of the eight draws is right (pass@8).
    """

    greedy: float
    sampled: float
    best: float


def held_out(num_maps: int, first_seed: int = 0) -> list[Item]:
    """One question of each type on each map of the test split, those with options among them."""
    items = []
    for seed in range(first_seed, first_seed + num_maps):
        transit_map = make_map(seed, split="test")
        image = render(transit_map)
        items += [Item(record, image) for record in questions(transit_map, seed)]
        for record in line_options(transit_map, seed):
            text = f"{MultipleChoice.from_record(record).text(STYLE)}\n{SHORT}"
            items.append(Item(record | {"question": text, "type": record["kind"]}, image))
    return items


def is_right(record: dict[str, Any], text: str) -> bool:
    """The rule by which reinforcement learning is rewarded and measured."""
    if record["type"] in KINDS:
        return tagged(text) == record["answer"]
    if record["type"] == PLANNING:
        return route_is_correct(parse_route(text), record["station_1"], record["station_2"], record["json"])
    return read_plus(record["type"], text) == gold_integer(record)


@torch.no_grad()
def answers(
    model: Qwen2_5_VLForConditionalGeneration,
    processor: Qwen2_5_VLProcessor,
    items: Sequence[Item],
    samples: int,
    max_new_tokens: int = 96,
) -> list[list[str]]:
    """``samples`` answers to each item at temperature 1, or the one greedy answer when ``samples`` is 1."""
    processor.tokenizer.padding_side = "left"
    generator: Any = model
    texts: list[list[str]] = []
    per_call = max(1, 192 // samples)
    for at in range(0, len(items), per_call):
        part = items[at : at + per_call]
        prompts = [chat(processor, item.record["question"]) for item in part]
        inputs = processor(text=prompts, images=[item.image for item in part], padding=True, return_tensors="pt")
        kinds = {"do_sample": True, "num_return_sequences": samples} if samples > 1 else {"do_sample": False}
        out = generator.generate(**inputs, max_new_tokens=max_new_tokens, **kinds)
        decoded = processor.batch_decode(out[:, inputs.input_ids.shape[1] :], skip_special_tokens=True)
        texts += [decoded[start : start + samples] for start in range(0, len(decoded), samples)]
    return texts


def evaluate(
    model: Qwen2_5_VLForConditionalGeneration, processor: Qwen2_5_VLProcessor, items: Sequence[Item], seed: int
) -> dict[str, Score]:
    """Scores per question type, and their plain mean under ``mean``."""
    model.eval()
    torch.manual_seed(seed)
    greedy = answers(model, processor, items, 1)
    drawn = answers(model, processor, items, SAMPLES)
    scores = {}
    for kind in (*ALL_TYPES, *KINDS):
        rows = [
            (is_right(item.record, first[0]), [is_right(item.record, text) for text in rest])
            for item, first, rest in zip(items, greedy, drawn, strict=True)
            if item.record["type"] == kind
        ]
        total = len(rows)
        scores[kind] = Score(
            sum(first for first, _ in rows) / total,
            sum(sum(rest) for _, rest in rows) / total / SAMPLES,
            sum(any(rest) for _, rest in rows) / total,
        )
    columns = [(score.greedy, score.sampled, score.best) for score in scores.values()]
    scores["mean"] = Score(*(sum(column) / len(columns) for column in zip(*columns, strict=True)))
    return scores
