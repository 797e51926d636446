"""Each guard on a step that is fine and on one that is not."""

from __future__ import annotations

from typing import Any

import pytest

from mmreason.errors import RecipeError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.recipe import Survey
from mmreason.watch.dominant_term import DominantTerm
from mmreason.watch.entropy import Entropy
from mmreason.watch.flat_groups import FlatGroups
from mmreason.watch.guard import Guard, View
from mmreason.watch.guards import DEFAULT, changed
from mmreason.watch.hollow_thoughts import HollowThoughts
from mmreason.watch.kl import Kl
from mmreason.watch.length_drift import LengthDrift
from mmreason.watch.not_finite import NotFinite
from mmreason.watch.repetition import Repetition
from mmreason.watch.reward_against_exam import RewardAgainstExam
from mmreason.watch.truncated import Truncated
from tests.mmreason.fakes import NAN, comp, group
from tests.mmreason.ranks import Ranks
from tests.mmreason.watch.world import ones, said, stage, view

INF = float("inf")
GREW = {"guard/length_mean": [2.0] * 9 + [9] * 4}
SHRANK = {"guard/length_mean": [90.0] * 9 + [1] * 4}
ROSE = {"reward": [0.1] * 9 + [0.6] * 5}
STOOD = {"reward": [0.5] * 14}
HACKED = {"accuracy": [0.5, 0.2], "reward": [0.1] * 5 + [0.9] * 5}
UNEVEN = {"a": [[0, 1]], "b": [[1, 0]]}
SURVEYED = stage(surveys=(Survey(every=2, stage=stage()),))
LOOP, PLAIN = said(*[1, 2] * 20), said(*range(1, 41))
HOLLOW = said(1, text="<think>cut the tomato</think><answer>cut the tomato</answer>")
SOUND = said(1, text="<think>it is washed, so cut the tomato</think><answer>cut the tomato</answer>")
SKIP = said(1, text="<think>\n\n</think><answer>cut</answer>")


def learns(**history: Any) -> View:
    of = stage(losses=(ClippedSurrogate(),))
    return view(ones(), history={name.replace("_", "/", 1): [value] for name, value in history.items()}, of=of)


FINE = [
    (NotFinite(), learns(policy_loss=0.1, policy_grad_norm=3.0)),
    (NotFinite(), view(ones(), terms={"a": [[1, NAN]]})),
    (NotFinite(), view(group(comp([1], [NAN])))),
    (Kl(), view(history={"policy/kl": [0.01, 0.9]})),
    (Kl(), view(history={"policy/kl": [0.0001] * 10 + [0.04]})),
    (Entropy(), view(ones(logprob=-0.5), history={"guard/entropy_estimate": [1.0] * 5})),
    (Entropy(), view(ones(logprob=-0.005))),
    (FlatGroups(), view(ones(), ones(id="q1"), terms={"a": [[1, 1], [1, 0]]})),
    (Truncated(), view(ones(finish="length"), ones(id="q1"))),
    (LengthDrift(), view(group(said(1, 1)), history={"guard/length_mean": [2.0] * 20, "reward": [0.0] * 20})),
    (LengthDrift(), view(group(said(*[1] * 9)), history=GREW | ROSE)),
    (LengthDrift(), view(group(said(*[1] * 9)), history={"guard/length_mean": [2.0] * 5})),
    (RewardAgainstExam(), view(history={"accuracy": [0.5, 0.2], "reward": [0.5] * 9}, of=SURVEYED)),
    (RewardAgainstExam(), view(history=HACKED | {"accuracy": [0.5, 0.47]}, of=SURVEYED)),
    (Repetition(), view(group(LOOP, PLAIN, PLAIN, PLAIN))),
    (HollowThoughts(), view(group(SOUND, HOLLOW))),
    (DominantTerm(), view(ones(), terms={"a": [[0, 1]], "b": [[0, 1]]})),
    (DominantTerm(), view(ones(), terms={"a": [[0, 1]], "b": [[1, 1]]})),
]  # fmt: skip
BAD = [
    (NotFinite(), learns(policy_loss=NAN, policy_grad_norm=3.0), "policy/loss is NaN or infinite"),
    (NotFinite(), view(ones(), terms={"a": [[INF, 1]]}), "reward Fixed of q0"),
    (NotFinite(), view(group(comp([1, 2], [-1.0, -INF]), id="q7")), "log-probs of completion 0 of q7"),
    (Kl(), view(history={"policy/kl": [0.01, 1.5]}), "the KL to the reference is 1.5 nats a token"),
    (Kl(), view(history={"policy/kl": [0.01] * 10 + [0.2]}), "0.2 nats a token, 20 times what it was"),
    (Entropy(), view(ones(logprob=-0.05), history={"guard/entropy_estimate": [1.0] * 5}), "is 0.05 nats a token, it "),
    (FlatGroups(), view(ones(), ones(id="q1"), terms={"a": [[1, 1], [0, 0]]}), "100% of the groups"),
    (FlatGroups(), view(ones(), terms={"a": [[1, NAN]]}), "100% of the groups"),
    (Truncated(), view(ones(finish="length"), ones(1, id="q1")), "67% of the completions"),
    (LengthDrift(), view(group(said(1)), history=SHRANK | ROSE), "have 1 tokens, 90 at first; the reward moved +0.5"),
    (LengthDrift(), view(group(said(*[1] * 9)), history=GREW | STOOD), "have 9 tokens, 2 at first"),
    (RewardAgainstExam(), view(history=HACKED, of=SURVEYED), "fell from 0.5 to 0.2 while the reward rose from 0.1"),
    (Repetition(), view(group(LOOP, PLAIN)), "50% of the completions repeat themselves"),
    (HollowThoughts(), view(group(HOLLOW, HOLLOW, SOUND, SKIP)), "67% of the thoughts only repeat the answer"),
    (DominantTerm(), view(ones(), terms=UNEVEN, weights={"b": 0.01}), "100.0% of the variance within groups"),
]  # fmt: skip


