"""TW-GRPO against GRPO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.replicate.study import Arm, Claim, Curve, Study

SAME: Mapping[str, Any] = {"steps": 60}

STUDY = Study(
    name="tw_grpo",
    title="TW-GRPO: weights on the tokens where a group parts ways, and partial credit",
    about=(
        "Videos of moving objects, mmreason-tiny; one or several of four colours are right. GRPO earns only "
        "for the whole set and weighs all tokens alike."
    ),
    arms=(
        Arm("TW-GRPO", "tw_grpo", {**SAME, "method": "tw"}),
        Arm("GRPO", "tw_grpo", {**SAME, "method": "grpo"}),
        Arm("soft reward alone", "tw_grpo", {**SAME, "method": "grpo", "reward": "soft"}),
    ),
    curves=(
        Curve("Partial accuracy of the samples", "partial"),
        Curve("Strict accuracy of the samples", "strict"),
        Curve("Deviation of rewards in a group", "reward_std"),
    ),
    finals=(
        ("strict", "strict accuracy"),
        ("strict/multi", "strict, several right"),
        ("partial", "partial accuracy"),
        ("greedy_strict", "greedy, strict"),
    ),
    claims=(
        Claim("Strict accuracy is higher.", "strict", "TW-GRPO", "GRPO"),
        Claim("Strict accuracy where several are right is higher.", "strict/multi", "TW-GRPO", "GRPO"),
        Claim("Rewards of a group vary less.", "reward_std", "TW-GRPO", "GRPO", "lower"),
    ),
)
