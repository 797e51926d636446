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
    found=(
        "Why not: partial credit is for questions that no sample answers in full, and here only 9 of 100 groups of "
        "planning are such (all seeds and steps): the policy begins with 0.40 of its plans right, so right or wrong "
        "alone tells samples apart, and a planning reward is positive from the first step on in every arm. For the "
        "same reason nothing has to come before planning: mixed meets every type to the end, while the stages "
        "practise a type for a while and leave it. The paper begins with models that plan few of their routes right "
        "on maps of whole cities. How much either helps a policy that cannot plan yet was not tried here."
    ),
)
