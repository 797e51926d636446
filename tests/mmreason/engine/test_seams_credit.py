"""Credit of papers that go beyond one advantage per completion, with the numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, Request, Role
from mmreason.credit.base import Credit
from mmreason.credit.branches import Added
from mmreason.credit.group_norm import GroupNorm
from mmreason.losses.base import Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.rewards.base import Owned, Reward, Term
from mmreason.schedules import Linear
from mmreason.signals import Probe
from mmreason.train.update import learn
from mmreason.types import Batch, Group, Progress
from tests.mmreason.engine.methods import JUDGE, RIGHT
from tests.mmreason.fakes import D, Says, close, comp, fixed, flat_group, group, run_of, settled
from tests.mmreason.tiny_lm import TinyLM


def test_humanomni_terms_own_token_ranges_and_are_centred_apart() -> None:
    """HumanOmniV2, arXiv:2506.21277: three streams, each reaching from the start to the end of its block."""
    spans = (("context", 0, 3), ("think", 3, 5))
    terms = (
        Term("format", fixed([1, 1, 1, 0])),
        Term("accuracy", fixed([1, 0, 1, 0])),
        Term("context", fixed([0.8, 0.4, 0.2, 0]), owns=Owned("context", prefix=True)),
        Term("logic", fixed([0.6, 0.6, 0.2, 0]), owns=Owned("think", prefix=True)),
    )
    by = GroupNorm(scale=False)
    batch = settled([group(*(comp(range(6), spans=spans) for _ in range(4)))], by, terms=terms)
    close(batch.groups[0][by][0], [1.45, 1.45, 1.45, 1.0, 1.0, 0.75])
    close(batch.groups[0][by][2], [0.45, 0.45, 0.45, 0.6, 0.6, 0.75])


# Think-RM: preferences of pairs


@dataclass(frozen=True, eq=False)
class Compare(Request[int]):
    """Which is better, and by how much; negative for the first."""

    a: str
    b: str


@dataclass(frozen=True)
class Preferences(Probe[Tensor, int]):
    """[G, G] antisymmetric: how far row beats column."""

    by: Role = JUDGE

    def pairs(self, group: Group) -> list[tuple[int, int]]:
        return [(i, j) for i in range(len(group)) for j in range(i + 1, len(group))]

    def ask(self, group: Group, batch: Batch) -> list[Compare]:
        return [Compare(self.by, group.completions[i].text, group.completions[j].text) for i, j in self.pairs(group)]

    def read(self, group: Group, replies: Sequence[int]) -> Tensor:
        out = torch.zeros(len(group), len(group), dtype=D)
        for (i, j), score in zip(self.pairs(group), replies, strict=True):
            out[i, j], out[j, i] = -score, score
        return out


@dataclass(frozen=True)
class Pairwise(Credit):
    """Think-RM, arXiv:2505.16265: mean preference over the siblings, over the spread of all preferences."""

    preferences: Preferences = Preferences()
    eps: float = 1e-6

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        return [self.one(g) for g in batch.groups]

    def one(self, group: Group) -> list[Tensor]:
        table, num = group[self.preferences], len(group)
        a_G = table.mean(1) / (table.square().sum() / (2 * num * max(num - 1, 1)) + self.eps).sqrt()
        return [a * c.wrote for a, c in zip(a_G, group.completions, strict=True)]


@pytest.mark.parametrize(
    ("scores", "expected"), [((-2, -1, 3), [0.654654, -1.091089, 0.436436]), ((-3, 3, 6), [0, -1, 1])]
)
def test_think_rm(scores: tuple[int, int, int], expected: list[float]) -> None:
    says = dict(zip((("a", "b"), ("a", "c"), ("b", "c")), scores, strict=True))
    judge, by = Says(lambda request: says[request.a, request.b]), Pairwise()
    batch = settled([group(*(comp([1, 2], text=t) for t in "abc"))], by, models={JUDGE: judge})
    close([a[0] for a in batch.groups[0][by]], expected)
    assert (judge.asked, judge.calls) == (3, 1)


# COPO: two surrogates with credits of their own


@dataclass(frozen=True)
class Copo(Credit):
    """COPO, arXiv:2508.04138: the group's own advantage and one across prompts, blended by how far answers agree."""

    part: Literal["local", "across"]
    gamma: float = 5.0
    rho: float = 1.0
    local_: Credit = GroupNorm(eps=1e-6)

    def weight(self, group: Group) -> float:
        answers = [c.text for c in group.completions]
        shares = [answers.count(a) / len(answers) for a in dict.fromkeys(answers)]
        return 1 / (1 + math.exp(-self.gamma * (-sum(p * math.log2(p) for p in shares) - self.rho)))

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        means = [torch.stack([g[t.reward] for t in batch.terms]).sum(0).mean()[None] for g in batch.groups]  # type: ignore[misc]
        every = batch.everyone(means)
        scaled = [(m - every.mean()) / (every.std() + 1e-6) for m in means]
        if self.part == "local":
            return [[self.weight(g) * a for a in g[self.local_]] for g in batch.groups]
        return [
            [(1 - self.weight(g)) * s * c.wrote for c in g.completions]
            for g, s in zip(batch.groups, scaled, strict=True)
        ]


