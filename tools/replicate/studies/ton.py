"""TON against plain GRPO, and against a prompt that allows empty thoughts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.replicate.study import Arm, Claim, Curve, Study

STEPS: Mapping[str, Any] = {"task": "geometry", "steps": 80}

STUDY = Study(
    name="ton",
    title="TON: learning when not to think",
    about=(
        "Figures drawn for the run with one angle to find, numbers in the text, mmreason-tiny. Two templates "
        "(corresponding and alternate angles) have the number in the question, the others need a difference, a double"
        " or a half. All arms begin with the same supervised stage of 300 steps, after which the model still knows "
        "little: GRPO keeps every thought in it, TON drops half. The reinforcement after it is the same: format and "
        "accuracy, nothing for being short. All numbers at the end are of 60 figures with other numbers."
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
        Curve("Skip ratio, corresponding angles (easy)", "skip_ratio/corresponding"),
        Curve("Skip ratio, inscribed angles (hard)", "skip_ratio/inscribed"),
        Curve("Tokens of the thoughts that are there", "thinking_tokens"),
    ),
    finals=(
        ("accuracy", "held-out accuracy"),
        ("greedy", "greedy"),
        ("length", "tokens"),
        ("skip_ratio", "skip ratio"),
        ("skip_ratio/corresponding", "skipped, corresponding"),
        ("skip_ratio/alternate", "skipped, alternate"),
        ("skip_ratio/inscribed", "skipped, inscribed"),
        ("skip_ratio/cyclic", "skipped, cyclic"),
    ),
    claims=(
        Claim("Completions are shorter than GRPO's.", "length", "TON", "GRPO", "lower"),
        Claim("Accuracy is not below GRPO's.", "accuracy", "TON", "GRPO"),
        Claim("Thoughts are skipped, which GRPO does not learn.", "skip_ratio", "TON", "GRPO"),
        Claim("A prompt that allows empty thoughts does not lead to them.", "skip_ratio", "TON", "hybrid prompt"),
    ),
)
