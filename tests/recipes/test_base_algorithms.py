"""The recipes of the base algorithms: they are what they say, refuse bad settings, run on text and on images."""

from __future__ import annotations

import inspect
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mmreason_recipes.base_algorithms import Setup
from mmreason_recipes.cispo import cispo
from mmreason_recipes.dapo import dapo
from mmreason_recipes.dr_grpo import dr_grpo
from mmreason_recipes.gpg import gpg
from mmreason_recipes.grpo import grpo
from mmreason_recipes.gspo import gspo
from mmreason_recipes.reinforce_pp import reinforce_pp
from mmreason_recipes.rloo import rloo
from PIL import Image

from mmreason.asks import POLICY, REFERENCE
from mmreason.cli.options import Options, args_of, parse
from mmreason.credit.importance import ImportanceCorrected
from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.sources import Shuffled
from mmreason.data.text.random_calculation import RandomCalculation
from mmreason.engine import train
from mmreason.errors import RecipeError
from mmreason.filters.keep_varied import KeepVaried
from mmreason.losses.base import Constant, Sequences, TokenLoss, Tokens
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.recipe import Recipe
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import Term
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.rewards.random_calculation import CalculationReward
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.signals import check, parts, roles
from tests.mmreason.fakes import Even, Tasks, run_of
from tests.mmreason.tiny_lm import TinyLM

ROOT = Path(__file__).parents[2]
BUILDS: tuple[Callable[..., Recipe], ...] = (grpo, dr_grpo, dapo, gspo, rloo, reinforce_pp, cispo, gpg)
VARIANTS: tuple[tuple[Callable[..., Recipe], dict[str, Any]], ...] = (
    *((build, {}) for build in BUILDS),
    (grpo, {"beta": 0.0, "aggregation": "tokens", "dual": 3.0, "normaliser": "batch"}),
    (grpo, {"kl_estimator": "k3+", "kl_corrected": True, "stale": 0.5, "epochs": 2, "aggregation": "prompts"}),
    (grpo, {"correction": "sequence-mask", "truncated": "filter", "entropy": 0.01}),
    (dapo, {"penalty": 0.0, "truncated": "filter"}),
    (gspo, {"by_token": True, "aggregation": "sums", "correction": "token-truncate"}),
    (rloo, {"variant": "trl", "epochs": 2, "scale": True}),
    (reinforce_pp, {"baseline": True, "variance": "population"}),
    (cispo, {"normaliser": "batch", "aggregation": "prompts", "level": "sequence", "minibatch": 4}),
    (gpg, {"alpha": "released", "scale": True}),
)


def named(value: Any) -> str:
    return value.__name__ if callable(value) else "-".join(map(str, value)) or "default"


@pytest.mark.parametrize(("build", "fields"), VARIANTS, ids=named)
def test_it_is_a_value_that_brings_whom_it_asks(build: Callable[..., Recipe], fields: dict[str, Any]) -> None:
    recipe = build(**fields)
    check(recipe.stages, "stages")
    assert roles(recipe.stages, recipe.exams) == {role for role, _ in recipe.models}
    assert pickle.loads(pickle.dumps(recipe)) == recipe == build(**fields)
    assert "arXiv:" in recipe.paper


@pytest.mark.parametrize(("build", "fields"), VARIANTS, ids=named)
def test_it_learns(build: Callable[..., Recipe], fields: dict[str, Any]) -> None:
    """Two steps of a small language model on another task: every loss is finite and moves the weights."""
    recipe = build(steps=2, groups=4, group_size=4, limit=4, **fields)
    stage, (first, *further) = recipe.stages[0], recipe.stages[0].rewards
    stage = replace(
        stage,
        tasks=Tasks(),
        rewards=(Term("accuracy", Even(), missing=first.missing), *further),
        filters=tuple(KeepVaried(Even()) for _ in stage.filters),
        metrics=(),
    )
    policy = TinyLM(lr=0.5)
    before = TinyLM().core.state_dict()
    run = run_of({POLICY: policy, REFERENCE: TinyLM()})
    train(replace(recipe, stages=(stage,), exams=()), run)
    logged = run.history["train/policy/loss"]
    assert len(logged) == 2
    assert all(x == x and abs(x) < 1e6 for x in logged)
    assert any(not before[name].equal(tensor) for name, tensor in policy.core.state_dict().items())


