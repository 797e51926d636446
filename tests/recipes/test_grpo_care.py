"""The recipe: what each switch brings, what is refused, the paper's files, and two steps of the whole."""

from __future__ import annotations

import inspect
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mmreason_recipes.grpo_care import COLD, grpo_care

from mmreason.asks import EMA, JUDGE, POLICY, REFERENCE
from mmreason.data.kitchen import Kitchens
from mmreason.data.seed_bench_r1 import CarePrompts
from mmreason.errors import DataError, RecipeError
from mmreason.losses.accurate_kl import AccurateKL
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.losses.separate_kl import SeparateKL
from mmreason.models.ema_after import EmaAfter
from mmreason.probes.answer_likelihood import AnswerLikelihood, ReferenceLikelihood
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.care.consistency_bonus import ConsistencyBonus
from mmreason.rewards.care.dense_consistency import DenseConsistency
from mmreason.rewards.care.regenerated_accuracy import RegeneratedAccuracy
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.runs.driver import train_recipe
from mmreason.signals import roles
from mmreason.validate import validate

SAMPLES = Path(__file__).parents[1] / "data" / "seed-bench-r1" / "annotations.jsonl"


def terms(recipe: Recipe) -> dict[str, Any]:
    return {term.name: term.reward for term in recipe.stages[-1].rewards}


def brings(recipe: Recipe) -> set[Any]:
    return {role for role, _ in recipe.models}


def test_the_default_is_the_paper() -> None:
    recipe = grpo_care()
    validate(recipe)
    cold, learn = recipe.stages
    assert (cold.name, learn.name) == (COLD, "train")
    assert terms(recipe).keys() == {"accuracy", "format", "consistency"}
    assert all(term.weight == 1.0 for term in learn.rewards)
    bonus = terms(recipe)["consistency"]
    assert bonus == ConsistencyBonus(likelihood=AnswerLikelihood(under=EMA, where=VideoR1Accuracy()))
    assert (bonus.coef, bonus.ceiling, bonus.margin) == (0.5, 0.95, 0.0)
    assert len(learn.losses) == 1
    assert dict(recipe.models)[EMA] == EmaAfter(decay=0.995, every=10, stages=(COLD,))
    assert brings(recipe) == {POLICY, EMA}


@pytest.mark.parametrize(
    ("method", "kind"), [("care", ConsistencyBonus), ("dense", DenseConsistency), ("regenerated", RegeneratedAccuracy)]
)
def test_methods(method: Any, kind: type) -> None:
    recipe = grpo_care(method=method)
    validate(recipe)
    assert isinstance(terms(recipe)["consistency"], kind)


def test_the_baseline_is_grpo_on_the_same_data() -> None:
    care, plain = grpo_care(), grpo_care(method="grpo")
    validate(plain)
    assert terms(plain).keys() == {"accuracy", "format"}
    assert brings(plain) == {POLICY, REFERENCE}
    assert plain.stages[-1].tasks == care.stages[-1].tasks
    assert plain.stages[0] == care.stages[0]
    assert [type(loss) for loss in plain.stages[-1].losses] == [type(care.stages[-1].losses[0]), KLPenalty]
    without = grpo_care(method="grpo", kl="off")
    assert brings(without) == {POLICY}
    assert len(without.stages[-1].losses) == 1


@pytest.mark.parametrize(
    ("kl", "kind", "role"),
    [
        ("reference", KLPenalty, REFERENCE),
        ("ema", KLPenalty, EMA),
        ("ema-accurate", AccurateKL, EMA),
        ("separate", SeparateKL, EMA),
    ],
)
def test_kl_variants(kl: Any, kind: type[Any], role: Any) -> None:
    recipe = grpo_care(method="grpo", kl=kl, beta=0.02)
    validate(recipe)
    loss: Any = recipe.stages[-1].losses[1]
    assert loss.__class__ is kind
    assert (loss.weight, loss.reference.under) == (0.02, role)
    assert brings(recipe) == {POLICY, role}


def test_a_judge_is_asked_in_the_exams_only() -> None:
    recipe = grpo_care(judge="mmreason-tiny", device="cpu")
    validate(recipe)
    assert brings(recipe) == {POLICY, EMA, JUDGE}
    assert JUDGE in roles(recipe.exams)
    assert JUDGE not in roles(recipe.stages)


