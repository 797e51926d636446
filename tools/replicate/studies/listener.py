"""Listener rewards against plain GRPO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.replicate.study import Arm, Claim, Curve, Study

STEPS: Mapping[str, Any] = {"steps": 60}

STUDY = Study(
    name="listener",
    title="Listener rewards: chains that convince somebody else",
    about=(
        "Pairs of pictures drawn for the run, mmreason-tiny, whose teacher came to wrong verdicts and contradicted "
        "its own ones on purpose. The listener is the policy as it was before; it sees the pictures and the chain "
        "without its decision. All exams are on hard pairs (one weak fault) of descriptions that were never learned "
        "from, in both orders."
    ),
    arms=(
        Arm("listener", "listener", {**STEPS}),
        Arm("GRPO", "listener", {**STEPS, "method": "grpo"}),
        Arm("listener, both orders", "listener", {**STEPS, "orders": "both"}),
    ),
    curves=(
        Curve("Accuracy of the samples", "accuracy"),
        Curve("Contradiction rate", "contradiction"),
        Curve("Listener ends at the right picture", "listener_right"),
    ),
    finals=(
        ("accuracy", "accuracy, hard unseen pairs"),
        ("contradiction", "contradiction rate"),
        ("listener_right", "listener right"),
        ("pairwise_accuracy", "by probability, both orders"),
        ("order_flips", "order decides"),
        ("greedy", "greedy"),
        ("ranking_tau", "anchor ranking, tau"),
    ),
    claims=(
        Claim("Chains contradict their decision less often.", "contradiction", "listener", "GRPO", "lower"),
        Claim("Accuracy on harder unseen pairs ends higher.", "accuracy", "listener", "GRPO"),
    ),
    found=(
        "Both leads are a thousandth or two: nobody could tell them from chance. Contradictions go from 0.33 to 0.04 "
        "in every arm, because a decision against one's own thought is right less often to begin with (seed 0: 0.38, "
        "and 0.54 of those that agree), so that accuracy alone unlearns it. Accuracy stops near 0.58 in every arm: "
        "that of greedy answers, 0.60, hardly moves, so what is learned is to sample less noisily what was known. "
        "What does differ in every seed is how often the order of the pictures decides: in 0.40 to 0.50 of the pairs "
        "after listener rewards, 0.45 to 0.47 with both orders, 0.55 to 0.62 after GRPO. Other work ran beside these "
        "runs, so wall times say little."
    ),
)
