"""Checks at the start of every run: whatever they catch would otherwise be learned from in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.alone import asks
from mmreason.asks import POLICY, LogProb, Role, Row, Score, Scores
from mmreason.engine import Live, settle
from mmreason.errors import CheckError
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.recipe import Stage
from mmreason.rewards.base import Reward, total
from mmreason.run import Run
from mmreason.signals import needs
from mmreason.types import Batch, Completion, Group, Task


@dataclass(frozen=True)
class Found:
    """What a check measured, for the log."""

    ratio_gap: float
    """Largest |log p trained - log p sampled| over tokens that the policy wrote."""
    kl: dict[str, float]
    """Mean k3 to each reference of the stage that starts as a copy."""


def on_policy(run: Run, stage: Stage, batch: Batch, tolerance: float = 1e-3) -> Found | None:
    """Before the first optimiser step: sampler and trainer must agree, and references must start equal.

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
    gaps = gaps_of(run, batch)
    if not gaps:
        return None
    every = torch.cat(gaps)
    loose = bool(getattr(run.models[POLICY].runner, "autocast", None)) or reduced(run)
    loose = loose or getattr(stage.rollout, "by", POLICY) != POLICY  # an engine rounds in its own way
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
    return bool(next(run.models[POLICY].core.parameters()).dtype != torch.float32)


def gaps_of(run: Run, batch: Batch) -> list[Tensor]:
    """[T] gaps of each completion that the policy sampled under its task's own prompt."""
    chosen = [
        (Row(task.prompt, (c.tokens,), c.temperature), c)
        for task, c in batch.pairs()
        if c.asked is None and bool(c.wrote.any()) and bool((c.logprobs != 0).any())
    ]
    with torch.no_grad():
        found: list[Scores] = run.answer([Score(POLICY, (row,), (LogProb(),)) for row, _ in chosen])
    pairs = zip(found, chosen, strict=True)
    return [(scores[LogProb()][0].cpu() - c.logprobs).abs()[c.wrote] for scores, (_, c) in pairs]


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
    shown = [(p, 0) for p, encoded in runner.encoder.known.items() if encoded.spans][:1]
    for prompt, number in shown:
        span = runner.encode(prompt).spans[number]
        with torch.enable_grad():
            fresh = runner.look([runner.encoder.pixels(prompt, span, number)], [span.grid])
            kept = runner.features([(prompt, number)])
        if any(feature.requires_grad for feature in (*fresh, *kept)):
            raise CheckError(
                f"{role.name}: the vision tower is frozen but its features require a gradient, so every backward pass "
                "would run through it for nothing; look for a hook that makes inputs require gradients"
            )


def components(run: Run, role: Role = POLICY) -> list[tuple[str, int, int]]:
    """(component, trainable parameters, all parameters) of a model, for the report at the start.

    Each parameter is counted once: the merger's not again in the tower, tied embeddings with the language model only.
    """
    towers = run.models[role].runner.body.towers()
    out, seen = {}, set()
    for name in sorted(towers, key=lambda name: name == "vision"):
        own = [p for p in towers[name].parameters() if id(p) not in seen]
        seen |= {id(p) for p in own}
        sizes = [
            (getattr(p, "ds_numel", p.numel()), p.requires_grad) for p in own
        ]  # of the whole, where ZeRO-3 has parts
        out[name] = (sum(size for size, learns in sizes if learns), sum(size for size, _ in sizes))
    return [(name, *out[name]) for name in towers if out[name][1]]


def rewards_on_gold(run: Run, stage: Stage, batch: Batch) -> int:
    """Try the reward terms that ask no model on the gold answer and on decoys, for every task of a batch that has one.

    The gold answer is tried bare, boxed and in an answer tag; the best of these counts.

    Returns:
        How many tasks were tried.

    Raises:
        CheckError: some decoy earns a positive reward above that of the gold answer, for every task tried.
    """
    terms = tuple(term for term in stage.rewards if isinstance(term.reward, Reward) and not asks(term.reward))
    tasks = [group.task for group in batch.groups if group.task.answer is not None]
    if not terms or not tasks:
        return 0
    tried = Batch(tuple(trial(task) for task in tasks), batch.progress, batch.across, terms)
    settle(tried, Live(run, batch.progress, batch.across), terms)
    sums = [s_G.nan_to_num() for s_G in total(tried)]
    gold = torch.stack([s_G[:GOLD].max() for s_G in sums])
    for number, name in enumerate(("an empty answer", "the question itself", "all options at once")):
        found = torch.stack([s_G[GOLD + number] for s_G in sums])
        if bool(((found > gold) & (found > 0)).all()):
            raise CheckError(
                f"stage {stage.name!r}: {name} earns more ({float(found.mean()):.3g}) than the gold answer "
                f"({float(gold.mean()):.3g}) for every task of the first batch; mend the rewards before training"
            )
    return len(tasks)


GOLD = 3
"""Forms of the gold answer that are tried."""


def trial(task: Task) -> Group:
    """The gold answer in its forms, then the decoys, as completions of one token."""
    answer = task.answer or ""
    gold = (answer, f"\\boxed{{{answer}}}", f"<think>.</think><answer>{answer}</answer>")
    one, wrote = torch.zeros(1, dtype=torch.long), torch.ones(1, dtype=torch.bool)
    texts = (*gold, *decoys(Group(task, ())))
    return Group(task, tuple(Completion(text=text, tokens=one, logprobs=torch.zeros(1), wrote=wrote) for text in texts))


def decoys(group: Group) -> Sequence[str]:
    """Answers that no reward should praise: nothing, the question itself, every option at once."""
    from vision_data.messages import text_of

    return "", text_of(group.task.prompt), r"\boxed{A, B, C, D, yes, no}"