def copo_groups() -> list[Group]:
    out = []
    for k, answers in enumerate(("7777", "3359", "2446")):
        cs = [comp([1 + i, 2 + k], [-3.2, -1.9], text=answer) for i, answer in enumerate(answers)]
        out.append(group(*cs, id=f"q{k}", text="ab"[: k + 1]))
    return out


COPO = (Term("r", fixed([1] * 4, [0] * 4, [1, 0, 0, 0])),)


def test_copo() -> None:
    local, across = Copo("local"), Copo("across")
    batch = settled(copo_groups(), local, across, terms=COPO)
    weights = [local.weight(g) for g in batch.groups]
    close(weights, [0.00669285, 0.92414182, 0.92414182])
    found = [float(g[across][0][0]) / (1 - w) for g, w in zip(batch.groups, weights, strict=True)]
    close(found, [1.12089492, -0.80063923, -0.32025569], 1e-4)
    close([float(a[0]) / weights[2] for a in batch.groups[2][local]], [1.499997, -0.499999, -0.499999, -0.499999], 1e-5)


def test_two_surrogates_share_rows_and_differ_from_one_with_blended_credit() -> None:
    def learned(*credits: Credit) -> tuple[Tensor, int]:
        policy = TinyLM(lr=0)
        losses = tuple(ClippedSurrogate(by=by, over=Sequences()) for by in credits)
        run = run_of({POLICY: policy})
        learn(policy, run.answer, settled(copo_groups(), losses, terms=COPO, models=run.models), losses)
        return policy.grads, policy.rows

    two, rows = learned(Copo("local"), Copo("across"))
    blended, _ = learned(Added((Copo("local"), Copo("across"))))
    assert rows == 12
    assert float((two - blended).norm()) > 1e-3, "each surrogate clips by itself"


# RAIF: completions that are compared with and not learned from


@dataclass(frozen=True)
class Contrast(Credit):
    """RAIF, arXiv:2506.01413: credit only for reasoned answers that are at least as good as those without a thought."""

    of: Credit = GroupNorm()
    right: Reward = RIGHT

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        return [self.one(g) for g in batch.groups]

    def one(self, group: Group) -> list[Tensor]:
        bare = [c.arm == "no thought" for c in group.completions]
        floor = max((float(r) for r, b in zip(group[self.right], bare, strict=True) if b), default=0.0)
        kept = [not b and float(r) >= floor for r, b in zip(group[self.right], bare, strict=True)]
        return [a * k for a, k in zip(group[self.of], kept, strict=True)]


def test_raif_statistics_over_all_arms_and_loss_over_some() -> None:
    g = group(comp([2]), comp([1]), comp([2], arm="no thought"), comp([1]))
    by = Contrast()
    batch = settled([g], by, terms=(Term("right", RIGHT),))
    close([float(a) for a in g[by]], [float(g[GroupNorm()][0]), 0, 0, 0])
    assert ClippedSurrogate(by=by).count(batch) == 4


def test_credit_may_see_progress() -> None:
    """A term's weight is read when credit is given, not when the reward was measured."""
    by = GroupNorm(scale=False)
    term = Term("a", fixed([1, 0]), weight=Linear(1.0, 0.0))
    batch = settled([flat_group(2)], by, terms=(term,), progress=Progress(1, 4))
    close([float(a) for a in batch.groups[0][by]], [0.375, -0.375])
    later = replace(batch, progress=Progress(3, 4))
    close([float(a) for a in by(later)[0]], [0.125, -0.125])
