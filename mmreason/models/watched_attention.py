"""Where tokens look: a plan that runs another one, and notes how much of some queries' attention falls on media."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean

import torch
from torch import Tensor

from mmreason.asks import Watch
from mmreason.models.attention import Plan
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import pack
from mmreason.models.runner import Runner

NAN = float("nan")


@dataclass(eq=False)
class WatchedPlan:
    """Attention of one prompt with one row, watched; tokens stand in the order in which they attend."""

    of: Plan
    queries: Tensor
    """[Q] places of the tokens that look."""
    media: Tensor
    """[M] places of the tokens that are looked at."""
    shares: list[float] = field(default_factory=list)
    """One for each layer: mean over heads and queries."""

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """See ``Plan``; the few queries' weights are computed a second time, in single precision."""
        keys = k[0].float().repeat_interleave(q.shape[1] // k.shape[1], 0)
        scores_hqt = q[0, :, self.queries].float() @ keys.transpose(1, 2) * scale
        later = torch.arange(k.shape[2], device=k.device) > self.queries[:, None]
        weights = scores_hqt.masked_fill(later, -torch.inf).softmax(-1)
        self.shares.append(float(weights[..., self.media].sum(-1).mean()))
        return self.of.attend(layer, q, k, v, scale)


@torch.no_grad()
def watch(runner: Runner, request: Watch) -> float:
    """Answer a request: one forward of the prompt and what follows it."""
    encoded, tokenizer = runner.encode(request.prompt), runner.encoder.tokenizer
    ids: list[int] = tokenizer(request.text, add_special_tokens=False)["input_ids"]
    end = len(request.text) if request.end is None else request.end
    places = runner.encoder.detokenise(ids)[1]
    of_span = [i for i in range(len(ids)) if places[i + 1] > request.start and places[i] < end][: request.num]
    if not encoded.spans or not of_span:
        return NAN
    runner.check_length(request.prompt, encoded, len(ids))
    packed = pack([(encoded, [torch.tensor(ids, dtype=torch.long)])])
    runner.count(packed)
    media = torch.cat([torch.arange(span.start, span.start + span.length) for span in encoded.spans])
    looking = len(encoded) + torch.tensor(of_span)
    blocks = [runner.block_to_device(block) for block in packed.blocks]
    plan = WatchedPlan(PackedPlan(blocks), looking.to(runner.device), media.to(runner.device))
    runner.states(packed, [request.prompt], plan)
    return fmean(plan.shares) if plan.shares else NAN
