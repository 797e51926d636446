"""What the model tests share: pictures, a clip, prompts of every kind, rows, and the embedded model opened on them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from mmreason.asks import POLICY, Entropy, Generate, LogProb, Row, Sampling, Score
from mmreason.ledger import Ledger
from mmreason.models.loading import TINY
from mmreason.models.optim import AdamW
from mmreason.models.plain import plain_logprobs
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Policy
from mmreason.run import Run
from vision_data.frames import Uniform
from vision_data.media import Image, Video
from vision_data.messages import Prompt, system, user

GRADIENT = 4.0
"""Times the rounding error of the plain forward: how far from the exact gradient the packed one may be."""
NOISE = 3e-6
"""Relative error of a gradient that single precision may have in any case."""
SYSTEM = system("You are a helpful assistant.")


def picture(seed: int, width: int = 84, height: int = 56) -> Image:
    """Blocks of random colours: a picture whose every patch differs."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 256, (-(-height // 7), -(-width // 7), 3), dtype=np.uint8)
    return Image.of(blocks.repeat(7, 0).repeat(7, 1)[:height, :width].copy())


def clip(path: Path, frames: int = 24, size: tuple[int, int] = (84, 56), fps: int = 8) -> Path:
    """A film of a square that moves; ``size`` is width and height."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), fps, size)
    for i in range(frames):
        frame = np.full((size[1], size[0], 3), 40, np.uint8)
        frame[8 : size[1] // 2, i * 2 : i * 2 + 20] = (0, 200, 255 - 5 * i)
        writer.write(frame)
    writer.release()
    return path


def prompts(film: Path) -> dict[str, Prompt]:
    """One prompt of every kind."""
    a, b = picture(0), picture(1, 84, 140)
    return {
        "text": (SYSTEM, user("What is 1 + 1?")),
        "image": (SYSTEM, user(a, "\nHow many?")),
        "larger": (SYSTEM, user(b, "\nHow many stops does Line 3 have?")),
        "several": (SYSTEM, user(a, " and ", b, " and again ", a, "\nWhich?")),
        "video": (SYSTEM, user(Video(str(film), frames=Uniform(5)), "\nWhat moves?")),
        "both": (SYSTEM, user(b, "then", Video(str(film), frames=Uniform(4)), "?")),
    }


def opened(spec: Policy | None = None, role: Any = POLICY) -> tuple[LanguageModel, Run]:
    """The policy of a run, on one device, with its optimiser."""
    run = Run(models={}, ledger=Ledger())
    run.models[role] = (spec or Policy(model=TINY, optim=AdamW(lr=1e-3))).open(run)
    return run.models[role], run


def rows_of(prompt: Prompt, lengths: Sequence[int], seed: int = 0, heat: float = 1.0, before: int = 0) -> list[Row]:
    """Rows of random text tokens; ``before`` of them stand ahead of the scored ones."""
    rng = torch.Generator().manual_seed(seed)

    def some(n: int) -> Tensor:
        return torch.randint(300, 1000, (n,), generator=rng)

    return [Row(prompt, (some(before), some(n)) if before else (some(n),), heat) for n in lengths]


def scored(model: LanguageModel, rows: Sequence[Row], want: tuple[Any, ...] = (LogProb(),)) -> list[Any]:
    """Replies to one request."""
    found = model.answer([Score(model.role, tuple(rows), want)])[0]
    return [found[quantity] for quantity in want]


def sampled(
    model: LanguageModel, prompt: Prompt, num: int = 4, limit: int = 12, seed: int = 0, **how: Any
) -> list[Any]:
    """Completions of one prompt."""
    after = how.pop("after", None)
    ask = Generate(model.role, prompt, after=after, num=num, limit=limit, sampling=Sampling(**how), seed=seed)
    return list(model.answer([ask])[0])


def gradient(core: nn.Module) -> Tensor:
    """All gradients as one vector; they are cleared."""
    parts = [p.grad if p.grad is not None else torch.zeros_like(p) for p in core.parameters() if p.requires_grad]
    flat = torch.cat([part.flatten() for part in parts])
    core.zero_grad(set_to_none=True)
    return flat


def both_ways(model: LanguageModel, requests: Sequence[Score], exact: bool = True) -> tuple[float, float]:
    """Packed against plain: largest log-prob difference, and how many times further from the exact gradient it is.

    Without ``exact``, for weights of which there is no copy in double precision, the gradients' relative distance.
    A log-prob below -1 is compared relative to its size: single precision has about seven digits of it. CPUs multiply
    in different orders, so that no number says what rounding may do; the plain forward on the same CPU does, measured
    from the gradient in double precision.
    """
    rows = [row for request in requests for row in request.rows]
    rng = torch.Generator().manual_seed(1)
    weights = [torch.randn(len(row.pieces[-1]), generator=rng) for row in rows]

    def learn(core: nn.Module, logps: Sequence[Tensor]) -> Tensor:
        torch.stack([(logp * w).sum() for logp, w in zip(logps, weights, strict=True)]).sum().backward()
        return gradient(core).double()

    model.core.zero_grad(set_to_none=True)
    packed = [logp for reply in model.answer(requests) for logp in reply[LogProb()]]
    found = learn(model.core, packed)
    plain = plain_logprobs(model.core, model.runner, rows)
    wanted = learn(model.core, plain)
    gaps = [((a - b).abs() / b.abs().clamp(min=1)).detach() for a, b in zip(packed, plain, strict=True)]
    worst = max(float(gap.max()) for gap in gaps)
    if not exact:
        return worst, float((found - wanted).norm() / wanted.norm())
    core = in_double(model.core)
    true = learn(core, exact_logprobs(model, core, rows))
    rounding = max(float((wanted - true).norm()), NOISE * float(true.norm()))
    return worst, float((found - true).norm()) / rounding


def in_double(core: nn.Module) -> nn.Module:
    """A copy in double precision; experts one by one, whose grouped products there are in single precision alone."""
    copied: Any = copy.deepcopy(core).double()
    if hasattr(copied, "set_experts_implementation"):
        copied.set_experts_implementation("eager")
    return copied  # type: ignore[no-any-return]


def exact_logprobs(model: LanguageModel, core: Any, rows: Sequence[Row]) -> list[Tensor]:
    """Log-probs of the last piece of each row by the plain forward of a core in double precision."""
    found, kept = [], []
    hook = core.register_forward_hook(lambda _m, _i, out: kept.append(out.logits))
    for row in rows:
        plain_logprobs(core, model.runner, [row])
        logits = kept.pop()[0, -len(row.pieces[-1]) - 1 : -1].double() / row.temperature  # Mamba rounds its own
        found.append(logits.log_softmax(-1).gather(-1, row.pieces[-1][:, None])[:, 0])
    hook.remove()
    return found


def dense(model: LanguageModel, row: Row) -> Tensor:
    """[T, V] logits of the scored tokens by the model's own forward, divided by the temperature."""
    kept: list[Tensor] = []
    hook = model.runner.body.base.lm_head.register_forward_hook(lambda _m, _i, out: kept.append(out))
    with torch.no_grad():
        plain_logprobs(model.core, model.runner, [row])
    hook.remove()
    return kept[0][0, -len(row.pieces[-1]) - 1 : -1].float() / row.temperature


__all__ = ["Entropy", "both_ways", "clip", "dense", "gradient", "opened", "picture", "prompts", "rows_of", "sampled"]
