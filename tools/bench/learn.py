"""The learning phase: forward and backward of one group, packed, against the same rows with a prompt each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from mmreason.asks import POLICY, LogProb, Row, Score
from mmreason.models.loading import TINY
from mmreason.models.plain import media_inputs
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Lora, Policy
from mmreason.run import Run
from tools.bench.measure import Result, compare
from vision_data.media import Image
from vision_data.messages import system, user

LIMITS = {"logprob": 1e-4, "gradient": 1e-5}
"""Largest difference of a log-prob; the gradients' distance relative to their size. Single precision."""
ARMS: dict[str, dict[str, Any]] = {"full": {}, "frozen": {"freeze": ("vision",)}, "lora": {"lora": Lora()}}


@dataclass(frozen=True)
class Case:
    """One group of ``num`` completions under a prompt with one square picture."""

    size: int = 448
    """Pixels a side."""
    num: int = 8
    tokens: int = 64
    arm: Literal["full", "frozen", "lora"] = "full"
    model: str = TINY

    def __str__(self) -> str:
        return f"learn: {self.size}x{self.size} image, G {self.num}, {self.tokens} tokens, {self.arm}"


def learn(case: Case, rounds: int) -> Result:
    """Measure one case.

    Raises:
        Disagree: log-probs or gradients are not equal.
    """
    run = Run(models={})
    spec = Policy(model=case.model, **ARMS[case.arm])
    model = run.models[POLICY] = spec.open(run)
    rows = make_rows(case)
    weights = torch.randn(case.num, case.tokens, generator=torch.Generator().manual_seed(1))
    ask = Score(POLICY, tuple(rows), (LogProb(),))

    def side(logprobs: Callable[[], Sequence[Tensor]]) -> tuple[Tensor, Tensor]:
        model.core.train()
        found = torch.stack(list(logprobs()))
        (found * weights.to(found)).sum().backward()
        return found.detach(), gradient(model)

    def packed() -> tuple[Tensor, Tensor]:
        return side(lambda: model.answer([ask])[0][LogProb()])

    def plain() -> tuple[Tensor, Tensor]:
        return side(lambda: repeated(model, rows))

    def apart() -> dict[str, float]:
        (a, ga), (b, gb) = packed(), plain()
        return {"logprob": float((a - b).abs().max()), "gradient": float((ga - gb).norm() / gb.norm())}

    return compare(str(case), packed, ("plain", plain), apart, LIMITS, rounds, counted(model, rows, packed))


def make_rows(case: Case) -> list[Row]:
    """Random text tokens under a random picture."""
    rng = np.random.default_rng(0)
    picture = Image.of(rng.integers(0, 256, (case.size, case.size, 3), dtype=np.uint8))
    prompt = (system("You are a helpful assistant."), user(picture, "\nHow many stops are there?"))
    ids = torch.randint(300, 1000, (case.num, case.tokens), generator=torch.Generator().manual_seed(0))
    return [Row(prompt, (row,)) for row in ids]


def repeated(model: LanguageModel, rows: Sequence[Row]) -> list[Tensor]:
    """Log-probs by the model's own forward on one batch: prompt and picture once per row, as trainers usually do."""
    runner, row = model.runner, rows[0]
    encoded, num = runner.encode(row.prompt), len(row.pieces[-1])
    ids = torch.stack([torch.cat([encoded.ids, *r.pieces]) for r in rows]).to(runner.device)
    after = (encoded.next_position + torch.arange(num)).expand(3, -1)
    positions = torch.cat([encoded.positions, after], 1)[:, None].expand(-1, len(rows), -1).to(runner.device)
    media = {k: v.repeat(len(rows), *[1] * (v.ndim - 1)) for k, v in media_inputs(runner, row, encoded).items()}
    out = model.core(input_ids=ids, position_ids=positions, use_cache=False, logits_to_keep=num + 1, **media)
    logits = out.logits[:, :-1].float()
    chosen = logits.gather(-1, ids[:, -num:, None])[..., 0]
    return list(chosen - logits.logsumexp(-1))


def gradient(model: LanguageModel) -> Tensor:
    """All gradients as one vector; they are cleared."""
    parts = [p.grad.flatten() for p in model.core.parameters() if p.grad is not None]
    flat = torch.cat(parts)
    model.core.zero_grad(set_to_none=True)
    return flat


def counted(model: LanguageModel, rows: Sequence[Row], packed: Callable[[], object]) -> dict[str, dict[str, float]]:
    """Patches through the tower and tokens through the language model in one run of each side."""
    packed()
    before = model.runner.ledger.snapshot()
    packed()
    spent = model.runner.ledger.since(before)
    encoded = model.runner.encode(rows[0].prompt)
    patches = sum(t * h * w for t, h, w in (span.grid for span in encoded.spans))
    return {
        "packed": {
            "patches": spent.get("patches", 0),
            "tokens": spent["prompt_tokens"] + spent["completion_tokens"],
        },
        "plain": {
            "patches": float(patches * len(rows)),
            "tokens": float(sum(len(encoded) + len(row.pieces[-1]) for row in rows)),
        },
    }
