"""TW-GRPO's soft accuracy: the card's numbers and every odd answer."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmreason.credit.group_norm import GroupNorm
from mmreason.metrics.multi_answer import MultiAnswer
from mmreason.rewards.base import Term
from mmreason.rewards.format import ThinkAnswerFormat
from mmreason.rewards.soft_multi_answer import SoftMultiAnswer, soft_accuracy
from mmreason.types import Batch, Group
from tests.mmreason.fakes import close, comp, group, settled, task

SOFT, STRICT, FORM = SoftMultiAnswer(), SoftMultiAnswer(strict=True), ThinkAnswerFormat()


def said(*answers: str, gold: str = "A,C", id: str = "q0") -> Group:
    texts = [f"<think>Hm.</think><answer>{answer}</answer>" for answer in answers]
    return Group(task(id, answer=gold), tuple(comp([1], text=text) for text in texts))


def test_the_worked_example() -> None:
    g = said("A", "A,C", "C, A", "A,B", "")
    close(SOFT.score(g), [0.5, 1, 1, 0, 0])
    close(STRICT.score(g), [0, 1, 1, 0, 0])


def test_partial_credit_makes_a_group_that_teaches_where_the_binary_reward_has_none() -> None:
    g = said("A,B", "A", "B", "C", gold="A,B,D")
    by = GroupNorm(eps=1e-4)
    for reward, total, advantages in (
        (SOFT, [1.666667, 1.333333, 1.333333, 1], [1.224295, 0, 0, -1.224295]),
        (STRICT, [1, 1, 1, 1], [0, 0, 0, 0]),
    ):
        batch = settled([g], by, terms=(Term("accuracy", reward), Term("format", FORM)))
        found = batch.groups[0]
        close(found[reward] + found[FORM], total)
        close(torch.stack([a[0] for a in found[by]]), advantages)


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("A,C", 1.0),  # without tags the whole text is the answer
        ("The answer is A,C", 0.0),
        ("<answer>A", 0.0),  # never closed
        ("<answer>\n A ,\tC \n</answer>", 1.0),
        ("<answer>A,A</answer>", 0.5),  # the same letter twice is one
        ("<answer>A,</answer>", 0.0),
        ("<answer>AC</answer>", 0.0),
        ("<answer>a</answer>", 0.0),
        ("<answer>A,B,C,D</answer>", 0.0),
        ("<answer>B</answer> no, <answer>A</answer>", 0.5),
        ("", 0.0),
        ("\x00<answer>,</answer>", 0.0),
    ],
)
def test_odd_answers(text: str, worth: float) -> None:
    assert SOFT.rate(task(answer="A,C"), comp([1], text=text)) == worth


@pytest.mark.parametrize("gold", [None, "", "  "])
def test_a_question_without_a_right_option_is_not_measured(gold: str | None) -> None:
    assert math.isnan(SOFT.rate(task(answer=gold), comp([1], text="<answer></answer>")))


@given(st.sets(st.sampled_from("ABCDE"), min_size=1), st.sets(st.sampled_from("ABCDE"), min_size=1))
def test_the_soft_reward_is_full_only_for_equal_sets(answer: set[str], gold: set[str]) -> None:
    found = soft_accuracy(",".join(sorted(answer, reverse=True)), ", ".join(gold))
    assert 0 <= found <= 1
    assert (found == 1) == (answer == gold)
    assert (found > 0) == (answer <= gold)


def test_strict_and_partial_accuracy_apart_for_one_and_several() -> None:
    groups = [said("B", "A", gold="B", id="q0"), said("A,C", "A", "A,B", gold="A,C", id="q1")]
    found = MultiAnswer()(settled(groups, MultiAnswer()))
    close([found["strict"], found["strict/single"], found["strict/multi"]], [2 / 5, 1 / 2, 1 / 3])
    close([found["partial"], found["partial/single"], found["partial/multi"]], [2.5 / 5, 1 / 2, 1.5 / 3])
    close(found["named"], 7 / 5)


def test_without_questions_of_a_kind_its_accuracy_is_missing() -> None:
    found = MultiAnswer()(settled([said("B", gold="B")], MultiAnswer()))
    assert math.isnan(found["strict/multi"])
    assert all(math.isnan(value) for value in MultiAnswer()(Batch(())).values())
    untagged = settled([group(comp([1], text="B"), answer="B")], MultiAnswer())
    assert math.isnan(MultiAnswer()(untagged)["named"])
