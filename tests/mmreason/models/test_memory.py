"""The memory that a data check promises, against what a real step keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, LogProb, Row, Score
from mmreason.cli.measure_prompts import skeleton
from mmreason.models.memory import estimate, written
from mmreason.models.specs import Ema, Frozen, Lora, Policy
from mmreason.run import Run
from vision_data.media import Image
from vision_data.messages import user

TINY = Policy(model="mmreason-tiny")
FULL = {"full": TINY, "frozen": replace(TINY, freeze=("vision",)), "lora": replace(TINY, lora=Lora(rank=8, alpha=16))}


def kept(policy: Policy, num: int, length: int) -> tuple[int, int, int]:
    """Bytes that a forward of a picture and some completions keeps for the backward pass, its tokens and patches."""
    run = Run(models={})
    model = policy.open(run)
    prompt = (user(Image.of(torch.zeros(448, 448, 3, dtype=torch.uint8).numpy()), "How many?"),)
    rows = tuple(Row(prompt, (torch.arange(length) % 64 + 300 + i,)) for i in range(num))
    own = {p.untyped_storage().data_ptr() for p in model.core.parameters()}
    seen: dict[int, tuple[int, Tensor]] = {}

    def note(x: Tensor) -> Tensor:
        storage = x.untyped_storage()
        seen[storage.data_ptr()] = (storage.nbytes(), x)  # holding it, so that the address stays taken
        return x

    with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
        (scores,) = model.answer([Score(POLICY, rows, (LogProb(),))])
        assert scores[LogProb()][0].requires_grad
    encoded = model.runner.encode(prompt)
    patches = sum(span.grid[0] * span.grid[1] * span.grid[2] for span in encoded.spans)
    return sum(size for place, (size, _) in seen.items() if place not in own), len(encoded) + num * length, patches


@pytest.mark.parametrize("name", FULL)
def test_what_is_kept_for_the_backward_pass_is_foretold(name: str) -> None:
    policy = FULL[name]
    measured, tokens, patches = kept(policy, 8, 64)
    told = estimate(skeleton(policy), policy, (), tokens, patches, 64 * 8)
    assert 0.75 < (told.activations + told.logits / 4) / measured < 1.25


def test_weights_gradients_and_moments_are_exact() -> None:
    model = TINY.open(Run(models={}))
    size = sum(p.numel() * p.element_size() for p in model.core.parameters())
    told = estimate(skeleton(TINY), TINY, (Frozen(), Ema()), 100, 0, 10)
    assert (told.weights, told.gradients, told.optimiser, told.copies) == (size, size, 2 * size, 2 * size)
    assert told.total == 6 * size + told.activations + told.logits


def test_an_adapter_needs_no_copy_for_its_reference_and_few_gradients() -> None:
    told = estimate(skeleton(FULL["lora"]), FULL["lora"], (Frozen(),), 100, 0, 10)
    assert told.copies == 0
    assert told.gradients < told.weights / 10


def test_checkpointing_keeps_less() -> None:
    def of(policy: Policy) -> Any:
        return estimate(skeleton(policy), policy, (), 1000, 100, 10)

    assert of(replace(TINY, checkpointing=True)).activations < of(TINY).activations / 2
    assert of(replace(TINY, autocast="bfloat16")).activations == of(TINY).activations // 2


def test_sizes_for_people() -> None:
    sizes = [written(n) for n in (0, 1023, 1024, 5 << 20, 1 << 50)]
    assert sizes == ["0 B", "1023 B", "1.0 KiB", "5.0 MiB", "1024.0 TiB"]
