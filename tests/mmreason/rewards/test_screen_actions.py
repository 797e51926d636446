"""Rewards of TON for actions on a screen, with the numbers of its worked example."""

from __future__ import annotations

from typing import Any

import pytest

from mmreason.credit.group_norm import GroupNorm
from mmreason.errors import DataError, RecipeError
from mmreason.rewards.action_exact import ActionExact
from mmreason.rewards.action_type import ActionType
from mmreason.rewards.base import CompletionReward, Term, total
from mmreason.rewards.click_near import ClickNear
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.rewards.numeric_match import NumericMatch
from mmreason.rewards.regex_match import RegexMatch
from tests.mmreason.fakes import NAN, close, comp, group, settled, task

GOLD = "{'action': 'CLICK', 'value': None, 'position': [0.5, 0.7]}"
FORM = RegexMatch(r"(?s)<think>.*?</think>\s*<action>.*?</action>")


def said(action: str, thought: str = "\n\n") -> str:
    return f"<think>{thought}</think><action>{action}</action>"


def click(x: float, y: float) -> str:
    return f"{{'action': 'CLICK', 'value': None, 'position': [{x}, {y}]}}"


def rate(reward: CompletionReward, text: str, gold: str | None = GOLD, **record: Any) -> float:
    return reward.rate(task(answer=gold, record=record), comp([1], text=text))


def test_the_worked_example() -> None:
    texts = [said(click(0.55, 0.78)), said(click(0.5, 0.9)), said("{'action': 'SCROLL UP'}"), "<think>Nothing"]
    by = GroupNorm(eps=1e-4)
    found = group(*(comp([1], text=text) for text in texts), answer=GOLD)
    terms = (Term("format", FORM), Term("type", ActionType()), Term("click", ClickNear()))
    batch = settled([found], by, terms=terms)
    close(total(batch)[0], [3, 2, 1, 0])
    close([float(a[0]) for a in batch.groups[0][by]], [1.161805, 0.387268, -0.387268, -1.161805])


@pytest.mark.parametrize(
    ("rewards", "expected"),
    [([2, 2, 1, 2], [0.4999, 0.4999, -1.4997, 0.4999]), ([2, 2, 2, 2], [0, 0, 0, 0])],
)
def test_counting_with_an_empty_thought(rewards: list[int], expected: list[float]) -> None:
    form, by = RegexMatch(), GroupNorm(eps=1e-4)
    texts = ["<think>\n\n</think><answer>4</answer>" if r == 2 else "<answer>4</answer>" for r in rewards]
    found = group(*(comp([1], text=text) for text in texts), answer="4")
    batch = settled([found], by, terms=(Term("format", form), Term("accuracy", NumericMatch())))
    close(total(batch)[0], rewards)  # without a think block the answer counts all the same
    close([float(a[0]) for a in batch.groups[0][by]], expected, 1e-4)


def test_formats_allow_an_empty_thought_and_nothing_around() -> None:
    form = RegexMatch()
    texts = {
        "<think></think><answer>4</answer>": 1,
        "<think>\n\n</think>\n<answer>4</answer>": 1,
        "<think>a\nb</think> <answer>4</answer>": 1,
        "<answer>4</answer>": 0,
        "<think>a</think>": 0,
        "<think>a</think>so<answer>4</answer>": 0,
        "<think>a</think><answer>4</answer> indeed": 0,
    }
    batch = settled([group(*(comp([1], text=text) for text in texts))], form)
    close(batch.groups[0][form], list(texts.values()))


def test_clicks_within_a_distance() -> None:
    assert rate(ClickNear(), said(click(0.5, 0.83))) == 1
    assert rate(ClickNear(), said(click(0.61, 0.8))) == 0  # 0.149 away, though each side is within
    assert rate(ClickNear(within=0.2), said(click(0.61, 0.8))) == 1
    assert rate(ClickNear(), said("{'action': 'CLICK', 'value': None, 'position': None}")) == 0
    assert rate(ActionType(), said("{'action': 'CLICK', 'value': None, 'position': None}")) == 1
    other = "{'action': 'PRESS BACK', 'value': None, 'position': None}"
    assert rate(ClickNear(), said(other), other) == 0  # other actions have two points at most
    assert rate(ClickNear(), said(click(0.5, 0.7)), other) == 0


