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
        "Which of four lines stop where, on transit maps drawn for the run, mmreason-tiny. A short supervised start "
        "teaches it answers that are sometimes not those of their own thought. Both arms see the same maps for as many "
        "steps; GRPO is held to the starting policy by a KL, as in the paper. L1 are maps of unseen cities, L2 are "
        "drawn in an unseen manner, L3 also ask an unseen question, about two stations at once."
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
        Claim("The gap holds on L3, another manner and another question.", "consistency/L3", "GRPO-CARE", "GRPO"),
    ),
    found=(
        "Why not: this policy cannot answer without its thought. Its letter is copied from its own conclusion, so "
        "right answers are consistent from the start (0.86, and 0.96 after six steps of either arm), and learning "
        "to be right is learning to be consistent: nothing is left for a bonus. During training the thoughts of "
        "GRPO-CARE support the answer a little more often all the way (0.918 against 0.911 in steps 13 to 18, 0.983"
        " against 0.977 in the last six, seeds 0 and 1), and the held-out difference is noise. What the paper mends"
        " needs a model with a way to the answer past its thought. Thoughts do not collapse into the answer: they "
        "keep their length, and the answer repeats under 1 % of their n-grams. A learning rate of 3e-4 (one seed) "
        "gave 0.78 and 0.91."
    ),
)
