"""GRPO-CARE against GRPO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.replicate.study import Arm, Claim, Curve, Study

SAME: Mapping[str, Any] = {"steps": 60}

STUDY = Study(
    name="grpo_care",
    title="GRPO-CARE: a bonus for reasoning that carries the answer",
    about=(
        "Kitchens drawn for the run, mmreason-tiny. The model has learned from a teacher whose letter is "
        "sometimes not that of its own thought. Both arms see the same videos for as many steps; GRPO is held "
        "to the starting policy by a KL, as in the paper."
    ),
    arms=(
        Arm("GRPO-CARE", "grpo_care", {**SAME, "method": "care"}),
        Arm("GRPO", "grpo_care", {**SAME, "method": "grpo"}),
    ),
    curves=(
        Curve("Accuracy of the samples", "term/accuracy"),
        Curve("Thoughts that support the answer", "consistency"),
        Curve("Thought length (words)", "thought_words"),
    ),
    finals=(
        ("accuracy", "held-out accuracy"),
        ("consistency", "consistency"),
        ("consistency_right", "consistency of right answers"),
        ("L1", "L1"),
        ("L2", "L2"),
        ("L3", "L3"),
        ("consistency/L3", "consistency on L3"),
        ("thought_overlap", "n-grams of the thought that the answer repeats"),
    ),
    claims=(
        Claim("Reasoning supports the answer more often.", "consistency", "GRPO-CARE", "GRPO"),
        Claim("Accuracy is no lower.", "accuracy", "GRPO-CARE", "GRPO"),
        Claim("The gap holds on L3, other rooms and dishes.", "consistency/L3", "GRPO-CARE", "GRPO"),
    ),
)
