"""What a recipe is said to do must be what the engine does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from mmreason.asks import EMA, REFERENCE
from mmreason.cli.explain import alike, describe, source_of, updates
from mmreason.cli.recipes import find_recipe
from mmreason.cli.waves import calls, own_roles, passes, question, waves
from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import Reward, Term
from mmreason.rewards.times import Times
from mmreason.rollouts.sample import Sample
from mmreason.signals import needs
from mmreason.types import Batch


@dataclass(frozen=True)
class Likelier(Reward):
    """How much likelier one role finds a completion than another."""

    mine: TokenLogprobs = TokenLogprobs(under=EMA)
    other: TokenLogprobs = TokenLogprobs(under=REFERENCE)

    def __call__(self, batch: Batch) -> list[Any]:
        return []


def test_order_and_names_of_a_recipe(say) -> None:
    told = say("explain", "rewardmap")
    assert told.code == 0
    order = ("exam before", "stage 1", "stage 2", "stage 3", "stage 4", "exam after")
    places = [told.out.index(word) for word in order]
    assert places == sorted(places)
    for text in ("mmreason-tiny", "TransitMaps", "accuracy", "10", "ClippedSurrogate", "arXiv:2510.02240"):
        assert text in told.out


def test_no_model_is_needed(say) -> None:
    told = say("explain", "rewardmap", "--model", "gone", "--kl", "0.1", "--group-size", "3")
    assert told.code == 0
    assert "model=gone" in told.out
    assert "reference: TokenLogprobs (Score)" in told.out


def test_a_mistake_is_one_line(say) -> None:
    assert "did you mean 'rewardmap'?" in say("explain", "rewardmaps").err
    assert say("explain", "rewardmap", "--detail", "much").err == "error: --detail: expected a number, got 'much'\n"
    assert say("explain").code == 2
    assert "rewardmap" in say("explain", "--help").out


def test_every_signal_is_in_one_wave_after_those_that_it_needs() -> None:
    roots = (Likelier(), Times(Accuracy(), float), KLPenalty())
    settled = list(waves(roots, set()))
    flat = [signal for wave in settled for signal in wave]
    assert sorted(map(repr, flat)) == sorted(map(repr, needs(*roots)))
    where = {signal: number for number, wave in enumerate(settled) for signal in wave}
    assert all(where[part] < where[signal] for signal in flat for part in needs(signal) if part != signal)


def test_what_is_known_is_not_asked_again() -> None:
    known = {TokenLogprobs(under=REFERENCE), Sampled()}
    assert list(waves((KLPenalty(),), known)) == []


def test_the_plan_says_what_is_packed(say) -> None:
    out = say("explain", "rewardmap", "--preset", "tiny", "--kl", "0.01", "--groups", "4").out
    told = " ".join(out.replace("│", " ").split())
    assert "4 prompts prefilled once, 32 rows decoded together" in told
    assert "32 rows under 4 prompts, each prompt and its media once: up to 3,072 tokens" in told
    assert "16,384 in a forward" in told  # the reference has the budget of the policy that it is a copy of


def test_questions_to_one_role_go_together() -> None:
    wave = [TokenLogprobs(under=REFERENCE), TokenLogprobs(under=REFERENCE, trained=False), TokenLogprobs(under=EMA)]
    assert [text for _, text in calls(wave, "rewards")] == [
        "reference: TokenLogprobs (Score) + TokenLogprobs (Score) for rewards, 2 probes in one call",
        "ema: TokenLogprobs (Score) for rewards",
    ]


def test_arithmetic_asks_nobody() -> None:
    assert list(calls([Accuracy(), LeaveOneOut(), Sampled()], "rewards")) == []
    assert question(TokenLogprobs()) == "TokenLogprobs (Score)"
    assert own_roles(TokenLogprobs(under=EMA)) == [EMA]


def test_a_probe_of_a_reward_is_asked_before_the_losses() -> None:
    stage = find_recipe("rewardmap")().stages[0]
    told = passes(replace(stage, rewards=(Term("likelier", Likelier()),), losses=(ClippedSurrogate(), KLPenalty())))
    assert [line.partition(":")[0] for line in told] == ["policy", "ema", "reference", "policy"]
    assert told[-1] == "policy: forward and backward for ClippedSurrogate + KLPenalty"
    assert "losses" not in told[2], "the reference's log-probs are known from the rewards"


def test_stages_that_differ_in_name_tasks_and_steps_are_told_once() -> None:
    recipe = find_recipe("rewardmap")(steps=7)
    ((names, _),) = alike(recipe.stages)
    assert names == ["true_false", "counting", "counting_options", "planning"]
    assert len(list(alike(recipe.exams))) == 2
    other = replace(recipe.stages[1], groups=3)
    assert [names for names, _ in alike((recipe.stages[0], other))] == [["true_false"], ["counting"]]


def test_values_are_written_without_their_defaults() -> None:
    assert describe(Times(Accuracy(), len)) == "Times(of=Accuracy(), by=len)"
    assert describe(TokenLogprobs(under=REFERENCE)) == "TokenLogprobs(under=reference)"
    assert describe((1, 2, 3, 4, 5)) == "1, 2, 3 and 2 more"
    assert "num=8" in describe(Sample(), whole=True)
    assert describe(0.5) == "0.5"


def test_a_source_is_the_classes_own_or_its_modules() -> None:
    assert source_of(LeaveOneOut()) == "arXiv:2402.14740"
    assert source_of(Accuracy()) == "-"


@pytest.mark.parametrize(
    ("minibatch", "epochs", "said"),
    [
        (None, 1, "1 optimiser step a step, each on 8 groups"),
        (3, 2, "6 optimiser steps a step, each on 3 groups, 2 passes over the rollouts"),
        (100, 1, "1 optimiser step a step, each on 8 groups"),
    ],
)
def test_updates_are_counted_as_the_run_counts_them(minibatch: int | None, epochs: int, said: str) -> None:
    stage = replace(find_recipe("rewardmap")(groups=8).stages[0], minibatch=minibatch, epochs=epochs)
    assert updates(stage) == [said]
    assert updates(replace(stage, losses=())) == []
