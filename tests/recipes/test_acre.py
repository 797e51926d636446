"""The recipe of ACRE: what its keywords build, real data's form, and two steps for real."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from mmreason_recipes.acre import acre
from PIL import Image

from mmreason.asks import POLICY, REFERENCE
from mmreason.errors import RecipeError
from mmreason.losses.base import Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.metrics.option_consistency import OptionConsistency
from mmreason.probes.shuffled_pass import OptionShuffle, ShuffledPass
from mmreason.rewards.answer_consistency import AnswerConsistency
from mmreason.signals import needs
from mmreason.types import Progress
from mmreason.validate import validate
from vision_data.messages import text_of


def video_r1(folder: Path) -> Path:
    """A file as Video-R1 has it: a picture, a question with options, one with a number."""
    Image.fromarray(np.zeros((56, 56, 3), np.uint8)).save(folder / "a.png")
    shared = {"data_type": "image", "path": "a.png"}
    choice = {
        "problem_id": 1,
        "problem": "Which animal is it?",
        "problem_type": "multiple choice",
        "options": ["A. cat", "B. dog", "C. fox"],
        "solution": "<answer>C</answer>",
    }
    number = {
        "problem_id": 2,
        "problem": "How many?",
        "problem_type": "numerical",
        "options": [],
        "solution": "<answer>3</answer>",
    }
    path = folder / "train.json"
    path.write_text(json.dumps([choice | shared, number | shared]), encoding="utf-8")
    return path


def test_the_settings_of_the_large_presets(tmp_path: Path) -> None:
    recipe = acre(preset="7b", data=str(video_r1(tmp_path)), groups=1)
    validate(recipe)
    (stage,) = recipe.stages
    assert stage.steps == 2
    assert [term.name for term in stage.rewards] == ["accuracy", "format", "consistency"]
    reward = stage.rewards[2].reward
    assert isinstance(reward, AnswerConsistency)
    assert (reward.both, reward.first, reward.second, reward.again.limit) == (1.0, 0.5, 0.25, 9)
    assert isinstance(stage.losses[0], ClippedSurrogate)
    assert stage.losses[0].over == Sequences()
    assert [role for role, _ in recipe.models] == [POLICY, REFERENCE]
    tasks, bad = stage.tasks.of.load_tasks(tmp_path)  # type: ignore[attr-defined]
    assert bad == []
    views = [OptionShuffle().shuffled(task, Progress()) for task in tasks]
    assert views[0] is not None
    assert "fox" in text_of(views[0].prompt)
    assert views[0].change.question.answer != "C"
    assert views[1] is None
    assert "number" in text_of(tasks[1].prompt)


def test_the_baseline_has_the_same_data_and_no_second_pass_in_training() -> None:
    ours, plain = acre(), acre(method="grpo")
    validate(plain)
    assert plain.stages[-1].tasks == ours.stages[-1].tasks
    assert plain.exams == tuple(e for e in plain.exams if any(isinstance(m, OptionConsistency) for m in e.metrics))
    assert not [s for s in needs(plain.stages[-1]) if isinstance(s, ShuffledPass)]
    passes = [s for s in needs(ours.stages[-1]) if isinstance(s, ShuffledPass)]
    assert len(passes) == 1, "reward and metrics share one pass"
    assert [s for s in needs(ours.exams[0]) if isinstance(s, ShuffledPass)] == passes


def test_keywords_reach_the_second_pass() -> None:
    reward = (
        acre(redact=True, letters="rename", second_limit=4, both=2.0, second=0.0, seed=3).stages[-1].rewards[2].reward
    )
    assert isinstance(reward, AnswerConsistency)
    assert (reward.both, reward.second, reward.again.limit) == (2.0, 0.0, 4)
    assert reward.again.reasoning.redact
    assert reward.again.shuffle == OptionShuffle(3, "rename")


def test_mistakes_are_told_in_one_line() -> None:
    for keywords, message in (
        ({"preset": "7b"}, "preset 7b needs --data"),
        ({"preset": "9b"}, "preset must be one of tiny, 3b, 7b"),
        ({"method": "care"}, "method must be one of acre, grpo"),
        ({"first": 3.0}, "both > first >= second"),
        ({"elsewhere": "one"}, "elsewhere is 'one'"),
        ({"data": "x.json", "cold_steps": 5}, "no demonstrations"),
    ):
        with pytest.raises(RecipeError, match=message):
            acre(**keywords)  # type: ignore[arg-type]


@pytest.mark.slow
def test_it_trains_on_videos_that_it_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace
    from importlib import import_module

    from mmreason.runs.driver import train_recipe

    monkeypatch.setattr(import_module("mmreason_recipes.acre"), "TINY_TRAIN", 6)
    recipe = replace(acre(steps=2, cold_steps=2, groups=2, group_size=4, limit=24), exams=())
    train_recipe(recipe, tmp_path / "run", quiet=True)
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert any("oscr" in name for row in rows for name in row.get("metrics", row))
