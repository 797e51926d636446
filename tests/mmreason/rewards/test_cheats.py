"""All answer verifiers over all known cheats of rule verifiers, in one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.answer_set import SetMatch
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.bleu import Bleu
from mmreason.rewards.box_iou import BoxIoU
from mmreason.rewards.error_rate import ErrorRate
from mmreason.rewards.exact_match import ExactMatch
from mmreason.rewards.json_match import JsonMatch
from mmreason.rewards.matched_iou import MatchedIoU
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.rewards.multiple_choice import MultipleChoiceMatch
from mmreason.rewards.numeric_match import NumericMatch
from mmreason.rewards.point_in_box import PointInBox
from mmreason.rewards.rouge import Rouge
from mmreason.rewards.temporal_iou import TemporalIoU
from mmreason.rewards.text_match import TextMatch
from mmreason.rewards.token_f1 import TokenF1
from tests.mmreason.fakes import task

OPTIONS = {"options": ["cat", "dog", "cow", "pig"]}
BOX = {"box_space": "thousand", "boxes": [[100, 100, 200, 200]]}


@dataclass(frozen=True)
class Tried:
    """A verifier, and a right and a wrong answer to its question."""

    reward: CompletionReward
    right: str
    wrong: str
    gold: str | None = None
    record: dict[str, Any] = field(default_factory=dict)


TRIED = (
    Tried(ExactMatch(), "5", "7", "5"),
    Tried(TextMatch(), "5", "7", "5"),
    Tried(NumericMatch(), "5", "7", "5"),
    Tried(MathAccuracy(verify=False), "5", "7", "5"),
    Tried(MultipleChoiceMatch(), "B", "C", "B", OPTIONS),
    Tried(SetMatch(), "A,C", "B", "A,C", OPTIONS),
    Tried(TokenF1(), "5", "7", "5"),
    Tried(Rouge(), "5", "7", "5"),
    Tried(Bleu(order=1), "5", "7", "5"),
    Tried(ErrorRate(), "5", "7", "5"),
    Tried(JsonMatch(), "5", "7", "5"),
    Tried(BoxIoU(), "[100, 100, 200, 200]", "[300, 300, 400, 400]", None, BOX),
    Tried(MatchedIoU(), "[100, 100, 200, 200]", "[300, 300, 400, 400]", None, BOX),
    Tried(PointInBox(), "(150, 150)", "(350, 350)", None, BOX),
    Tried(TemporalIoU(), "5 to 7", "10 to 12", "5 to 7"),
)
MEGABYTE = 1_000_000

# What the cheat says, and what it earns, one value per verifier in the order above; x is over 0 and under 0.7.
# "Right" rows show that the verifiers are not just deaf. Partial credit is what overlap measures are: see TokenF1.
#                                  E T N M C S  F R B W  J  b m p t
CHEATS: dict[str, tuple[str, str]] = {
    "right": ("{right}",          "1 1 1 1 1 1  1 1 1 1  1  1 1 1 1"),
    "boxed": (r"\boxed{{{right}}}", "1 1 1 1 1 1  1 1 1 1  1  1 1 1 1"),
    "after a thought": ("<think>{wrong}</think>{right}", "1 1 1 1 1 1  1 1 1 1  1  1 1 1 1"),
    "wrong box, then right": (r"\boxed{{{wrong}}} \boxed{{{right}}}", "1 1 1 1 1 1  1 1 1 1  1  1 1 1 1"),
    "right box, then wrong": (r"\boxed{{{right}}} \boxed{{{wrong}}}", "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "two tags": ("<answer>{right}</answer><answer>{wrong}</answer>", "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "list": ("{wrong}, {right}", "0 0 0 0 0 0  x x x 0  0  0 x 0 0"),
    "list in a box": (r"\boxed{{{wrong}, {right}}}", "0 0 0 0 0 0  x x x 0  0  0 x 0 0"),
    "or": ("{right} or {wrong}", "0 0 0 0 0 0  x x x 0  0  0 x 0 0"),
    "or in a box": (r"\boxed{{{right} \text{{ or }} {wrong}}}", "0 0 0 0 0 0  x x x 0  0  0 x 0 0"),
    "not (a place is named all the same)": ("not {right}", "0 0 0 0 0 0  x x x 0  0  1 1 1 1"),
    "guesses, the last is right": ("The answer is {wrong}. The answer is {right}.", "1 1 1 1 1 1  x x x 0  0  0 x 0 0"),
    "guesses, the last is wrong": ("The answer is {right}. The answer is {wrong}.", "0 0 0 0 0 0  x x x 0  0  0 x 0 0"),
    "box in the thought only": (r"<think>\boxed{{{right}}}</think>", "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "box in the thought, wrong after": (r"<think>\boxed{{{right}}}</think>{wrong}", "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "thought that never ends": (r"<think>\boxed{{{right}}}", "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "empty": ("", "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "blank": (" \n\t\u200b", "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "empty box": (r"\boxed{{}}", "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "empty tag": ("<think>{right}</think><answer></answer>", "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "full width": ("{wide}", "0 1 1 1 1 1  1 1 1 1  0  0 0 0 0"),
    "zero-width characters": ("{thin}", "0 1 1 1 1 1  1 1 1 1  0  0 0 0 0"),
    "right to left": ("\u202e{right}\u202c", "0 0 0 0 0 0  0 1 1 0  0  1 1 1 1"),
    "a megabyte after": ("{right} " + "x" * MEGABYTE, "0 0 0 0 0 0  x x x 0  0  0 0 0 0"),
    "a megabyte of it": ("{many}", "0 0 0 0 0 0  x x x 0  0  0 0 0 0"),
    "a megabyte of space": ("{right}" + " " * MEGABYTE + "{wrong}", "0 0 0 0 0 0  x x x 0  0  0 0 0 0"),
    "ten thousand braces": (
        r"\boxed{{" + "{{" * 10_000 + "{right}" + "}}" * 10_000 + "}}",
        "0 1 0 0 0 0  1 1 1 0  0  1 1 1 0",
    ),
    "ten thousand open boxes": (r"\boxed{{" * 10_000, "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "open brackets": ("[" * 100_000, "0 0 0 0 0 0  0 0 0 0  0  0 0 0 0"),
    "broken characters": ("\x00\ud800{right}", "0 0 0 0 0 0  0 1 1 0  0  1 1 1 1"),
}  # fmt: skip


def written(cheat: str, tried: Tried) -> str:
    right = tried.right
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in right)
    many = (right + " ") * (MEGABYTE // (len(right) + 1))
    return CHEATS[cheat][0].format(
        right=right, wrong=tried.wrong, wide=wide, thin="\u200b".join((*right, "")), many=many
    )


@pytest.mark.parametrize("cheat", CHEATS)
def test_what_each_cheat_earns(say, cheat: str) -> None:
    worths = CHEATS[cheat][1].split()
    for tried, worth in zip(TRIED, worths, strict=True):
        found = tried.reward.rate(task(answer=tried.gold, record=tried.record), say(written(cheat, tried)))
        good = 0.0 < found < 0.7 if worth == "x" else found == pytest.approx(float(worth))
        assert good, f"{cheat}: {type(tried.reward).__name__} gave {found}, expected {worth}"


def test_loopholes_of_the_other_verifiers_too(say, hostile) -> None:
    """The list that all verifiers of this folder are tried on: nothing in it is right."""
    for tried in TRIED:
        asked = task(answer=tried.gold, record=tried.record)
        for text in hostile:
            assert tried.reward.rate(asked, say(text)) == 0.0, (tried.reward, text[:60])
    for text in hostile:
        assert Accuracy().rate(task(answer="Paris"), say(text)) == 0.0, text[:60]
