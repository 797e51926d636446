"""ROUGE, BLEU, token F1 and error rates, by hand and by the cards."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.errors import RecipeError
from mmreason.rewards.bleu import Bleu, bleu, corpus_bleu
from mmreason.rewards.error_rate import ErrorRate, error_rate, from_error
from mmreason.rewards.rouge import Rouge, rouge, rouge_l, rouge_n
from mmreason.rewards.token_f1 import TokenF1, token_f1
from tests.mmreason.fakes import task

WORDS = st.lists(st.sampled_from("abcde"), min_size=1, max_size=12)


def test_rouge_by_hand() -> None:
    said, gold = ["the", "cat", "sat", "on", "the", "mat"], ["the", "cat", "is", "on", "the", "mat"]
    assert rouge_n(said, gold, 1) == pytest.approx(5 / 6)
    assert rouge_n(said, gold, 2) == pytest.approx(3 / 5)
    assert rouge_l(said, gold) == pytest.approx(5 / 6)
    assert rouge_n(["the"] * 5, gold, 1, "precision") == pytest.approx(2 / 5)
    assert rouge_n(["the"] * 5, gold, 1, "recall") == pytest.approx(2 / 6)
    assert rouge("The cat sat; on the mat.", "the cat is on the mat", ("1", "2", "L")) == pytest.approx(
        (5 / 6 + 3 / 5 + 5 / 6) / 3
    )


def test_rouge_of_the_contamination_probe() -> None:
    """Worked example of RandomCalculation's card, arXiv:2507.10532."""
    value = rouge("the sum of all positive", "sum of all the positive integers")
    assert value == pytest.approx(0.727273, abs=1e-6)


def test_bleu_of_grit() -> None:
    """Worked example of GRIT's card, arXiv:2505.15879."""
    assert bleu(["a", "red", "bus"], [["red", "bus"]], 1) == pytest.approx(0.666667, abs=1e-6)
    assert bleu(["bus"], [["red", "bus"]], 1) == pytest.approx(0.367879, abs=1e-6)


def test_bleu_of_texts() -> None:
    assert (
        bleu("A red bus!", "red bus", 1)
        == bleu("A red bus!", ["red bus"], 1)
        == bleu(["a", "red", "bus"], [["red", "bus"]], 1)
    )


def test_self_bleu_of_mmr1() -> None:
    """Worked example of MMR1's card, arXiv:2509.21268: several references, the nearest length, floors of 0.1."""
    rollouts = [[1, 2, 3, 4], [1, 2, 3, 5], [1, 2, 4, 4], [6, 7, 8, 9]]
    found = [bleu(r, rollouts[:i] + rollouts[i + 1 :], 3, "floor") for i, r in enumerate(rollouts)]
    assert found == pytest.approx([0.69336127, 0.62996052, 0.23207944, 0.0], abs=1e-8)


def test_smoothing_by_hand() -> None:
    said, gold = ["a", "b", "x", "y"], [["a", "b", "c", "d"]]
    # matches 2 of 4, 1 of 3, 0 of 2, 0 of 1
    assert bleu(said, gold, 4, "none") == 0.0
    assert bleu(said, gold, 4, "floor") == pytest.approx((2 / 4 * 1 / 3 * 0.1 / 2 * 0.1) ** 0.25)
    assert bleu(said, gold, 4, "exp") == pytest.approx((2 / 4 * 1 / 3 * 0.5 / 2 * 0.25) ** 0.25)
    assert bleu(said, gold, 4, "add") == pytest.approx((2 / 4 * 2 / 4 * 1 / 3 * 1 / 2) ** 0.25)
    assert bleu(said, gold, 2, "none") == pytest.approx((2 / 4 * 1 / 3) ** 0.5)


def test_a_corpus_adds_before_it_divides() -> None:
    pairs = [(["a", "b"], [["a", "b"]]), (["c"], [["x", "y", "z"]])]
    assert corpus_bleu(pairs, 1) == pytest.approx(2 / 3 * math.exp(1 - 5 / 3))
    assert corpus_bleu([], 4) == corpus_bleu([([], [["a"]])]) == corpus_bleu([(["a"], [])]) == 0.0


@given(WORDS, WORDS)
def test_all_are_between_0_and_1_and_1_for_the_same(said: list[str], gold: list[str]) -> None:
    for value in (rouge_n(said, gold), rouge_l(said, gold), bleu(said, [gold], 2, "add"), bleu(said, [gold])):
        assert 0.0 <= value <= 1.0
    assert rouge_n(gold, gold) == rouge_l(gold, gold) == 1.0
    assert bleu(gold, [said, gold], 1) == pytest.approx(1.0)
    assert rouge_l(said, gold) <= rouge_n(said, gold) + 1e-12


def test_f1_by_hand() -> None:
    assert token_f1("The big red bus.", "red bus") == pytest.approx(0.8)
    assert token_f1("", "bus") == token_f1("car", "bus") == token_f1("5", "-5") == 0.0
    assert token_f1("5", "-5", numbers=False) == 1.0
    assert math.isnan(token_f1("bus", "the"))


def test_error_rates_by_hand() -> None:
    assert error_rate("the cat sat", "the cat sat down") == 0.25
    assert error_rate("", "two words") == 1.0
    assert error_rate("a b c d", "a") == 3.0
    assert error_rate("abd", "abc", "character") == pytest.approx(1 / 3)
    assert error_rate("A  B", "a b") == 1.0
    assert error_rate("A  B", "a b", case=True) == 0.0
    assert error_rate("x " * 500_000, "x") == 100.0
    assert math.isnan(error_rate("a", " "))
    assert [from_error(1.5, shape) for shape in ("clip", "exp", "negative")] == [0.0, math.exp(-1.5), -1.5]


def test_as_rewards(say) -> None:
    asked = task(answer="a red bus", record={"answers": ["one bus", ""]})
    answer = say("<think>a red bus</think><answer>one bus</answer>")
    for reward in (Rouge(), Bleu(2), TokenF1(), ErrorRate()):
        assert reward.rate(asked, answer) == pytest.approx(1.0)
        assert reward.rate(asked, say("<think>one bus</think> car")) == 0.0
        assert math.isnan(reward.rate(task(), answer))
    assert ErrorRate(shape="exp").rate(task(answer="a b"), say("a")) == pytest.approx(math.exp(-0.5))


def test_bad_settings_are_refused() -> None:
    for make in (
        lambda: Rouge(("3",)),
        lambda: Rouge(()),
        lambda: Bleu(0),
        lambda: Bleu(smooth="x"),
        lambda: ErrorRate("x"),
    ):
        with pytest.raises(RecipeError, match="expected"):
            make()
