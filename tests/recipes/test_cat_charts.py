"""The recipe: what each switch brings, what is refused, the paper's settings, and two steps of the whole."""

from __future__ import annotations

import inspect
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mmreason_recipes.cat_charts import ACCURACY_WEIGHT, FORMAT_WEIGHT, cat_charts
from mmreason_recipes.common import COLD

from mmreason.asks import POLICY, REFERENCE
from mmreason.data.chart_questions import ChartQuestions
from mmreason.data.charts import Charts
from mmreason.errors import DataError, RecipeError
from mmreason.losses.base import Tokens
from mmreason.metrics.code_usage import CodeUsage
from mmreason.probes.programmability import Programmable, TriedProgrammability
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.table_accuracy import TableAccuracy
from mmreason.runs.driver import train_recipe
from mmreason.signals import needs, roles
from mmreason.validate import validate

SAMPLES = Path(__file__).parents[1] / "data"
CHARTQA = SAMPLES / "chartqa" / "test_human.json"
CHARTX = SAMPLES / "chartx" / "ChartX_annotation.json"


def weights(recipe: Recipe) -> dict[str, Any]:
    return {term.name: term.weight for term in recipe.stages[-1].rewards}


def reward(recipe: Recipe, name: str) -> Any:
    return next(term.reward for term in recipe.stages[-1].rewards if term.name == name)


def test_the_default_is_the_paper() -> None:
    recipe = cat_charts()
    validate(recipe)
    cold, learn = recipe.stages
    assert (cold.name, learn.name) == (COLD, "train")
    assert weights(recipe) == {"accuracy": 0.8, "format": 0.05, "decision": 0.3, "table": 0.15}
    assert (ACCURACY_WEIGHT, FORMAT_WEIGHT) == (0.8, 0.05)
    assert reward(recipe, "decision").label == Programmable()
    assert reward(recipe, "decision").partial == 0.5
    assert {role for role, _ in recipe.models} == {POLICY}
    assert len(learn.losses) == 1


def test_the_baseline_and_the_ablations_are_on_the_same_data() -> None:
    whole = cat_charts()
    for how, names in (
        ({"method": "grpo"}, {"accuracy", "format"}),
        ({"decision": 0.0}, {"accuracy", "format", "table"}),
        ({"table": 0.0}, {"accuracy", "format", "decision"}),
        ({"mode": "direct"}, {"accuracy", "format"}),
        ({"mode": "code"}, {"accuracy", "format", "table"}),
    ):
        recipe = cat_charts(**how)
        validate(recipe)
        assert weights(recipe).keys() == names
        if "mode" not in how:
            assert recipe.stages[-1].tasks == whole.stages[-1].tasks
            assert recipe.stages[0] == whole.stages[0]
            assert any(isinstance(metric, CodeUsage) for metric in recipe.stages[-1].metrics)
    assert reward(cat_charts(mode="code"), "table") == TableAccuracy(always=True)


def test_labels_by_trial_bring_the_starting_policy() -> None:
    recipe = cat_charts(labels="samples", tries=2, limit=20)
    validate(recipe)
    probe = reward(recipe, "decision").label
    assert (probe.num, probe.limit, probe.field, probe.starts.by) == (2, 20, "", REFERENCE)
    assert [role for role, _ in recipe.models] == [POLICY, REFERENCE]
    assert reward(cat_charts(labels="missing"), "decision").label.field == "programmable"
    assert REFERENCE not in roles(recipe.exams)
    assert not any(isinstance(s, TriedProgrammability) for s in needs(recipe.exams))
    alone = cat_charts(labels="samples", method="grpo")
    assert [role for role, _ in alone.models] == [POLICY]
    assert REFERENCE not in roles(alone.stages)


def labelled(folder: Path, num: int = 1) -> Path:
    """ChartX records with labels."""
    shutil.copytree(SAMPLES / "chartx", folder / "chartx")
    path = folder / "chartx" / "ChartX_annotation.json"
    [row] = json.loads(path.read_text())
    rows = [row | {"imgname": f"bar_{i}", "programmable": bool(i % 2)} for i in range(num)]
    path.write_text(json.dumps(rows))
    return path


