from __future__ import annotations

import math

import pytest
import torch

from mmreason.errors import RecipeError
from mmreason.parsing.boxed import last_boxed
from mmreason.rewards import math_accuracy
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.signals import check
from mmreason.types import Batch, Group, Task
from mmreason.worker import Lost
from vision_data.messages import user


def task(answer: str | None, id: str = "t") -> Task:
    return Task(id=id, prompt=(user("Solve it. Put the answer in \\boxed{}."),), answer=answer)


class Recorded:
    """Stands where the workers would: remembers what it is asked and gives what it is told to."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.asked = list(answers), []

    def __call__(self, **_: object) -> Recorded:
        return self

    def run(self, function: object, items: list[object], timeout: float) -> list[object]:
        self.asked.append(list(items))
        return self.answers[: len(items)]


@pytest.mark.parametrize(
    ("gold", "text", "worth"),
    [
        ("42", r"\boxed{42}", 1.0),
        ("42", r"<think>\boxed{41}</think> So \boxed{42.0}", 1.0),
        ("42", r"<think>\boxed{42}</think> So \boxed{41}", 0.0),
        ("42", r"<think>\boxed{42}</think>", 0.0),
        ("42", r"<think>\boxed{42}", 0.0),
        ("42", r"\boxed{41} \boxed{42}", 1.0),
        ("42", r"\boxed{42} \boxed{41}", 0.0),
        ("42", r"\boxed{41, 42}", 0.0),
        ("42", r"\boxed{41=42}", 0.0),
        ("42", r"\boxed{41 \text{ or } 42}", 0.0),
        ("42", "It is 42 in the end.", 0.0),
        ("42", "The answer is 42.", 1.0),
        ("42", "", 0.0),
        (r"\frac{1}{2}", r"\boxed{0.5}", 1.0),
    ],
)
def test_by_our_own_parsing(say, monkeypatch, gold: str, text: str, worth: float) -> None:
    none = Recorded()
    monkeypatch.setattr(math_accuracy, "shared", none)
    assert MathAccuracy().rate(task(gold), say(text)) == worth
    assert none.asked == []


def test_without_a_gold_answer_nothing_is_measured(say) -> None:
    assert math.isnan(MathAccuracy().rate(task(None), say(r"\boxed{1}")))


def test_the_rest_is_asked_once_for_the_whole_batch(say, monkeypatch) -> None:
    texts = [r"\boxed{2<x}", r"\boxed{2<x}", r"\boxed{x>3}", r"\boxed{x>2}", "none"]
    asked = Recorded(True, False, Lost("time"))
    monkeypatch.setattr(math_accuracy, "shared", asked)
    groups = (Group(task("x>2"), tuple(map(say, texts))), Group(task("y>2", "u"), (say(r"\boxed{2<y}"),)))
    first, second = MathAccuracy()(Batch(groups))
    assert first.tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]
    assert torch.isnan(second).tolist() == [True]
    assert asked.asked == [[("x>2", "2<x"), ("x>2", "x>3"), ("y>2", "2<y")]]


@pytest.mark.parametrize(
    ("why", "value"), [("time", math.nan), ("crash", math.nan), ("memory", math.nan), ("error", 0.0)]
)
def test_missing_is_not_wrong(say, monkeypatch, why, value: float) -> None:
    monkeypatch.setattr(math_accuracy, "shared", Recorded(Lost(why)))
    found = MathAccuracy().rate(task("x>2"), say(r"\boxed{2<x}"))
    assert found == value or (math.isnan(found) and math.isnan(value))


def test_without_math_verify_what_cannot_be_told_is_wrong(say) -> None:
    assert MathAccuracy(verify=False).rate(task("x>2"), say(r"\boxed{2<x}")) == 0.0


def test_with_real_workers_a_hanging_formula_costs_itself_only(say) -> None:
    """A tower of powers that computer algebra would work out for ever."""
    tower = r"\boxed{x < 9^{9^{9^{9}}}}"
    reward = MathAccuracy(seconds=5.0, memory_bytes=1 << 28)
    texts = [r"\boxed{2<x}", tower, r"\boxed{x<2}"]
    found = reward.score(Group(task("x>2"), tuple(map(say, texts)))).tolist()
    assert (found[0], found[2]) == (1.0, 0.0)
    assert math.isnan(found[1]) or found[1] == 0.0


def test_loopholes_earn_nothing(say, hostile) -> None:
    for gold in ("2", r"\frac{1}{3}", "x^2", "(1,2)"):
        for text in hostile:
            assert MathAccuracy(verify=False).rate(task(gold), say(text)) == 0.0, (gold, text[:80])


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(RecipeError, match="tolerance"):
        MathAccuracy(tolerance=-1.0)
    with pytest.raises(RecipeError, match="seconds"):
        MathAccuracy(seconds=0.0)


def test_it_can_be_a_key() -> None:
    check(MathAccuracy())
    assert len({MathAccuracy(), MathAccuracy(extract=last_boxed), MathAccuracy()}) == 2
