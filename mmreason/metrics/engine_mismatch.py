"""How far an inference engine's log-probs are from the trainer's, apart for what the prompts show."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.losses.functional import BOUND
from mmreason.metrics.batch import NAN
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.signals import Signal
from mmreason.types import Batch, Completion, Group
from vision_data.media import Video
from vision_data.messages import media_of

KINDS = ("text", "image", "video")


@dataclass(frozen=True)
class EngineMismatch:
    """Gap between trainer and engine per token, for text, image and video rows apart (TIS, IcePop). Not from a paper.

    The engine may differ in kernels and precision, and with media also in what it sees: then the rows with media stand
    out. Under ``Stage.behind`` the weights of one step are in it too. A prompt with a film counts as video. Tokens
    that the policy did not write, or whose log-prob the engine could not tell (NaN), are left out; a kind that the
    batch lacks is NaN. It costs a forward, unless a loss or credit holds the same ``trainer``.

    Args:
        trainer: log-probs of the trainer for the weights before the step's first update.
        sampler: those that the engine noted.
        low: ratios trainer / engine below this count as clipped.
        high: and those above this; 2 is the usual bound of truncated importance sampling.
    """

    trainer: Signal[list[Tensor]] = TokenLogprobs()
    sampler: Signal[list[Tensor]] = Sampled()
    low: float = 0.5
    high: float = 2.0

    def __post_init__(self) -> None:
        """Refuse bounds that clip everything."""
        if not 0 <= self.low <= 1 <= self.high:
            raise RecipeError(f"EngineMismatch needs 0 <= low <= 1 <= high, got low={self.low} and high={self.high}")

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``engine_gap``, ``engine_kl``, ``engine_ratio_max`` and ``engine_clipped``, each by kind: ``/image``."""
        gaps: dict[str, list[Tensor]] = {kind: [] for kind in KINDS}
        for g in batch.groups:
            for c, trainer_T, sampler_T in zip(g.completions, g[self.trainer], g[self.sampler], strict=True):
                gaps[kind_of(g, c)].append((trainer_T.double().cpu() - sampler_T.double().cpu())[c.wrote])
        return {name: value for kind in KINDS for name, value in self.of(kind, batch.everyone(gaps[kind])).items()}

    def of(self, kind: str, gap_N: Tensor) -> dict[str, float]:
        """Of all tokens of a kind, on all ranks."""
        d_N = gap_N[~gap_N.isnan()]
        if not len(d_N):
            return {f"engine_{name}/{kind}": NAN for name in ("gap", "kl", "ratio_max", "clipped")}
        ratio_N = d_N.clamp(-BOUND, BOUND).exp()
        outside = (ratio_N < self.low) | (ratio_N > self.high)
        found = {
            "gap": d_N.abs().mean(), "kl": (ratio_N - d_N - 1).mean(), "ratio_max": ratio_N.max(),
            "clipped": outside.double().mean(),
        }  # fmt: skip
        return {f"engine_{name}/{kind}": float(torch.as_tensor(value)) for name, value in found.items()}


def kind_of(group: Group, completion: Completion) -> str:
    """What the prompt shows that the completion was sampled under."""
    media = media_of(completion.asked or group.task.prompt)
    return "video" if any(isinstance(m, Video) for m in media) else "image" if media else "text"
