"""Credit for forking tokens only."""

from __future__ import annotations

import pytest
import torch

from mmreason.asks import POLICY
from mmreason.credit.high_entropy import HighEntropyTokens
from mmreason.credit.plain import Raw
from mmreason.errors import RecipeError
from mmreason.probes.token_entropies import TokenEntropies
from mmreason.rewards.base import Term
from tests.mmreason.fakes import close, comp, constant, fixed, group, settled
from tests.mmreason.ranks import Ranks
from tests.mmreason.tiny_lm import TinyLM

ENTROPIES = constant([(0.1, 0.5, 9.0), (0.9, 0.3)], [(0.7, 0.2)])
GROUPS = (group(comp([1, 2, 3], wrote=[True, True, False]), comp([1, 2])), group(comp([1, 2]), id="q1"))
TERMS = (Term("r", fixed([1, -1], [2])),)


@pytest.mark.parametrize(
    ("share", "kept"),
    [
        (1.0, [1, 1, 0, 1, 1, 1, 1]),
        (0.5, [0, 1, 0, 1, 0, 1, 0]),
        (0.2, [0, 0, 0, 1, 0, 1, 0]),
        (0.0, [0, 0, 0, 1, 0, 0, 0]),
    ],
)
def test_by_hand(share: float, kept: list[int]) -> None:
    """Entropies 0.1, 0.2, 0.3, 0.5, 0.7, 0.9; the quantile is interpolated; a forced token is not among them."""
    by = HighEntropyTokens(Raw(), share, ENTROPIES)
    batch = settled(GROUPS, by, terms=TERMS)
    found = torch.cat([a for g in batch.groups for a in g[by]])
    close((found != 0).double(), kept)


def test_the_quantile_is_of_all_ranks() -> None:
    by = HighEntropyTokens(Raw(), 0.2, ENTROPIES)

    def work(rank: object) -> list[float]:
        mine = [GROUPS[rank.number]]  # type: ignore[attr-defined]
        batch = settled(mine, by, terms=TERMS, across=rank)  # type: ignore[arg-type]
        return torch.cat([a for g in batch.groups for a in g[by]]).tolist()

    assert Ranks(2).run(work) == [[0, 0, 0, -1, 0], [2, 0]]


def test_entropies_are_those_of_the_policy() -> None:
    probe = TokenEntropies()
    batch = settled([group(comp([1, 2, 3]), comp([]))], probe, models={POLICY: TinyLM()})
    found = batch.groups[0][probe]
    assert [len(h) for h in found] == [3, 0]
    assert bool((found[0] > 0).all() & (found[0] < 2.5).all())


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(RecipeError, match="HighEntropyTokens needs a share from 0 to 1, got 20"):
        HighEntropyTokens(Raw(), 20)
