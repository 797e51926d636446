"""Scoring: rows of many requests, each distinct row once, packed by prompt, quantities computed window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from mmreason.asks import Quantity, Row, Score, Scores
from mmreason.models.attention import PackedPlan
from mmreason.models.packing import Packed, pack
from mmreason.models.runner import Runner
from vision_data.messages import Prompt

Key = tuple[Prompt, bytes, int, float]


def key_of(row: Row) -> Key:
    """What makes two rows the same work."""
    return row.prompt, torch.cat(row.pieces).numpy().tobytes(), len(row.pieces[-1]), row.temperature


@dataclass(eq=False)
class Window:
    """A slab: n positions of R rows."""

    ids: Tensor
    alive: Tensor
    logits: Tensor
    hidden: Tensor


def score(runner: Runner, requests: Sequence[Score], grad: bool) -> list[Scores]:
    """Answer all requests; without gradient in as many forwards as the token budget asks, with gradient in one."""
    keys = [[key_of(row) for row in request.rows] for request in requests]
    rows = {key: row for request, ks in zip(requests, keys, strict=True) for key, row in zip(ks, request.rows)}
    out: list[Scores | None] = [None] * len(requests)
    for bin_ in bins(runner, requests, keys, rows, whole=grad):
        states = forward(runner, [rows[key] for key in bin_])
        found = dict(zip(bin_, states, strict=True))
        ready = [i for i, ks in enumerate(keys) if out[i] is None and all(key in found for key in ks)]
        for i, answer in zip(ready, quantities(runner, [requests[i] for i in ready], found, keys, ready), strict=True):
            out[i] = answer
    assert all(answer is not None for answer in out)
    return [answer for answer in out if answer is not None]


def bins(
    runner: Runner, requests: Sequence[Score], keys: list[list[Key]], rows: dict[Key, Row], whole: bool
) -> list[list[Key]]:
    """Distinct rows, requests kept whole, rows of a prompt side by side, within the token budget where possible."""
    out: list[list[Key]] = []
    current: dict[Key, None] = {}
    order = sorted(range(len(requests)), key=lambda i: first_seen(keys, i))
    for i in order:
        grown = {**current, **dict.fromkeys(keys[i])}
        if current and not whole and tokens(runner, [rows[k] for k in grown]) > runner.budget:
            out.append(by_prompt(current))
            grown = dict.fromkeys(keys[i])
        current = grown
    if current or not out:
        out.append(by_prompt(current))
    return out


def first_seen(keys: list[list[Key]], i: int) -> int:
    """Requests about the same prompt stand together."""
    prompts = {ks[0][0]: n for n, ks in reversed(list(enumerate(keys))) if ks}
    return prompts[keys[i][0][0]] if keys[i] else -1


def by_prompt(keys: dict[Key, None]) -> list[Key]:
    """Keep the order, but rows of a prompt side by side."""
    order = {prompt: n for n, prompt in reversed(list(enumerate(key[0] for key in keys)))}
    return sorted(keys, key=lambda key: order[key[0]])


def tokens(runner: Runner, rows: Sequence[Row]) -> int:
    """Packed length of these rows: each prompt once."""
    prompts = {row.prompt for row in rows}
    return sum(len(runner.encode(p)) for p in prompts) + sum(len(piece) for row in rows for piece in row.pieces)


def forward(runner: Runner, rows: Sequence[Row]) -> list[Tensor]:
    """[T, H] states that predict the last piece of each row; rows of a prompt stand side by side."""
    if not rows:
        return []
    work: dict[Prompt, list[Tensor]] = {}
    for row in rows:
        work.setdefault(row.prompt, []).append(torch.cat(row.pieces))
    packed = pack([(runner.encode(prompt), whole) for prompt, whole in work.items()])
    states = run(runner, packed, list(work))
    out, flat = [], iter(rows)
    for block in packed.blocks:
        at = block.start + block.prompt
        for length in block.lengths:
            row, scored = next(flat), 0
            scored = len(row.pieces[-1])
            before = length - scored
            if before:
                out.append(states[at + before - 1 : at + length - 1])
            else:  # the first token is predicted by the prompt's last state, shared by the group
                last = states[block.start + block.prompt - 1 : block.start + block.prompt]
                out.append(torch.cat([last, states[at : at + length - 1]]))
            at += length
    return out


def run(runner: Runner, packed: Packed, prompts: Sequence[Prompt]) -> Tensor:
    """[T, H] states of a packed row; counts what it costs."""
    ledger = runner.ledger
    ledger.add("prompt_tokens", packed.num_prompt_tokens)
    ledger.add("completion_tokens", packed.num_row_tokens)
    ledger.add("logical_tokens", packed.num_logical_tokens)
    blocks = [runner.block_to_device(block) for block in packed.blocks]
    embeds = runner.embed(packed, prompts)
    return runner.body.states(embeds, packed.positions.to(embeds.device), PackedPlan(blocks))


def quantities(
    runner: Runner, requests: Sequence[Score], found: dict[Key, Tensor], keys: list[list[Key]], which: Sequence[int]
) -> list[Scores]:
    """All quantities of these requests; pointwise ones in one walk over all rows, aligned ones request by request."""
    point: dict[Key, dict[Quantity[Any], None]] = {}
    for request, i in zip(requests, which, strict=True):
        for key in keys[i]:
            point.setdefault(key, {}).update(dict.fromkeys(q for q in request.want if not q.aligned))
    values: dict[tuple[Key, Quantity[Any]], Tensor] = {}
    sets: dict[tuple[Quantity[Any], ...], list[Key]] = {}
    for key, wanted in point.items():
        if wanted:
            sets.setdefault(tuple(wanted), []).append(key)
    for wants, members in sets.items():
        for quantity, rows in zip(wants, pointwise(runner, wants, members, found), strict=True):
            values |= {(key, quantity): row for key, row in zip(members, rows, strict=True)}
    out = []
    for request, i in zip(requests, which, strict=True):
        aligned = tuple(q for q in request.want if q.aligned)
        got = {q: q.finish([values[key, q] for key in keys[i]]) for q in request.want if not q.aligned}
        out.append(Scores(got | (together(runner, aligned, keys[i], found) if aligned else {})))
    return out


def pointwise(
    runner: Runner, wants: Sequence[Quantity[Any]], members: Sequence[Key], found: dict[Key, Tensor]
) -> list[list[Tensor]]:
    """Rows laid end to end as one row of the slab; one list of [T, ...] per quantity."""
    lengths = [len(found[key]) for key in members]
    hidden = torch.cat([found[key] for key in members])[None]
    ids = torch.cat([scored_ids(key) for key in members])[None].to(hidden.device)
    temperature = torch.cat([torch.full((n,), key[3]) for key, n in zip(members, lengths, strict=True)])[None]
    whole = walk(runner, wants, hidden, ids, torch.ones_like(ids).bool(), temperature)
    return [list(value[0].split(lengths)) for value in whole]


def together(
    runner: Runner, wants: Sequence[Quantity[Any]], members: Sequence[Key], found: dict[Key, Tensor]
) -> dict[Quantity[Any], Any]:
    """Rows aligned by position, padded to the longest."""
    from torch.nn.utils.rnn import pad_sequence

    hidden = pad_sequence([found[key] for key in members], batch_first=True)
    ids = pad_sequence([scored_ids(key) for key in members], batch_first=True).to(hidden.device)
    lengths = [len(found[key]) for key in members]
    alive = torch.arange(hidden.shape[1])[None] < torch.tensor(lengths)[:, None]
    temperature = torch.tensor([key[3] for key in members])[:, None].expand(-1, hidden.shape[1])
    whole = walk(runner, wants, hidden, ids, alive.to(hidden.device), temperature)
    return {q: q.finish([row[:n] for row, n in zip(w, lengths, strict=True)]) for q, w in zip(wants, whole, strict=True)}


def scored_ids(key: Key) -> Tensor:
    """Token ids of the scored piece."""
    ids = torch.frombuffer(bytearray(key[1]), dtype=torch.long)
    return ids[len(ids) - key[2] :]


def walk(
    runner: Runner, wants: Sequence[Quantity[Any]], hidden: Tensor, ids: Tensor, alive: Tensor, temperature: Tensor
) -> list[Tensor]:
    """Quantities over all positions, window by window, so that logits exist for one window at a time.

    With several windows and gradient, each window's logits are computed again in the backward pass.
    """
    rows, num = ids.shape
    size = max(runner.max_logits // max(rows * runner.vocab, 1), 1)
    heat = temperature.to(hidden.device, torch.float32)[..., None]

    def window(h: Tensor, a: int, b: int) -> tuple[Tensor, ...]:
        slab = Window(ids[:, a:b], alive[:, a:b], runner.body.head(h) / heat[:, a:b], h)
        return tuple(quantity.window(slab) for quantity in wants)

    found = []
    for a in range(0, max(num, 1), size):
        h = hidden[:, a : a + size]
        if hidden.requires_grad and torch.is_grad_enabled() and num > size:
            found.append(checkpoint(window, h, a, a + size, use_reentrant=False))
        else:
            found.append(window(h, a, a + size))
    return [torch.cat(parts, 1) for parts in zip(*found, strict=True)]
