"""Studies that can be built, and pages that say what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmreason.asks import POLICY
from mmreason.cli.recipes import find_recipe
from mmreason.recipe import Recipe
from tools.replicate.report import by_arm, page, spread, verdict, write
from tools.replicate.runs import Outcome, by_step, finals, weights, words_of
from tools.replicate.studies import STUDIES
from tools.replicate.study import Arm, Claim, Curve, Study

STUDY = Study(
    name="small",
    title="Small",
    about="Two arms.",
    arms=(Arm("ours", "rewardmap"), Arm("plain", "rewardmap", {"detail": 0.0})),
    curves=(Curve("Reward", "reward"),),
    finals=(("accuracy", "accuracy"),),
    claims=(Claim("Ours ends higher.", "accuracy", "ours", "plain"),),
)


def outcome(arm: str, seed: int, after: float | None, steps: int = 6) -> Outcome:
    lines: list[dict[str, Any]] = [
        {"kind": "step", "stage": "train", "step": step, "metrics": {"train/reward": seed + step / 10}}
        for step in range(1, steps + 1)
    ]
    lines.append({"kind": "exam", "stage": "held_out", "step": 0, "metrics": {"held_out/reward": 9.0}})
    return Outcome(arm, seed, tuple(lines), {"seconds": 10.0, "accuracy_before": 0.5, "accuracy_after": after})


@pytest.mark.parametrize("name", STUDIES)
def test_every_arm_of_every_study_is_a_recipe(name: str) -> None:
    study = STUDIES[name]
    assert len({arm.name for arm in study.arms}) == len(study.arms)
    arms = {arm.name for arm in study.arms}
    assert {claim.arm for claim in study.claims} | {claim.than for claim in study.claims} <= arms
    for arm in study.arms:
        assert isinstance(find_recipe(arm.recipe)(preset="tiny", **arm.keywords), Recipe)


def test_the_command_line_has_every_keyword() -> None:
    words = words_of(Arm("a", "grpo", {"lr": 1e-3, "kl_corrected": True}), 2, Path("runs/x/a-2"))
    told = " ".join(words)
    assert told.startswith("train grpo --preset tiny --seed 2 --out runs/x --name a-2")
    assert "--lr 0.001 --kl-corrected" in told
    assert "True" not in words


def test_curves_are_of_training_steps_only() -> None:
    assert by_step(outcome("ours", 1, 0.9), "reward") == {step: 1 + step / 10 for step in range(1, 7)}
    assert finals([outcome("a", 0, None), outcome("a", 1, 0.7)], "accuracy") == [0.7]


@pytest.mark.parametrize(
    ("ours", "plain", "said"),
    [
        ((0.9, 0.8), (0.7, 0.6), "shows, for every seed"),
        ((0.9, 0.6), (0.7, 0.6), "shows in the mean; seeds overlap"),
        ((0.5, 0.6), (0.7, 0.6), "does not show"),
        ((None, None), (0.7, 0.6), "not measured"),
    ],
)
def test_a_claim_is_told_as_it_came_out(ours: Any, plain: Any, said: str) -> None:
    outcomes = [outcome("ours", i, x) for i, x in enumerate(ours)] + [
        outcome("plain", i, x) for i, x in enumerate(plain)
    ]
    assert verdict(STUDY.claims[0], by_arm(outcomes))[2] == said


def test_the_page_holds_numbers_picture_and_commands(tmp_path: Path) -> None:
    outcomes = [outcome(arm.name, seed, 0.7 + seed / 10) for arm in STUDY.arms for seed in (0, 1)]
    paths = write(STUDY, outcomes, tmp_path / "docs")
    text = paths[0].read_text()
    assert "| ours | 0.500 (0.50-0.50) → 0.750 (0.70-0.80) | 10 s |" in text
    assert "mmreason train rewardmap --preset tiny --detail 0.0" in text
    assert "does not show" in text, "equal arms show nothing"
    assert len(json.loads(paths[1].read_text())["runs"]) == 4
    assert paths[2].read_bytes()[:4] == b"\x89PNG"
    assert page(STUDY, outcomes) == text


def test_spread_of_few() -> None:
    assert [spread(x) for x in ([], [0.5], [0.25, 0.75])] == ["-", "0.500", "0.500 (0.25-0.75)"]


def test_arms_that_are_told_seed_by_seed_keep_every_seed() -> None:
    by = by_arm([outcome(arm, seed, 0.5 + seed / 10) for seed in range(3) for arm in ("ours", "plain")])
    assert {name: [one.seed for one in some] for name, some in by.items()} == {"ours": [0, 1, 2], "plain": [0, 1, 2]}
    assert spread(finals(by["ours"], "accuracy")) == "0.600 (0.50-0.70)"


def test_a_study_names_the_weights_that_its_arms_start_from() -> None:
    for name, study in STUDIES.items():
        started = {part["model"] for arm in study.arms for part in policies(arm)}
        assert started == {study.policy}, name
    assert weights("mmreason-tiny") != weights("mmreason-tiny-text")


def policies(arm: Arm) -> list[dict[str, Any]]:
    recipe = find_recipe(arm.recipe)(preset="tiny", **arm.keywords)
    return [vars(spec) for role, spec in recipe.models if role == POLICY]
