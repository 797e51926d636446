"""Sampling: groups with one prefill each, against transformers' ``generate`` with the prompt once per completion.

Both sides are greedy and run every completion to a length that is given, so that they must write the same tokens. Each
side runs the vision tower anew in every round, as it must after an update of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from mmreason.asks import POLICY, Generate, Row, Sampling
from mmreason.models.loading import TINY
from mmreason.models.plain import media_inputs
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Policy
from mmreason.run import Run
from tools.bench.measure import Result, compare
from vision_data.media import Image
from vision_data.messages import Prompt, system, user

LIMITS = {"tokens": 0.0}
"""Completions may not differ in a single token."""


@dataclass(frozen=True)
class Case:
    """``prompts`` prompts with ``num`` completions each."""

    prompts: int = 1
    size: int = 448
    """Pixels a side of each prompt's picture; 0 for none."""
    text: int = 32
    """About so many tokens of text in a prompt."""
    num: int = 8
    tokens: int = 64
    """Length of the completions, or of the longest."""
    lengths: Literal["equal", "early"] = "equal"
    """``early``: most completions end long before the limit, as those of a policy that ends its turns do."""
    model: str = TINY
    attention: str = "sdpa"
    """The peer's attention."""

    def __str__(self) -> str:
        what = f"{self.size}x{self.size} image" if self.size else f"{self.text}-token text"
        return f"rollout: {self.prompts} x {what}, G {self.num}, {self.tokens} tokens, {self.lengths}"


CASES = (
    Case(prompts=2, size=448, tokens=64),
    Case(size=0, text=512, tokens=128),
    Case(size=0, text=32, tokens=256),
    Case(prompts=16, size=0, text=64, tokens=96, lengths="early"),
)


def rollout(case: Case, rounds: int) -> Result:
    """Measure one case.

    Raises:
        Disagree: the completions are not the same, token by token.
    """
    run = Run(models={})
    model = Policy(model=case.model).open(run)
    model.eos = frozenset()
    peer_run = Run(models={})
    peer = Policy(model=case.model).open(peer_run)  # a model of its own: its attention is another
    peer.core.set_attn_implementation(case.attention)  # type: ignore[operator]
    peer.core.generation_config.eos_token_id = None
    asks = requests(case)
    inputs = repeated(peer, asks)

    def grouped() -> list[list[int]]:
        model.runner.store.drop(lambda key: isinstance(key, tuple))  # the tower runs anew, as after an update
        return [c.tokens.tolist() for reply in model.answer(asks) for c in reply]

    def plain() -> list[list[int]]:
        return generate(peer, asks, inputs)

    def apart() -> dict[str, float]:
        ours, theirs = grouped(), plain()
        return {
            "tokens": float(sum(a != b for x, y in zip(ours, theirs, strict=True) for a, b in zip(x, y, strict=True)))
        }

    return compare(str(case), grouped, ("generate", plain), apart, LIMITS, rounds, counted(model, asks, grouped))


def requests(case: Case) -> list[Generate]:
    """One request for each completion, for each has its own length."""
    rng = np.random.default_rng(0)
    sampling = Sampling(temperature=0.0)
    out = []
    for number in range(case.prompts):
        prompt = make_prompt(case, rng)
        for i, length in enumerate(make_lengths(case, rng)):
            out.append(Generate(POLICY, prompt, limit=length, sampling=sampling, seed=case.num * number + i))
    return out


def make_prompt(case: Case, rng: np.random.Generator) -> Prompt:
    """A question about a picture of coloured blocks, or a text of numbers."""
    head = system("You are a helpful assistant.")
    if case.size:
        picture = Image.of(rng.integers(0, 256, (case.size, case.size, 3), dtype=np.uint8))
        return (head, user(picture, "\nHow many stops are there?"))
    words = max(1, (case.text - 24) // 2)  # the template has about 24 tokens, a space and a digit two
    return (head, user("".join(f" {n}" for n in rng.integers(0, 10, words))))


def make_lengths(case: Case, rng: np.random.Generator) -> list[int]:
    """Tokens of each completion of a prompt; early ends have a mean of a third of the limit."""
    if case.lengths == "equal":
        return [case.tokens] * case.num
    drawn = rng.geometric(3 / case.tokens, case.num)
    return [int(n) for n in drawn.clip(1, case.tokens)]


def repeated(model: LanguageModel, asks: Sequence[Generate]) -> dict[str, Any]:
    """What ``generate`` takes: one left-padded row for each completion, with the prompt's pixels each time."""
    runner = model.runner
    encoded = [runner.encode(ask.prompt) for ask in asks]
    longest = max(map(len, encoded))
    ids = torch.full((len(asks), longest), int(runner.encoder.tokenizer.pad_token_id))
    mask, kinds = torch.zeros_like(ids), torch.zeros_like(ids)
    media: dict[str, list[Tensor]] = {}
    for row, (ask, e) in enumerate(zip(asks, encoded, strict=True)):
        ids[row, longest - len(e) :], mask[row, longest - len(e) :] = e.ids, 1
        for span in e.spans:
            start = longest - len(e) + span.start
            kinds[row, start : start + span.length] = 1 if span.kind == "image" else 2
        for name, tensor in media_inputs(runner, Row(ask.prompt, ()), e).items():
            media.setdefault(name, []).append(tensor)
    joined = {name: torch.cat(parts) for name, parts in media.items()}
    if joined:
        joined["mm_token_type_ids"] = kinds
    return {"input_ids": ids, "attention_mask": mask} | joined


@torch.no_grad()
def generate(model: LanguageModel, asks: Sequence[Generate], inputs: dict[str, Any]) -> list[list[int]]:
    """The peer: all rows in one batch until the longest is over, the others ending at their own length."""
    from transformers import StoppingCriteria, StoppingCriteriaList

    width = inputs["input_ids"].shape[1]
    limits = torch.tensor([ask.limit for ask in asks])

    class AtLength(StoppingCriteria):  # type: ignore[misc]
        def __call__(self, input_ids: Tensor, scores: Any, **kwargs: Any) -> Tensor:
            return input_ids.shape[1] - width >= limits

    out = model.core.generate(  # type: ignore[operator]
        **inputs,
        do_sample=False,
        max_new_tokens=int(limits.max()),
        suppress_tokens=list(model.runner.encoder.forbidden),
        pad_token_id=int(model.runner.encoder.tokenizer.pad_token_id),
        stopping_criteria=StoppingCriteriaList([AtLength()]),
    )
    return [row[width : width + ask.limit].tolist() for row, ask in zip(out, asks, strict=True)]


def counted(
    model: LanguageModel, asks: Sequence[Generate], grouped: Callable[[], object]
) -> dict[str, dict[str, float]]:
    """Patches through the tower and tokens through the language model in one run of each side."""
    before = model.runner.ledger.snapshot()
    grouped()
    spent = model.runner.ledger.since(before)
    encoded = [model.runner.encode(ask.prompt) for ask in asks]
    longest, steps = max(map(len, encoded)), max(ask.limit for ask in asks)
    patches = sum(t * h * w for e in encoded for t, h, w in (span.grid for span in e.spans))
    ours = {name: spent.get(name, 0.0) for name in ("patches", "prompt_tokens", "completion_tokens", "decode_steps")}
    theirs = {
        "patches": float(patches),
        "prompt_tokens": float(longest * len(asks)),
        "completion_tokens": float((steps - 1) * len(asks)),
        "decode_steps": float(steps - 1),
    }
    return {"grouped": ours, "generate": theirs}