def test_likelihood_switches() -> None:
    assert terms(grpo_care(likelihood="arithmetic"))["consistency"].likelihood.kind == "arithmetic"
    assert terms(grpo_care(variant="released"))["consistency"].likelihood.bracket
    assert isinstance(terms(grpo_care(answer="gold"))["consistency"].likelihood, ReferenceLikelihood)


def test_paper_presets_read_the_papers_files() -> None:
    recipe = grpo_care(preset="7b", data=str(SAMPLES), test_data=str(SAMPLES), groups=1, device="cpu")
    validate(recipe)
    [learn] = recipe.stages
    policy: Any = dict(recipe.models)[POLICY]
    assert policy.model == "Qwen/Qwen2.5-VL-7B-Instruct"
    assert (policy.optim.lr, policy.optim.weight_decay, policy.optim.clip) == (1e-6, 0.01, 5.0)
    assert (policy.optim.schedule, policy.optim.total) == ("cosine", learn.steps)
    sample: Any = learn.rollout
    assert (sample.num, sample.limit, sample.top_p, sample.temperature) == (8, 768, 0.95, 1.0)
    source: Any = learn.tasks
    tasks, _ = source.of.load_tasks(Path())
    assert learn.steps == len(tasks)
    [exam] = recipe.exams
    assert exam.groups == len(tasks)
    decoding: Any = exam.rollout
    assert (decoding.limit, decoding.temperature) == (1024, 0.0)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"preset": "7b"}, "preset 7b needs --data"),
        ({"method": "cares"}, "method must be one of care, dense, regenerated, grpo, got 'cares'"),
        ({"kl": "k3"}, "kl must be one of off, reference"),
        ({"data": str(SAMPLES), "cold_steps": 3}, "leave --cold-steps out"),
        ({"data": str(SAMPLES), "groups": 99}, "fewer than 99 groups a step"),
        ({"ceiling": 2.0}, "0 < ceiling <= 1"),
        ({"ema_decay": 2.0}, r"decay in \[0, 1\]"),
    ],
)
def test_what_cannot_run_is_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        grpo_care(**how)


def test_data_that_are_not_there_are_refused() -> None:
    with pytest.raises(DataError, match=r"nothing\.jsonl"):
        grpo_care(preset="3b", data="nothing.jsonl")


def test_every_keyword_is_told() -> None:
    doc = inspect.getdoc(grpo_care) or ""
    for name in inspect.signature(grpo_care).parameters:
        assert f"{name}: " in doc, name


def small(recipe: Recipe, home: Path) -> Recipe:
    """The same with a handful of short videos."""

    def few(stage: Stage) -> Stage:
        tasks: Any = stage.tasks
        of = tuple((name, replace(k, num=2, most_frames=4)) for name, k in tasks.of.of)
        assert isinstance(tasks.of, CarePrompts)
        assert all(isinstance(k, Kitchens) for _, k in of)
        small_tasks = replace(tasks, of=replace(tasks.of, of=of))
        return replace(stage, tasks=small_tasks, groups=min(stage.groups, 2 * len(of)))

    rollout: Any = recipe.exams[0].rollout
    exam = replace(few(recipe.exams[0]), rollout=replace(rollout, num=2))
    return replace(recipe, stages=tuple(map(few, recipe.stages)), exams=(exam,))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["care", "regenerated", "grpo"])
def test_the_whole_on_the_embedded_model(method: Any, tmp_path: Path) -> None:
    recipe = small(
        grpo_care(method=method, steps=2, cold_steps=2, group_size=2, limit=8, device="cpu", groups=2), tmp_path
    )
    train_recipe(recipe, tmp_path / "run", quiet=True)
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [row["stage"] for row in rows] == ["held_out", COLD, COLD, "train", "train", "held_out"]
    assert {"held_out/L1", "held_out/L3", "held_out/consistency/L2", "held_out/thought_overlap"} <= set(
        rows[-1]["metrics"]
    )
    assert ("train/term/consistency" in rows[3]["metrics"]) == (method != "grpo")
    shutil.rmtree(tmp_path / "run" / "data")
