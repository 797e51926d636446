"""TW-GRPO's token weights: the card's numbers, ragged groups, and the same loss by credit and by the loss itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mmreason.asks import POLICY
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.token_weights import Divergence, FocusedTokens, GroupDivergence, divergence, token_weights
from mmreason.errors import RecipeError
from mmreason.losses.base import Loss, Sequences, Tokens
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.focused_surrogate import FocusedSurrogate
from mmreason.rewards.base import Term
from mmreason.signals import check
from mmreason.train.update import learn
from mmreason.types import Batch
from tests.mmreason.fakes import Constant, D, close, comp, constant, fixed, group, run_of, settled
from tests.mmreason.tiny_lm import TinyLM, Window

CARD = [[[0.9, 0.1], [0.5, 0.5], [0.8, 0.2]], [[0.9, 0.1], [0.1, 0.9]]]
"""Probabilities of two members; the second has ended at the third position."""


def slab(rows: Sequence[Any]) -> Window:
    """All positions of some rows, from probabilities; shorter rows are padded with logits of any kind."""
    logits = [torch.as_tensor(row, dtype=D).log() for row in rows]
    whole = torch.nn.utils.rnn.pad_sequence(logits, batch_first=True, padding_value=3.0)
    whole[:, :, 0] += (whole[:, :, 0] == 3.0) * 4.0  # what stands there must not matter
    alive = torch.arange(whole.shape[1])[None] < torch.tensor([len(row) for row in logits])[:, None]
    return Window(torch.zeros(whole.shape[:2]).long(), alive, whole, torch.zeros(*whole.shape[:2], 1))


def weights(rows: Sequence[Any], of: GroupDivergence | None = None) -> list[Tensor]:
    of = of or GroupDivergence()
    whole = of.window(slab(rows))
    return of.finish([w[: len(row)] for w, row in zip(whole, rows, strict=True)])


def test_the_worked_example() -> None:
    found = GroupDivergence().window(slab(CARD))
    close(found[0, :, 0], [0, 0.385139, 0.134537])
    close(found[0], found[1].tolist())
    first, second = weights(CARD)
    close(first, [1, 1.7, 1.244525])
    close(second, [1, 1.7])


def test_the_scale_of_the_worked_example() -> None:
    found = token_weights(torch.tensor([0, 0.385139, 0.134537], dtype=D), torch.ones(3).bool(), alpha=2.0)
    close(found - 1, [0, 1, 0.349322], 1e-5)


def test_living_only_gives_the_tail_of_the_longest_no_weight() -> None:
    first, second = weights(CARD, GroupDivergence(living_only=True))
    close(first, [1, 1.7, 1])
    close(second, [1, 1.7])


def test_calibrated_is_the_jensen_shannon_divergence_of_the_group() -> None:
    p, q = torch.tensor([0.5, 0.5], dtype=D), torch.tensor([0.1, 0.9], dtype=D)
    mixed = (p + q) / 2
    by_hand = float((p * (p / mixed).log()).sum() + (q * (q / mixed).log()).sum()) / 2
    logp = torch.stack([p, q]).log()[:, None]
    close(divergence(logp, torch.ones(2, 1).bool(), "calibrated"), [by_hand])
    for row in weights(CARD, GroupDivergence(kind="calibrated", living_only=True)):
        close(row, [1, 1.7, 1][: len(row)])


def test_a_group_that_agrees_everywhere_and_a_group_of_one_weigh_one() -> None:
    for rows in ([CARD[0], CARD[0]], [CARD[0]]):
        for of in (GroupDivergence(), GroupDivergence(living_only=True), GroupDivergence(kind="calibrated")):
            for row in weights(rows, of):
                close(row, [1, 1, 1])
    assert GroupDivergence().finish([]) == []


def test_one_member_that_ended_after_a_long_one_goes_on_alone() -> None:
    """Nobody to compare with: as released the filler sets the top weight, living_only gives 1."""
    rows = [CARD[0], CARD[0][:1]]
    assert float(weights(rows)[0].max()) == pytest.approx(1.7)
    close(weights(rows, GroupDivergence(living_only=True))[0], [1, 1, 1])


def synthetic(ragged: bool) -> list[Tensor]:
    """The card's check in small: 8 members, ten positions where they part ways, lengths 30 to 40 or all 40."""
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(1, 40, 500, generator=rng, dtype=D).mul(3).expand(8, -1, -1).clone()
    logits[:, 5:25:2] += torch.randn(8, 10, 500, generator=rng, dtype=D)
    chance = logits.softmax(-1)
    lengths = [30, 32, 33, 35, 36, 38, 39, 40] if ragged else [40] * 8
    return [row[:n] for row, n in zip(chance, lengths, strict=True)]