def test_paper_presets_have_the_papers_settings(tmp_path: Path) -> None:
    path = labelled(tmp_path, 256)
    recipe = cat_charts(preset="7b", data=str(path), test_data=str(CHARTQA))
    validate(recipe)
    [learn] = recipe.stages
    policy: Any = dict(recipe.models)[POLICY]
    assert (policy.model, policy.freeze) == ("Qwen/Qwen2.5-VL-7B-Instruct", ("vision",))
    assert (policy.optim.lr, policy.optim.schedule, policy.optim.clip) == (1e-6, "constant", 1.0)
    sample: Any = learn.rollout
    assert (sample.num, sample.limit, sample.top_p, sample.temperature) == (5, 3072, 0.99, 1.0)
    assert (learn.groups, learn.minibatch, learn.steps) == (256, 64, 50)
    [loss] = learn.losses
    clip: Any = loss
    assert (clip.by.eps, clip.over, clip.low, clip.high) == (1e-6, Tokens(), 0.2, 0.2)
    source: Any = learn.tasks
    assert isinstance(source.of, ChartQuestions)
    [exam] = recipe.exams
    assert exam.groups == 3


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"preset": "7b"}, "preset 7b needs --data"),
        ({"method": "cats"}, "method must be one of cat, grpo, got 'cats'"),
        ({"mode": "both"}, "mode must be one of adaptive, code, direct"),
        ({"labels": "people"}, "labels must be one of record, missing, samples"),
        ({"data": str(CHARTX), "cold_steps": 3}, "leave --cold-steps out"),
        ({"data": str(CHARTX), "groups": 99}, "fewer than 99 groups a step"),
        ({"data": str(CHARTX), "groups": 1}, "no record of .* has the label 'programmable'; give --labels-file"),
        ({"data": str(CHARTQA), "groups": 1, "decision": 0.0}, "no chart of .* has a table that can be read; give"),
        ({"labels_file": "x.jsonl"}, "labels-file and --tables are for your own --data"),
        ({"partial": 2.0}, "partial is 2.0, expected 0 to 1"),
        ({"relative": -1.0}, "relative is -1.0"),
        ({"labels": "samples", "tries": 0}, "num >= 1"),
    ],
)
def test_what_cannot_run_is_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        cat_charts(**how)


def test_without_the_decision_reward_no_label_is_needed() -> None:
    recipe = cat_charts(data=str(CHARTX), groups=1, decision=0.0)
    validate(recipe)
    assert "decision" not in weights(recipe)
    assert cat_charts(data=str(CHARTX), groups=1, labels="missing").stages


def test_data_that_are_not_there_are_refused() -> None:
    with pytest.raises(DataError, match=r"nothing\.json"):
        cat_charts(preset="3b", data="nothing.json")


def test_every_keyword_is_told() -> None:
    doc = inspect.getdoc(cat_charts) or ""
    for name in inspect.signature(cat_charts).parameters:
        assert f"{name}: " in doc, name


def small(recipe: Recipe) -> Recipe:
    """The same with a handful of charts."""

    def few(stage: Stage) -> Stage:
        tasks: Any = stage.tasks
        assert isinstance(tasks.of, Charts)
        return replace(stage, tasks=replace(tasks, of=replace(tasks.of, num=4)), groups=min(stage.groups, 2))

    return replace(recipe, stages=tuple(map(few, recipe.stages)), exams=(few(recipe.exams[0]),))


@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"labels": "samples", "tries": 1}, {"method": "grpo"}])
def test_the_whole_on_the_embedded_model(how: dict[str, Any], tmp_path: Path) -> None:
    recipe = small(cat_charts(steps=2, cold_steps=2, group_size=2, limit=8, device="cpu", groups=2, **how))
    train_recipe(recipe, tmp_path / "run", quiet=True)
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [row["stage"] for row in rows] == ["held_out", COLD, COLD, "train", "train", "held_out"]
    assert {"held_out/accuracy", "held_out/code_usage", "held_out/follows_label"} <= set(rows[-1]["metrics"])
    assert ("train/term/decision" in rows[3]["metrics"]) == (how.get("method") != "grpo")
