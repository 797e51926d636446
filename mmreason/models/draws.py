"""Drawing tokens: each row by its own settings and its own random numbers, whatever else is in the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from mmreason.asks import Generate
from mmreason.seeds import seed_of


class Drawn(Protocol):
    """What is drawn for: a completion that has ``tokens`` already."""

    request: Generate
    tokens: list[int]

    @property
    def numbers(self) -> Tensor: ...


class Draws:
    """The settings and random numbers of N rows as tensors, made once and again when rows come or leave.

    A row's n-th token is drawn with its own n-th number, whoever else is there. Media tokens are never drawn: no
    filter, temperature or seed can choose them.
    """

    def __init__(self, rows: Sequence[Drawn], forbidden: Sequence[int], device: torch.device) -> None:
        of_row = [row.request.sampling for row in rows]
        self.forbidden = torch.tensor(forbidden, dtype=torch.long, device=device)
        heat = torch.tensor([[s.temperature or 1.0] for s in of_row])
        greedy = torch.tensor([s.temperature == 0 for s in of_row])
        # an operation that no row asks for is left out
        self.heat = heat.to(device) if bool((heat != 1).any()) else None
        self.greedy = greedy.to(device) if bool(greedy.any()) else None
        self.all_greedy = bool(greedy.all())
        self.with_k = rows_by([s.top_k for s in of_row], 0, device)
        self.with_p = rows_by([s.top_p for s in of_row], 1.0, device)
        self.uniform = torch.zeros(0)
        if not self.all_greedy:
            rest = [row.numbers[len(row.tokens) :] for row in rows]
            self.uniform = torch.nn.utils.rnn.pad_sequence(rest, batch_first=True).to(device)
        self.last = torch.tensor([row.tokens[-1] if row.tokens else 0 for row in rows], device=device)
        """[N] the token drawn last for each row, where the model is."""
        self.at = 0

    def draw(self, logits: Tensor) -> tuple[list[int], list[float]]:
        """Give each row's next token, and its log-prob under the temperature and before any filter; logits [N, V]."""
        logp = (logits if self.heat is None else logits / self.heat).log_softmax(-1)
        allowed = logp.index_fill(1, self.forbidden, float("-inf"))
        if self.all_greedy:
            token = allowed.argmax(-1)
        else:
            token = invert(self.filtered(allowed), self.uniform[:, self.at])
            token = token if self.greedy is None else torch.where(self.greedy, allowed.argmax(-1), token)
        self.at, self.last = self.at + 1, token
        # one transfer: double precision holds every token and every log-prob exactly
        found = torch.stack([token.double(), logp.gather(1, token[:, None])[:, 0].double()]).tolist()
        return [int(t) for t in found[0]], found[1]

    def filtered(self, allowed: Tensor) -> Tensor:
        """[N, V] probabilities after top-k and then top-p, their sum 1 before these."""
        probs = allowed.softmax(-1)
        for k, mine in self.with_k:
            probs[mine] = keep_top_k(probs[mine], int(k))
        for p, mine in self.with_p:
            probs[mine] = keep_top_p(probs[mine], p)
        return probs


def uniforms(seed: int, number: int, limit: int) -> Tensor:
    """[limit] numbers in [0, 1), all that is random in completion ``number``; a longer limit begins with the same."""
    generator = torch.Generator().manual_seed(seed_of(seed, number))
    return torch.rand(limit, generator=generator, dtype=torch.float64)


def rows_by(settings: Sequence[float], off: float, device: torch.device) -> list[tuple[float, Tensor]]:
    """Each setting that is in use, with the rows that use it."""
    used = dict.fromkeys(s for s in settings if s != off)
    return [(s, torch.tensor([i for i, mine in enumerate(settings) if mine == s], device=device)) for s in used]


def invert(probs: Tensor, uniform: Tensor) -> Tensor:
    """[N] tokens where the cumulative distribution passes each row's number; none of probability 0 is ever given."""
    cumulative = probs.double().cumsum_(-1)
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
