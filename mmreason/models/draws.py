"""Drawing tokens: each row by its own settings and its own random numbers, whatever else is in the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from mmreason.asks import Generate
from mmreason.seeds import seed_of


class Drawn(Protocol):
    """What is drawn for: completion ``number`` of a request."""

    request: Generate
    number: int


class Draws:
    """The settings and random numbers of N rows as tensors, made once and re-indexed only when rows leave.

    A row's numbers come from its request's seed and its own number. Media tokens are never drawn: no filter,
    temperature or seed can choose them.
    """

    def __init__(self, rows: Sequence[Drawn], forbidden: Sequence[int], device: torch.device) -> None:
        of_row = [row.request.sampling for row in rows]
        self.forbidden = torch.tensor(forbidden, dtype=torch.long, device=device)
        self.heat = torch.tensor([[s.temperature or 1.0] for s in of_row], device=device)
        self.greedy = torch.tensor([s.temperature == 0 for s in of_row], device=device)
        self.top_k, self.top_p = [s.top_k for s in of_row], [s.top_p for s in of_row]
        self.uniform = uniforms(rows).to(device)
        self.at = 0
        self.prepare()

    def prepare(self) -> None:
        """Find out what the rows need: an operation that no row asks for is left out."""
        self.any_heat = bool((self.heat != 1).any())
        self.any_greedy, self.all_greedy = bool(self.greedy.any()), bool(self.greedy.all())
        self.with_k = rows_by(self.top_k, 0, self.heat.device)
        self.with_p = rows_by(self.top_p, 1.0, self.heat.device)

    def keep(self, going: Sequence[int]) -> None:
        """Only these rows go on."""
        index = torch.tensor(going, device=self.heat.device)
        self.heat, self.greedy, self.uniform = self.heat[index], self.greedy[index], self.uniform[index]
        self.top_k, self.top_p = [self.top_k[i] for i in going], [self.top_p[i] for i in going]
        self.prepare()

    def draw(self, logits: Tensor) -> tuple[list[int], list[float]]:
        """Give each row's next token, and its log-prob under the temperature and before any filter; logits [N, V]."""
        logp = (logits / self.heat if self.any_heat else logits).log_softmax(-1)
        allowed = logp.index_fill(1, self.forbidden, float("-inf"))
        token = allowed.argmax(-1) if self.any_greedy else None
        if not self.all_greedy:
            drawn = invert(self.filtered(allowed), self.uniform[:, self.at])
            token = drawn if token is None else torch.where(self.greedy, token, drawn)
        assert token is not None
        self.at += 1
        return token.tolist(), logp.gather(1, token[:, None])[:, 0].tolist()

    def filtered(self, allowed: Tensor) -> Tensor:
        """[N, V] probabilities after top-k and then top-p, their sum 1 before these."""
        probs = allowed.softmax(-1)
        for k, mine in self.with_k:
            probs[mine] = keep_top_k(probs[mine], int(k))
        for p, mine in self.with_p:
            probs[mine] = keep_top_p(probs[mine], p)
        return probs


def uniforms(rows: Sequence[Drawn]) -> Tensor:
    """[N, longest limit] numbers in [0, 1): the only randomness there is; a longer limit begins with the same ones."""
    out = torch.zeros(len(rows), max((row.request.limit for row in rows), default=0), dtype=torch.float64)
    for numbers, row in zip(out, rows, strict=True):
        generator = torch.Generator().manual_seed(seed_of(row.request.seed, row.number))
        limit = row.request.limit
        numbers[:limit] = torch.rand(limit, generator=generator, dtype=torch.float64)
    return out


def rows_by(settings: Sequence[float], off: float, device: torch.device) -> list[tuple[float, Tensor]]:
    """Each setting that is in use, with the rows that use it."""
    used = dict.fromkeys(s for s in settings if s != off)
    return [(s, torch.tensor([i for i, mine in enumerate(settings) if mine == s], device=device)) for s in used]


def invert(probs: Tensor, uniform: Tensor) -> Tensor:
    """[N] tokens where the cumulative distribution passes each row's number; none of probability 0 is ever given."""
    cumulative = probs.cumsum(-1, dtype=torch.float64)
    # below 1 by more than rounding, so that the product stays below the total
    aim = uniform.clamp(max=1 - 1e-12)[:, None] * cumulative[:, -1:]
    return torch.searchsorted(cumulative, aim, right=True)[:, 0]


def keep_top_k(probs: Tensor, k: int) -> Tensor:
    """Only the k most likely tokens of each row, and those as likely as the last of them."""
    floor = probs.topk(min(k, probs.shape[-1]), -1).values[:, -1:]
    return probs.masked_fill(probs < floor, 0)


def keep_top_p(probs: Tensor, p: float) -> Tensor:
    """The smallest set of most likely tokens whose share of the probability reaches p; at least one."""
    ordered, index = probs.sort(stable=True, dim=-1, descending=True)
    before = (ordered.cumsum(-1) - ordered) / ordered.sum(-1, keepdim=True)
    return probs.masked_fill((before >= p).scatter(1, index, before >= p), 0)
