"""Grouped sampling: what ``generate`` gives, for any company, with log-probs that the learner finds again."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, Generate, LogProb, Row, Sampling, Score, Tokenise
from mmreason.errors import RecipeError
from mmreason.models import cache, sampler
from mmreason.models.loading import TINY
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Policy
from mmreason.types import Completion
from tests.mmreason.models.scene import SYSTEM, dense, opened, picture, rows_of, sampled, scored
from tests.mmreason.models.test_draws import chi_square
from vision_data.image import load_image
from vision_data.messages import Prompt, media_of, user

KINDS = ("text", "image", "larger", "several", "video", "both")


@pytest.fixture
def endless(model: LanguageModel) -> LanguageModel:
    """The same weights, but no token ends a turn: every completion runs to its limit."""
    forever = LanguageModel(POLICY, model.core, model.runner)
    forever.eos = frozenset()
    return forever


def same(a: Completion, b: Completion) -> bool:
    return torch.equal(a.tokens, b.tokens) and torch.allclose(a.logprobs, b.logprobs, atol=1e-5)


@pytest.mark.parametrize("kind", ["text", "image", "several"])
def test_greedy_equals_generate(
    model: LanguageModel, endless: LanguageModel, asked: dict[str, Prompt], kind: str
) -> None:
    encoder, core = model.runner.encoder, model.core
    images = [load_image(m) for m in media_of(asked[kind])]  # type: ignore[arg-type]
    inputs = encoder.processor(text=[encoder.template(asked[kind])], images=images or None, return_tensors="pt")
    old = core.config._attn_implementation
    core.set_attn_implementation("sdpa")  # type: ignore[operator]
    try:
        wanted = core.generate(  # type: ignore[operator]
            **inputs, do_sample=False, max_new_tokens=20, suppress_tokens=list(encoder.forbidden), eos_token_id=-1
        )[0, inputs["input_ids"].shape[1] :]
    finally:
        core.set_attn_implementation(old)  # type: ignore[operator]
    (found,) = sampled(endless, asked[kind], num=1, limit=20, temperature=0.0)
    assert found.tokens.tolist() == wanted.tolist()
    until = next((i for i, t in enumerate(wanted.tolist()) if t in model.eos), 19)
    (ended,) = sampled(model, asked[kind], num=1, limit=20, temperature=0.0)
    assert ended.tokens.tolist() == wanted[: until + 1].tolist()


@pytest.mark.parametrize("how", [{}, {"temperature": 0.6}, {"temperature": 1.4, "top_k": 20, "top_p": 0.9}])
def test_the_learner_finds_the_sampler_s_log_probs_again(
    model: LanguageModel, asked: dict[str, Prompt], how: dict[str, float]
) -> None:
    for kind in KINDS:
        for c in sampled(model, asked[kind], num=3, limit=8, seed=5, **how):
            assert c.temperature == how.get("temperature", 1.0)
            assert bool(c.wrote.all())
            with torch.no_grad():
                (again,) = scored(model, [Row(asked[kind], (c.tokens,), c.temperature)])[0]
            assert torch.allclose(again, c.logprobs, atol=1e-5)


def test_what_one_gets_does_not_depend_on_the_others(
    model: LanguageModel, asked: dict[str, Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = [
        Generate(POLICY, asked[kind], num=n, limit=limit, seed=seed, sampling=Sampling(temperature=heat, top_k=k))
        for seed, (kind, n, limit, heat, k) in enumerate(
            [("text", 3, 9, 1.0, 0), ("several", 1, 14, 0.8, 0), ("image", 4, 3, 0.0, 0), ("image", 2, 12, 1.2, 5)]
        )
    ]
    together = model.answer(asks)
    monkeypatch.setattr(cache, "FIRST", 2)
    alone = [model.answer([ask])[0] for ask in reversed(asks)][::-1]
    model.runner.budget = max(len(model.runner.encode(ask.prompt)) for ask in asks)
    in_waves = model.answer(asks)
    for a, b, c in zip(together, alone, in_waves, strict=True):
        assert all(same(x, y) and same(x, z) for x, y, z in zip(a, b, c, strict=True))


def test_the_seed_and_the_number_decide(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    heat = {"temperature": 2.0}  # at 1 a model may be sure of its first tokens
    once, again, other = (sampled(model, asked["text"], num=4, limit=10, seed=s, **heat) for s in (1, 1, 2))
    more = sampled(model, asked["text"], num=6, limit=14, seed=1, **heat)
    texts = [[tuple(c.tokens.tolist()) for c in cs] for cs in (once, again, other)]
    assert texts[0] == texts[1] != texts[2]
    assert len(set(texts[0])) > 1
    assert [tuple(c.tokens.tolist()[:10]) for c in more[:4]] == texts[0]


def test_first_tokens_of_many_draws_follow_the_model_s_distribution(endless: LanguageModel) -> None:
    prompt = (SYSTEM, user("3 + 4 = ?"))
    found = torch.cat([c.tokens for c in sampled(endless, prompt, num=1500, limit=1, seed=3, temperature=1.5)])
    probs = dense(endless, Row(prompt, (found[:1],), 1.5))[0].double().softmax(0)
    probs[list(endless.runner.encoder.forbidden)] = 0
    counts = torch.bincount(found, minlength=len(probs)).double()
    order = probs.argsort(descending=True)
    cells = [order[i : i + 1] for i in range(8)] + [order[8:]]
    counts, probs = (torch.stack([x[cell].sum() for cell in cells]) for x in (counts, probs / probs.sum()))
    assert chi_square(counts, probs) < 26.1  # 99.9th percentile of 8 degrees of freedom


def test_a_placeholder_is_never_drawn_even_if_it_is_the_likeliest(
    endless: LanguageModel, asked: dict[str, Prompt]
) -> None:
    forbidden = set(endless.runner.encoder.forbidden)
    assert len(forbidden) == 4
    head = endless.runner.body.base.lm_head

    def push(_module: object, _inputs: object, out: Tensor) -> Tensor:
        out = out.clone()
        out[..., list(forbidden)] += 50
        return out

    hook = head.register_forward_hook(push)
    try:
        for heat in (0.0, 1.0):
            for c in sampled(endless, asked["image"], num=3, limit=6, temperature=heat):
                assert not forbidden & set(c.tokens.tolist())
    finally:
        hook.remove()


def test_a_forced_prefix_goes_on_exactly_as_if_it_had_been_sampled(
    endless: LanguageModel, asked: dict[str, Prompt]
) -> None:
    for how in ({"temperature": 0.0}, {"top_k": 30}):
        (whole,) = sampled(endless, asked["image"], num=1, limit=12, **how)
        for cut in (1, 7, 12):
            start = Completion(
                text="", tokens=whole.tokens[:cut], logprobs=whole.logprobs[:cut], wrote=whole.wrote[:cut],
                spans=(("think", 0, 1),),
            )  # fmt: skip
            rest = sampled(endless, asked["image"], num=2, limit=12 - cut, after=start, **how)
            greedy = how.get("temperature") == 0.0
            assert all(torch.equal(c.tokens[:cut], start.tokens) and len(c.tokens) == 12 for c in rest)
            assert all(c.spans == start.spans for c in rest)
            if greedy:
                assert all(same(whole, c) for c in rest)
            for c in rest:
                with torch.no_grad():
                    (again,) = scored(endless, [Row(asked["image"], (c.tokens,))])[0]
                assert torch.allclose(again, c.logprobs, atol=1e-5)


def test_prefixes_of_unequal_lengths_side_by_side(endless: LanguageModel, asked: dict[str, Prompt]) -> None:
    starts = endless.answer(
        [Tokenise(POLICY, text, end=False, wrote=False) for text in ("The", "<think> I count 1, 2, 3")]
    )
    asks = [
        Generate(POLICY, asked[kind], after=a, num=2, limit=6, seed=4)
        for kind in ("image", "text")
        for a in (None, *starts)
    ]
    for ask, found in zip(asks, endless.answer(asks), strict=True):
        alone = endless.answer([ask])[0]
        before = len(ask.after.tokens) if ask.after else 0
        for a, b in zip(found, alone, strict=True):
            assert same(a, b)
            assert a.wrote.tolist() == [False] * before + [True] * 6
            assert a.logprobs[:before].tolist() == [0.0] * before
            assert len(a.offsets) == len(a.tokens) + 1


def test_a_completion_ends_at_the_end_of_its_turn_and_says_so(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    found = [c for kind in ("text", "image") for c in sampled(model, asked[kind], num=6, limit=40, temperature=1.2)]
    for c in found:
        ends = [i for i, t in enumerate(c.tokens.tolist()) if t in model.eos]
        assert ends == ([len(c.tokens) - 1] if c.finish == "stop" else [])
        assert c.finish == "stop" or len(c.tokens) == 40
        assert c.text == model.runner.encoder.tokenizer.decode(c.tokens, skip_special_tokens=True)


def test_a_stop_text_ends_a_completion_and_stays_in_it(endless: LanguageModel, asked: dict[str, Prompt]) -> None:
    (free,) = sampled(endless, asked["text"], num=1, limit=30, seed=2)
    for length in (1, 3, 8):
        stop = free.text[6 : 6 + length]
        (c,) = sampled(endless, asked["text"], num=1, limit=30, seed=2, stop=("never in it", stop))
        assert c.finish == "stop"
        assert torch.equal(c.tokens, free.tokens[: len(c.tokens)])
        assert stop in c.text
        assert stop not in c.text[: c.offsets[-2]]
    (c,) = sampled(endless, asked["text"], num=1, limit=30, seed=2, stop=("never in it",))
    assert same(c, free)
    assert c.finish == "length"


def test_a_stop_text_of_bytes_that_tokens_cut_in_two(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    ask = Generate(POLICY, asked["text"], limit=9, sampling=Sampling(stop=("né\u4e2d",)))
    row = sampler.Live(ask, 0, model.runner.encode(ask.prompt))
    for i, piece in enumerate([b"un n", b"\xc3", b"\xa9\xe4", b"\xb8", b"\xad!"]):
        row.note(i, 0.0, piece, frozenset())
        assert row.done == (i == 4)
    assert row.finish == "stop"


def test_limits_of_none_one_and_many(endless: LanguageModel, asked: dict[str, Prompt]) -> None:
    asks = [Generate(POLICY, asked["text"], num=2, limit=n, seed=1) for n in (0, 1, 5)]
    for n, cs in zip((0, 1, 5), endless.answer(asks), strict=True):
        assert [len(c.tokens) for c in cs] == [n, n]
        assert {c.finish for c in cs} == {"length"}
    (empty,) = sampled(endless, asked["text"], num=1, limit=0)
    assert (empty.text, empty.offsets, len(empty.logprobs)) == ("", (0,), 0)


def test_rows_that_are_over_leave(endless: LanguageModel, asked: dict[str, Prompt]) -> None:
    counts, rows = endless.runner.ledger.counts, 16
    asks = [Generate(POLICY, asked["text"], limit=2 if i % 4 else 41, seed=i) for i in range(rows)]
    before = dict(counts)
    endless.answer(asks)
    ran = counts["completion_tokens"] - before.get("completion_tokens", 0)
    assert ran == rows + 4 * 39  # one step for all: the first token comes from the prefill, the last is run by nobody
    assert counts["sampled_tokens"] - before.get("sampled_tokens", 0) == 12 * 2 + 4 * 41
    before = dict(counts)
    endless.answer([Generate(POLICY, asked["text"], limit=3 if i == 0 else 41, seed=i) for i in range(rows)])
    ran = counts["completion_tokens"] - before["completion_tokens"]
    assert 15 * 40 + 2 <= ran <= 16 * 40  # one idle row of sixteen is carried along


def test_a_prompt_is_prefilled_once_for_all_that_ask_it(endless: LanguageModel, asked: dict[str, Prompt]) -> None:
    counts = endless.runner.ledger.counts
    before = counts["prompt_tokens"]
    endless.answer(
        [Generate(POLICY, asked[kind], num=3, limit=2, seed=s) for s in (0, 1) for kind in ("image", "text")]
    )
    sizes = [len(endless.runner.encode(asked[kind])) for kind in ("image", "text")]
    assert counts["prompt_tokens"] - before == sum(sizes)


def test_prompts_leave_when_nobody_answers_them_any_more(endless: LanguageModel) -> None:
    prompts = [(SYSTEM, user("count " * n)) for n in (9, 2, 5, 1, 7, 3)]
    asks = [Generate(POLICY, p, num=2, limit=20 if i in (1, 4) else 3, seed=i) for i, p in enumerate(prompts)]
    for ask, found in zip(asks, endless.answer(asks), strict=True):
        assert all(same(a, b) for a, b in zip(found, endless.answer([ask])[0], strict=True))


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (Generate(POLICY, (), num=0), "num=0"),
        (Generate(POLICY, (), limit=-1), "limit=-1"),
        (Generate(POLICY, (), sampling=Sampling(temperature=-1.0)), "temperature=-1.0"),
        (Generate(POLICY, (), sampling=Sampling(temperature=float("nan"))), "temperature=nan"),
        (Generate(POLICY, (), sampling=Sampling(top_p=0.0)), "top_p=0.0"),
        (Generate(POLICY, (), sampling=Sampling(top_k=-1)), "top_k=-1"),
        (Generate(POLICY, (), sampling=Sampling(stop=("",))), "stop=('',)"),
    ],
)
def test_settings_that_draw_nothing_are_refused(
    model: LanguageModel, asked: dict[str, Prompt], ask: Generate, said: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        model.answer([replace(ask, prompt=asked["text"])])
    assert said in str(caught.value)


def test_more_than_the_context_holds_is_refused_with_both_numbers(
    model: LanguageModel, asked: dict[str, Prompt]
) -> None:
    size = len(model.runner.encode(asked["image"]))
    with pytest.raises(RecipeError, match=rf"has {size} tokens and up to 4090 follow, .* context of 4096"):
        sampled(model, asked["image"], limit=4090)
    (start,) = model.answer([Tokenise(POLICY, "a " * 1000, wrote=False)])
    with pytest.raises(RecipeError, match=r"and up to \d{4} follow"):
        sampled(model, asked["image"], limit=3500, after=start)


@pytest.mark.parametrize("spec", [Policy(model=TINY, dtype="bfloat16"), Policy(model=TINY, autocast="bfloat16")])
def test_half_precision_samples_and_scores_alike(asked: dict[str, Prompt], spec: Policy) -> None:
    model, _ = opened(spec)
    found = [c for kind in ("image", "text") for c in sampled(model, asked[kind], num=2, limit=8, temperature=1.2)]
    asks = [
        Score(POLICY, (Row(asked[k], (c.tokens,), 1.2),), (LogProb(),))
        for k, c in zip(("image", "image", "text", "text"), found, strict=True)
    ]
    with torch.no_grad():
        again = [reply[LogProb()][0] for reply in model.answer(asks)]
    gaps = torch.cat([(a - c.logprobs).abs() for a, c in zip(again, found, strict=True)])
    assert float(gaps.mean()) < 0.05
    assert bool(torch.isfinite(gaps).all())


def test_sampling_leaves_nothing_behind(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    row = rows_of(asked["image"], [5])
    with torch.no_grad():
        before = scored(model, row)[0][0]
        sampled(model, (SYSTEM, user(picture(9), "?")), num=2, limit=3)
        assert torch.equal(scored(model, row)[0][0], before)
    assert all(p.grad is None for p in model.core.parameters())
