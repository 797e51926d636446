"""Checks at the start of every run: whatever they catch would otherwise be learned from in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.asks import POLICY, LogProb, Role, Row, Score, Scores
from mmreason.errors import CheckError
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.recipe import Stage
from mmreason.run import Run
from mmreason.signals import needs
from mmreason.types import Batch, Group


@dataclass(frozen=True)
class Found:
    """What a check measured, for the log."""

    ratio_gap: float
    """Largest |log p trained - log p sampled| over tokens that the policy wrote."""
    kl: dict[str, float]
    """Mean k3 to each reference of the stage that starts as a copy."""


def on_policy(run: Run, stage: Stage, batch: Batch, tolerance: float = 1e-3) -> Found | None:
    """Before the first optimiser step: sampler and trainer must agree on the log-probs, and references must start equal.

    Completions that were sampled under another prompt than they are trained under, or that nobody sampled, are left
    out. Under reduced precision the mean gap is judged instead, against 0.05.

    Returns:
        What was measured; None where the stage has no completion to judge by.

    Raises:
        CheckError: the gap is larger than ``tolerance``, or the KL is not 0 within it.
    """
    trained = {loss.trains for loss in stage.losses}
    if POLICY not in trained or run.updates:
        return None
    gaps = [gap for group in batch.groups for gap in gaps_of(run, group)]
    if not gaps:
        return None
    every = torch.cat(gaps)
    loose = bool(getattr(run.models[POLICY].runner, "autocast", None)) or reduced(run)
    worst = float(every.mean() if loose else every.max())
    limit = 0.05 if loose else tolerance
    if not worst <= limit:
        raise CheckError(
            f"step 0: the trainer's log-probs differ from the sampler's by {worst:.3g} (allowed {limit}): "
            "both sides must see the same tokens, pixels, positions and temperature; nothing was learned"
        )
    kl = references(batch, stage)
    for name, value in kl.items():
        if not value <= limit:
            raise CheckError(
                f"step 0: the KL to {name} is {value:.3g} (allowed {limit}) although it starts as the policy's copy; "
                "was another checkpoint loaded, or does it see another input?"
            )
    return Found(float(every.max()), kl)


def reduced(run: Run) -> bool:
    """Say whether the policy's weights are of less than single precision."""
    return next(run.models[POLICY].core.parameters()).dtype != torch.float32


def gaps_of(run: Run, group: Group) -> list[Tensor]:
    """[T] gaps of each sampled completion of a group."""
    chosen = [c for c in group.completions if c.asked is None and bool(c.wrote.any()) and bool((c.logprobs != 0).any())]
    if not chosen:
        return []
    rows = tuple(Row(group.task.prompt, (c.tokens,), c.temperature) for c in chosen)
    with torch.no_grad():
        found: Scores = run.answer([Score(POLICY, rows, (LogProb(),))])[0]
    return [(x.cpu() - c.logprobs).abs()[c.wrote] for x, c in zip(found[LogProb()], chosen, strict=True)]


def references(batch: Batch, stage: Stage) -> dict[str, float]:
    """Mean k3 from the sampled log-probs to each other role that the stage scores completions under."""
    out = {}
    for signal in needs(stage.losses, stage.rewards):
        if isinstance(signal, TokenLogprobs) and signal.under != POLICY:
            pairs = [
                (ref.cpu() - c.logprobs)[c.wrote].double()
                for g in batch.groups
                for ref, c in zip(g[signal], g.completions, strict=True)
                if c.asked is None
            ]
            if pairs:
                d = torch.cat(pairs)
                out[signal.under.name] = float((d.exp() - d - 1).mean())
    return out


def frozen_tower(run: Run, role: Role = POLICY) -> None:
    """A tower that is frozen must hold no autograd node: features with a gradient would keep it alive for nothing.

    Raises:
        CheckError: its features require a gradient.
    """
    runner = run.models[role].runner
    if runner.tower_learns():
        return
    for prompt, encoded in list(runner.encoder.known.items())[:1]:
        if encoded.spans:
            with torch.enable_grad():
                feature = runner.features([(prompt, 0)])[0]
            if feature.requires_grad:
                raise CheckError("the vision tower is frozen but its features require a gradient")


def components(run: Run, role: Role = POLICY) -> list[tuple[str, int, int]]:
    """(component, trainable parameters, all parameters) of a model, for the report at the start."""
    out = []
    for name, tower in run.models[role].runner.body.towers().items():
        sizes = [(p.numel(), p.requires_grad) for p in tower.parameters()]
        out.append((name, sum(n for n, learns in sizes if learns), sum(n for n, _ in sizes)))
    return out


def decoys(group: Group) -> Sequence[str]:
    """Answers that no reward should praise: nothing, the question itself, every option at once."""
    from vision_data.messages import text_of

    return "", text_of(group.task.prompt), r"\boxed{A, B, C, D, yes, no}"
