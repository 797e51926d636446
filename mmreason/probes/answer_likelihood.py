"""How likely an answer is after the thought that led to it, per token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from mmreason.asks import EMA, POLICY, LogProb, Role, Row, Score, Scores, Tokenise
from mmreason.parsing.spans import find_spans, token_range
from mmreason.rewards.base import Reward
from mmreason.shown import Shown
from mmreason.signals import Probe
from mmreason.types import Batch, Completion, Group

Kind = Literal["geometric", "arithmetic"]
NAN = float("nan")


def length_normalised(logp_T: Tensor, kind: Kind = "geometric") -> float:
    """Give the mean probability of a token: exp of the mean log-prob, or the mean of the probabilities; 0 of none.

    Args:
        logp_T: [T] log-probs.
        kind: Which mean.

    >>> p_T = torch.tensor([0.9, 0.1]).log()
    >>> round(length_normalised(p_T), 6), round(length_normalised(p_T, "arithmetic"), 6)
    (0.3, 0.5)
    """
    if not len(logp_T):
        return 0.0
    return float(logp_T.double().mean().exp() if kind == "geometric" else logp_T.double().exp().mean())


def answer_tokens(c: Completion, tag: str = "answer", bracket: bool = False) -> tuple[int, int] | None:
    """Give (first, after last) token of the inside of the last tag; None where there is no such tag.

    A tag that is not closed reaches to the end. Without offsets only what the rollout noted under the tag's name is
    known.

    Args:
        c: A completion.
        tag: Name of the tag.
        bracket: Begin at the token that ends the opening tag, as GRPO-CARE's code does.
    """
    if noted := c.span(tag):
        return noted[-1]
    spans = find_spans(c.text, tag)
    if not spans or not c.offsets:
        return None
    start, end = spans[-1]
    return token_range(c.offsets, start - bracket, end)


def is_unknown(c: Completion, tag: str) -> bool:
    """Say whether there is a tag, but nothing tells which tokens stand in it."""
    return not c.offsets and not c.span(tag) and bool(find_spans(c.text, tag))


def likelihood_shown(title: str, value: float) -> Shown:
    """Tell a likelihood to readers of traces."""
    return Shown(kind="likelihood", title=title, numbers={"likelihood": value})


@dataclass(frozen=True)
class AnswerLikelihood(Probe[Tensor, Scores]):
    """[G] likelihood of each completion's own answer after its thought, GRPO-CARE (arXiv:2506.16141).

    The answer is what stands in the last answer tag. Without a tag, or with nothing in it, the likelihood is 0 (the
    released code gives 1) and no row is scored. NaN where a tag is there and the tokens in it are not known.

    Args:
        under: Who judges: a slowly moving average of the policy.
        kind: Geometric mean of the token probabilities (released code) or arithmetic (the paper's algorithm).
        tag: Name of the answer's tag.
        bracket: Count the token that ends the opening tag too, as the released code does.
        where: Score only completions of which this reward is above 0, as a bonus for right answers needs no others;
            NaN elsewhere. None scores all.
    """

    under: Role = EMA
    kind: Kind = "geometric"
    tag: str = "answer"
    bracket: bool = False
    where: Reward | None = None

    def ask(self, group: Group, batch: Batch) -> list[Score]:
        """One row per completion with an answer: everything before it, then the answer, which is scored."""
        found = [(group.completions[i].tokens, self.place(group, i)) for i in range(len(group))]
        rows = tuple(Row(group.task.prompt, (t[: at[0]], t[at[0] : at[1]])) for t, at in found if at)
        return [Score(self.under, rows, (LogProb(),))] if rows else []

    def wanted(self, group: Group, i: int) -> bool:
        """Whether completion i is to be scored at all."""
        return self.where is None or float(group[self.where][i]) > 0

    def place(self, group: Group, i: int) -> tuple[int, int] | None:
        """First and after last token of completion i's answer; None for none, an empty one, or one not wanted."""
        at = answer_tokens(group.completions[i], self.tag, self.bracket) if self.wanted(group, i) else None
        return at if at and at[1] > at[0] else None

    def read(self, group: Group, replies: Sequence[Scores]) -> Tensor:
        """In the order of the completions."""
        found = iter(replies[0][LogProb()] if replies else [])
        out = torch.zeros(len(group), dtype=torch.float64)
        for i, c in enumerate(group.completions):
            if self.place(group, i):
                out[i] = length_normalised(next(found), self.kind)
            elif is_unknown(c, self.tag) or not self.wanted(group, i):
                out[i] = NAN
        return out

    def shown(self, group: Group, i: int) -> Shown:
        """The likelihood and who judged."""
        return likelihood_shown(f"Own answer after its thought, under {self.under.name}", float(group[self][i]))


@dataclass(frozen=True)
class SplicedGold(Probe["list[Tensor]", Completion]):
    """[T] tokens per completion that put the gold answer in the place of its own. Not from a paper.

    They begin where ``answer_tokens`` does: a token that holds the end of the opening tag and the answer's first
    character is written anew. Empty for a completion without an answer tag, and for tasks without a gold answer.
    """

    by: Role = POLICY
    tag: str = "answer"

    def ask(self, group: Group, batch: Batch) -> list[Tokenise]:
        """The texts, without an end of turn."""
        found = [self.text(c, group.task.answer) for c in group.completions]
        return [Tokenise(self.by, text, end=False, wrote=False) for text in found if text]

    def text(self, c: Completion, gold: str | None) -> str | None:
        """What stands from the first token of the answer on; None for nothing."""
        where = answer_tokens(c, self.tag)
        if not gold or where is None:
            return None
        spans = find_spans(c.text, self.tag)
        return c.text[c.offsets[where[0]] : spans[-1][0]] + gold if spans and c.offsets else gold

    def read(self, group: Group, replies: Sequence[Completion]) -> list[Tensor]:
        """In the order of the completions."""
        found, none = iter(replies), torch.zeros(0, dtype=torch.int64)
        return [next(found).tokens if self.text(c, group.task.answer) else none for c in group.completions]


@dataclass(frozen=True)
class ReferenceLikelihood(Probe[Tensor, Scores]):
    """[G] likelihood of the gold answer in the place of each completion's own, after its thought (arXiv:2506.16141).

    The gold answer's tokens are spliced in after the opening of the last answer tag; all rows of a wave share forwards.
    0 for a completion without an answer tag; NaN for tasks without a gold answer, and where the tag's tokens are not
    known.

    Args:
        under: Who judges.
        kind: See ``AnswerLikelihood``.
        gold: Tokens that are spliced in.
    """

    under: Role = EMA
    kind: Kind = "geometric"
    gold: SplicedGold = field(default_factory=SplicedGold)

    def ask(self, group: Group, batch: Batch) -> list[Score]:
        """One row per completion with an answer tag: everything before the answer, then the gold answer."""
        rows = tuple(Row(group.task.prompt, (c.tokens[:a], gold)) for c, a, gold in self.spliced(group))
        return [Score(self.under, rows, (LogProb(),))] if rows else []

    def read(self, group: Group, replies: Sequence[Scores]) -> Tensor:
        """In the order of the completions."""
        nobody = 0.0 if group.task.answer else NAN
        values = [NAN if is_unknown(c, self.gold.tag) else nobody for c in group.completions]
        out = torch.tensor(values, dtype=torch.float64)
        if replies:
            asked = [i for i, gold in enumerate(group[self.gold]) if len(gold)]
            for i, logp_T in zip(asked, replies[0][LogProb()], strict=True):
                out[i] = length_normalised(logp_T, self.kind)
        return out

    def shown(self, group: Group, i: int) -> Shown:
        """The likelihood and who judged."""
        return likelihood_shown(f"Gold answer after this thought, under {self.under.name}", float(group[self][i]))

    def spliced(self, group: Group) -> list[tuple[Completion, int, Tensor]]:
        """Completions with an answer tag, its first token, and the tokens that take its place."""
        if not group.completions:
            return []
        pairs = zip(group.completions, group[self.gold], strict=True)
        places = [(c, answer_tokens(c, self.gold.tag), gold) for c, gold in pairs if len(gold)]
        return [(c, where[0], gold) for c, where, gold in places if where]
