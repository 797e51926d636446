"""A real, small language model as a live part: a GRU over twelve tokens in float64, slow and exact.

It answers the same requests as a large one, computes quantities a few positions at a time, and learns by plain gradient
descent, so the engine can be tested whole in milliseconds.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from mmreason.asks import Generate, Quantity, Request, Role, Row, Score, Scores, Tokenise
from mmreason.models.room import Room
from mmreason.run import Run
from mmreason.seeds import seed_of
from mmreason.types import Across, Alone, Completion
from tests.mmreason.fakes import Plain, comp
from vision_data.messages import Prompt, text_of

VOCAB = 12


def encode(of: Prompt) -> Tensor:
    return torch.tensor([1 + ord(letter) % (VOCAB - 2) for letter in text_of(of)])


class Core(nn.Module):
    """A GRU language model with a second, scalar head."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.embed, self.rnn = nn.Embedding(VOCAB, 8), nn.GRU(8, 16, batch_first=True)
        self.head, self.value = nn.Linear(16, VOCAB), nn.Linear(16, 1)
        self.double()
        rng = torch.Generator().manual_seed(seed)  # its own: ranks in threads share the global one
        with torch.no_grad():
            for name, p in self.named_parameters():
                p.copy_(
                    torch.rand(p.shape, generator=rng, dtype=torch.float64).sub(0.5) * (4 if "embed" in name else 0.5)
                )

    def forward(self, ids: Tensor) -> Tensor:
        """[T, 16] states; state t predicts token t + 1."""
        return self.rnn(self.embed(ids[None]))[0][0]


@dataclass(eq=False)
class Window:
    """What a quantity sees: n positions of R rows."""

    ids: Tensor
    alive: Tensor
    logits: Tensor
    hidden: Tensor
    parts: Mapping[Role, Any] = field(default_factory=dict)

    def part(self, role: Role) -> Any:
        return self.parts[role]


class TinyLM(Plain):
    """Answers, learns, counts rows and calls. Equal rows of one call are run once."""

    def __init__(
        self, seed: int = 0, lr: float = 0.1, budget: int = 10**9, core: Core | None = None, window: int = 3
    ) -> None:
        self.core = core or Core(seed)
        self.lr = lr
        self.budget, self.window = budget, window
        self.across: Across = Alone()
        self.parts: Mapping[Role, Any] = {}
        self.rows = self.calls = self.steps = self.largest = 0
        self.grads = torch.zeros(0)

    def joins(self, run: Run) -> None:
        self.parts, self.across = run.models, run.across

    def logits(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """[T, V] logits and [T, H] states."""
        hidden = self.core(ids)
        return self.core.head(hidden), hidden

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        self.calls += 1
        memo: dict[object, tuple[Tensor, Tensor, Tensor]] = {}
        return [self.one(request, memo) for request in requests]

    def one(self, request: Request[Any], memo: dict[object, tuple[Tensor, Tensor, Tensor]]) -> Any:
        if isinstance(request, Generate):
            return [self.sample(request, number) for number in range(request.num)]
        if isinstance(request, Tokenise):
            ids = [int(word) for word in re.findall(r"[0-9]+", request.text)]
            return comp(ids + [0] * request.end, wrote=[request.wrote] * (len(ids) + request.end), text=request.text)
        assert isinstance(request, Score), request
        for row in request.rows:
            if key_of(row) not in memo:
                memo[key_of(row)] = self.run(row)
        if torch.is_grad_enabled():
            self.largest = max(self.largest, sum(len(m[0]) for m in memo.values()))
        rows = [memo[key_of(row)] for row in request.rows]
        return Scores({q: self.quantity(q, rows) for q in request.want})

    def run(self, row: Row) -> tuple[Tensor, Tensor, Tensor]:
        """Ids, logits and states of the last piece."""
        self.rows += 1
        scored = row.pieces[-1]
        logits, hidden = self.logits(torch.cat([encode(row.prompt), *row.pieces]))
        last = slice(-len(scored) - 1, -1)
        return scored, logits[last] / row.temperature, hidden[last]

    def quantity(self, quantity: Quantity[Any], rows: Sequence[tuple[Tensor, Tensor, Tensor]]) -> Any:
        """As the real one: aligned rows side by side and padded, others each by itself; a few positions at a time."""
        together = [list(rows)] if quantity.aligned else [[row] for row in rows]
        return quantity.finish([values for some in together for values in self.walk(quantity, some)])

    def walk(self, quantity: Quantity[Any], rows: Sequence[tuple[Tensor, Tensor, Tensor]]) -> list[Tensor]:
        ids, logits, hidden = (nn.utils.rnn.pad_sequence([row[k] for row in rows], batch_first=True) for k in range(3))
        lengths = torch.tensor([len(row[0]) for row in rows])
        alive = torch.arange(ids.shape[1])[None] < lengths[:, None]
        found = []
        for a in range(0, ids.shape[1], self.window):
            part = (slice(None), slice(a, a + self.window))
            found.append(quantity.window(Window(ids[part], alive[part], logits[part], hidden[part], self.parts)))
        whole = torch.cat(found, 1)
        return [row[:length] for row, length in zip(whole, lengths.tolist(), strict=True)]

    @torch.no_grad()
    def sample(self, request: Generate, number: int) -> Completion:
        rng = torch.Generator().manual_seed(seed_of(request.seed, number))
        start = request.after or comp([])
        heat, ids, logps = request.sampling.temperature, start.tokens, [start.logprobs]
        stopped = False
        while len(ids) < len(start.tokens) + request.limit and not stopped:
            logits = self.logits(torch.cat([encode(request.prompt), ids]))[0][-1]
            logp = (logits / (heat or 1.0)).log_softmax(-1)
            token = torch.multinomial(logp.exp(), 1, generator=rng) if heat else logp.argmax()[None]
            ids, stopped = torch.cat([ids, token]), int(token) == 0
            logps.append(logp[token])
        own = torch.ones(len(ids) - len(start.tokens), dtype=torch.bool)
        return replace(
            start,
            text=" ".join(map(str, ids.tolist())),
            tokens=ids,
            logprobs=torch.cat(logps),
            wrote=torch.cat([start.wrote, own]),
            finish="stop" if stopped else "length",
            temperature=heat,
        )

    def room(self) -> Room:
        return Room(self.budget, key_of, lambda row: len(row.pieces[-1]), lambda prompt: 0)

    def shrink(self, error: Exception) -> None:
        raise error

    def apply(self) -> dict[str, float]:
        weights = list(self.core.parameters())
        mine = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in weights])
        self.grads = torch.stack(self.across.gather([mine])).sum(0)
        with torch.no_grad():
            for p, g in zip(weights, self.grads.split([p.numel() for p in weights]), strict=True):
                p -= self.lr * g.view_as(p)
        self.steps += 1
        self.core.zero_grad()
        return {"grad_norm": float(self.grads.norm())}

    def state_dict(self) -> dict[str, Any]:
        return {"core": copy.deepcopy(self.core.state_dict()), "steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.core.load_state_dict(state["core"])
        self.steps = state["steps"]


def key_of(row: Row) -> object:
    return row.prompt, tuple(torch.cat(row.pieces).tolist()), len(row.pieces[-1]), row.temperature
