"""The recipe of TW-GRPO: what its keywords build, the paper's form of real data, and two steps for real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmreason_recipes.tw_grpo import tw_grpo

from mmreason.asks import POLICY, REFERENCE
from mmreason.credit.token_weights import GroupDivergence
from mmreason.data.physics import PhysicsVideos
from mmreason.errors import RecipeError
from mmreason.losses.base import Sequences, Tokens
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.focused_surrogate import FocusedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.models.specs import Policy
from mmreason.recipe import Recipe
from mmreason.rewards.soft_multi_answer import SoftMultiAnswer
from mmreason.validate import validate
from vision_data.errors import MediaError
from vision_data.frames import Uniform
from vision_data.media import Video
from vision_data.messages import media_of, text_of


def clevrer(folder: Path) -> Path:
    """A file as the data set has it, with one film."""
    writer = cv2.VideoWriter(str(folder / "video_00001.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 8, (56, 56))
    for _ in range(20):
        writer.write(np.zeros((56, 56, 3), np.uint8))
    writer.release()

    def counterfactual(number: int, *right: bool) -> dict[str, Any]:
        choices = [
            {"choice_id": i, "choice": f"The cube number {i} moves", "answer": "correct" if yes else "wrong"}
            for i, yes in enumerate(right)
        ]
        question = "Which event will not happen without the cube?"
        return {"question_id": number, "question": question, "question_type": "counterfactual", "choices": choices}

    described = {"question_id": 9, "question": "How many?", "question_type": "descriptive", "answer": "2"}
    asked = [counterfactual(0, True, False), counterfactual(1, True, False, True), counterfactual(2, False, False)]
    path = folder / "train.json"
    row = {"scene_index": 1, "video_filename": "video_00001.mp4", "questions": [*asked, described]}
    path.write_text(json.dumps([row]), encoding="utf-8")
    return path


def policy_of(recipe: Recipe) -> Policy:
    found = dict(recipe.models)[POLICY]
    assert isinstance(found, Policy)
    return found


def test_the_papers_settings(tmp_path: Path) -> None:
    recipe = tw_grpo(preset="7b", data=str(clevrer(tmp_path)), test_data=str(tmp_path / "train.json"))
    validate(recipe)
    (stage,) = recipe.stages
    (loss,) = stage.losses
    assert isinstance(loss, FocusedSurrogate)
    assert (loss.low, loss.high, loss.over, loss.focus) == (0.2, 0.28, Tokens(), GroupDivergence(1.7))
    assert loss.by.eps == 1e-4  # type: ignore[attr-defined]
    assert stage.rewards[0].reward == SoftMultiAnswer()
    assert (stage.groups, stage.steps, stage.rollout.num, stage.rollout.limit) == (2, 500, 8, 4096)  # type: ignore[attr-defined]
    policy = policy_of(recipe)
    assert (policy.optim.lr, policy.optim.clip, policy.freeze) == (1e-6, 20.0, ("vision",))
    assert policy.model == "Qwen/Qwen2.5-VL-7B-Instruct"
    (exam,) = recipe.exams
    assert (exam.rollout.temperature, exam.rollout.top_p, exam.groups) == (0.1, 0.001, 2)  # type: ignore[attr-defined]
    tasks, bad = stage.tasks.of.load_tasks(tmp_path)  # type: ignore[attr-defined]
    assert bad == []
    assert [t.answer for t in tasks] == ["A", "A,C"]  # none right, or descriptive: left out
    (video,) = media_of(tasks[0].prompt)
    assert isinstance(video, Video)
    assert video.frames == Uniform(16)
    assert "\nA The cube number 0 moves\nB The cube number 1 moves\n" in text_of(tasks[0].prompt)


def test_the_baseline_and_the_ablations_are_apart() -> None:
    plain = tw_grpo(method="grpo")
    validate(plain)
    loss = plain.stages[-1].losses[0]
    assert type(loss) is ClippedSurrogate
    assert loss.over == Sequences()
    assert plain.stages[-1].rewards[0].reward == SoftMultiAnswer(strict=True)
    assert plain.stages[-1].tasks == tw_grpo().stages[-1].tasks
    only_tokens = tw_grpo(weights="uniform").stages[-1].losses[0]
    assert type(only_tokens) is ClippedSurrogate
    assert only_tokens.over == Tokens()
    only_weights = tw_grpo(method="grpo", weights="living").stages[-1].losses[0]
    assert isinstance(only_weights, FocusedSurrogate)
    assert (only_weights.over, only_weights.focus) == (Sequences(), GroupDivergence(living_only=True))
    assert tw_grpo(reward="binary").stages[-1].rewards[0].reward == SoftMultiAnswer(strict=True)
    held = tw_grpo(kl=0.04)
    validate(held)
    assert isinstance(held.stages[-1].losses[1], KLPenalty)
    assert [role for role, _ in held.models] == [POLICY, REFERENCE]
    assert [s.name for s in tw_grpo(cold_steps=0).stages] == ["train"]
    inner = tw_grpo(world="collisions", answers="inverted").stages[-1].tasks.of  # type: ignore[attr-defined]
    assert isinstance(inner, PhysicsVideos)
    assert inner.answers == "inverted"


def test_mistakes_are_told_in_one_line(tmp_path: Path) -> None:
    for keywords, message in (
        ({"preset": "3b"}, "preset 3b needs --data"),
        ({"method": "dapo"}, "method must be one of tw, grpo"),
        ({"weights": "some"}, "weights must be one of released, living, calibrated, uniform"),
        ({"aggregation": "sum"}, "aggregation must be one of tokens, sequences"),
        ({"answers": "two"}, "answers is 'two'"),
        ({"alpha": 0.2}, "alpha >= 1"),
        ({"data": str(clevrer(tmp_path)), "cold_steps": 5}, "no demonstrations"),
    ):
        with pytest.raises(RecipeError, match=message):
            tw_grpo(**keywords)  # type: ignore[arg-type]
    with pytest.raises(MediaError, match="does not exist"):
        tw_grpo(preset="7b", data=str(tmp_path / "gone.json"))


@pytest.mark.slow
def test_it_trains_on_videos_that_it_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace
    from importlib import import_module

    from mmreason.runs.driver import train_recipe

    monkeypatch.setattr(import_module("mmreason_recipes.tw_grpo"), "TINY_TRAIN", 6)
    recipe = replace(tw_grpo(steps=2, cold_steps=2, groups=2, group_size=4, limit=24), exams=())
    train_recipe(recipe, tmp_path / "run", quiet=True)
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert any("strict" in name for row in rows for name in row.get("metrics", row))
