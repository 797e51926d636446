"""The recipe of TON: what its keywords build, the paper's form of real data, and two steps for real."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from mmreason_recipes.ton import ton

from mmreason.asks import POLICY, REFERENCE
from mmreason.credit.group_norm import GroupNorm
from mmreason.data.kept_demonstrations import DEMONSTRATIONS, Demonstrated, KeepDemonstrations
from mmreason.data.reversed import SHORT_WHY, WHY
from mmreason.data.think_or_not import ACT, HYBRID, ThinkOrNot
from mmreason.errors import DataError, RecipeError
from mmreason.losses.base import Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.metrics.batch import Mean
from mmreason.models.specs import Policy
from mmreason.recipe import Recipe
from mmreason.rewards.action_exact import ActionExact
from mmreason.rewards.click_near import ClickNear
from mmreason.rollouts.reverse_thinking import ReverseThinking
from mmreason.rollouts.thought_dropout import ThoughtDropout
from mmreason.validate import validate
from vision_data.messages import text_of

SAMPLES = Path(__file__).parents[1] / "data"


def rows(folder: Path, num: int = 16) -> str:
    """A file as CLEVR counting is published."""
    picture = (SAMPLES / "r1v" / "a.png").read_bytes()
    (folder / "a.png").write_bytes(picture)
    row = {"image": "a.png", "problem": "How many items are there in the image?", "solution": "<answer> 2 </answer>"}
    path = folder / "clevr.jsonl"
    path.write_text("".join(json.dumps(row | {"id": f"c{i}"}) + "\n" for i in range(num)), encoding="utf-8")
    return str(path)


def screens(folder: Path, thought: str = "The pad is open.") -> str:
    """Episodes as AITZ has them, three of four steps with a thought."""
    episodes = json.loads((SAMPLES / "aitz" / "G-1.json").read_text(encoding="utf-8"))
    copytree(SAMPLES / "aitz" / "general", folder / "general")
    every = [{**row, "episode_id": f"e{i}"} for i in range(4) for row in episodes]
    for row in every:
        row["coat_action_think"] = thought if row["step_id"] else ""
    path = folder / "aitz.json"
    path.write_text(json.dumps(every), encoding="utf-8")
    return str(path)


def policy_of(recipe: Recipe) -> Policy:
    found = dict(recipe.models)[POLICY]
    assert isinstance(found, Policy)
    return found


def test_the_papers_settings_for_counting(tmp_path: Path) -> None:
    data = rows(tmp_path)
    recipe = ton(preset="3b", data=data, test_data=data)
    validate(recipe)
    find, cold, learn = recipe.stages
    assert isinstance(find.rollout, ReverseThinking)
    assert (find.rollout.ask, find.rollout.tag, find.losses, find.keep) == (WHY, "answer", (), (KeepDemonstrations(),))
    assert find.steps * find.groups == 16
    assert cold.tasks == Demonstrated(find.tasks.of)
    assert cold.rollout == ThoughtDropout(field="demonstrations", p=0.5)
    assert (cold.steps, cold.groups) == (4, 8)  # two epochs
    surrogate, kl = learn.losses
    assert isinstance(surrogate, ClippedSurrogate)
    assert (surrogate.by, surrogate.over) == (GroupNorm(eps=1e-4), Sequences())
    assert kl == KLPenalty(weight=0.04, over=Sequences())
    assert [t.name for t in learn.rewards] == ["format", "accuracy"]  # nothing for being short
    assert (learn.steps, learn.groups, learn.rollout.num, learn.rollout.limit) == (100, 2, 8, 2048)
    optim = policy_of(recipe).optim
    assert (optim.rate(cold.steps), optim.rate(cold.steps + 90), optim.rate(0)) == (1e-6, 1e-6, 1e-5)
    assert policy_of(recipe).model == "Qwen/Qwen2.5-VL-3B-Instruct"
    assert [role for role, _ in recipe.models] == [POLICY, REFERENCE, DEMONSTRATIONS]
    [exam] = recipe.exams
    assert (exam.groups, exam.rollout.temperature) == (16, 0.0)
    task = learn.tasks.of.load_tasks(tmp_path)[0][0]
    from mmreason.data.reversed import reverse_prompt

    asked = text_of(reverse_prompt(task, find.rollout.ask, find.rollout.drop))
    assert "<answer>" not in asked  # the form asked for is taken out
    assert "The right answer is 2." in asked


def test_the_papers_settings_for_the_other_tasks(tmp_path: Path) -> None:
    geometry = ton(preset="7b", task="geometry", data=rows(tmp_path)).stages[-1]
    assert (geometry.steps, geometry.rollout.num) == (300, 4)
    data = screens(tmp_path)
    gui = ton(preset="3b", task="gui", data=data, test_data=data, variant="released")
    validate(gui)
    cold, learn = gui.stages
    assert cold.tasks.of == replace(learn.tasks.of, taught=True)
    assert cold.steps == 2 * 12 // 8
    assert [t.name for t in learn.rewards] == ["format", "type", "click"]
    assert learn.rewards[2].reward == ClickNear(0.14)
    assert Mean("accuracy", ActionExact(0.2), "type") in gui.exams[0].metrics  # the authors' evaluator
    assert (
        Mean("accuracy", ActionExact(0.14), "type")
        in ton(preset="3b", task="gui", data=data, test_data=data).exams[0].metrics
    )
    assert gui.exams[0].groups == 16


def test_the_baseline_and_the_ablations_are_apart(tmp_path: Path) -> None:
    ours, plain = ton(), ton(method="grpo")
    validate(plain)
    assert plain.stages[-1] == ours.stages[-1]  # the reinforcement is the same
    assert plain.stages[0] == replace(ours.stages[0], rollout=replace(ours.stages[0].rollout, p=0.0))
    assert ton(dropout=0.2).stages[0].rollout.p == 0.2
    assert ton(seed=3).stages[0].rollout.seed == 3
    data = rows(tmp_path)
    assert [s.name for s in ton(preset="3b", data=data, method="grpo").stages] == ["train"]
    hybrid = ton(preset="3b", data=data, method="hybrid")
    assert [s.name for s in hybrid.stages] == ["train"]
    assert HYBRID in text_of(hybrid.stages[0].tasks.of.load_tasks(tmp_path)[0][0].prompt)
    acting = ton(preset="3b", task="gui", data=screens(tmp_path), method="grpo")
    assert acting.stages[0].rollout.p == 0.0  # without it clicks earn nothing
    assert [s.name for s in ton(cold_steps=0).stages] == ["train"]
    assert [role for role, _ in ton(beta=0).models] == [POLICY]
    own = ton(thoughts="reverse", task="gui").stages[0].rollout
    assert isinstance(own, ReverseThinking)
    assert (own.ask, own.tag) == (SHORT_WHY, "action")
    given = ton(preset="3b", task="gui", data=acting.stages[-1].tasks.of.of.path, thoughts="reverse")
    assert given.stages[0].rollout.drop == ACT
    assert isinstance(given.stages[1].tasks.of, ThinkOrNot)


def test_generated_tasks_of_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mmreason_recipes.ton_tasks as module

    monkeypatch.setattr(module, "TINY_TRAIN", {"counting": 5, "geometry": 4, "gui": 3})
    monkeypatch.setattr(module, "TINY_EXAM", 5)
    monkeypatch.setattr(module, "TINY_EPISODES", 3)
    for task in ("counting", "geometry", "gui"):
        recipe = ton(task=task, method="hybrid")
        validate(recipe)
        train, exam = (stage.tasks.of for stage in (recipe.stages[-1], recipe.exams[0]))
        for learned in train.load_tasks(tmp_path)[0]:
            assert len(learned.record["demonstrations"]) == 4
            assert text_of(learned.prompt).endswith("need no thought.")
        assert all("demonstrations" not in t.record for t in exam.load_tasks(tmp_path)[0])


def test_mistakes_are_told_in_one_line(tmp_path: Path) -> None:
    for keywords, message in (
        ({"preset": "3b"}, "preset 3b needs --data, a file of CLEVR counting, GeoQA or AITZ records"),
        ({"method": "sft"}, "method must be one of ton, grpo, hybrid"),
        ({"task": "chess"}, "task must be one of counting, geometry, gui"),
        ({"thoughts": "none"}, "thoughts must be one of given, reverse"),
        ({"variant": "old"}, "variant must be one of paper, released"),
        ({"dropout": 1.5}, "p is 1.5, expected a probability"),
        ({"within": 0.0, "task": "gui"}, "within is 0.0"),
        ({"num_train": 0, "data": rows(tmp_path)}, "num >= 1 or None"),
        ({"data": rows(tmp_path, 3)}, "has 3 tasks to learn from, fewer than the 8"),
    ):
        with pytest.raises(RecipeError, match=message):
            ton(**keywords)
    with pytest.raises(DataError, match="no task with a thought in coat_action_think"):
        ton(preset="3b", task="gui", data=screens(tmp_path, thought=" "))
    with pytest.raises(DataError, match="no task with a thought"):
        ton(preset="3b", data=rows(tmp_path), thoughts="given")


def trained(folder: Path, **how: Any) -> list[dict[str, Any]]:
    """Metrics of a short run without exams."""
    from mmreason.runs.driver import train_recipe

    short = {"steps": 2, "cold_steps": 2, "groups": 2, "group_size": 4, "limit": 16}
    recipe = replace(ton(**{**short, **how}), exams=())
    train_recipe(recipe, folder / "run", quiet=True)
    lines = (folder / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.slow
def test_it_trains_on_pictures_that_it_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mmreason_recipes.ton_tasks as module

    monkeypatch.setattr(module, "TINY_TRAIN", {"counting": 12, "geometry": 8, "gui": 6})
    found = trained(tmp_path, dropout=1.0)
    assert any(row["metrics"].get("cold_start/skip_ratio") == 1.0 for row in found)
    assert any("train/thought_tokens" in row["metrics"] for row in found)


@pytest.mark.slow
def test_it_learns_from_its_own_thoughts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import import_module

    recipe, module = (import_module(f"mmreason_recipes.{name}") for name in ("ton", "ton_tasks"))

    monkeypatch.setattr(module, "TINY_TRAIN", {"counting": 12, "geometry": 8, "gui": 6})
    monkeypatch.setattr(recipe, "TINY_WHY", 1)
    monkeypatch.setattr(recipe, "SUPERVISED", 4)
    monkeypatch.setattr(recipe, "SHORT_WHY", "Line {answer}?")
    found = trained(tmp_path, thoughts="reverse", dropout=0.0, steps=0)
    stages = {name.split("/")[0] for row in found for name in row["metrics"]}
    assert {"reverse", "cold_start"} <= stages