def test_what_cannot_be_read_is_wrong_and_what_is_no_gold_is_not_measured() -> None:
    for reward in (ActionType(), ClickNear(), ActionExact()):
        for text in (said("CLICK"), said("os.abort()"), "<think>" + GOLD, ""):
            assert rate(reward, text) == 0
        close([rate(reward, said(GOLD), "4"), rate(reward, said(GOLD), None)], [NAN, NAN])
        assert rate(reward, GOLD) == 1  # without tags all of it is read


def test_a_gold_box_counts_where_it_is_asked_for() -> None:
    box = {"boxes": [[0, 0, 196, 168]], "box_space": "original", "width": 196, "height": 336}
    far = said(click(0.1, 0.1))
    gold = click(0.5, 0.25)
    assert rate(ClickNear(), far, gold, **box) == 0
    assert rate(ClickNear(inside=True), far, gold, **box) == 1
    assert rate(ClickNear(inside=True), said(click(0.1, 0.6)), gold, **box) == 0
    assert rate(ClickNear(inside=True), said(click(1.5, 0.1)), gold, **box) == 0
    assert rate(ClickNear(inside=True), said("{'action': 'CLICK'}"), gold, **box) == 0
    assert rate(ClickNear(inside=True), far, gold) == 0  # no boxes: the distance alone
    with pytest.raises(DataError, match="boxes"):
        rate(ClickNear(inside=True), far, gold, boxes=[[0, 0, 9]], box_space="original", width=9, height=9)
    with pytest.raises(RecipeError, match="within is -1"):
        ClickNear(-1)


@pytest.mark.parametrize(
    ("text", "gold", "expected"),
    [
        (click(0.55, 0.78), GOLD, 1),
        (click(0.5, 0.9), GOLD, 0),
        ("{'action': 'TYPE', 'value': 'garden plan 2'}", "{'action': 'TYPE', 'value': 'Garden plan'}", 1),
        ("{'action': 'TYPE', 'value': 'garden'}", "{'action': 'TYPE', 'value': 'Garden plan'}", 1),
        ("{'action': 'TYPE', 'value': ''}", "{'action': 'TYPE', 'value': 'Garden plan'}", 0),
        ("{'action': 'TYPE', 'value': None}", "{'action': 'TYPE', 'value': 'Garden plan'}", 0),
        ("{'action': 'TYPE', 'value': 'kitchen'}", "{'action': 'TYPE', 'value': 'Garden plan'}", 0),
        ("{'action': 'SCROLL UP'}", "{'action': 'SCROLL UP'}", 1),
        ("{'action': 'SCROLL UP'}", "{'action': 'SCROLL DOWN'}", 0),
        ("{'action': 'PRESS BACK'}", "{'action': 'PRESS HOME'}", 0),
        ("{'action': 'STATUS_TASK_COMPLETE'}", '{"action": "TASK_COMPLETE"}', 1),
    ],
)
def test_exactness_as_aitz_has_it(text: str, gold: str, expected: float) -> None:
    assert rate(ActionExact(), said(text), gold) == expected


def test_types_are_coarse_in_the_evaluation() -> None:
    gold = "{'action': 'SCROLL DOWN'}"
    up = said("{'action': 'SCROLL UP'}")
    assert (rate(ActionType(), up, gold), rate(ActionType(coarse=True), up, gold)) == (0, 1)
    assert rate(ActionType(coarse=True), said("{'action': 'PRESS HOME'}"), gold) == 0


def test_geometry_is_compared_as_mathematics() -> None:
    found = [rate(MathAccuracy(), f"<think>\n\n</think><answer>{x}</answer>", "145") for x in ("145.0", "145°", "45")]
    assert found == [1, 1, 0]
