"""Grouped sampling: one prefill per prompt, its keys and values kept once, finished rows leave the batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from mmreason.asks import Generate, Sampling
from mmreason.models.attention import DecodePlan, PackedPlan
from mmreason.models.packing import Block, pack
from mmreason.models.runner import Runner
from mmreason.seeds import seed_of
from mmreason.types import Completion
from vision_data.messages import Prompt


@dataclass(eq=False)
class Live:
    """One completion in the making."""

    request: int
    """Index of its request in the wave."""
    number: int
    """Its number within the request."""
    prompt: int
    """Index of its prompt in the wave."""
    prefix: Tensor
    """[T0] tokens that are there already."""
    uniform: Tensor
    """[limit] numbers in [0, 1), the only randomness it will ever use."""
    sampling: Sampling
    limit: int
    position: int
    """M-RoPE position of its next token."""
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish: Literal["stop", "length"] = "length"


@torch.no_grad()
def generate(runner: Runner, requests: Sequence[Generate], eos: frozenset[int]) -> list[list[Completion]]:
    """Answer all requests, in waves that fit the token budget. What one gets does not depend on the others."""
    out: list[list[Completion]] = []
    with runner.ledger.phase("rollout"):
        for wave in waves(runner, requests):
            out += [[complete(runner, request, row) for row in rows] for request, rows in one_wave(runner, wave, eos)]
    return out


def waves(runner: Runner, requests: Sequence[Generate]) -> Iterator[list[Generate]]:
    """Consecutive requests whose prompts and completions fit the budget; one that exceeds it goes alone."""
    wave: list[Generate] = []
    size = 0
    for request in requests:
        own = request.limit + (len(request.after.tokens) if request.after else 0)
        cost = len(runner.encode(request.prompt)) + request.num * own
        if wave and size + cost > 4 * runner.budget:  # a cache entry costs far less than a trained activation
            yield wave
            wave, size = [], 0
        wave.append(request)
        size += cost
    if wave:
        yield wave


def one_wave(
    runner: Runner, requests: Sequence[Generate], eos: frozenset[int]
) -> list[tuple[Generate, list[Live]]]:
    """Prefill, then one token a step for all live rows until none is left."""
    prompts = list(dict.fromkeys(r.prompt for r in requests))
    rows = [start(runner, r, i, n, prompts.index(r.prompt)) for i, r in enumerate(requests) for n in range(r.num)]
    cache = Cache(runner, len(prompts), rows)
    logits = cache.prefill(prompts)
    live = list(range(len(rows)))
    for _ in range(max((row.limit for row in rows), default=0)):
        chosen = choose(runner, [rows[i] for i in live], logits)
        going = []
        for slot, (i, token) in enumerate(zip(live, chosen, strict=True)):
            if not ended(runner, rows[i], token, eos):
                going.append(slot)
        live = [live[slot] for slot in going]
        if not live:
            break
        logits = cache.step(going, [rows[i].tokens[-1] for i in live])
    runner.ledger.add("sampled_tokens", sum(len(row.tokens) for row in rows))
    return [(r, [row for row in rows if row.request == i]) for i, r in enumerate(requests)]


def start(runner: Runner, request: Generate, index: int, number: int, prompt: int) -> Live:
    """Set up one completion; its uniform numbers come from the request's seed and its own number."""
    generator = torch.Generator().manual_seed(seed_of(request.seed, number))
    prefix = request.after.tokens if request.after else torch.zeros(0, dtype=torch.long)
    uniform = torch.rand(request.limit, generator=generator, dtype=torch.float64)
    position = runner.encode(request.prompt).next_position + len(prefix)
    return Live(index, number, prompt, prefix, uniform, request.sampling, request.limit, position)


def choose(runner: Runner, rows: Sequence[Live], logits: Tensor) -> list[int]:
    """Draw one token per row by inverting the cumulative distribution; notes its log-prob before any filter.

    Media placeholders are never drawn: no filter, temperature or seed can choose them.
    """
    heat = torch.tensor([row.sampling.temperature or 1.0 for row in rows], device=logits.device)[:, None]
    logp = (logits / heat).log_softmax(-1)
    allowed = logp.clone()
    allowed[:, list(runner.encoder.forbidden)] = float("-inf")
    for k in {row.sampling.top_k for row in rows} - {0}:
        mine = torch.tensor([row.sampling.top_k == k for row in rows], device=logits.device)
        allowed[mine] = keep_top_k(allowed[mine], k)
    for p in {row.sampling.top_p for row in rows} - {1.0}:
        mine = torch.tensor([row.sampling.top_p == p for row in rows], device=logits.device)
        allowed[mine] = keep_top_p(allowed[mine], p)
    cumulative = allowed.double().softmax(-1).cumsum(-1)
    u = torch.stack([row.uniform[len(row.tokens)] for row in rows]).to(logits.device)[:, None]
    drawn = torch.searchsorted(cumulative, u * cumulative[:, -1:], right=True)[:, 0].clamp(max=logits.shape[1] - 1)
    greedy = torch.tensor([row.sampling.temperature == 0 for row in rows], device=logits.device)
    token = torch.where(greedy, allowed.argmax(-1), drawn)
    noted = logp.gather(1, token[:, None])[:, 0].tolist()
    for row, t, lp in zip(rows, token.tolist(), noted, strict=True):
        row.tokens.append(t)
        row.logprobs.append(lp)
    return [int(t) for t in token.tolist()]


def keep_top_k(logp: Tensor, k: int) -> Tensor:
    """Only the k most likely tokens of each row."""
    floor = logp.topk(min(k, logp.shape[-1]), -1).values[:, -1:]
    return logp.masked_fill(logp < floor, float("-inf"))


