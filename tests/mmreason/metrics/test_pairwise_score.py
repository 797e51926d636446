"""Win probabilities in both orders: a bias of position cancels, and is told."""

from __future__ import annotations

from mmreason.metrics.pairwise_score import PairwiseScore, Win, accuracy_of
from mmreason.parsing.decision import decision_text
from mmreason.types import Batch, Group, Task
from tests.mmreason.fakes import NAN, comp, fixed, prompt, settled

SCORE = PairwiseScore(fixed([0.9, 0.7], [0.6], [0.8], [0.3], [NAN], [0.4]))


def shown(number: int, pair: str, better: int, turned: bool = False, num: int = 1) -> Group:
    record = {"pair": pair, "turned": turned}
    task = Task(id=f"q{number}", prompt=prompt("x"), answer=decision_text(better), record=record)
    return Group(task, tuple(comp([1]) for _ in range(num)))


def batch(*groups: Group) -> Batch:
    return settled(groups, SCORE)


def test_both_orders() -> None:
    found = SCORE(
        batch(
            shown(0, "a", 1, num=2),  # 0.8 for picture 1 of the order given
            shown(1, "a", 2, turned=True),  # 0.6 for what is shown first, so 0.4: together 0.6
            shown(2, "b", 2),  # 0.8
            shown(3, "b", 1, turned=True),  # 0.7: together 0.75, and picture 2 is better
        )
    )
    assert found == {
        "pairwise_accuracy": 0.5,
        "one_order_accuracy": 0.25,
        "order_flips": 0.5,
        "first_shown": (0.8 + 0.6 + 0.8 + 0.3) / 4,
    }


def test_what_is_not_known_is_left_out() -> None:
    found = SCORE(batch(shown(4, "a", 1), shown(5, "a", 2, turned=True)))
    assert found["pairwise_accuracy"] == 1.0, "the turned order alone: 0.4 for what is shown first, so 0.6 for 1"
    assert found["one_order_accuracy"] == 1.0
    assert found["order_flips"] != found["order_flips"]
    nothing = SCORE(batch(shown(4, "a", 1)))
    assert all(value != value for value in nothing.values())
    assert all(value != value for value in SCORE(batch()).values())


def test_a_tie_is_half_right() -> None:
    assert accuracy_of(0.5, 1) == accuracy_of(0.5, 2) == 0.5
    assert Win("a", True, 0.3, 1).of_one == 0.7
    assert accuracy_of(NAN, 1) != accuracy_of(NAN, 1)


def test_without_probabilities_decisions_are_counted() -> None:
    score = PairwiseScore()
    task = Task(id="q0", prompt=prompt("x"), answer=decision_text(2))
    texts = [decision_text(2), decision_text(2), decision_text(1), "?"]
    found = score(settled([Group(task, tuple(comp([1], text=text) for text in texts))], score))
    assert found["pairwise_accuracy"] == 1.0, "one vote of three is for the first"