def test_ragged_lengths_squeeze_the_released_weights_and_not_the_living_ones() -> None:
    parted = torch.arange(5, 25, 2)
    equal, ragged = (weights(synthetic(r))[-1] for r in (False, True))
    living = weights(synthetic(True), GroupDivergence(living_only=True))[-1]
    assert float(equal[parted].mean()) > 1.3
    assert float(ragged[parted].mean()) < 1.02
    assert float(ragged[30:].max()) == pytest.approx(1.7)
    assert float(living[parted].mean()) > 1.3
    close(living[39], 1.0)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=5),
    st.integers(0, 10**6),
    st.booleans(),
    st.sampled_from(["released", "calibrated"]),
)
def test_weights_stay_in_their_band_and_follow_their_members(
    lengths: list[int], seed: int, living: bool, kind: Divergence
) -> None:
    rng = torch.Generator().manual_seed(seed)
    rows = [torch.randn(n, 7, generator=rng, dtype=D).mul(4).softmax(-1) for n in lengths]
    of = GroupDivergence(1.7, kind, living)
    found = weights(rows, of)
    for w_T, n in zip(found, lengths, strict=True):
        assert len(w_T) == n
        assert bool(((w_T >= 1 - 1e-12) & (w_T <= 1.7 + 1e-12)).all())
    for a, b in zip(weights(rows[::-1], of)[::-1], found, strict=True):
        close(a, b.tolist(), 1e-9)


def test_windows_put_together_are_the_whole() -> None:
    of, whole = GroupDivergence(), slab(CARD)
    parts = []
    for a in (0, 1, 2):
        cut = slice(a, a + 1)
        parts.append(
            of.window(Window(whole.ids[:, cut], whole.alive[:, cut], whole.logits[:, cut], whole.hidden[:, cut]))
        )
    close(torch.cat(parts, 1), of.window(whole).tolist(), 1e-12)


def lost(loss: Loss, batch: Batch, logps: list[Tensor], found: list[Tensor] | None = None) -> float:
    """The loss of one group whose scores are these."""
    from mmreason.asks import LogProb, Scores

    values: dict[Any, Any] = {LogProb(): logps}
    if found is not None:
        values[loss.focus] = found  # type: ignore[attr-defined]
    return float(loss.read(batch.groups[0], [Scores(values)])) / loss.count(batch)


def test_the_losses_of_the_worked_example() -> None:
    """A = [1, -1], ratio 1, no KL: weighed over tokens, uniform over tokens, over sequences."""
    g = group(comp([1, 2, 3]), comp([1, 2]))
    by = Constant((("q0", ((1.0, 1.0, 1.0), (-1.0, -1.0))),))
    batch = settled([g], ClippedSurrogate(by=by).old, by)  # type: ignore[arg-type]
    logps = [torch.zeros(3, dtype=D), torch.zeros(2, dtype=D)]
    close(lost(FocusedSurrogate(by=by, over=Tokens()), batch, logps, weights(CARD)), -0.248905)  # type: ignore[arg-type]
    close(lost(ClippedSurrogate(by=by, over=Tokens(), high=0.28), batch, logps), -0.2)  # type: ignore[arg-type]
    close(lost(ClippedSurrogate(by=by, over=Sequences(), high=0.28), batch, logps), 0.0)  # type: ignore[arg-type]


def test_credit_is_the_advantage_times_the_weights() -> None:
    table = constant([(1.0, 1.7, 1.244525), (1.0, 1.7)])
    credit = FocusedTokens(GroupNorm(eps=0.0), table)
    batch = settled([group(comp([1, 2, 3]), comp([1, 2]))], credit, terms=(Term("r", fixed([1, 0])),))
    a = 1 / math.sqrt(2)
    close(batch.groups[0][credit][0], [a, 1.7 * a, 1.244525 * a])
    close(batch.groups[0][credit][1], [-a, -1.7 * a])


@pytest.mark.parametrize("living", [False, True])
def test_the_loss_and_the_credit_agree_before_the_first_update(living: bool) -> None:
    focus = GroupDivergence(living_only=living)
    tokens = [comp([1, 2, 3, 4]), comp([1, 5]), comp([6, 2, 3]), comp([])]
    inside = FocusedSurrogate(focus=focus)
    outside = ClippedSurrogate(by=FocusedTokens(weights=weights_of(focus)), high=0.28)
    found = []
    for loss in (inside, outside):
        policy = TinyLM(lr=0.0)
        run = run_of({POLICY: policy})
        batch = settled([group(*tokens)], loss, terms=(Term("r", fixed([1, 0, 0.5, 0])),), models=run.models)
        logged = learn(policy, run.answer, batch, (loss,))
        found.append((logged["loss"], policy.grads))
    close(found[0][0], found[1][0], 1e-9)
    close(found[0][1], found[1][1].tolist(), 1e-9)


def weights_of(focus: GroupDivergence) -> Any:
    from mmreason.credit.token_weights import TokenWeights

    return TokenWeights(focus)


def test_the_log_has_the_mean_weight() -> None:
    policy = TinyLM(lr=0.0)
    run = run_of({POLICY: policy})
    groups = [group(comp([1, 2, 3]), comp([1, 5]))]
    batch = settled(groups, FocusedSurrogate(), terms=(Term("r", fixed([1, 0])),), models=run.models)
    logged = learn(policy, run.answer, batch, (FocusedSurrogate(),))
    found = [value for name, value in logged.items() if name.endswith("token_weight")]
    assert len(found) == 1
    assert 1 < found[0] < 1.7


def test_what_cannot_be_is_refused_in_one_line() -> None:
    with pytest.raises(RecipeError, match=r"alpha >= 1 and kind released or calibrated, got 0.5"):
        GroupDivergence(0.5)
    with pytest.raises(RecipeError, match=r"got 1.7 and 'kl'"):
        GroupDivergence(kind="kl")  # type: ignore[arg-type]
    check(FocusedSurrogate())
    check(FocusedTokens())
