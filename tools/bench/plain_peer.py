"""The plain side: the model's own forward on every completion with a prompt and media of its own, as trainers do it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mmreason.asks import POLICY, REFERENCE
from mmreason.losses.functional import clipped_surrogate, kl
from mmreason.models.plain import media_inputs
from mmreason.models.policy import LanguageModel
from mmreason.rewards.base import stream
from tools.bench.cases import Case
from tools.bench.ours import Ours, rows


class Plain:
    """The same weights as our side, and the same loss; every group is one batch of equal rows."""

    def __init__(self, case: Case, ours: Ours) -> None:
        self.case, self.ours = case, ours
        self.model: LanguageModel = ours.run.models[POLICY]
        self.old: list[Tensor] = []

    def replay(self) -> None:
        """Note the log-probs of the completions under the starting weights, and their advantages."""
        batch = self.ours.collect()
        self.ours.run.pending = None
        self.old = [torch.stack([c.logprobs for c in g.completions]) for g in batch.groups]
        self.credit = [normed(stream(batch.terms, g, batch)) for g in batch.groups]

    def logprobs(self, model: LanguageModel, number: int) -> Tensor:
        """[num, tokens] of one group."""
        runner, some = model.runner, rows(self.case.tasks[number], self.case.ids[number])
        encoded = runner.encode(some[0].prompt)
        ids = torch.cat([encoded.ids.expand(len(some), -1), self.case.ids[number]], 1).to(runner.device)
        after = (encoded.next_position + torch.arange(self.case.tokens)).expand(3, -1)
        positions = torch.cat([encoded.positions, after], 1)[:, None].expand(-1, len(some), -1).to(runner.device)
        inputs = media_inputs(runner, some[0], encoded)
        media = {k: v.repeat(len(some), *[1] * (v.ndim - 1)) for k, v in inputs.items()}
        keep = self.case.tokens + 1
        with model.weights():
            out = model.core(input_ids=ids, position_ids=positions, use_cache=False, logits_to_keep=keep, **media)
        logits = out.logits[:, :-1].float()
        chosen = logits.gather(-1, ids[:, -self.case.tokens :, None])[..., 0]
        return chosen - logits.logsumexp(-1)

    def backward(self) -> None:
        """Loss and gradient, group by group."""
        self.model.core.train()
        for number in range(self.case.groups):
            new = self.logprobs(self.model, number)
            credit = self.credit[number][:, None].to(new).expand_as(new)
            loss = clipped_surrogate(new, self.old[number], credit, 0.2, 0.2, None)
            if self.case.kl:
                with torch.no_grad():
                    reference = self.logprobs(self.ours.run.models[REFERENCE], number)
                loss = loss + self.case.kl * kl(new, reference, "k3", None)
            (loss.sum() / self.case.ids.numel()).backward()

    def learn(self) -> None:
        """Everything after the rollout."""
        self.backward()
        self.model.apply()

    def gradient(self) -> tuple[Tensor, Tensor]:
        """[groups * num, tokens] log-probs and all gradients as one vector."""
        with torch.no_grad():
            found = torch.cat([self.logprobs(self.model, number) for number in range(self.case.groups)])
        self.backward()
        grads = {name: p.grad for name, p in self.model.core.named_parameters() if p.grad is not None}
        flat = torch.cat([grads[name].flatten() for name in sorted(grads)])
        self.model.core.zero_grad(set_to_none=True)
        return found, flat

    def counted(self, run: Callable[[], object]) -> dict[str, float]:
        """What one run costs, by arithmetic."""
        models = 2 if self.case.kl else 1
        encoded = [self.model.runner.encode(task.prompt) for task in self.case.tasks]
        patches = sum(t * h * w for e in encoded for span in e.spans for t, h, w in [span.grid])
        tokens = sum(len(e) + self.case.tokens for e in encoded)
        return {"images": 0, "patches": patches * self.case.num * models, "tokens": tokens * self.case.num * models}


def normed(rewards: Tensor) -> Tensor:
    """[num] advantages: centred, over the deviation plus 1e-4."""
    centred: Tensor = rewards - rewards.mean()
    return centred / (rewards.std() + 1e-4)
