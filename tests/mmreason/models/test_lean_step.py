"""The lean decoding step against the decoder that learns, with and without an adapter."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from mmreason.asks import POLICY, Generate, LogProb, Row, Score
from mmreason.models.lean_step import LeanStep, linear, merged
from mmreason.models.loading import TINY
from mmreason.models.specs import Frozen, Lora, Policy
from mmreason.run import Run
from vision_data.messages import Prompt


def adapted() -> Run:
    """A policy with an adapter that does something, and its reference."""
    run = Run(models={})
    run.models[POLICY] = Policy(model=TINY, lora=Lora(rank=4)).open(run)
    torch.manual_seed(0)
    for name, p in run.models[POLICY].core.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(p, 0, 0.05)
    return run


@pytest.mark.parametrize("lora", [False, True])
def test_noted_log_probs_are_those_of_the_decoder(asked: dict[str, Prompt], lora: bool) -> None:
    run = adapted() if lora else Run(models={})
    model = run.models[POLICY] if lora else Policy(model=TINY).open(run)
    assert LeanStep.of(model.runner.body, autocast=False) is not None
    kinds = ("text", "image", "video")
    found = model.answer([Generate(POLICY, asked[k], num=3, limit=12, seed=1) for k in kinds])
    rows = [Row(asked[k], (c.tokens,)) for k, cs in zip(kinds, found, strict=True) for c in cs]
    with torch.no_grad():
        scored = model.answer([Score(POLICY, tuple(rows), (LogProb(),))])[0][LogProb()]
    for c, logp in zip([c for cs in found for c in cs], scored, strict=True):
        assert torch.allclose(c.logprobs, logp, atol=3e-5)


def test_a_reference_without_the_adapter_samples_without_it(asked: dict[str, Prompt]) -> None:
    run = adapted()
    reference = replace(Frozen()).open(run)
    plain = Policy(model=TINY).open(Run(models={}))
    ask = [Generate(POLICY, asked["image"], num=2, limit=10, seed=5)]
    same = [[c.tokens.tolist() for c in cs] for cs in reference.answer(ask)]
    assert same == [[c.tokens.tolist() for c in cs] for cs in plain.answer(ask)]
    assert same != [[c.tokens.tolist() for c in cs] for cs in run.models[POLICY].answer(ask)]


def test_weights_that_have_moved_are_seen(asked: dict[str, Prompt]) -> None:
    model = Policy(model=TINY).open(Run(models={}))
    ask = [Generate(POLICY, asked["text"], num=1, limit=8, seed=2)]
    before = model.answer(ask)[0][0]
    with torch.no_grad():
        model.runner.body.language.layers[0].mlp.down_proj.weight.mul_(1.5)
    assert not torch.allclose(model.answer(ask)[0][0].logprobs[:1], before.logprobs[:1], atol=1e-4)


def test_what_is_large_or_of_another_kind_goes_through_the_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    body = Policy(model=TINY).open(Run(models={})).runner.body
    assert LeanStep.of(body, autocast=True) is None
    monkeypatch.setattr("mmreason.models.lean_step.LIMIT", 1000)
    assert LeanStep.of(body, autocast=False) is None
    monkeypatch.undo()
    body.language.layers[1].mlp.up_proj = nn.Sequential(body.language.layers[1].mlp.up_proj)
    assert LeanStep.of(body, autocast=False) is None


def test_merging_by_hand() -> None:
    run = adapted()
    module = run.models[POLICY].runner.body.language.layers[0].self_attn.q_proj
    assert linear(module)
    a, b = module.lora_A["default"].weight, module.lora_B["default"].weight
    wanted = module.base_layer.weight + module.scaling["default"] * (b @ a)
    assert torch.allclose(merged(module), wanted, atol=1e-6)
    with run.models[POLICY].core.disable_adapter():
        assert torch.equal(merged(module), module.base_layer.weight)
