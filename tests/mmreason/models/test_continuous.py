"""Rows come and leave while others are being sampled: what each gets, how many steps it takes, how much is held."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from mmreason.asks import POLICY, Generate, Sampling, Tokenise
from mmreason.models import cache
from mmreason.models.policy import LanguageModel
from mmreason.types import Completion
from tests.mmreason.models.scene import SYSTEM
from vision_data.messages import Prompt, user

NAMES = ("prompt_tokens", "completion_tokens", "sampled_tokens", "decode_steps", "logical_tokens")


@pytest.fixture
def endless(model: LanguageModel) -> LanguageModel:
    """The same weights, but no token ends a turn: every completion runs to its limit."""
    forever = LanguageModel(POLICY, model.core, model.runner)
    forever.eos = frozenset()
    return forever


def counting(n: int) -> Prompt:
    return (SYSTEM, user("count " * n))


def room(model: LanguageModel, tokens: int) -> None:
    """Let caches hold so many tokens."""
    model.runner.budget = -(-tokens // 4)


def spent(model: LanguageModel, asks: Sequence[Generate]) -> tuple[list[list[Completion]], dict[str, float]]:
    before = model.runner.ledger.snapshot()
    found = model.answer(asks)
    since = model.runner.ledger.since(before)
    return found, {name: since.get(name, 0) for name in NAMES}


def alike(model: LanguageModel, asks: Sequence[Generate], found: Sequence[Sequence[Completion]]) -> None:
    """Each answer is what it would be alone and with all the room there is."""
    room(model, 1 << 16)
    for ask, some in zip(asks, found, strict=True):
        alone = model.answer([ask])[0]
        assert len(alone) == len(some) == ask.num
        for a, b in zip(alone, some, strict=True):
            assert a.tokens.tolist() == b.tokens.tolist()
            assert torch.allclose(a.logprobs, b.logprobs, atol=1e-5)
            assert (a.finish, a.text, a.offsets) == (b.finish, b.text, b.offsets)


@pytest.mark.parametrize("first", [1, 7, 128])
def test_any_company_gives_the_same(
    model: LanguageModel, asked: dict[str, Prompt], monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    monkeypatch.setattr(cache, "FIRST", first)
    starts = model.answer([Tokenise(POLICY, text, end=False, wrote=False) for text in ("The", "I count 1, 2, 3, 4")])
    asks = [
        Generate(POLICY, prompt, after=after, num=num, limit=limit, seed=i, sampling=how)
        for i, (prompt, after, num, limit, how) in enumerate(
            [
                (counting(9), None, 5, 14, Sampling(temperature=1.3)),
                (asked["image"], None, 3, 40, Sampling(temperature=1.2, top_p=0.9)),
                (counting(2), starts[1], 2, 9, Sampling(temperature=0.0)),
                (counting(9), starts[0], 3, 3, Sampling(temperature=1.5, top_k=40)),
                (asked["text"], None, 6, 1, Sampling(temperature=2.0)),
                (asked["several"], starts[1], 2, 25, Sampling(temperature=1.1, stop=("e", "1", " the"))),
                (counting(4), None, 4, 0, Sampling()),
                (asked["text"], starts[0], 2, 17, Sampling(temperature=0.7)),
            ]
        )
    ]
    for tokens in (400, 900):
        room(model, max(tokens, 4 * max(len(model.runner.encode(ask.prompt)) for ask in asks)))
        found, _ = spent(model, asks)
        alike(model, asks, found)


def test_those_who_wait_share_the_steps_of_a_long_row(endless: LanguageModel) -> None:
    size = len(endless.runner.encode(counting(1)))
    asks = [Generate(POLICY, counting(1), limit=n, seed=i) for i, n in enumerate([41, 5, 5, 5, 5, 5, 5, 5, 5])]
    room(endless, 4 * size)
    assert size + 2 * 41 <= 4 * size < size + 3 * 41  # two rows at once
    found, cost = spent(endless, asks)
    assert cost["decode_steps"] == 40
    assert cost["completion_tokens"] == 40 + 8 * 4
    assert cost["sampled_tokens"] == 41 + 8 * 5
    assert cost["prompt_tokens"] == size
    assert cost["logical_tokens"] == cost["completion_tokens"] + 9 * size
    alike(endless, asks, found)


def test_a_group_that_does_not_fit_runs_its_prompt_once(endless: LanguageModel) -> None:
    size = len(endless.runner.encode(counting(30)))
    room(endless, 4 * size)
    asks = [Generate(POLICY, counting(30), num=23, limit=size // 2, seed=3)]
    found, cost = spent(endless, asks)
    assert cost["prompt_tokens"] == size
    assert cost["decode_steps"] > 3 * (size // 2 - 1)  # six rows at once
    assert cost["logical_tokens"] == cost["completion_tokens"] + 23 * size
    alike(endless, asks, found)


def test_a_row_larger_than_the_room_runs_alone(endless: LanguageModel) -> None:
    size = len(endless.runner.encode(counting(1)))
    room(endless, 4 * size)
    asks = [Generate(POLICY, counting(1), num=2, limit=5 * size, seed=1)]
    found, cost = spent(endless, asks)
    assert cost["decode_steps"] == cost["completion_tokens"] == 2 * (5 * size - 1)
    alike(endless, asks, found)


def test_prefixes_that_exceed_a_forward_are_run_in_portions(endless: LanguageModel) -> None:
    (start,) = endless.answer([Tokenise(POLICY, "one two three four five", end=False, wrote=False)])
    size, before = len(endless.runner.encode(counting(1))), len(start.tokens)
    endless.runner.budget = size + 2 * before
    asks = [Generate(POLICY, counting(1), after=start, num=4, limit=4, seed=2)]
    found, cost = spent(endless, asks)
    assert cost["prompt_tokens"] == 2 * size
    assert cost["completion_tokens"] == 4 * before + 4 * 3
    alike(endless, asks, found)


def test_rows_that_end_at_their_first_token_make_room_at_once(model: LanguageModel) -> None:
    asks = [Generate(POLICY, counting(n), num=3, limit=30, sampling=Sampling(temperature=0.0)) for n in (1, 2, 3, 1)]
    everything = frozenset(range(model.runner.vocab))
    eos, model.eos = model.eos, everything
    try:
        room(model, 4 * len(model.runner.encode(counting(3))))
        found, cost = spent(model, asks)
    finally:
        model.eos = eos
    assert {(len(c.tokens), c.finish) for cs in found for c in cs} == {(1, "stop")}
    assert cost["decode_steps"] == cost["completion_tokens"] == 0
    assert cost["sampled_tokens"] == 12
    assert cost["prompt_tokens"] == sum(len(model.runner.encode(counting(n))) for n in (1, 2, 3))


def test_nothing_to_sample(endless: LanguageModel) -> None:
    found, cost = spent(endless, [Generate(POLICY, counting(1), num=2, limit=0)])
    assert [len(c.tokens) for c in found[0]] == [0, 0]
    assert set(cost.values()) == {0}
    assert endless.answer([]) == []


def test_caches_stay_within_the_room(endless: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    step = cache.Cache.step

    def watched(self: cache.Cache, tokens: torch.Tensor) -> torch.Tensor:
        own, prompts = self.own_kv[0], self.prompt_kv[0]
        held.append(own.shape[2] * (own.shape[3] - cache.FIRST) + prompts.shape[2] * prompts.shape[3])
        return step(self, tokens)

    monkeypatch.setattr(cache.Cache, "step", watched)
    monkeypatch.setattr(cache, "FIRST", 4)
    lengths = [40, 3, 9, 21, 2, 34, 5, 5, 13, 28]
    asks = [Generate(POLICY, counting(1 + i % 4), num=2, limit=n, seed=i) for i, n in enumerate(lengths * 3)]
    room(endless, 600)
    found, cost = spent(endless, asks)
    assert max(held) <= 600
    rows = 2 * sum(lengths) * 3
    assert cost["sampled_tokens"] == rows
    assert cost["completion_tokens"] < 1.2 * rows
    alike(endless, asks, found)


def test_a_stop_text_for_every_row(endless: LanguageModel, asked: dict[str, Prompt]) -> None:
    free = endless.answer([Generate(POLICY, asked["text"], num=6, limit=24, seed=8)])[0]
    asks = [
        Generate(POLICY, asked["text"], num=6, limit=24, seed=8, sampling=Sampling(stop=("\x00", c.text[i : i + 3])))
        for i, c in enumerate(free)
    ]
    for i, (cs, ask) in enumerate(zip(endless.answer(asks), asks, strict=True)):
        stop = ask.sampling.stop[1]
        assert cs[i].finish == "stop"
        for c, whole in zip(cs, free, strict=True):
            assert torch.equal(c.tokens, whole.tokens[: len(c.tokens)])
            assert (c.finish == "stop") == (stop in whole.text)
            assert stop not in c.text[: c.offsets[-2]]
