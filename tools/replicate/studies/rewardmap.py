"""RewardMap against its ablations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.replicate.study import Arm, Claim, Curve, Study

STEPS: Mapping[str, Any] = {"steps": 160, "groups": 12}

STUDY = Study(
    name="rewardmap",
    title="RewardMap: partial credit and a curriculum",
    about=(
        "Transit maps drawn for the run, mmreason-tiny. Without the detail reward a plan earns only for being wholly "
        "right; mixed asks all question types from the first step on."
    ),
    arms=(
        Arm("RewardMap", "rewardmap", {**STEPS}),
        Arm("no detail reward", "rewardmap", {**STEPS, "detail": 0.0}),
        Arm("mixed, no curriculum", "rewardmap", {**STEPS, "curriculum": "mixed"}),
    ),
    curves=(Curve("Accuracy of the samples", "accuracy"), Curve("Accuracy on planning", "accuracy/planning")),
    finals=(("accuracy", "held-out accuracy"), ("accuracy/planning", "planning"), ("greedy", "greedy")),
    claims=(
        Claim("Partial credit ends higher than right or wrong alone.", "accuracy", "RewardMap", "no detail reward"),
        Claim("Stages end higher than everything mixed.", "accuracy", "RewardMap", "mixed, no curriculum"),
    ),
)
