"""Learning and whole steps: our engine against TRL, or against the plain forward, on the same completions.

``learn`` is everything after the rollout: reference scores, rewards, credit, loss, gradient, optimiser step. Both sides
learn from one record of completions, after log-probs and full gradients were shown to be equal. ``step`` adds the
rollout, each side with its own sampler; completions have the same length on both sides, and differ.
"""

from __future__ import annotations

from typing import Any, Literal

import torch

from tools.bench.cases import Case
from tools.bench.measure import Result, compare
from tools.bench.ours import Ours
from tools.bench.plain_peer import Plain

LIMITS = {"logprob": 1e-4, "gradient": 1e-4, "1 - cosine": 1e-4}
"""Largest difference of a log-prob; the gradients' distance relative to their size, and the angle between them."""
Against = Literal["plain", "trl"]


def learn(case: Case, rounds: int, against: Against = "plain", micro: int | None = None) -> Result:
    """Measure the learning phase.

    Args:
        case: what is learned from.
        rounds: pairs of runs.
        against: the other side.
        micro: rows of one forward and backward of TRL; None puts all in one.

    Raises:
        Disagree: prompts, log-probs or gradients are not equal.
    """
    ours, peer, name = sides(case, against, micro)
    agree = apart(ours, peer)  # before anything is learned
    counters = {"ours": ours.counted(ours.step), name: peer.counted(peer.learn)}
    return compare(f"learn: {case}", ours.step, (name, peer.learn), lambda: agree, LIMITS, rounds, counters)


def step(case: Case, rounds: int, micro: int | None = None) -> Result:
    """Measure a whole step, each side with its own sampler.

    Raises:
        Disagree: prompts, log-probs or gradients of recorded completions are not equal.
    """
    ours, peer, name = sides(case, "trl", micro)
    agree = apart(ours, peer)
    ours.sample()
    peer.sample()
    counters = {"ours": ours.counted(ours.fresh_step), name: peer.counted(peer.step)}
    return compare(f"step: {case}", ours.fresh_step, (name, peer.step), lambda: agree, LIMITS, rounds, counters)


def sides(case: Case, against: Against, micro: int | None) -> tuple[Ours, Any, str]:
    """Both sides, ready to learn from the record."""
    ours = Ours(case)
    ours.replay()
    if against == "plain":
        peer: Any = Plain(case, ours)
        name = "plain"
    else:
        from tools.bench.trl_peer import Trl

        peer = Trl(case, ours, micro)
        name = f"TRL, micro-batch {peer.micro}"
    peer.replay()
    return ours, peer, name


def apart(ours: Ours, peer: Any) -> dict[str, float]:
    """How far log-probs and gradients of both sides are apart; infinite where the prompts differ."""
    if hasattr(peer, "prompt_ids") and ours.prompt_ids() != peer.prompt_ids():
        return {"logprob": float("inf")}
    (mine, g), (other, h) = ours.gradient(), peer.gradient()
    cosine = torch.dot(g.double(), h.double()) / (g.double().norm() * h.double().norm())
    return {
        "logprob": float((mine - other).abs().max()),
        "gradient": float((g - h).norm() / h.norm()),
        "1 - cosine": abs(float(1 - cosine)),
    }
