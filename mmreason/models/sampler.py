"""Grouped sampling: one prefill per prompt, its keys and values kept once, finished rows leave the batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from mmreason.asks import Generate, Sampling
from mmreason.errors import RecipeError
from mmreason.models.cache import Cache
from mmreason.models.draws import Draws
from mmreason.models.runner import Runner
from mmreason.types import Completion
from vision_data.messages import Prompt


@dataclass(eq=False)
class Live:
    """One completion in the making."""

    request: Generate
    number: int
    """Its number within the request."""
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish: Literal["stop", "length"] = "length"
    done: bool = False
    tail: bytes = b""
    """Last bytes of the text, as many as a stop text could still begin with."""

    @property
    def prompt(self) -> Prompt:
        """What it answers."""
        return self.request.prompt

    @property
    def prefix(self) -> Tensor:
        """[T0] tokens that are there already."""
        return self.request.after.tokens if self.request.after else torch.zeros(0, dtype=torch.long)

    @property
    def sampling(self) -> Sampling:
        """How its tokens are drawn."""
        return self.request.sampling

    def note(self, token: int, logprob: float, text: bytes, eos: frozenset[int]) -> None:
        """Take one token; it is over at the end of the turn, after a stop text, or at the limit."""
        self.tokens.append(token)
        self.logprobs.append(logprob)
        if token in eos or (self.sampling.stop and self.stopped(text)):
            self.finish = "stop"
            self.done = True
        self.done = self.done or len(self.tokens) >= self.request.limit

    def stopped(self, text: bytes) -> bool:
        """Say whether a stop text is complete; compared as bytes, for tokens may end inside a character."""
        stops = [stop.encode() for stop in self.sampling.stop]
        self.tail += text
        found = any(stop in self.tail for stop in stops)
        self.tail = self.tail[-(max(map(len, stops)) - 1) :] if max(map(len, stops)) > 1 else b""
        return found


@torch.no_grad()
def generate(runner: Runner, requests: Sequence[Generate], eos: frozenset[int]) -> list[list[Completion]]:
    """Answer all requests, in waves that fit the token budget. What one gets does not depend on the others.

    Raises:
        RecipeError: settings that no token can be drawn with, or more tokens than the model's context holds.
    """
    with runner.ledger.phase("rollout"):
        for request in requests:
            refuse(runner, request)
        rows = [[Live(request, number) for number in range(request.num)] for request in requests]
        for wave in waves(runner, [row for of_request in rows for row in of_request if row.request.limit]):
            one_wave(runner, wave, eos)
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
    runner.check_length(runner.encode(request.prompt), before + request.limit)


def waves(runner: Runner, rows: Sequence[Live]) -> Iterator[list[Live]]:
    """Consecutive rows whose prompts and completions fit the budget; a prompt's rows side by side."""
    wave: dict[Prompt, list[Live]] = {}
    size = 0
    for row in rows:
        own, prompt = len(row.prefix) + row.request.limit, len(runner.encode(row.prompt))
        if wave and size + own + prompt > 4 * runner.budget:  # a cache entry costs far less than a trained activation
            yield [row for of_prompt in wave.values() for row in of_prompt]
            wave, size = {}, 0
        size += own + (0 if row.prompt in wave else prompt)
        wave.setdefault(row.prompt, []).append(row)
    if wave:
        yield [row for of_prompt in wave.values() for row in of_prompt]


def one_wave(runner: Runner, rows: Sequence[Live], eos: frozenset[int]) -> None:
    """Prefill, then one token a step for all rows, until none is left.

    A row that is over is carried along until one in eight is: moving the caches costs more than a few idle rows.
    """
    rows = list(rows)
    everyone = rows
    bytes_of = runner.encoder.detokenise.bytes_of
    draws = Draws(rows, runner.encoder.forbidden, runner.device)
    cache = Cache(runner, rows)
    logits = cache.prefill()
    while True:
        tokens, logprobs = draws.draw(logits)
        for row, token, logprob in zip(rows, tokens, logprobs, strict=True):
            if not row.done:
                row.note(token, logprob, bytes_of(token), eos)
        going = [slot for slot, row in enumerate(rows) if not row.done]
        if not going:
            break
        if 8 * (len(rows) - len(going)) >= len(rows):
            rows, tokens = [rows[slot] for slot in going], [tokens[slot] for slot in going]
            draws.keep(going)
            cache.keep(going)
        logits = cache.step(tokens)
    runner.ledger.add("sampled_tokens", sum(len(row.tokens) for row in everyone))


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
