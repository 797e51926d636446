"""The replications that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.replicate.study import Arm, Claim, Curve, Study

SUMS: Mapping[str, Any] = {"tasks": "sums", "steps": 60, "groups": 8, "num": 8, "limit": 48, "lr": 3e-4, "beta": 0.0}
"""Keywords of every arm of the algorithms' page."""

ALGORITHMS = Study(
    name="algorithms",
    title="The base algorithms on small sums",
    about=(
        "mmreason-tiny-text works out expressions with up to three operations; its teacher slipped on purpose. Every "
        "algorithm gets the same expressions, the same number of samples and the same learning rate, without KL."
    ),
    arms=(
        Arm("GRPO", "grpo", {**SUMS}),
        Arm("Dr. GRPO", "dr_grpo", {**SUMS}),
        Arm("DAPO", "dapo", {**SUMS, "rounds": 3}),
        Arm("RLOO", "rloo", {**SUMS}),
        Arm("GSPO", "gspo", {**SUMS, "minibatch": 4}),
        Arm("CISPO", "cispo", {**SUMS, "minibatch": 4}),
    ),
    curves=(
        Curve("Accuracy of the samples", "accuracy"),
        Curve("Completion length (tokens)", "length"),
        Curve("Gradient norm", "policy/grad_norm"),
    ),
    finals=(("accuracy", "held-out accuracy"), ("pass_at_4", "pass@4")),
)

REWARDMAP_STEPS: Mapping[str, Any] = {"steps": 80, "groups": 12}

REWARDMAP = Study(
    name="rewardmap",
    title="RewardMap: partial credit and a curriculum",
    about=(
        "Transit maps drawn for the run, mmreason-tiny. Without the detail reward a plan earns only for being wholly "
        "right; mixed asks all question types from the first step on."
    ),
    arms=(
        Arm("RewardMap", "rewardmap", {**REWARDMAP_STEPS}),
        Arm("no detail reward", "rewardmap", {**REWARDMAP_STEPS, "detail": 0.0}),
        Arm("mixed, no curriculum", "rewardmap", {**REWARDMAP_STEPS, "curriculum": "mixed"}),
    ),
    curves=(Curve("Accuracy of the samples", "accuracy"), Curve("Accuracy on planning", "accuracy/planning")),
    finals=(("accuracy", "held-out accuracy"), ("accuracy/planning", "planning"), ("greedy", "greedy")),
    claims=(
        Claim("Partial credit ends higher than right or wrong alone.", "accuracy", "RewardMap", "no detail reward"),
        Claim("Stages end higher than everything mixed.", "accuracy", "RewardMap", "mixed, no curriculum"),
    ),
)

STUDIES: Mapping[str, Study] = {study.name: study for study in (ALGORITHMS, REWARDMAP)}
