"""Code-as-Thought's decision reward, its accuracy, and the sum of the four rewards: the card's numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from mmreason_recipes.cat_charts import rewards

from mmreason.credit.group_norm import GroupNorm
from mmreason.errors import DataError, RecipeError
from mmreason.probes.programmability import Programmable
from mmreason.rewards.base import total
from mmreason.rewards.chart_accuracy import ChartAccuracy
from mmreason.rewards.strategy_decision import StrategyDecision
from mmreason.types import Group
from tests.mmreason.fakes import NAN, close, comp, fixed, settled, task

GOLD: dict[str, list[Any]] = {"City": ["Oslo", "Rome", "Cairo"], "Sales": [10, 20, 30], "Cost": [5, 6, math.nan]}
PRED: dict[str, list[Any]] = {"city": ["oslo ", "Rome", "Cairo"], "sales": [10.05, 21, 30]}
RIGHT, WRONG = r"\boxed{30}", r"\boxed{31.6}"


def by_code(table: Any, answer: str) -> str:
    return f"<CODE>\n```python\nchart_data = pd.DataFrame({table!r})\n```\n{answer}"


def of(texts: list[str], **fields: Any) -> Group:
    return Group(task(**fields), tuple(comp([1], text=text) for text in texts))


def test_totals_and_advantages_of_the_card() -> None:
    two_rows = {name: cells[:2] for name, cells in GOLD.items()}
    texts = [by_code(PRED, RIGHT), by_code(two_rows, WRONG), f"<DIRECT> {RIGHT}", "<DIRECT> It is 7."]
    group = of(texts, answer="30", record={"programmable": True, "table": GOLD})
    terms = rewards(ChartAccuracy(), Programmable(), 0.3, 0.5, 0.15, "adaptive")
    batch = settled([group], terms=terms)
    [sums] = total(batch)
    close(sums, [1.2725, 0.335, 0.85, 0.0])
    [advantages] = GroupNorm().normalise(batch, [sums])
    close(advantages, [1.172924, -0.497908, 0.419936, -1.094952])


@pytest.mark.parametrize(
    ("label", "wanted"),
    [(True, [1, 0.5, 0, 0, 0, 1]), (False, [0, 0, 1, 0.5, 0, 0]), (1, [1, 0.5, 0, 0, 0, 1]), (None, [NAN] * 6)],
)
def test_decisions(label: Any, wanted: list[float]) -> None:
    texts = [f"<CODE> {RIGHT}", f"<CODE> {WRONG}", f"<DIRECT> {RIGHT}", "<DIRECT>", RIGHT, f"<CODE> <DIRECT> {RIGHT}"]
    reward = StrategyDecision()
    batch = settled([of(texts, answer="30", record={"programmable": label})], reward)
    close(batch.groups[0][reward], wanted)


def test_partial_credit_and_an_accuracy_that_was_not_measured() -> None:
    reward = StrategyDecision(fixed([1, 0, NAN, NAN]), partial=0.0)
    texts = ["<CODE>", "<CODE>", "<CODE>", "<DIRECT>"]
    batch = settled([of(texts, record={"programmable": True})], reward)
    close(batch.groups[0][reward], [1, 0, NAN, 0])
    with pytest.raises(RecipeError, match="partial is 2"):
        StrategyDecision(partial=2)


def test_a_label_of_another_kind_is_refused() -> None:
    with pytest.raises(DataError, match="programmable is 'yes', expected true or false"):
        settled([of(["<CODE>"], answer="1", record={"programmable": "yes"})], StrategyDecision())


@pytest.mark.parametrize(
    ("said", "gold", "value"),
    [
        ("30", "30", 1),
        ("31.5", "30", 1),
        ("31.6", "30", 0),
        ("1,000", "1000", 1),
        ("2019", "2020", 0),
        ("2020", "2020", 1),
        ("50%", "50%", 1),
        ("the Blue", "blue", 1),
        ("red", "blue", 0),
        ("red, blue", "[red, blue]", 1),
        ("", "30", 0),
        ("30 or 31", "30", 0),
    ],
)
def test_answers(said: str, gold: str, value: float) -> None:
    assert ChartAccuracy().rate(task(answer=gold), comp([1], text=f"<DIRECT> \\boxed{{1}} \\boxed{{{said}}}")) == value


def test_only_the_box_counts() -> None:
    assert ChartAccuracy().rate(task(answer="30"), comp([1], text="<DIRECT> The answer is 30.")) == 0
    assert math.isnan(ChartAccuracy().rate(task(), comp([1], text=RIGHT)))


@pytest.mark.parametrize(("said", "value"), [("7", 1), ("7.2", 1), ("7.3", 0)])
def test_a_records_tolerance_goes_before(said: str, value: float) -> None:
    given = task(answer="7", record={"tolerance": 0.2})
    assert ChartAccuracy(0.5).rate(given, comp([1], text=f"\\boxed{{{said}}}")) == value


def test_bad_settings_are_refused() -> None:
    with pytest.raises(RecipeError, match="relative is -1"):
        ChartAccuracy(-1)
    with pytest.raises(DataError, match="tolerance is 'x'"):
        ChartAccuracy().rate(task(answer="7", record={"tolerance": "x"}), comp([1], text=RIGHT))
