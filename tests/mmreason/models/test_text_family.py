"""Text models against the library's own forward: log-probs, gradients, greedy answers, however their rows are run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, LogProb, Row, Score
from mmreason.models.generic import GenericBody
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Lora
from mmreason.models.text_body import TextBody
from tests.mmreason.models.scene import GRADIENT, both_ways, rows_of, sampled, scored
from tests.mmreason.models.text_scene import ALONE, ASKED, DECODED, PACKED, build, policy
from vision_data.messages import Prompt

FLOAT = 2e-5
"""Of a log-prob, relative to its size."""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)
    opened.cache_clear()


@lru_cache
def opened(kind: str, home: Path) -> LanguageModel:
    return policy(build(kind, home / kind))


def rows(model: LanguageModel, prompt: Prompt, lengths: list[int], seed: int = 0, before: int = 0) -> list[Row]:
    """Rows of any tokens of the vocabulary."""
    found = rows_of(prompt, lengths, seed, before=before)
    return [Row(prompt, tuple(piece % model.runner.vocab for piece in row.pieces)) for row in found]


def several(model: LanguageModel) -> list[Score]:
    """Three groups, ragged, one with tokens ahead of those that are scored."""
    groups = [([5, 1, 8], 0), ([9, 3], 2), ([4], 0)]
    return [
        Score(POLICY, tuple(rows(model, prompt, lengths, seed, before)), (LogProb(),))
        for seed, (prompt, (lengths, before)) in enumerate(zip(ASKED.values(), groups, strict=True))
    ]


def by_library(folder: Path, model: LanguageModel, row: Row) -> Tensor:
    """[T] log-probs by a model that plain transformers has loaded."""
    from transformers import AutoModelForCausalLM

    core: Any = AutoModelForCausalLM.from_pretrained(folder)
    ids = torch.cat([model.runner.encode(row.prompt).ids, *row.pieces])[None]
    num = len(row.pieces[-1])
    with torch.no_grad():
        logits = core(input_ids=ids).logits[0, -num - 1 : -1].float()
    found: Tensor = logits.log_softmax(-1).gather(-1, ids[0, -num:, None])[:, 0]
    return found


@pytest.mark.parametrize("kind", [*DECODED, *PACKED, *ALONE])
def test_log_probs_and_gradients_are_those_of_the_plain_forward(home: Path, kind: str) -> None:
    model = opened(kind, home)
    worst, apart = both_ways(model, several(model))
    assert worst < FLOAT
    assert apart < GRADIENT
    (row,) = rows(model, ASKED["sum"], [6])
    with torch.no_grad():
        assert torch.allclose(scored(model, [row])[0][0], by_library(home / kind, model, row), atol=1e-4)


@pytest.mark.parametrize("kind", [*DECODED, *PACKED, *ALONE])
def test_greedy_answers_are_those_of_generate(home: Path, kind: str) -> None:
    model, said = opened(kind, home), set()
    for prompt in ASKED.values():
        found = sampled(model, prompt, num=2, limit=14, temperature=0.0)
        ids = model.runner.encode(prompt).ids[None]
        mask, core = torch.ones_like(ids), model.core
        wanted = core.generate(  # type: ignore[operator]
            ids, attention_mask=mask, do_sample=False, max_new_tokens=14, pad_token_id=0
        )[0, ids.shape[1] :]
        assert found[0].tokens.tolist() == found[1].tokens.tolist() == wanted.tolist()
        said |= set(wanted.tolist())
    assert len(said) > 1


@pytest.mark.parametrize(("kinds", "body", "alone"), [
    (DECODED, TextBody, False), (PACKED, GenericBody, False), (ALONE, GenericBody, True)
])  # fmt: skip
def test_which_way_a_model_is_run(home: Path, kinds: tuple[str, ...], body: type, alone: bool) -> None:
    for kind in kinds:
        runner = opened(kind, home).runner
        assert type(runner.body) is body, kind
        assert runner.body.alone == alone, kind


def test_a_lean_step_is_not_taken_where_it_would_forget_a_bias(home: Path) -> None:
    assert opened("qwen3", home).runner.body.lean(False) is not None
    assert opened("llama-biased", home).runner.body.lean(False) is None
    assert opened("gpt2", home).runner.body.lean(False) is None


@pytest.mark.parametrize(("kind", "times"), [("qwen3", 1), ("gpt2", 1), ("mistral-window", 3)])
def test_what_a_group_costs_is_told_as_it_is(home: Path, kind: str, times: int) -> None:
    model = opened(kind, home)
    before = dict(model.runner.ledger.counts)
    size = len(model.runner.encode(ASKED["long"]))
    with torch.no_grad():
        scored(model, rows(model, ASKED["long"], [3, 3, 2]))
    spent = {name: num - before.get(name, 0) for name, num in model.runner.ledger.counts.items()}
    assert (spent["prompt_tokens"], spent["completion_tokens"]) == (times * size, 8)
    assert spent["logical_tokens"] == 3 * size + 8


@pytest.mark.parametrize("kind", ["qwen3", "gpt2", "mistral-window"])
def test_log_probs_when_sampled_are_those_scored(home: Path, kind: str) -> None:
    model = opened(kind, home)
    found = sampled(model, ASKED["sum"], num=5, limit=12, seed=3)
    asked = [Row(ASKED["sum"], (c.tokens,)) for c in found]
    with torch.no_grad():
        again = scored(model, asked)[0]
    assert all(torch.allclose(c.logprobs, logp, atol=1e-4) for c, logp in zip(found, again, strict=True))
    assert len({tuple(c.tokens.tolist()) for c in found}) > 1
    after = sampled(model, ASKED["sum"], num=2, limit=12, temperature=0.0, after=found[0])
    whole = sampled(model, ASKED["sum"], num=1, limit=12, temperature=0.0)
    assert after[0].tokens[: len(found[0].tokens)].tolist() == found[0].tokens.tolist()
    assert after[0].tokens.tolist() == after[1].tokens.tolist() != whole[0].tokens.tolist()


@pytest.mark.parametrize("kind", ["qwen3", "gpt2", "gpt_neox", "bloom"])
@pytest.mark.parametrize("settings", [{"lora": Lora(rank=2)}, {"checkpointing": True}], ids=["lora", "checkpointing"])
def test_adapters_and_checkpointing(home: Path, kind: str, settings: dict[str, Any]) -> None:
    folder = home / kind if (home / kind).exists() else build(kind, home / kind)
    model = policy(folder, **settings)
    rng = torch.Generator().manual_seed(0)
    for name, p in model.core.named_parameters():
        if "lora_B" in name:
            p.data = torch.randn(p.shape, generator=rng) * 0.05
    worst, apart = both_ways(model, several(model)[:2])
    assert worst < FLOAT
    assert apart < GRADIENT
    if "lora" in settings:
        learning = [name for name, p in model.core.named_parameters() if p.requires_grad]
        assert learning
        assert all("lora" in name for name in learning)
        assert not any("head" in name or "embed_out" in name for name in learning)


def test_dropout_of_pretraining_is_off_and_stays_in_the_configuration(home: Path) -> None:
    model = opened("gpt_neox", home)
    model.mode(learns=True)
    asked = rows(model, ASKED["sum"], [6])
    assert torch.equal(scored(model, asked)[0][0], scored(model, asked)[0][0])
    assert model.core.config.hidden_dropout == 0.1  # type: ignore[union-attr]


def test_half_precision_packs_too(home: Path) -> None:
    build("gpt2", home / "gpt2")
    model = policy(home / "gpt2", dtype="bfloat16")
    assert not model.runner.body.alone
    found = sampled(model, ASKED["sum"], num=2, limit=4)
    assert all(len(c.tokens) for c in found)
