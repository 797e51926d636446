"""Scoring: rows of many requests, each distinct row once, packed by prompt, quantities computed window by window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from mmreason.asks import POLICY, Entropy, LogProb, Quantity, Role, Row, Score, Scores
from mmreason.models.fused_head import fused_logprobs
from mmreason.models.packing import Packed, pack
from mmreason.models.room import Room
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
    parts: Mapping[Role, Any]

    def part(self, role: Role) -> Any:
        """The live part that plays a role."""
        return self.parts[role]


def score(runner: Runner, requests: Sequence[Score], grad: bool) -> list[Scores]:
    """Answer all requests; without gradient in as many forwards as the token budget asks, with gradient in one.

    Raises:
        RecipeError: a row is longer than the model's context.
    """
    keys = [[key_of(row) for row in request.rows] for request in requests]
    rows = {
        key: row for request, ks in zip(requests, keys, strict=True) for key, row in zip(ks, request.rows, strict=True)
    }
    wants: dict[Key, dict[Quantity[Any], None]] = {key: {} for key in rows}
    for request, ks in zip(requests, keys, strict=True):
        for key in ks:
            wants[key] |= dict.fromkeys(q for q in request.want if not q.aligned)
    single: dict[tuple[Key, Quantity[Any]], Tensor] = {}
    shared: dict[tuple[int, Quantity[Any]], Any] = {}
    waiting = [i for i, request in enumerate(requests) if any(q.aligned for q in request.want)]
    for bin_ in bins(runner, units(requests, keys), rows, whole=grad):
        ready = [i for i in waiting if set(bin_) >= set(keys[i])]
        waiting = [i for i in waiting if i not in ready]

        def answer(bin_: Sequence[Key] = bin_, ready: Sequence[int] = ready) -> tuple[dict[Any, Any], dict[Any, Any]]:
            found = dict(zip(bin_, forward(runner, [rows[key] for key in bin_]), strict=True))
            alone = pointwise(runner, {key: tuple(wants[key]) for key in bin_}, found)
            return alone, {
                (i, q): value for i in ready for q, value in together(runner, requests[i], keys[i], found).items()
            }

        head = any(isinstance(q, (LogProb, Entropy)) for request in requests for q in request.want)
        alone, side_by_side = runner.sharding.learn(answer, head) if grad else answer()
        single |= alone
        shared |= side_by_side
    return [
        Scores({q: shared[i, q] if q.aligned else q.finish([single[key, q] for key in ks]) for q in request.want})
        for i, (request, ks) in enumerate(zip(requests, keys, strict=True))
    ]


def units(requests: Sequence[Score], keys: Sequence[Sequence[Key]]) -> list[tuple[Key, ...]]:
    """What must go through one forward: all rows of a request with an aligned quantity, else each row by itself."""
    out: list[tuple[Key, ...]] = []
    for request, ks in zip(requests, keys, strict=True):
        out += [tuple(ks)] if any(q.aligned for q in request.want) else [(key,) for key in ks]
    order = {prompt: n for n, prompt in reversed(list(enumerate(unit[0][0] for unit in out if unit)))}
    return sorted((unit for unit in out if unit), key=lambda unit: order[unit[0][0]])


def bins(runner: Runner, todo: Sequence[tuple[Key, ...]], rows: dict[Key, Row], whole: bool) -> list[list[Key]]:
    """Distinct rows, units kept whole, rows of a prompt side by side, within the token budget where possible."""
    out: list[dict[Prompt, dict[Key, None]]] = [{}]
    room = room_of(runner)
    for unit in todo:
        request = [Score(POLICY, tuple(rows[key] for key in unit))]
        if not room.take(request, anyway=whole or not out[-1]):
            out.append({})
            room = replace(room, size=0, rows=set(), prompts=set())
            room.take(request, anyway=True)
        for key in unit:
            out[-1].setdefault(key[0], {})[key] = None
    return [[key for of_prompt in bin_.values() for key in of_prompt] for bin_ in out if bin_]


def room_of(runner: Runner) -> Room:
    """The space of one forward: the token budget, a prompt once for all of its rows where rows can be packed."""

    def prompt(of: Prompt) -> int:
        return len(runner.encode(of))

    if runner.body.alone:
        return Room(runner.budget, key_of, lambda row: prompt(row.prompt) + own_tokens(row), lambda of: 0)
    return Room(runner.budget, key_of, own_tokens, prompt)


def own_tokens(row: Row) -> int:
    """Tokens of a row without its prompt."""
    return sum(len(piece) for piece in row.pieces)


def forward(runner: Runner, rows: Sequence[Row]) -> list[Tensor]:
    """[T, H] states that predict the last piece of each row; rows of a prompt stand side by side."""
    work: dict[Prompt, list[Tensor]] = {}
    for row in rows:
        work.setdefault(row.prompt, []).append(torch.cat(row.pieces))
    for prompt, of_prompt in work.items():
        runner.check_length(prompt, runner.encode(prompt), max(map(len, of_prompt)))
    packed = pack([(runner.encode(prompt), whole) for prompt, whole in work.items()])
    states = run(runner, packed, list(work))
    out, flat, at = [], iter(rows), 0
    for block in packed.blocks:
        last = states[at : at + 1]
        at += 1
        for length in block.lengths:
            scored = len(next(flat).pieces[-1])
            if scored < length or not scored:
                out.append(states[at + length - scored - 1 : at + length - 1])
            else:  # the first token is predicted by the prompt's last state, shared by the group
                out.append(torch.cat([last, states[at : at + length - 1]]))
            at += length
    return out


def run(runner: Runner, packed: Packed, prompts: Sequence[Prompt]) -> Tensor:
    """[blocks + row tokens, H] states of a packed row: of each block its prompt's last token, then its rows."""
    runner.count(packed)
    blocks = [runner.block_to_device(block) for block in packed.blocks]
    read = [torch.arange(b.start + b.prompt - 1, b.start + b.prompt + sum(b.lengths)) for b in packed.blocks]
    return runner.states(packed, prompts, runner.plan(blocks), torch.cat(read).to(runner.device))


