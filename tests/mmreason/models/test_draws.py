"""Drawing tokens: the distribution is the one asked for, and some tokens can never come."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mmreason.asks import POLICY, Generate, Sampling
from mmreason.models.draws import Draws, invert, keep_top_k, keep_top_p, uniforms

CPU = torch.device("cpu")
LOGITS = torch.tensor([2.0, 1.0, 0.0, -1.0, 3.0, 0.5, 0.5, -4.0])


@dataclass
class Want:
    request: Generate
    numbers: Tensor
    tokens: list[int] = field(default_factory=list)


def want(number: int = 0, seed: int = 0, limit: int = 4, **how: float) -> Want:
    sampling = Sampling(**how)  # type: ignore[arg-type]
    request = Generate(POLICY, (), limit=limit, seed=seed, sampling=sampling)
    return Want(request, uniforms(seed, number, limit))


def chi_square(counts: Tensor, probs: Tensor) -> float:
    """Pearson's statistic over the cells that can occur."""
    alive = probs > 0
    expected = probs[alive] * counts.sum()
    return float(((counts[alive] - expected) ** 2 / expected).sum())


def exact(forbidden: list[int], heat: float, top_k: int, top_p: float) -> Tensor:
    """The distribution written down token by token."""
    p = (LOGITS.double() / heat).softmax(0)
    p[forbidden] = 0
    order = sorted(range(len(p)), key=lambda i: -float(p[i]))
    kept = [i for i in order if not top_k or p[i] >= p[order[top_k - 1]]]
    total, mass = sum(float(p[i]) for i in kept), 0.0
    for rank, i in enumerate(kept):
        if mass / total >= top_p:
            kept = kept[:rank]
            break
        mass += float(p[i])
    out = torch.zeros_like(p)
    out[kept] = p[kept]
    return out / out.sum()


@pytest.mark.parametrize(
    ("heat", "top_k", "top_p"), [(1.0, 0, 1.0), (0.5, 0, 1.0), (2.0, 3, 1.0), (1.0, 0, 0.8), (1.3, 4, 0.7)]
)
def test_counts_of_many_draws_agree_with_the_exact_distribution(heat: float, top_k: int, top_p: float) -> None:
    rows = [want(i, seed=11, limit=1, temperature=heat, top_k=top_k, top_p=top_p) for i in range(6000)]
    tokens, logprobs = Draws(rows, [4], CPU).draw(LOGITS.expand(6000, -1))
    probs = exact([4], heat, top_k, top_p)
    counts = torch.bincount(torch.tensor(tokens), minlength=8).double()
    assert not counts[probs == 0].any()
    assert chi_square(counts, probs) < 24.3  # 99.9th percentile of 7 degrees of freedom, and there are at most 6
    noted = (LOGITS / heat).log_softmax(0)  # before any filter, forbidden tokens included
    assert torch.allclose(torch.tensor(logprobs), noted[torch.tensor(tokens)], atol=1e-6)


def test_a_forbidden_token_is_never_drawn_however_likely() -> None:
    rows = [want(i, temperature=heat) for i in range(50) for heat in (0.0, 1.0)]
    logits = LOGITS.expand(100, -1).clone()
    logits[:, 4] = 1e4
    assert 4 not in Draws(rows, [4, 7], CPU).draw(logits)[0]


def test_each_row_has_its_own_settings_and_its_own_numbers() -> None:
    rows = [want(0, temperature=0.0), want(1, seed=3, temperature=0.7), want(2, seed=3, top_k=1), want(3, top_p=1e-9)]
    draws = Draws(rows, [], CPU)
    together = [draws.draw(LOGITS.expand(4, -1)) for _ in range(4)]
    for i, row in enumerate(rows):
        alone = Draws([row], [], CPU)
        for tokens, logprobs in together:
            token, logprob = alone.draw(LOGITS[None])
            assert (token[0], logprob[0]) == (tokens[i], pytest.approx(logprobs[i]))
    assert [t[0] for t, _ in together] == [4] * 4
    assert [t[2] for t, _ in together] == [t[3] for t, _ in together] == [4] * 4


def test_rows_go_on_with_their_numbers_in_any_company() -> None:
    rows = [want(i, limit=21, temperature=1.0 + i / 4, top_k=(0, 6, 5)[i % 3], top_p=1.0 - i / 40) for i in range(6)]
    whole = Draws(rows, [1], CPU)
    drawn = [whole.draw(LOGITS.expand(6, -1))[0] for _ in range(21)]
    assert whole.last.tolist() == drawn[-1]
    for at in (1, 7, 20):
        some = [rows[4], want(9, limit=50), rows[1], rows[5]]
        for row, number in zip(some, (4, None, 1, 5), strict=True):
            row.tokens = [tokens[number] for tokens in drawn[:at]] if number is not None else [3] * (at // 2)
        less = Draws(some, [1], CPU)
        assert less.last.tolist() == [row.tokens[-1] if row.tokens else 0 for row in some]
        for tokens in drawn[at:]:
            found = less.draw(LOGITS.expand(4, -1))[0]
            assert [found[i] for i in (0, 2, 3)] == [tokens[i] for i in (4, 1, 5)]


def test_every_step_takes_a_new_number() -> None:
    draws = Draws([want(i, limit=60, temperature=2.0) for i in range(3)], [], CPU)
    for row in zip(*(draws.draw(LOGITS.expand(3, -1))[0] for _ in range(60)), strict=True):
        assert len(set(row)) >= 4


def test_a_longer_limit_begins_with_the_same_numbers() -> None:
    short, long = uniforms(0, 0, 5), uniforms(0, 0, 50)
    assert torch.equal(short, long[:5])
    assert not torch.equal(long, uniforms(0, 1, 50))
    assert not torch.equal(long, uniforms(1, 0, 50))
    assert len(uniforms(0, 0, 0)) == 0


def test_no_rows_need_nothing() -> None:
    assert Draws([], [1], CPU).last.tolist() == []


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=12).filter(any), st.floats(0, 1, exclude_max=True))
def test_a_token_without_probability_is_never_given(probs: list[float], u: float) -> None:
    p = torch.tensor([probs], dtype=torch.float32)
    if float(p.sum()) < 1e-30:
        return
    for number in (u, 0.0, 1 - 2**-53):
        token = int(invert(p, torch.tensor([number], dtype=torch.float64))[0])
        assert 0 <= token < len(probs)
        assert float(p[0, token]) > 0


def test_filters_of_a_worked_example() -> None:
    p = torch.tensor([[0.1, 0.4, 0.3, 0.2]])
    assert keep_top_k(p, 2).tolist() == [pytest.approx([0, 0.4, 0.3, 0])]
    assert keep_top_k(p, 9).tolist() == p.tolist()
    assert keep_top_p(p, 0.6).tolist() == [pytest.approx([0, 0.4, 0.3, 0])]
    assert keep_top_p(p, 0.75).tolist() == [pytest.approx([0, 0.4, 0.3, 0.2])]
    assert keep_top_p(p, 1e-9).tolist() == [pytest.approx([0, 0.4, 0, 0])]
