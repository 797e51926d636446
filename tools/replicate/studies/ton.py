"""TON against plain GRPO, and against a prompt that allows empty thoughts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.replicate.study import Arm, Claim, Curve, Study

STEPS: Mapping[str, Any] = {"task": "counting", "steps": 60}

STUDY = Study(
    name="ton",
    title="TON: learning when not to think",
    about=(
        "Scenes drawn for the run with one to five things to count, mmreason-tiny. All arms begin with the same short "
        "supervised stage; the baseline keeps every thought in it, TON drops half. The reinforcement after it is "
        "the same: format and accuracy, nothing for being short."
    ),
    arms=(
        Arm("TON", "ton", {**STEPS}),
        Arm("GRPO", "ton", {**STEPS, "method": "grpo"}),
        Arm("hybrid prompt", "ton", {**STEPS, "method": "hybrid"}),
    ),
    curves=(
        Curve("Accuracy of the samples", "term/accuracy"),
        Curve("Length of the completions", "length"),
        Curve("Skip ratio", "skip_ratio"),
        Curve("Skip ratio, one to count", "skip_ratio/1"),
        Curve("Skip ratio, five to count", "skip_ratio/5"),
        Curve("Tokens of the thoughts that are there", "thinking_tokens"),
    ),
    finals=(
        ("accuracy", "held-out accuracy"),
        ("greedy", "greedy"),
        ("length", "tokens"),
        ("skip_ratio", "skip ratio"),
        ("skip_ratio/1", "skip ratio, one to count"),
        ("skip_ratio/5", "skip ratio, five to count"),
    ),
    claims=(
        Claim("Completions are shorter than GRPO's.", "length", "TON", "GRPO", "lower"),
        Claim("Accuracy is not below GRPO's.", "accuracy", "TON", "GRPO"),
        Claim("Thoughts are skipped, which GRPO does not learn.", "skip_ratio", "TON", "GRPO"),
        Claim("A prompt that allows empty thoughts does not lead to them.", "skip_ratio", "TON", "hybrid prompt"),
    ),
)
