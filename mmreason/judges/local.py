"""A judge or listener that a model in this process plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from mmreason.asks import JUDGE, Generate, LogProb, Request, Role, Row, Score, Tokenise
from mmreason.errors import RecipeError
from mmreason.judges.asks import Judge, Verdict, begun
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Frozen, Policy, load
from mmreason.slots import Opened
from mmreason.types import Batch, Completion
from vision_data.messages import Prompt


@dataclass(frozen=True)
class LocalJudge:
    """Asks a model of this process, which never learns from it. Not from a paper.

    It answers ``Judge`` by generating and by scoring each option, exactly and of any length, and everything else as the
    model itself does. Its replies do not change while its weights do not.

    Args:
        by: A checkpoint of its own (``Policy(model=...)``, frozen whole), another role's starting weights
            (``Frozen()``: with LoRA without a second copy), or a role that stands earlier in ``Recipe.models``.
        role: Who it plays.
    """

    by: Policy | Frozen | Role
    role: Role = JUDGE

    def open(self, run: Opened) -> LocalPart:
        """Load, copy or borrow.

        Raises:
            RecipeError: the role to borrow from is not there, or is no language model.
        """
        if isinstance(self.by, Role):
            model = run.models.get(self.by)
            if not isinstance(model, LanguageModel):
                raise RecipeError(
                    f"{self.role.name} is played by {self.by.name}, which must be a language model and stand before it "
                    "in Recipe.models"
                )
            return LocalPart(self.role, model, borrowed=True)
        if isinstance(self.by, Frozen):
            return LocalPart(self.role, replace(self.by, role=self.role).open(run))
        core, runner = load(self.by, run.ledger)
        core.requires_grad_(False).eval()
        runner.parts = run.models
        return LocalPart(self.role, LanguageModel(self.role, core, runner, run.across))


class LocalPart:
    """The live part; what is no ``Judge`` goes to the model as it is."""

    def __init__(self, role: Role, model: LanguageModel, borrowed: bool = False) -> None:
        self.role, self.model, self.borrowed = role, model, borrowed

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        """All texts are sampled together, all options scored together."""
        asked = [(i, r) for i, r in enumerate(requests) if isinstance(r, Judge)]
        other = [(i, r) for i, r in enumerate(requests) if not isinstance(r, Judge)]
        rest = self.model.answer([r for _, r in other]) if other else []
        judged = self.judge([r for _, r in asked]) if asked else []
        replies = {i: reply for (i, _), reply in zip((*other, *asked), (*rest, *judged), strict=True)}
        return [replies[i] for i in range(len(requests))]

    @torch.no_grad()
    def judge(self, asked: Sequence[Judge]) -> list[Verdict]:
        """Give a verdict for each."""
        self.model.runner.ledger.add(f"{self.role.name}/requests", len(asked))
        starts = self.tokenised(dict.fromkeys(begun(r.prompt)[1] for r in asked if begun(r.prompt)[1]))
        options = self.tokenised(dict.fromkeys(option for r in asked for option in r.options))
        to = self.model.role
        texts = [
            Generate(to, prompt, starts.get(start), limit=r.limit, sampling=r.sampling, seed=r.seed)
            for r in asked if r.limit
            for prompt, start in [begun(r.prompt)]
        ]  # fmt: skip
        scores = [Score(to, rows=rows(r, starts, options), want=(LogProb(),)) for r in asked if r.options]
        replies = iter(self.model.answer([*texts, *scores]))
        said = [next(replies)[0].text[len(begun(r.prompt)[1]) :] if r.limit else "" for r in asked]
        found = [told(next(replies)[LogProb()]) if r.options else () for r in asked]
        return [Verdict(text, logprobs) for text, logprobs in zip(said, found, strict=True)]

    def tokenised(self, texts: dict[str, None]) -> dict[str, Completion]:
        """Each text as tokens that the model did not choose."""
        requests = [Tokenise(self.model.role, text=text, end=False, wrote=False) for text in texts]
        return dict(zip(texts, self.model.answer(requests), strict=True)) if requests else {}

    def prepare(self, prompts: Sequence[Prompt]) -> None:
        """What comes next is asked of others; a judge's prompts are known when they are asked."""

    def write(self, records: list[dict[str, object]]) -> None:
        """Refuse: a judge remembers nothing."""
        raise TypeError(f"{self.role.name} is a language model, not a store")

    def after_step(self, batch: Batch) -> None:
        """Nothing follows a step."""

    def state_dict(self) -> dict[str, Any]:
        """Proof of which weights judged; nothing where they are another role's."""
        return {} if self.borrowed else self.model.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """See that the weights are those of before."""
        if not self.borrowed:
            self.model.load_state_dict(state)


def rows(request: Judge, starts: dict[str, Completion], options: dict[str, Completion]) -> tuple[Row, ...]:
    """One row per option, after the beginning of the reply."""
    prompt, start = begun(request.prompt)
    before = (starts[start].tokens,) if start else ()
    return tuple(Row(prompt, (*before, options[option].tokens)) for option in request.options)


def told(logprobs: Sequence[Any]) -> tuple[float, ...]:
    """Log-prob of each option from those of its tokens."""
    return tuple(float(x_T.double().sum()) for x_T in logprobs)
