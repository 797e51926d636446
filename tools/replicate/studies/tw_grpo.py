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
        "Which of four lines stop where, on transit maps drawn for the run, mmreason-tiny; one or several are right. "
        "GRPO earns only for the whole set and weighs all tokens alike. There is no supervised start."
    ),
    arms=(
        Arm("TW-GRPO", "tw_grpo", {**SAME, "method": "tw"}),
        Arm("GRPO", "tw_grpo", {**SAME, "method": "grpo"}),
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
    found=(
        "Why no more: partial credit pays for naming one sure line and no other. At a learning rate of 3e-4 (one "
        "seed, earlier weights of mmreason-tiny) TW-GRPO found that out within ten steps: answers with several lines "
        "vanished, strict accuracy where several are right went from 0.30 to 0, and partial credit rose to 0.72. At "
        "1e-4 both arms end alike, seeds differ by more than arms do, and questions with several right lines gain "
        "less than those with one."
    ),
)
