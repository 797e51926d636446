"""How often a listener disagrees: ties, silence, and who is right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.metrics.contradiction import ContradictionRate, contradicts
from mmreason.parsing.decision import decision_text
from mmreason.types import Completion
from tests.mmreason.fakes import NAN, close, comp, fixed, group, settled

FIRST, SECOND = decision_text(1), decision_text(2)


def said(verdict: int | None, decision: str) -> Completion:
    chain = "" if verdict is None else f"<think> So image {verdict}. </think>"
    return comp([1], text=f"{chain}<answer>{decision}</answer>")


@given(st.floats(0, 1), st.sampled_from((1, 2)))
def test_exactly_one_decision_is_contradicted_unless_it_is_a_tie(first: float, decision: int) -> None:
    both = contradicts(first, decision), contradicts(first, 3 - decision)
    assert sum(both) == (first != 0.5)


def test_by_a_listener_that_gives_probabilities() -> None:
    heard = fixed([0.9, 0.9, 0.5, 0.2, NAN, 0.9])
    rate = ContradictionRate(heard)
    g = group(
        said(1, FIRST), said(1, SECOND), said(2, SECOND), said(2, SECOND), said(2, SECOND), said(1, "none"),
        answer=FIRST,
    )  # fmt: skip
    batch = settled([g], rate)
    close(rate.of(batch.groups[0]), [0, 1, 0, 0, NAN, NAN])
    found = rate(batch)
    assert found["contradiction"] == 0.25
    assert found["accuracy_agreed"] == pytest.approx(1 / 3)
    assert found["accuracy_contradicted"] == 0
    assert found["listener_right"] == 0.5, "first, and second where it contradicts a wrong decision"


def test_by_rule() -> None:
    rate = ContradictionRate()
    g = group(said(1, FIRST), said(2, FIRST), said(None, FIRST), answer=FIRST)
    found = rate(settled([g], rate))
    assert (found["contradiction"], found["accuracy_agreed"], found["accuracy_contradicted"]) == (0.5, 1.0, 1.0)


def test_of_nothing_it_is_not_measured() -> None:
    rate = ContradictionRate()
    for groups in ((), (group(said(None, "x"), answer=FIRST),)):
        found = rate(settled(groups, rate))
        assert all(value != value for value in found.values())
