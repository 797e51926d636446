"""Grouped sampling: one prefill per prompt, its keys and values kept once; rows that are over make room for others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from mmreason.asks import Generate, Sampling
from mmreason.errors import RecipeError
from mmreason.models.cache import Cache
from mmreason.models.draws import Draws, uniforms
from mmreason.models.encoded import Encoded
from mmreason.models.queue import Queue
from mmreason.models.row_cache import RowCache
from mmreason.models.runner import Runner
from mmreason.types import Completion
from vision_data.messages import Prompt


@dataclass(eq=False)
class Live:
    """One completion in the making."""

    request: Generate
    number: int
    """Its number within the request."""
    encoded: Encoded
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish: Literal["stop", "length"] = "length"
    done: bool = False
    tail: bytes = b""
    """Last bytes of the text, as many as a stop text could still begin with."""

    def __post_init__(self) -> None:
        after = self.request.after
        self.prefix = after.tokens if after else torch.zeros(0, dtype=torch.long)
        """[T0] tokens that are there already."""
        self.stops = tuple(stop.encode() for stop in self.sampling.stop)

    @property
    def prompt(self) -> Prompt:
        """What it answers."""
        return self.request.prompt

    @property
    def sampling(self) -> Sampling:
        """How its tokens are drawn."""
        return self.request.sampling

    @property
    def need(self) -> int:
        """Tokens that it may have at most, its prompt's not counted."""
        return len(self.prefix) + self.request.limit

    @property
    def filled(self) -> int:
        """Tokens whose keys are in the cache: all but the one drawn last."""
        return len(self.prefix) + max(len(self.tokens) - 1, 0)

    @cached_property
    def numbers(self) -> Tensor:
        """[limit] its random numbers."""
        return uniforms(self.request.seed, self.number, self.request.limit)

    def note(self, token: int, logprob: float, text: bytes, eos: frozenset[int]) -> None:
        """Take one token; it is over at the end of the turn, after a stop text, or at the limit."""
        self.tokens.append(token)
        self.logprobs.append(logprob)
        if token in eos or (self.stops and self.stopped(text)):
            self.finish = "stop"
            self.done = True
        self.done = self.done or len(self.tokens) >= self.request.limit

    def stopped(self, text: bytes) -> bool:
        """Say whether a stop text is complete; compared as bytes, for tokens may end inside a character."""
        self.tail += text
        found = any(stop in self.tail for stop in self.stops)
        rest = max(map(len, self.stops)) - 1
        self.tail = self.tail[-rest:] if rest else b""
        return found


Tell: TypeAlias = Callable[[Sequence[Live]], None]
"""Is told all rows after each token: to show them as they grow, or to end one by setting its ``done``."""


@torch.no_grad()
def generate(
    runner: Runner, requests: Sequence[Generate], eos: frozenset[int], tell: Tell | None = None
) -> list[list[Completion]]:
    """Answer all requests, as many rows at once as fit. What one gets does not depend on the others.

    Raises:
        RecipeError: settings that no token can be drawn with, or more tokens than the model's context holds.
    """
    with runner.ledger.phase("rollout"):
        for request in requests:
            refuse(runner, request)
        rows = [[Live(r, number, runner.encode(r.prompt)) for number in range(r.num)] for r in requests]
        sample(runner, [row for of_request in rows for row in of_request if row.request.limit], eos, tell)
        return [[complete(runner, row) for row in of_request] for of_request in rows]


def refuse(runner: Runner, request: Generate) -> None:
    """Say what is wrong with a request before anything runs."""
    s = request.sampling
    if request.num < 1 or request.limit < 0:
        raise RecipeError(f"Generate needs num >= 1 and limit >= 0, got num={request.num}, limit={request.limit}")
    if not 0 <= s.temperature < float("inf") or not 0 < s.top_p <= 1 or s.top_k < 0 or not all(s.stop):
        raise RecipeError(
            f"Sampling needs a finite temperature >= 0, 0 < top_p <= 1, top_k >= 0 and stop texts that are not empty; "
            f"got temperature={s.temperature}, top_p={s.top_p}, top_k={s.top_k}, stop={s.stop}"
        )
    before = len(request.after.tokens) if request.after else 0
    runner.check_length(request.prompt, runner.encode(request.prompt), before + request.limit)


def sample(runner: Runner, everyone: Sequence[Live], eos: frozenset[int], tell: Tell | None = None) -> None:
    """One token a step for all rows that have a seat; rows that wait take the seats of those that are over.

    A row that is over is carried along until one in eight is: to move caches, or to run a few prompts, costs more than
    a few idle rows.
    """
    waiting = Queue(everyone, 4 * runner.budget)  # a cache entry costs far less than a trained activation
    cache = RowCache(runner) if runner.body.alone else Cache(runner)
    rows: list[Live] = []
    draws = Draws(rows, runner.encoder.forbidden, runner.device)
    while waiting or not all(row.done for row in rows):
        going = [slot for slot, row in enumerate(rows) if not row.done]
        if 8 * (len(rows) - len(going)) >= len(rows):
            came = waiting.take([rows[slot] for slot in going])
            rows, slots = seats(rows, came)
            logits = cache.seat(rows, slots)
            if came:
                note(runner, came, Draws(came, runner.encoder.forbidden, runner.device).draw(logits), eos)
            draws = Draws(rows, runner.encoder.forbidden, runner.device)
        else:
            note(runner, rows, draws.draw(cache.step(draws.last)), eos)
        if tell is not None:
            tell(everyone)
    runner.ledger.add("sampled_tokens", sum(len(row.tokens) for row in everyone))


def seats(rows: Sequence[Live], came: Sequence[Live]) -> tuple[list[Live], list[int]]:
    """Rows from now on, each with its number until now or -1: who comes sits down where a row is over.

    Seats that stay empty are taken away; who finds none free gets one at the end.
    """
    rest = iter(came)
    out = []
    for slot, row in enumerate(rows):
        if not row.done:
            out.append((row, slot))
        elif new := next(rest, None):
            out.append((new, -1))
    out += [(row, -1) for row in rest]
    return [row for row, _ in out], [slot for _, slot in out]


def note(runner: Runner, rows: Sequence[Live], drawn: tuple[list[int], list[float]], eos: frozenset[int]) -> None:
    """Give each row that is not over its token."""
    bytes_of = runner.encoder.detokenise.bytes_of
    for row, token, logprob in zip(rows, *drawn, strict=True):
        if not row.done:
            row.note(token, logprob, bytes_of(token) if row.stops else b"", eos)


def complete(runner: Runner, row: Live) -> Completion:
    """From the row to the noun, with what was there before it."""
    before = row.request.after
    tokens = torch.cat([row.prefix, torch.tensor(row.tokens, dtype=torch.long)])
    text, offsets = runner.encoder.detokenise(tokens.tolist())
    old = before.logprobs if before else torch.zeros(0)
    wrote = before.wrote if before else torch.zeros(0, dtype=torch.bool)
    return Completion(
        text=text,
        tokens=tokens,
        logprobs=torch.cat([old, torch.tensor(row.logprobs, dtype=torch.float32)]),
        wrote=torch.cat([wrote, torch.ones(len(row.tokens), dtype=torch.bool)]),
        offsets=offsets,
        finish=row.finish,
        temperature=row.sampling.temperature or 1.0,
        spans=before.spans if before else (),
    )
