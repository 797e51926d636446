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
    found=(
        "Most of the difference in length, 13 of 16 tokens, is there when the reinforcement begins, as half of the "
        "thoughts were dropped. From there the skip ratio rises from 0.52 to 0.84, from 0.60 to 0.76, and in the "
        "third seed hardly, from 0.46 to 0.53 (first and last five steps, seeds 0, 2, 1), while thoughts that are "
        "there keep their 25 tokens: what the paper describes, for two seeds of three. The third is the one in which "
        "neither way of answering comes right (0.08 to 0.12 of the samples), so that nothing says which is better. In"
        " seed 0 answers without a thought are right oftener from the start (0.15 and 0.10) and their lead grows to "
        "0.42 and 0.13; the easy templates, whose number stands in the question, are skipped always in the end, the "
        "hard ones in two of three cases. On figures with other numbers all arms know little, 0.07 to 0.09. Of the "
        "training figures GRPO and the hybrid prompt come to 0.36 and 0.35, TON to 0.26: with half of the thoughts "
        "dropped each way of answering has had half of the lessons. Where thoughts pay, they stay: counting things "
        "cell by cell the same model gives up skipping, see docs/recipes/ton.md."
    ),
)
