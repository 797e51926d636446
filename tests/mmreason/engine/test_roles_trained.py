"""Models that are trained along: a token reward model (OREAL), a verifier on its own pairs (Cooper), a critic (PPO)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from mmreason.asks import POLICY, Quantity, Request, Role, Row, Score, Scores
from mmreason.credit.base import Credit, to_go
from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.engine import train
from mmreason.losses.base import Loss, TokenLoss
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import GroupReward, Reward, Term
from mmreason.signals import Probe, Signal
from mmreason.types import Batch, Group, Knob
from tests.mmreason.engine.methods import RIGHT, SAMPLE, TERMS, TOKEN_RM, TokenRewardModel, ValueHead, Values
from tests.mmreason.fakes import D, Says, Tasks, close, comp, constant, fixed, group, run_of, settled
from tests.mmreason.tiny_lm import TinyLM


def stage(**fields: Any) -> Stage:
    return Stage(**{"tasks": Tasks(), "rollout": SAMPLE, "groups": 4, "rewards": TERMS, **fields})


# OREAL: a token reward model that trains alone at first, then with the policy that it guides


@dataclass(frozen=True)
class OrealWeights(Credit):
    """OREAL, arXiv:2502.06781: leave-one-out advantage times token weights, on one answer of a group."""

    sign: Literal[1, -1]
    logits: Signal[list[Tensor]] = Values(TOKEN_RM)
    advantage: Credit = LeaveOneOut()
    right: Reward = RIGHT

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        return [self.one(group) for group in batch.groups]

    def one(self, group: Group) -> list[Tensor]:
        verdict = 2 * group[self.right] - 1
        chosen = [i for i, v in enumerate(verdict.tolist()) if v == self.sign and len(set(verdict.tolist())) > 1][:1]
        out = [torch.zeros(len(c.tokens), dtype=D) for c in group.completions]
        for i in chosen:
            logits = group[self.logits][i]
            chance = (logits.cumsum(0) / torch.arange(1, len(logits) + 1)).sigmoid()
            out[i] = group[self.advantage][i] * (self.sign * (2 * chance - 1)).clamp(min=0)
        return out


class Kept:
    """The divisor of OREAL's terms: tokens of the completions that were kept."""

    by: Credit

    def count(self, batch: Batch) -> float:
        kept = [(a, c) for g in batch.groups for a, c in zip(g[self.by], g.completions, strict=True)]
        return float(sum(c.wrote.sum() for a, c in kept if bool((a != 0).any())))


@dataclass(frozen=True, kw_only=True)
class Cloned(Kept, TokenLoss):
    """Weighted cloning of right answers."""

    by: Credit

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        return -group[self.by][i] * got[0]


@dataclass(frozen=True, kw_only=True)
class Unclipped(Kept, ClippedSurrogate):
    """The ratio times the credit."""

    high: float = 1e9
    low: float = 1.0


def test_oreal_by_hand() -> None:
    logits = constant([(2.0, 1.0), (0.5, -2.0, -3.0)])
    g = group(comp([3, 2], [-0.5, -1.0]), comp([1, 2, 3], [-0.7, -0.2, -1.2]))
    plus, minus = (OrealWeights(sign, logits) for sign in (1, -1))
    verdicts = (Term("verdict", fixed([1, -1])),)
    batch = settled([g], plus, minus, terms=verdicts)
    of_four = (4 / 3) / 2  # leave-one-out over two is 2; the paper's example has four completions
    cloned = of_four * Cloned(by=plus).tokens(batch.groups[0], 0, [g.completions[0].logprobs]).sum() / 2
    close(cloned, 0.67729735)
    close(0.5 * of_four * -batch.groups[0][minus][1].sum() / 3, 0.22077919)
    assert not batch.groups[0][plus][1].any()


def test_oreal_trains_the_reward_model_alone_and_then_both() -> None:
    warm = stage(name="warm", steps=3, losses=(TokenRewardModel(),))
    guided = (Cloned(by=OrealWeights(1)), Unclipped(by=OrealWeights(-1), weight=0.5), TokenRewardModel())
    policy, model = TinyLM(), TinyLM(1)
    run = run_of({POLICY: policy, TOKEN_RM: model})
    before = policy.core.head.weight.clone()
    train(Recipe(name="warm", stages=(warm,)), run)
    assert torch.equal(before, policy.core.head.weight)
    assert (policy.steps, model.steps) == (0, 3)
    run.stage = 0
    train(Recipe(name="both", stages=(stage(name="both", steps=2, losses=guided),)), run)
    assert not torch.equal(before, policy.core.head.weight)
    assert (policy.steps, model.steps) == (2, 5)


# Cooper: pairs made by an assistant, on rows that nobody sampled

ASSISTANT = Role("assistant")


@dataclass(frozen=True, eq=False)
class Corrupt(Request["Tensor | None"]):
    """Ask for a copy of a right answer with another result."""

    tokens: Tensor


