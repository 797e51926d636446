"""Laws of credit: equal rewards teach nothing, what was not measured earns nothing and moves nobody."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from mmreason.credit.base import Credit
from mmreason.credit.branches import ToGo
from mmreason.credit.gae import GAE
from mmreason.credit.high_entropy import HighEntropyTokens
from mmreason.credit.plain import Raw
from mmreason.credit.process import ProcessAdvantage
from mmreason.credit.token_weights import FocusedTokens
from mmreason.credit.whitened import Whitened
from mmreason.credit.whitened_returns import WhitenedReturns
from mmreason.rewards.base import Owned, Term
from mmreason.types import Batch, Group
from tests.mmreason.fakes import NAN, Fixed, close
from tests.mmreason.laws.members import CREDITS, named
from tests.mmreason.laws.test_rewards import frozen, same
from tests.mmreason.laws.world import ORDER, groups, measured, permuted

NO_BASELINE = (GAE, Raw, WhitenedReturns)
"""Credit that is the reward itself, or its return at each token: equal rewards are praise for all or for some."""
TOKEN_REWARDS = (ToGo, ProcessAdvantage)
"""Credit that adds rewards of its own, which are no part of the table."""
OWN_STATISTICS = (FocusedTokens, HighEntropyTokens, ProcessAdvantage)
"""Credit with a statistic over all tokens or steps, whether or not the completion's reward was measured."""
ROWS = (
    (1.0, 0.0, 0.5, 2.0, 0.25, 0.0, 1.0, -1.0),
    (0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.3, 0.1, 0.2, 0.7, 0.9, 0.4, 0.6, 0.8),
    (5.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0),
)
CENTRED = [credit for credit in CREDITS if not isinstance(credit, (*NO_BASELINE, *TOKEN_REWARDS))]


def table(rows: Sequence[Sequence[float]]) -> tuple[Term, ...]:
    """Two terms with these values: one for all tokens, one for a span."""
    values = Fixed(tuple((g.task.id, tuple(map(float, row))) for g, row in zip(groups(), rows, strict=True)))
    return (Term("all", values), Term("think", values, 0.5, Owned("think")))


def credited(credit: Credit, rows: Sequence[Sequence[float]], some: Sequence[Group] | None = None) -> Batch:
    return measured(some if some is not None else groups(), credit, terms=table(rows))


@pytest.mark.parametrize("credit", CREDITS, ids=named)
def test_one_float64_per_token_and_none_where_the_policy_did_not_write(credit: Credit) -> None:
    for g in credited(credit, ROWS).groups:
        for c, a_T in zip(g.completions, g[credit], strict=True):
            assert a_T.shape == c.tokens.shape
            assert a_T.dtype == torch.float64
            assert bool(a_T.isfinite().all())
            assert isinstance(credit, TOKEN_REWARDS) or not a_T[~c.wrote].any()


@pytest.mark.parametrize("credit", CENTRED, ids=named)
@pytest.mark.parametrize("value", [0.0, 0.7, -3.0, 1e6])
def test_a_batch_of_equal_rewards_teaches_exactly_nothing(credit: Credit, value: float) -> None:
    for g in credited(credit, [[value] * 8] * 4).groups:
        assert not any(bool(a_T.any()) for a_T in g[credit])


@pytest.mark.parametrize("credit", CENTRED, ids=named)
def test_a_group_of_equal_rewards_teaches_nothing_whatever_the_others_earned(credit: Credit) -> None:
    if credit == Whitened(by_token=True):
        pytest.skip("the batch's mean over tokens is taken off everybody")
    g = credited(credit, [[0.7] * 8, *ROWS[1:]]).groups[0]
    assert not any(bool(a_T.any()) for a_T in g[credit])


@pytest.mark.parametrize("credit", CREDITS, ids=named)
def test_what_was_not_measured_earns_nothing_and_moves_nobody(credit: Credit) -> None:
    if isinstance(credit, OWN_STATISTICS):
        pytest.skip("the statistic is not over the rewards of the table")
    gone = 3
    holes = [[NAN if i == gone else r for i, r in enumerate(row)] for row in ROWS]
    with_it = credited(credit, holes)
    kept = [i for i in range(8) if i != gone]
    fewer = [Group(g.task, tuple(g.completions[i] for i in kept)) for g in groups()]
    without = credited(credit, [[row[i] for i in kept] for row in ROWS], fewer)
    for a, b in zip(with_it.groups, without.groups, strict=True):
        assert isinstance(credit, TOKEN_REWARDS) or not a[credit][gone].any()
        for place, i in enumerate(kept):
            close(a[credit][i], b[credit][place].tolist(), 1e-9)


@pytest.mark.parametrize("credit", CREDITS, ids=named)
def test_a_batch_of_which_nothing_was_measured_earns_nothing(credit: Credit) -> None:
    for g in credited(credit, [[NAN] * 8] * 4).groups:
        assert all(bool(a_T.isfinite().all()) for a_T in g[credit])
        assert isinstance(credit, TOKEN_REWARDS) or not any(bool(a_T.any()) for a_T in g[credit])


@pytest.mark.parametrize("credit", CREDITS, ids=named)
def test_permuted_completions_give_permuted_credit(credit: Credit) -> None:
    straight = credited(credit, ROWS)
    crossed = credited(credit, [[row[i] for i in ORDER] for row in ROWS], [permuted(g, ORDER) for g in groups()])
    for a, b in zip(straight.groups, crossed.groups, strict=True):
        for place, i in enumerate(ORDER):
            close(b[credit][place], a[credit][i].tolist(), 1e-9)


@pytest.mark.parametrize("credit", CENTRED, ids=named)
def test_more_reward_for_one_completion_is_never_less_credit_for_it(credit: Credit) -> None:
    more = [list(row) for row in ROWS]
    more[0][0] += 0.4
    before, after = credited(credit, ROWS).groups[0], credited(credit, more).groups[0]
    wrote = before.completions[0].wrote
    assert bool((after[credit][0][wrote] > before[credit][0][wrote] - 1e-12).all())


@pytest.mark.parametrize("credit", CREDITS, ids=named)
def test_nothing_that_came_in_is_changed(credit: Credit) -> None:
    batch = credited(credit, ROWS)
    before = frozen(batch)
    again = credit(batch)
    assert same(before, frozen(batch))
    assert same(again, [g[credit] for g in batch.groups])


@pytest.mark.parametrize("credit", CREDITS, ids=named)
def test_no_groups_and_no_terms_are_fine(credit: Credit) -> None:
    assert measured([], credit, terms=table(ROWS)).groups == ()
    for g in measured(groups(), credit).groups:
        assert [len(a_T) for a_T in g[credit]] == [len(c.tokens) for c in g.completions]
