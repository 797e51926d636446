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
        "teaches it answers that are right though their thought misread a line. Both arms see the same maps for as "
        "many steps; GRPO is held to the starting policy by a KL, as in the paper. L1 are maps of unseen cities, L2 "
        "are drawn in an unseen manner, L3 also ask an unseen question, about two stations at once."
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
        "Why not: the bonus does what it is meant to, but little hangs on it here. Of the right answers of the first "
        "thirty steps those that earned it follow from their thoughts more often than those that did not: 0.955 "
        "against 0.809, 0.895 against 0.633 and 0.971 against 0.810 (seeds 0, 1, 2). Yet five of six right answers "
        "earn it, and this policy mostly copies its letter from its own conclusion: learning to be right alone takes "
        "consistency from 0.51 to 0.95. In two of three seeds the thoughts of GRPO-CARE support the answer more often"
        " than GRPO's almost all the way (by one to two of a hundred; ahead in 33 and 30 of 60 steps, behind in 4 and"
        " 4); in the third both arms learn to read answers off the map past the thought, and GRPO-CARE, which no KL "
        "holds to its start, does so more (0.82 against 0.91). Seeds differ by more than the arms do. Thoughts do not"
        " collapse into the answer: 5.6 words become 5.2 (GRPO: 5.3; in one seed they grow), and the answer repeats 1"
        " % of their n-grams."
    ),
)
