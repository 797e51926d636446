"""GRPO-CARE's rewards: the card's numbers, ties, nobody selected, what is not measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mmreason.credit.group_norm import GroupNorm
from mmreason.errors import RecipeError
from mmreason.probes.answer_likelihood import length_normalised
from mmreason.rewards.base import GroupReward, Term
from mmreason.rewards.care.conclusion import ConclusionMatches, concluded
from mmreason.rewards.care.consistency_bonus import ConsistencyBonus, consistency_bonus
from mmreason.rewards.care.dense_consistency import DenseConsistency
from mmreason.rewards.care.regenerated_accuracy import RegeneratedAccuracy
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy, kind_of
from mmreason.types import Group
from tests.mmreason.fakes import NAN, D, Fixed, close, comp, fixed, flat_group, group, settled, task


@dataclass(frozen=True)
class Likely(GroupReward):
    """Likelihoods given by hand."""

    row: tuple[float, ...]

    def score(self, group: Group) -> Tensor:
        return torch.tensor(self.row, dtype=D)


LOGPROBS = [[-0.01, -0.03], [-0.4, -0.2], [-0.9, -1.1], [-0.02, -0.02]]


def bonus(acc: Sequence[float], p: Sequence[float], **how: object) -> list[float]:
    found = consistency_bonus(torch.tensor(acc, dtype=D), torch.tensor(p, dtype=D), **how)  # type: ignore[arg-type]
    return [float(x) for x in found]


# The card's numbers


def test_worked_example() -> None:
    p = [length_normalised(torch.tensor(row, dtype=D)) for row in LOGPROBS]
    close(p, [0.980199, 0.740818, 0.367879, 0.980199])
    clipped = [min(x, 0.95) for x in p]
    close(sum(clipped[:3]) / 3, 0.686233)
    assert bonus([1, 1, 1, 0], p) == [0.5, 0.5, 0, 0]


def test_worked_example_as_terms_and_advantages() -> None:
    acc, form = fixed([1, 1, 1, 0]), fixed([1, 1, 1, 1])
    likely = Likely(tuple(length_normalised(torch.tensor(row, dtype=D)) for row in LOGPROBS))
    terms = (Term("accuracy", acc), Term("format", form, 1.0), Term("care", ConsistencyBonus(acc, likely)))
    assert acc != form
    by = GroupNorm(eps=1e-4)
    g = settled([flat_group(4)], by, terms=terms).groups[0]
    close(sum(g[t.reward] for t in terms), [2.5, 2.5, 2.0, 1.0])
    close([float(a_T[0]) for a_T in g[by]], [0.707007, 0.707007, 0.0, -1.414014])


def test_worked_example_of_a_group_that_is_all_right() -> None:
    p = [math.exp(x) for x in (-0.1, -0.5, -0.2, -0.05)]
    close(sum(min(x, 0.95) for x in p) / 4, 0.820025)
    found = bonus([1] * 4, p)
    assert found == [0.5, 0, 0, 0.5]
    advantages = GroupNorm(eps=1e-4).one(2 + torch.tensor(found, dtype=D))
    close(advantages, [0.865726, -0.865726, -0.865726, 0.865726])
    assert bonus([1] * 4, p, margin=0.01) == [0.5, 0, 0.5, 0.5]


# Edges


def test_ties_at_the_ceiling_all_get_the_bonus() -> None:
    assert bonus([1] * 3, [0.96, 0.99, 1.0]) == [0.5] * 3
    assert bonus([1] * 3, [0.1 + 0.2, 0.3, 0.3]) == [0.5] * 3


def test_nobody_selected_nobody_paid() -> None:
    assert bonus([0, 0, 0], [0.9, 0.8, 0.7]) == [0, 0, 0]
    assert bonus([0.05, 0.02], [0.9, 0.8]) == [0, 0]
    assert bonus([], []) == []


def test_the_least_accuracy_counts_in_the_paper_and_not_in_the_code() -> None:
    assert bonus([0.1, 0.0], [0.9, 0.9]) == [0.05, 0]
    assert bonus([0.1, 0.0], [0.9, 0.9], variant="released") == [0, 0]


def test_soft_accuracies_are_selected_from_their_mean_on_and_paid_in_proportion() -> None:
    close(bonus([1.0, 0.6, 0.2], [0.5, 0.5, 0.9]), [0.5, 0.3, 0.0])


def test_a_lone_completion_is_its_own_baseline() -> None:
    assert bonus([1], [0.2]) == [0.5]


def test_what_is_not_measured_stays_so_and_moves_nobody() -> None:
    found = bonus([1, 1, NAN, 0, 1], [0.9, 0.1, 0.9, NAN, NAN])
    assert found[:2] == [0.5, 0]
    assert math.isnan(found[2])
    assert found[3] == 0
    assert math.isnan(found[4])


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.3, 1.0]), st.floats(0, 1)), min_size=1, max_size=10))
def test_laws(rows: list[tuple[float, float]]) -> None:
    acc, p = [a for a, _ in rows], [x for _, x in rows]
    found = bonus(acc, p)
    assert all(b in (0.0, 0.5 * a) for a, b in zip(acc, found, strict=True)), "0 or lambda times the accuracy"
    able = [i for i, a in enumerate(acc) if a >= max(sum(acc) / len(acc), 0.1)]
    if able:
        assert found[max(able, key=lambda i: p[i])] > 0, "the likeliest right answer always gets it"
    assert bonus(acc[::-1], p[::-1]) == found[::-1]
    wider = bonus(acc, p, margin=0.05)
    assert all(w >= b for w, b in zip(wider, found, strict=True)), "a margin takes from nobody"


@pytest.mark.parametrize("how", [{"coef": -1.0}, {"ceiling": 0.0}, {"margin": -0.1}, {"ceiling": NAN}])
def test_numbers_out_of_range_are_refused(how: dict[str, float]) -> None:
    with pytest.raises(RecipeError, match="coef >= 0, 0 < ceiling <= 1 and margin >= 0"):
        ConsistencyBonus(**how)  # type: ignore[arg-type]


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(RecipeError, match="paper or released, got 'code'"):
        ConsistencyBonus(variant="code")  # type: ignore[arg-type]


def test_one_likelihood_for_each_accuracy() -> None:
    with pytest.raises(ValueError, match="one likelihood for each accuracy"):
        bonus([1, 1], [0.5])


# Ablations


def test_dense_consistency() -> None:
    reward = DenseConsistency(fixed([1, 0.5, 0, 0]), Likely((0.8, 0.4, 0.9, NAN)))
    close(settled([flat_group(4)], reward).groups[0][reward], [0.4, 0.1, 0.0, 0.0])


def test_regenerated_accuracy() -> None:
    reward = RegeneratedAccuracy(again=Likely((1.0, 0.0, 0.4, NAN)))
    close(settled([flat_group(4)], reward).groups[0][reward], [0.5, 0.0, 0.2, NAN])


# Accuracy by problem type


def rated(answer: str, said: str, kind: str) -> float:
    return VideoR1Accuracy().rate(task(answer=answer, record={"type": kind}), comp([1], text=said))


@pytest.mark.parametrize(
    ("kind", "gold", "said", "worth"),
    [
        ("multiple choice", "B", "B", 1.0),
        ("multiple choice", "B", " B ", 1.0),
        ("multiple choice", "B", "B. wash", 0.0),
        ("multiple choice", "B", "", 0.0),
        ("multiple choice", "A,C", "A,C", 1.0),
        ("numerical", "3.14", "3.141", 1.0),
        ("numerical", "3", "3.0", 0.0),
        ("numerical", "1,000", "1,000", 1.0),
        ("numerical", "3", "nan", 0.0),
        ("numerical", "3", "three", 0.0),
        ("OCR", "the cat sat down", "the cat sat", 0.75),
        ("OCR", "cat", "a b c d", 0.0),
        ("free-form", "the cat", "the cat", 1.0),
        ("free-form", "the cat", "dog", 0.0),
        ("regression", "10", "9", 0.9),
        ("regression", "10", "-5", 0.0),
        ("regression", "0", "0", 0.0),
        ("regression", "10", "inf", 0.0),
    ],
)
def test_accuracy_by_problem_type(kind: str, gold: str, said: str, worth: float) -> None:
    close(rated(gold, f"<think>so</think><answer>{said}</answer>", kind), worth)


def test_free_form_is_the_mean_of_three_rouges() -> None:
    # ROUGE-1: 2 of 3 and 2 words, f1 0.8; ROUGE-2: 1 of 2 and 1, f1 2/3; ROUGE-L as ROUGE-1.
    close(rated("the cat", "<answer>the cat sat</answer>", "free-form"), (0.8 + 2 / 3 + 0.8) / 3)


def test_without_tags_nothing_is_right_and_the_last_tag_counts() -> None:
    assert rated("B", "B", "multiple choice") == 0
    assert rated("B", "<answer>B</answer> no, <answer>A</answer>", "multiple choice") == 0
    assert rated("B", "<answer>A</answer> no, <answer>B", "multiple choice") == 1
    assert math.isnan(VideoR1Accuracy().rate(task(), comp([1], text="<answer>B</answer>")))


def test_the_type_is_the_files_own_or_that_of_the_answer() -> None:
    found = [kind_of(r) for r in ({"type": "regression", "answer_type": "number"}, {"answer_type": "text"}, {})]
    assert found == ["regression", "free-form", "multiple choice"]


# The rule judge


OPTIONS = ("wash the egg in the sink", "cut the egg on the board", "cut the egg", "serve it")


@pytest.mark.parametrize(
    ("thought", "place"),
    [
        ("Next: cut the egg on the board.", 1),
        ("Not serve it. Next: Cut  the\nEGG.", 2),
        ("It may be A. But it is B.", 1),
        ("cut the egg on the board (D)", 3),
        ("wash the eggs in the sink", None),
        ("A cook has an egg; I see no E.", None),
        ("", None),
    ],
)
def test_what_a_thought_comes_to(thought: str, place: int | None) -> None:
    assert concluded(thought, OPTIONS) == place


@pytest.mark.parametrize(
    ("said", "worth"),
    [
        ("<think>Next: serve it.</think><answer>D</answer>", 1.0),
        ("<think>Next: serve it.</think><answer>serve it</answer>", 1.0),
        ("<think>Next: serve it.</think><answer>A</answer>", 0.0),
        ("<think></think><answer>A</answer>", 0.0),
        ("<answer>A</answer>", 0.0),
        ("<think>Next: serve it.</think>", 0.0),
        ("", 0.0),
    ],
)
def test_conclusion_matches(said: str, worth: float) -> None:
    of = task(answer="A", record={"options": list(OPTIONS)})
    assert ConclusionMatches().rate(of, comp([1], text=said)) == worth


def test_without_options_there_is_nothing_to_judge_by() -> None:
    g = group(comp([1], text="<think>so</think><answer>4</answer>"), answer="4")
    assert math.isnan(float(ConclusionMatches().score(g)[0]))
    assert not Fixed(()).rows