def pointwise(
    runner: Runner, wants: dict[Key, tuple[Quantity[Any], ...]], found: dict[Key, Tensor]
) -> dict[tuple[Key, Quantity[Any]], Tensor]:
    """[T, ...] per row and quantity, in one walk over all rows that want the same, laid end to end."""
    sets: dict[tuple[Quantity[Any], ...], list[Key]] = {}
    for key, wanted in wants.items():
        if wanted:
            sets.setdefault(wanted, []).append(key)
    out: dict[tuple[Key, Quantity[Any]], Tensor] = {}
    for wanted, members in sets.items():
        lengths = [len(found[key]) for key in members]
        hidden = torch.cat([found[key] for key in members])[None]
        ids = torch.cat([scored_ids(key) for key in members])[None].to(hidden.device)
        heat = torch.cat([torch.full((n,), key[3]) for key, n in zip(members, lengths, strict=True)])[None]
        whole = walk(runner, wanted, hidden, ids, torch.ones_like(ids).bool(), heat)
        for quantity, value in zip(wanted, whole, strict=True):
            out |= {(key, quantity): row for key, row in zip(members, value[0].split(lengths), strict=True)}
    return out


def together(
    runner: Runner, request: Score, members: Sequence[Key], found: dict[Key, Tensor]
) -> dict[Quantity[Any], Any]:
    """The request's aligned quantities: rows side by side, padded to the longest."""
    from torch.nn.utils.rnn import pad_sequence

    wants = tuple(q for q in request.want if q.aligned)
    hidden = pad_sequence([found[key] for key in members], batch_first=True)
    ids = pad_sequence([scored_ids(key) for key in members], batch_first=True).to(hidden.device)
    lengths = [len(found[key]) for key in members]
    alive = torch.arange(hidden.shape[1])[None] < torch.tensor(lengths)[:, None]
    heat = torch.tensor([key[3] for key in members])[:, None].expand(-1, hidden.shape[1])
    whole = walk(runner, wants, hidden, ids, alive.to(hidden.device), heat)
    return {
        q: q.finish([row[:n] for row, n in zip(w, lengths, strict=True)]) for q, w in zip(wants, whole, strict=True)
    }


def scored_ids(key: Key) -> Tensor:
    """Token ids of the scored piece."""
    _, data, scored, _ = key
    ids = torch.frombuffer(bytearray(data), dtype=torch.long) if data else torch.zeros(0, dtype=torch.long)
    return ids[len(ids) - scored :]


def walk(
    runner: Runner, wants: Sequence[Quantity[Any]], hidden: Tensor, ids: Tensor, alive: Tensor, temperature: Tensor
) -> list[Tensor]:
    """Quantities over all positions, window by window, so that logits exist for one window at a time.

    With several windows and gradient, each window's logits are computed again in the backward pass. On CUDA a fused
    kernel gives log-probs without any logits, where one is installed.
    """
    if tuple(wants) == (LogProb(),) and (fused := head_alone(runner, hidden, ids, temperature)) is not None:
        return [fused]
    rows, num = ids.shape
    size = max(runner.max_logits // max(rows * runner.vocab, 1), 1)
    plain = bool((temperature == 1).all())
    heat = temperature.to(hidden.device, torch.float32)[..., None]

    def window(h: Tensor, a: int, b: int) -> tuple[Tensor, ...]:
        logits = runner.body.head(h) if plain else runner.body.head(h) / heat[:, a:b]
        slab = Window(ids[:, a:b], alive[:, a:b], logits, h, runner.parts)
        return tuple(quantity.window(slab) for quantity in wants)

    found = []
    for a in range(0, max(num, 1), size):
        h = hidden[:, a : a + size]
        if hidden.requires_grad and torch.is_grad_enabled() and num > size:
            found.append(checkpoint(window, h, a, a + size, use_reentrant=False))
        else:
            found.append(window(h, a, a + size))
    return [torch.cat(parts, 1) for parts in zip(*found, strict=True)]


def head_alone(runner: Runner, hidden: Tensor, ids: Tensor, temperature: Tensor) -> Tensor | None:
    """[R, T] log-probs by the fused head; None where it cannot be used."""
    head = runner.body.bare_head() if hidden.device.type == "cuda" else None
    if head is None:
        return None
    heat = temperature.expand(ids.shape).flatten()
    found = fused_logprobs(hidden.flatten(0, 1), head.weight, ids.flatten(), heat)
    return None if found is None else found.view(ids.shape)
