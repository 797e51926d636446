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
        "Pairs of pictures drawn for the run, mmreason-tiny, whose teacher came to wrong verdicts and contradicted its "
        "own ones on purpose. The listener is the policy as it was before; it sees the pictures and the chain without "
        "its decision. All exams are on hard pairs (one weak fault) of descriptions that were never learned from, in "
        "both orders."
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
)