def keep_top_p(logp: Tensor, p: float) -> Tensor:
    """The smallest set of most likely tokens whose probability reaches p; at least one."""
    ordered, index = logp.softmax(-1).sort(-1, descending=True)
    beyond = ordered.cumsum(-1) - ordered >= p
    return logp.masked_fill(beyond.scatter(1, index, beyond), float("-inf"))


def ended(runner: Runner, row: Live, token: int, eos: frozenset[int]) -> bool:
    """Say whether the row is over: end of turn, a stop text, or the limit."""
    if token in eos:
        row.finish = "stop"
        return True
    if row.sampling.stop:
        text, _ = runner.encoder.detokenise(row.tokens[-64:])
        if any(stop in text for stop in row.sampling.stop):
            row.finish = "stop"
            return True
    return len(row.tokens) >= row.limit


def complete(runner: Runner, request: Generate, row: Live) -> Completion:
    """From the row to the noun, with what was there before it."""
    before = request.after
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
    )


class Cache:
    """Keys and values of one wave: each prompt's once, each live row's own in preallocated space."""

    def __init__(self, runner: Runner, num_prompts: int, rows: Sequence[Live]) -> None:
        self.runner, self.rows = runner, rows
        self.num_prompts = num_prompts
        self.prompt_of = torch.tensor([row.prompt for row in rows])
        self.lengths = torch.tensor([len(row.prefix) for row in rows])
        self.positions = torch.tensor([row.position for row in rows])
        self.own: dict[int, tuple[Tensor, Tensor]] = {}
        self.prompts: dict[int, tuple[Tensor, Tensor]] = {}

    def prefill(self, prompts: Sequence[Prompt]) -> Tensor:
        """Run prompts and prefixes once; gives [N, V] logits of every row's next token."""
        runner, device = self.runner, self.runner.device
        by_prompt = [[i for i, row in enumerate(self.rows) if row.prompt == p] for p in range(len(prompts))]
        order = [i for members in by_prompt for i in members]
        work = [
            (runner.encode(p), [self.rows[i].prefix for i in members])
            for p, members in zip(prompts, by_prompt, strict=True)
        ]
        packed = pack(work)
        runner.ledger.add("prompt_tokens", packed.num_prompt_tokens)
        runner.ledger.add("logical_tokens", packed.num_logical_tokens)
        plan = PackedPlan([runner.block_to_device(b) for b in packed.blocks], keep=True)
        embeds = runner.embed(packed, prompts)
        states = runner.body.states(embeds, packed.positions.to(device), plan)
        ends, spans = [], []
        for block in packed.blocks:
            at = block.start + block.prompt
            for length in block.lengths:
                ends.append(at + length - 1 if length else block.start + block.prompt - 1)
                spans.append((at, at + length))
                at += length
        last = torch.empty(len(self.rows), dtype=torch.long)
        last[order] = torch.tensor(ends)
        longest = max(b.prompt for b in packed.blocks)
        self.prompt_dead = torch.ones(len(packed.blocks), longest, dtype=torch.bool, device=device)
        for b, block in enumerate(packed.blocks):
            self.prompt_dead[b, : block.prompt] = False
        capacity = max(len(row.prefix) + row.limit for row in self.rows)
        for layer, (k, v) in plan.kept.items():
            self.prompts[layer] = self.of_prompts(k, v, packed.blocks, longest)
            own = k.new_zeros(2, len(self.rows), k.shape[0], capacity, k.shape[2])
            for i, (a, b) in zip(order, spans, strict=True):
                own[0, i, :, : b - a], own[1, i, :, : b - a] = k[:, a:b], v[:, a:b]
            self.own[layer] = (own[0], own[1])
        return runner.body.head(states[last.to(device)])

    @staticmethod
    def of_prompts(k: Tensor, v: Tensor, blocks: Sequence[Block], longest: int) -> tuple[Tensor, Tensor]:
        """[B, kv heads, Pmax, D] of the prompts alone."""
        out = k.new_zeros(2, len(blocks), k.shape[0], longest, k.shape[2])
        for b, block in enumerate(blocks):
            a, n = block.start, block.prompt
            out[0, b, :, :n], out[1, b, :, :n] = k[:, a : a + n], v[:, a : a + n]
        return out[0], out[1]

    def step(self, going: Sequence[int], tokens: Sequence[int]) -> Tensor:
        """Drop rows that ended, run one token for each of the others; gives [n, V] logits."""
        if len(going) < len(self.lengths):
            self.keep(torch.tensor(going))
        runner, device = self.runner, self.runner.device
        num = len(tokens)
        counts = torch.bincount(self.prompt_of, minlength=self.num_prompts)
        wide = int(counts.max())
        first = torch.cumsum(counts, 0) - counts
        order = self.prompt_of.argsort(stable=True)
        rank = torch.empty(num, dtype=torch.long)
        rank[order] = torch.arange(num) - first[self.prompt_of[order]]
        plan = DecodePlan(
            self.prompts, self.prompt_dead, self.own, self.lengths.to(device),
            (self.prompt_of * wide + rank).to(device), (self.num_prompts, wide),
        )  # fmt: skip
        embeds = runner.body.embed(torch.tensor(tokens, device=device)[None])
        states = runner.body.states(embeds, self.positions.expand(3, -1).to(device), plan)
        runner.ledger.add("completion_tokens", num)
        self.lengths, self.positions = self.lengths + 1, self.positions + 1
        return runner.body.head(states)

    def keep(self, going: Tensor) -> None:
        """Only these rows go on; their caches move together."""
        self.prompt_of, self.lengths = self.prompt_of[going], self.lengths[going]
        self.positions = self.positions[going]
        at = going.to(self.runner.device)
        self.own = {layer: (k[at], v[at]) for layer, (k, v) in self.own.items()}
