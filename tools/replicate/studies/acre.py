"""ACRE against GRPO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.replicate.study import Arm, Claim, Curve, Study

SAME: Mapping[str, Any] = {"steps": 60}

STUDY = Study(
    name="acre",
    title="ACRE: an answer pays in full if the same reasoning gives it again among shuffled options",
    about=(
        "Which of four lines stops where, on transit maps drawn for the run, mmreason-tiny; one is right. A short "
        "supervised start teaches it to name options by their letters in half of its thoughts, which no shuffle "
        "survives."
    ),
    arms=(
        Arm("ACRE", "acre", {**SAME, "method": "acre"}),
        Arm("GRPO", "acre", {**SAME, "method": "grpo"}),
    ),
    curves=(
        Curve("Accuracy of the samples", "term/accuracy"),
        Curve("Answers that survive a shuffle", "oscr"),
        Curve("Gradient norm", "policy/grad_norm"),
    ),
    finals=(
        ("term/accuracy", "held-out accuracy"),
        ("oscr", "OSCR"),
        ("cacr", "CACR"),
        ("cr_wa", "right reasoning, wrong answer"),
        ("wr_ca", "wrong reasoning, right answer"),
    ),
    claims=(
        Claim("More answers survive a shuffle of the options (OSCR).", "oscr", "ACRE", "GRPO"),
        Claim("Reasoning and answer agree more often (CACR).", "cacr", "ACRE", "GRPO"),
        Claim("Accuracy is no lower.", "term/accuracy", "ACRE", "GRPO"),
    ),
    found=(
        "Where it comes from: seed 0. There GRPO learns to be right past its own reasoning (0.15 of its held-out "
        "answers are right after a wrong conclusion, CACR 0.80), and ACRE does not (0.015, 0.95). In the other seeds "
        "both arms learn to reason to their answers, and nothing is left to mend. The second passes cost a fifth of "
        "the wall time."
    ),
)
