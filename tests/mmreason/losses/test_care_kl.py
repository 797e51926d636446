"""GRPO-CARE's KL ablations: on right answers only, and for thought and answer apart."""

from __future__ import annotations

import pytest

from mmreason.asks import POLICY, REFERENCE
from mmreason.losses.accurate_kl import AccurateKL
from mmreason.losses.base import Sequences
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.losses.separate_kl import SeparateKL
from mmreason.train.update import learn
from mmreason.types import Completion, Group
from tests.mmreason.fakes import NAN, close, comp, fixed, run_of, settled, task
from tests.mmreason.tiny_lm import TinyLM

TEXT = "abc<answer>d</answer>"


def said(*pieces: str) -> Completion:
    offsets = [0]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    return comp([1 + ord(p[0]) % 11 for p in pieces], text="".join(pieces), offsets=tuple(offsets))


def value(loss: KLPenalty, *completions: Completion) -> tuple[float, TinyLM]:
    policy = TinyLM(lr=0.0)
    run = run_of({POLICY: policy, REFERENCE: TinyLM(1)})
    batch = settled([Group(task(), completions)], loss, models=run.models)
    return learn(policy, run.answer, batch, (loss,))["loss"], policy


def test_wrong_answers_are_not_held_and_still_count_in_the_mean() -> None:
    a, b = said("a", "b", "<answer>", "c", "</answer>"), said("x", "y", "<answer>", "z", "</answer>")
    alone, _ = value(KLPenalty(weight=1.0, over=Sequences()), a)
    found, policy = value(AccurateKL(weight=1.0, over=Sequences(), accuracy=fixed([1, 0])), a, b)
    close(found, alone / 2, 1e-9)
    assert policy.rows == 1
    nothing, policy = value(AccurateKL(weight=1.0, over=Sequences(), accuracy=fixed([NAN, 0.1])), a, b)
    assert nothing == 0
    assert policy.rows == 0


def test_the_answers_few_tokens_weigh_as_much_as_the_whole_thought() -> None:
    c = said("a", "b", "c", "<answer>", "d", "</answer>")
    weights = SeparateKL().weights(c)
    close(weights, [6 / 5] * 4 + [6.0] + [6 / 5])
    close(weights.sum() / 6, 2.0)
    close(SeparateKL(thought=0.0, answer=0.5).weights(c), [0, 0, 0, 0, 3.0, 0])


@pytest.mark.parametrize("parts", [("a", "b"), ("<answer>", "a"), ("<answer>", "</answer>"), ()])
def test_with_one_part_or_none_the_mean_is_that_of_what_is_there(parts: tuple[str, ...]) -> None:
    c = said(*parts)
    weights = SeparateKL().weights(c)
    kinds = 1 + (parts == ("<answer>", "a")) if parts else 0
    close(float(weights.sum()), float(kinds * len(parts)))


def test_it_is_the_sum_of_both_means() -> None:
    c = said("a", "b", "c", "<answer>", "d", "</answer>")
    both, _ = value(SeparateKL(weight=1.0), c)
    thought, _ = value(SeparateKL(weight=1.0, answer=0.0), c)
    answer, _ = value(SeparateKL(weight=1.0, thought=0.0), c)
    close(both, thought + answer, 1e-9)
    assert thought > 0
    assert answer > 0


def test_tokens_that_the_policy_did_not_write_count_in_neither_part() -> None:
    c = comp([1, 2, 3], wrote=[False, True, True], text="ab", spans=(("answer", 2, 3),))
    close(SeparateKL().weights(c), [0.0, 2.0, 2.0])