def named(case: tuple[Any, ...]) -> str:
    return str(case[0].name())


@pytest.mark.parametrize(("guard", "seen"), FINE, ids=map(named, FINE))
def test_what_is_fine_is_no_alarm(guard: Guard, seen: View) -> None:
    found = guard.look(seen)
    assert found is not None
    assert not found.bad


@pytest.mark.parametrize(("guard", "seen", "text"), BAD, ids=map(named, BAD))
def test_what_is_bad_is_told_with_its_numbers(guard: Guard, seen: View, text: str) -> None:
    found = guard.look(seen)
    assert found is not None
    assert found.bad
    assert text in found.text


@pytest.mark.parametrize("guard", DEFAULT, ids=lambda guard: guard.name())
def test_an_empty_step_or_one_that_nobody_sampled_is_not_judged(guard: Guard) -> None:
    for seen in (view(), view(group(comp([1, 2]), comp([1, 2]))), view(ones(temperature=0.0), terms={"a": [[0, 1]]})):
        found = guard.look(seen)
        assert found is None or not found.bad


@pytest.mark.parametrize(("guard", "seen", "text"), BAD, ids=map(named, BAD))
def test_every_rank_finds_the_same(guard: Guard, seen: View, text: str) -> None:
    """Also a rank that has no group left."""

    def look(rank: Any) -> Any:
        groups = seen.batch.groups[rank.rank :: 2]
        batch = type(seen.batch)(groups, seen.batch.progress, rank, seen.batch.terms, seen.batch.known)
        return guard.look(View(seen.stage, batch, seen.history))

    first, second = Ranks(2).run(look)
    assert first == second == guard.look(seen)


def test_the_command_line_takes_guards_out_and_changes_what_they_do() -> None:
    assert [guard.name() for guard in changed(["entropy=off"])] == [g.name() for g in DEFAULT if g.name() != "entropy"]
    assert changed(["all=off"]) == ()
    assert changed(["all=off", "kl=raise"]) == (Kl(action="raise"),)
    assert {guard.action for guard in changed(["all=stop"])} == {"stop"}
    assert changed([]) == DEFAULT


@pytest.mark.parametrize("word", ["kl", "kl=", "kl=die", "lk=stop", "=off"])
def test_what_no_guard_is_called_is_refused(word: str) -> None:
    with pytest.raises(RecipeError, match="--guard: "):
        changed([word])


def test_a_guard_needs_a_known_action_and_at_least_one_step() -> None:
    with pytest.raises(RecipeError, match="action is one of warn, stop, raise"):
        Kl(action="die")  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="at least 1 step, got 0"):
        Kl(after=0)