@dataclass(frozen=True)
class Corrupted(Probe["list[tuple[Tensor, Tensor]]", "Tensor | None"]):
    """(right, wrong) for each group with a right answer: none or one pair."""

    right: Reward = RIGHT
    per_completion: ClassVar[bool] = False

    def first(self, group: Group) -> list[Tensor]:
        return [c.tokens for c, r in zip(group.completions, group[self.right], strict=True) if r > 0][:1]

    def ask(self, group: Group, batch: Batch) -> list[Corrupt]:
        return [Corrupt(ASSISTANT, tokens) for tokens in self.first(group)]

    def read(self, group: Group, replies: Sequence[Tensor | None]) -> list[tuple[Tensor, Tensor]]:
        return [(a, b) for a, b in zip(self.first(group), replies, strict=True) if b is not None]


@dataclass(frozen=True, kw_only=True)
class PairLoss(Loss):
    """Cooper, arXiv:2508.05613: Bradley-Terry between a right answer and its corrupted copy."""

    pairs: Corrupted = Corrupted()
    asks: Role = ASSISTANT
    trains: Role = TOKEN_RM
    weight: Knob = 1.0
    couples: ClassVar[Literal["completion", "group", "batch"]] = "group"

    def ask(self, group: Group) -> list[Score]:
        rows = [tuple(Row(group.task.prompt, (t,)) for t in pair) for pair in group[self.pairs]]
        return [Score(self.trains, two, (ValueHead(self.trains),)) for two in rows]

    def count(self, batch: Batch) -> float:
        return float(sum(len(g[self.pairs]) for g in batch.groups))

    def read(self, group: Group, replies: Sequence[Scores]) -> Tensor:
        scores = [[x[-1] for x in reply[ValueHead(self.trains)]] for reply in replies]
        return torch.stack([-torch.nn.functional.logsigmoid(a - b) for a, b in scores]).sum()


def test_cooper_by_hand() -> None:
    def value(pairs: Sequence[tuple[float, float]]) -> Tensor:
        head = ValueHead(TOKEN_RM)
        replies = [Scores({head: [torch.tensor([float(a)]), torch.tensor([float(b)])]}) for a, b in pairs]
        return PairLoss().read(group(), replies) / len(pairs)

    close(value([(1, 0)]), 0.313261)
    close(value([(1, 0), (0, 2)]), 1.220094)


def test_cooper_trains_the_reward_model_on_rows_of_its_own() -> None:
    model, assistant = TinyLM(1, lr=0.5), Says(lambda request: (request.tokens + 1) % 12)
    run = run_of({POLICY: TinyLM(), TOKEN_RM: model, ASSISTANT: assistant})
    train(Recipe(name="cooper", stages=(stage(steps=8, losses=(ClippedSurrogate(), PairLoss())),)), run)
    losses = run.history["stage/token_rm/loss"]
    assert model.steps == 8
    assert 0 < assistant.asked <= 32
    assert losses[-1] < losses[0]


# PPO: a critic

CRITIC = Role("critic")


@dataclass(frozen=True)
class Gae(Credit):
    """Generalised advantage estimation, arXiv:1506.02438, with the reward on the last token; or the returns."""

    values_: Signal[list[Tensor]]
    gamma: float = 1.0
    decay: float = 0.95
    returns: bool = False

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        return [[self.one(batch, g, i) for i in range(len(g))] for g in batch.groups]

    def one(self, batch: Batch, group: Group, i: int) -> Tensor:
        value = group[self.values_][i]
        reward = torch.zeros_like(value)
        reward[-1] = sum(float(group[t.reward][i]) * batch.progress.at(t.weight) for t in batch.terms)  # type: ignore[arg-type]
        after = torch.cat([value[1:], value.new_zeros(1)])
        advantage = to_go(reward + self.gamma * after - value, self.gamma * self.decay)
        return advantage + value if self.returns else advantage


@dataclass(frozen=True, kw_only=True)
class ValueLoss(TokenLoss):
    """Half the squared error of the critic."""

    target: Credit
    trains: Role = CRITIC
    want: ClassVar[tuple[Quantity[list[Tensor]], ...]] = (ValueHead(CRITIC),)

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        return 0.5 * (got[0] - group[self.target][i]).square()


def test_gae_by_hand() -> None:
    values = constant([(0.5, 0.6, 0.7)])
    by, returns = Gae(values), Gae(values, returns=True)
    batch = settled([group(comp([1, 2, 3]))], by, returns, terms=(Term("outcome", fixed([1])),))
    close(batch.groups[0][by][0], [0.46575, 0.385, 0.3])
    close(batch.groups[0][returns][0], [0.96575, 0.985, 1.0])


@dataclass(frozen=True)
class Always(GroupReward):
    """1, which a critic can learn."""

    def score(self, group: Group) -> Tensor:
        return torch.ones(len(group), dtype=D)


def test_a_critic_learns_beside_the_policy_with_the_same_minibatches() -> None:
    values, critic = Values(CRITIC), TinyLM(2, lr=0.5)
    losses = (ClippedSurrogate(by=Gae(values)), ValueLoss(target=Gae(values, returns=True)))
    run = run_of({POLICY: TinyLM(), CRITIC: critic})
    train(
        Recipe(
            name="ppo", stages=(stage(steps=6, minibatch=2, epochs=2, rewards=(Term("one", Always()),), losses=losses),)
        ),
        run,
    )
    errors = run.history["stage/critic/loss"]
    assert critic.steps == 6 * 4
    assert errors[-1] < errors[0]
