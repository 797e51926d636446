"""Our side: one step of a stage on the case's prompts, through the engine, as any recipe runs it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mmreason import engine
from mmreason.asks import POLICY, REFERENCE, LogProb, Row, Score
from mmreason.credit.group_norm import GroupNorm
from mmreason.losses.base import Loss, Tokens
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.models.optim import AdamW
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Frozen, Policy
from mmreason.recipe import Stage
from mmreason.rewards.base import CompletionReward, Term
from mmreason.rollouts.sample import Sample
from mmreason.run import Pending, Run
from mmreason.slots import Opened, Scene
from mmreason.train.update import learn
from mmreason.types import Batch, Completion, Group, Progress, Task
from tools.bench.cases import ARMS, Case


@dataclass(frozen=True)
class Given(CompletionReward):
    """The reward that the case gives the completion. Not from a paper."""

    def rate(self, task: Task, completion: Completion) -> float:
        """Look it up by a number made of its tokens, so that sampled completions have one too."""
        return float(completion.tokens.sum() % 7)


@dataclass(frozen=True)
class Asked:
    """The case's prompts, again and again."""

    case: Case

    def open(self, run: Opened) -> Asked:
        """Nothing to read."""
        return self

    def next(self, num: int) -> list[Task]:
        """All of them."""
        return self.case.tasks

    def upcoming(self, num: int) -> list[Task]:
        """The same."""
        return self.case.tasks

    def observe(self, batch: Batch) -> None:
        """Nothing changes."""

    def state_dict(self) -> dict[str, Any]:
        """Nothing to remember."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to restore."""


@dataclass(frozen=True)
class Replayed:
    """The case's completions, scored once by the starting weights as if they had been sampled from them."""

    case: Case
    known: dict[str, list[Completion]]

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        """The recorded groups."""
        return [Group(task, tuple(self.known[task.id])) for task in tasks]


class Ours:
    """Models and stage of a case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        torch.manual_seed(0)
        self.run = Run(models={})
        spec = Policy(model=case.checkpoint, optim=AdamW(lr=case.lr), **ARMS[case.arm])
        self.model: LanguageModel = spec.open(self.run)
        self.run.models[POLICY] = self.model
        # TRL's defaults: deviation of a sample plus 1e-4, mean over all tokens of the batch
        losses: list[Loss] = [ClippedSurrogate(by=GroupNorm(eps=1e-4, ddof=1), over=Tokens())]
        if case.kl:
            self.run.models[REFERENCE] = Frozen().open(self.run)
            losses.append(KLPenalty(weight=case.kl))
        self.stage = Stage(
            tasks=Asked(case),
            rollout=Sample(num=case.num, limit=case.tokens),
            groups=case.groups,
            rewards=(Term("given", Given()),),
            losses=tuple(losses),
        )

    def prompt_ids(self) -> list[list[int]]:
        """Tokens of each prompt."""
        return [self.model.runner.encode(task.prompt).ids.tolist() for task in self.case.tasks]

    def replay(self) -> None:
        """From now on every step learns from the case's completions."""
        asked = [
            Score(POLICY, rows(t, ids), (LogProb(),)) for t, ids in zip(self.case.tasks, self.case.ids, strict=True)
        ]
        with torch.no_grad():
            found = [scores[LogProb()] for scores in self.run.answer(asked)]
        known = {
            task.id: [completed(ids, logp.cpu()) for ids, logp in zip(group, of_group, strict=True)]
            for task, group, of_group in zip(self.case.tasks, self.case.ids, found, strict=True)
        }
        self.stage = replace(self.stage, rollout=Replayed(self.case, known))

    def sample(self) -> None:
        """From now on every step samples; no completion ends before the limit."""
        self.model.eos = frozenset()
        self.stage = replace(self.stage, rollout=Sample(num=self.case.num, limit=self.case.tokens))

    def fresh_step(self) -> None:
        """A step on pictures that were never seen."""
        self.model.runner.encoder.forget()
        self.step()

    def collect(self) -> Batch:
        """Rollout, rewards, credit, and what the loss asks of other models."""
        self.run.pending = Pending(engine.collect(self.stage, self.run, Progress()))
        return self.run.pending.batch

    def step(self) -> None:
        """Collect and learn."""
        engine.step(self.stage, self.run, engine.Silent())

    def gradient(self) -> tuple[Tensor, Tensor]:
        """[groups * num, tokens] log-probs and all gradients as one vector, by a step that changes no weight."""
        batch = self.collect()
        asked = [
            Score(POLICY, rows(t, ids), (LogProb(),)) for t, ids in zip(self.case.tasks, self.case.ids, strict=True)
        ]
        with torch.no_grad():
            logprobs = torch.stack([x for scores in self.run.answer(asked) for x in scores[LogProb()]])
        learn(Held(self.model), self.run.answer, batch, self.stage.losses)
        self.run.pending = None
        found = {name: p.grad for name, p in self.model.core.named_parameters() if p.grad is not None}
        flat = torch.cat([found[name].flatten() for name in sorted(found)])
        self.model.core.zero_grad(set_to_none=True)
        return logprobs, flat

    def logical(self, run: Any) -> float:
        """Tokens of a rollout, each completion with a prompt of its own."""
        run()
        return float(sum(len(ids) for ids in self.prompt_ids()) * self.case.num + self.case.ids.numel())

    def counted(self, run: Any) -> dict[str, float]:
        """What one run costs."""
        before = self.run.ledger.snapshot()
        run()
        spent = self.run.ledger.since(before)
        return {
            "images": spent.get("media_decoded", 0),
            "patches": spent.get("patches", 0),
            "tokens": spent.get("prompt_tokens", 0) + spent.get("completion_tokens", 0),
        }


class Held:
    """A model that keeps its gradients and makes no step."""

    def __init__(self, model: LanguageModel) -> None:
        self.room, self.shrink = model.room, model.shrink

    def apply(self) -> dict[str, float]:
        """Leave everything as it is."""
        return {}


def rows(task: Task, ids: Tensor) -> tuple[Row, ...]:
    """[num, tokens] completions as rows to score."""
    return tuple(Row(task.prompt, (of_row,)) for of_row in ids)


def completed(ids: Tensor, logprobs: Tensor) -> Completion:
    """Tokens as a completion."""
    return Completion(text="", tokens=ids, logprobs=logprobs, wrote=torch.ones(len(ids), dtype=torch.bool))