def losses(recipe: Recipe) -> dict[str, Any]:
    return {type(loss).__name__: loss for loss in recipe.stages[0].losses}


def test_what_each_name_means() -> None:
    """The paper's settings, as the cards give them."""
    clip = losses(grpo())["ClippedSurrogate"]
    assert (clip.low, clip.high, clip.over, losses(grpo())["KLPenalty"].weight) == (0.2, 0.2, Sequences(), 0.04)
    assert losses(grpo(beta=0)).keys() == {"ClippedSurrogate"}
    assert (losses(dr_grpo(limit=50))["ClippedSurrogate"].over, dr_grpo().models[0][0]) == (Constant(50), POLICY)
    clip, stage = losses(dapo())["ClippedSurrogate"], dapo(limit=100).stages[0]
    assert (clip.low, clip.high, clip.over, stage.rounds) == (0.2, 0.28, Tokens(), 10)
    assert [(t.name, getattr(t.reward, "buffer", None)) for t in stage.rewards] == [
        ("accuracy", None),
        ("overlong", 20),
    ]
    ratio, stage = losses(gspo())["SequenceRatio"], gspo().stages[0]
    assert (ratio.low, ratio.high, stage.groups // (stage.minibatch or 1)) == (3e-4, 4e-4, 4)
    assert losses(rloo()).keys() == losses(gpg()).keys() == {"PolicyGradient"}
    assert [t.name for t in rloo().stages[0].rewards] == ["accuracy", "kl"]
    assert losses(rloo(variant="trl"))["SequenceRatio"].total == "sum"
    assert losses(reinforce_pp(baseline=True))["KLPenalty"].estimator == "k2"
    assert losses(cispo())["Cispo"].cap == 5.0


def test_a_sampler_of_its_own_is_corrected_for() -> None:
    recipe = grpo(correction="token-truncate", correction_high=2.0)
    (found,) = (part for part in parts(recipe.stages[0].losses) if isinstance(part, ImportanceCorrected))
    assert (found.level, found.mode, found.high) == ("token", "truncate", 2.0)
    assert losses(recipe)["ClippedSurrogate"].old == losses(recipe)["KLPenalty"].old == TokenLogprobs()


def test_overlong_filtering_is_in_every_loss() -> None:
    stage = grpo(truncated="filter", entropy=0.1).stages[0]
    assert [loss.over.truncated for loss in stage.losses if isinstance(loss, TokenLoss)] == [False] * 3


def text_file(path: Path) -> Path:
    rows = [{"id": f"t{i}", "prompt": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(8)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def image_file(path: Path) -> Path:
    for i in range(4):
        Image.new("RGB", (56, 56), (60 * i, 0, 0)).save(path.parent / f"{i}.png")
    rows = [{"id": f"i{i}", "prompt": "<image>Is it red?", "images": [f"{i}.png"], "answer": "yes"} for i in range(4)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


KINDS = [text_file, image_file]


def test_tasks_come_from_a_generator_or_from_any_file(tmp_path: Path) -> None:
    def what(recipe: Recipe) -> tuple[Any, Any]:
        tasks = recipe.stages[0].tasks
        assert isinstance(tasks, Shuffled)
        return tasks.of, recipe.stages[0].rewards[0].reward

    assert what(grpo())[1] == ReasonMapAccuracy()
    source, reward = what(grpo(tasks="sums", seed=3))
    assert [(type(part), part.seed, part.level) for part in source.of] == [(RandomCalculation, 3, n) for n in (1, 2, 3)]
    assert reward == MathAccuracy()
    assert what(grpo(tasks="sums", reward="near"))[1] == CalculationReward()
    held_out: Any = grpo(tasks="sums").exams[0].tasks
    assert {part.split for part in held_out.of.of} == {"test"}
    assert dict(grpo(tasks="sums").models)[POLICY].model == "mmreason-tiny-text"  # type: ignore[attr-defined]
    for path in (text_file(tmp_path / "text.jsonl"), image_file(tmp_path / "image.jsonl")):
        recipe = grpo(data=str(path), groups=2, reward="exact")
        assert (what(recipe)[1], recipe.exams) == (Accuracy(), ())
        assert recipe.stages[0].steps == len(path.read_text().splitlines()) // 2, "one epoch"
        recipe = grpo(data=str(path), test_data=str(path), steps=1)
        assert what(recipe)[1] == MathAccuracy()
        assert recipe.exams[0].groups == len(path.read_text().splitlines())


def test_records_of_transit_maps_are_judged_by_their_own_rules() -> None:
    path = next((ROOT / "tests" / "data").rglob("*reasonmap*.jsonl"), None)
    if path is None:
        pytest.skip("no records of that kind among the samples")
    recipe = grpo(data=str(path), steps=1)
    tasks: Any = recipe.stages[0].tasks
    assert (type(tasks.of), recipe.stages[0].rewards[0].reward) == (ReasonMapRecords, ReasonMapAccuracy())


@pytest.mark.parametrize(
    ("build", "fields", "message"),
    [
        (grpo, {"preset": "8b"}, "preset must be one of tiny, 3b, 7b, got '8b'"),
        (grpo, {"low": -0.1}, "ClippedSurrogate needs 0 <= low <= 1"),
        (gspo, {"high": -1.0}, "SequenceRatio needs 0 <= low <= 1, high >= 0"),
        (cispo, {"cap": 0.0}, "Cispo needs 0 <= floor <= cap and cap > 0"),
        (dapo, {"buffer": 500}, "SoftOverlong: limit is 96 and buffer 500"),
        (gpg, {"beta": 0.1}, "gpg has no KL; leave beta out"),
        (gpg, {"epochs": 2}, "gpg has no importance ratio, so it makes one update per rollout"),
        (rloo, {"minibatch": 4}, "leave epochs and minibatch out, or use --variant trl"),
        (reinforce_pp, {"gamma": 2.0}, "WhitenedReturns needs gamma from 0 to 1, got 2"),
        (grpo, {"preset": "7b"}, "preset 7b needs --data"),
        (grpo, {"beta": -1.0}, "beta and entropy must not be negative"),
        (grpo, {"correction": "token-truncate", "correction_high": 0.0}, "needs 0 <= low < high"),
    ],
)
def test_bad_settings_are_refused_in_one_line(
    build: Callable[..., Recipe], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        build(**fields)
    assert "\n" not in str(caught.value)


def test_too_few_records_for_a_step_are_refused(tmp_path: Path) -> None:
    path = text_file(tmp_path / "text.jsonl")
    with pytest.raises(RecipeError, match=r"has 8 tasks, fewer than 16 groups a step"):
        grpo(data=str(path))


@pytest.mark.parametrize("build", BUILDS, ids=named)
def test_its_keywords_are_options_with_help(build: Callable[..., Recipe]) -> None:
    found = inspect.signature(build).parameters
    assert inspect.signature(Setup).parameters.keys() < found.keys()
    helps = args_of(inspect.getdoc(build) or "")
    assert found.keys() <= helps.keys(), f"no help for {found.keys() - helps.keys()}"
    (given,) = parse([Options("recipe", build)], ["--steps", "3", "--lr", "1e-5"], "mmreason", "")
    assert (given["steps"], given["lr"]) == (3, 1e-5)
    assert build(**given).stages[0].steps == 3
    with pytest.raises(TypeError, match="unexpected keyword argument 'stepps'"):
        build(stepps=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "make"),
    [
        *zip(BUILDS[1:], [image_file, text_file] * 4, strict=False),
        pytest.param(grpo, text_file, marks=pytest.mark.guard, id="grpo-text_file"),
        pytest.param(grpo, image_file, marks=pytest.mark.guard, id="grpo-image_file"),
    ],
)
def test_the_embedded_model_trains_on_text_and_on_images(
    build: Callable[..., Recipe], make: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = make(tmp_path / "records.jsonl")
    words = ["--data", str(path), "--steps", "2", "--groups", "2", "--group-size", "2", "--limit", "6", "--rounds", "2"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "recipes" / f"{build.__name__}.py"), *words, "--name", "run"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    summary = json.loads((tmp_path / "runs" / "run" / "summary.json").read_text())
    assert summary["steps"] == 2


def test_dapo_stops_where_its_draws_do_not_fill_a_step_but_for_the_tiny_preset(tmp_path: Path) -> None:
    data = str(text_file(tmp_path / "text.jsonl"))
    assert dapo().stages[0].shortfall == "learn"
    assert dapo(shortfall="stop").stages[0].shortfall == "stop"
    assert dapo(preset="7b", data=data, steps=1).stages[0].shortfall == "stop"
