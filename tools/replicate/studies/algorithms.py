"""GRPO and its kin on small sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmreason.models.loading import TINY_TEXT
from tools.replicate.study import Arm, Curve, Study

SUMS: Mapping[str, Any] = {
    "tasks": "sums",
    "steps": 60,
    "groups": 8,
    "group_size": 8,
    "limit": 48,
    "lr": 3e-4,
    "beta": 0.0,
}
"""Keywords of every arm of the algorithms' page."""

STUDY = Study(
    name="algorithms",
    policy=TINY_TEXT,
    title="The base algorithms on small sums",
    about=(
        "mmreason-tiny-text works out expressions with up to three operations; its teacher slipped on purpose. Every "
        "algorithm gets the same expressions, the same number of samples and the same learning rate, without KL."
    ),
    arms=(
        Arm("GRPO", "grpo", {**SUMS}),
        Arm("Dr. GRPO", "dr_grpo", {**SUMS}),
        Arm("DAPO", "dapo", {**SUMS, "rounds": 3}),
        Arm("RLOO", "rloo", {**SUMS}),
        Arm("GSPO", "gspo", {**SUMS, "minibatch": 4}),
        Arm("CISPO", "cispo", {**SUMS, "minibatch": 4}),
    ),
    curves=(
        Curve("Accuracy of the samples", "accuracy"),
        Curve("Completion length (tokens)", "length"),
        Curve("Gradient norm", "policy/grad_norm"),
    ),
    finals=(("accuracy", "held-out accuracy"), ("pass_at_4", "pass@4")),
)
