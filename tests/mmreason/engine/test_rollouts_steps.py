"""Rollouts that look into chains: trees with verified steps, forced ends from step ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmreason.asks import POLICY, Generate, Role, Tokenise
from mmreason.credit.base import Credit
from mmreason.credit.branches import ToGo
from mmreason.credit.plain import Raw
from mmreason.engine import collect, train
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import GroupReward, Reward, Term, TokenReward
from mmreason.rollouts.sample import Sample
from mmreason.signals import Given
from mmreason.slots import Scene
from mmreason.types import Batch, Completion, Group, Progress, Task
from tests.mmreason.engine.methods import RIGHT, SAMPLE, TERMS, Rate
from tests.mmreason.fakes import Says, Tasks, close, comp, run_of
from tests.mmreason.tiny_lm import TinyLM

TOOL = Role("tool")

# GroundedPRM: a tree, whose values the rollout itself gives


@dataclass(frozen=True)
class StepValues(Given["list[Tensor]"]):
    """One value per step of each path."""


@dataclass(frozen=True)
class TreeSearch:
    """GroundedPRM, arXiv:2510.14942: steps verified by a tool; a path's verdicts and outcome are backed up."""

    depth: int = 3
    children: int = 2

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        groups = []
        for t in tasks:
            level: list[tuple[Completion, list[float]]] = [(comp([]), [])]
            for d in range(self.depth):
                asks = [
                    Generate(POLICY, t.prompt, c, self.children, 2, seed=scene.seed(t.id, d, i))
                    for i, (c, _) in enumerate(level)
                ]
                grown = [(c, v) for (_, v), cs in zip(level, scene.answer(asks), strict=True) for c in cs]
                verdicts = scene.answer([Rate(TOOL, c.text) for c, _ in grown])
                level = [(c, [*v, x]) for (c, v), x in zip(grown, verdicts, strict=True)]
            given = {StepValues(): [torch.tensor([backed_up(v, 1.0)]) for _, v in level]}
            groups.append(Group(t, tuple(c for c, _ in level), given))
        return groups


def backed_up(verdicts: list[float], outcome: float) -> float:
    """Mean of the verdicts, early ones weighing more, plus the outcome's share."""
    n = len(verdicts)
    return sum(v * (n - i) / n for i, v in enumerate(verdicts)) / n + outcome / n if n else outcome


@dataclass(frozen=True)
class Backed(GroupReward):
    """The value of a path, out of the rollout's hands."""

    of: StepValues = StepValues()

    def score(self, group: Group) -> Tensor:
        return torch.cat(group[self.of]).double()


def test_a_tree_hands_its_values_to_the_terms() -> None:
    close(backed_up([1, 1, -1], 1), 0.777778)
    run = run_of({POLICY: TinyLM(), TOOL: Says(lambda request: float(len(request.text) % 3 - 1))})
    stage = Stage(
        tasks=Tasks(), rollout=TreeSearch(), groups=2, rewards=(Term("value", Backed()),), losses=(ClippedSurrogate(),)
    )
    batch = collect(stage, run, Progress())
    assert [len(g) for g in batch.groups] == [8, 8]
    assert StepValues() in batch.known
    train(Recipe(name="tree", stages=(stage,)), run)


# DTO and VSRM: forced ends from the steps of a chain


@dataclass(frozen=True)
class Chances(Given["list[Tensor]"]):
    """Share of right answers when the chain is cut after each step."""


@dataclass(frozen=True)
class ForcedEnds:
    """DTO, arXiv:2505.21765: cut each chain at its steps, end it, answer several times."""

    of: Sample = SAMPLE
    tries: int = 2
    right: Reward = RIGHT

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        cue = scene.answer([Tokenise(POLICY, "7", end=False, wrote=False)])[0]
        groups = self.of(tasks, scene)
        for g in groups:
            cuts = [[self.cut(c, n, cue) for n in range(1, len(c.tokens) + 1)] for c in g.completions]
            asks = [
                Generate(POLICY, g.task.prompt, after=c, num=self.tries, limit=1, seed=scene.seed(g.task.id, i, n))
                for i, of_one in enumerate(cuts)
                for n, c in enumerate(of_one)
            ]
            ends = Batch(tuple(Group(g.task, tuple(cs)) for cs in scene.answer(asks)))
            scene.settle(ends, self.right)
            chances = iter([end[self.right].mean() for end in ends.groups])
            g.signals[Chances()] = [torch.stack([next(chances) for _ in of_one]) for of_one in cuts]
        return groups

    def cut(self, c: Completion, n: int, cue: Completion) -> Completion:
        short = replace(c, tokens=c.tokens[:n], logprobs=c.logprobs[:n], wrote=c.wrote[:n])
        return short.then(cue.tokens)


def finalisation(chances: Tensor, threshold: float) -> int | None:
    """First step from which on the answer stays right."""
    good = (chances >= threshold).tolist()
    return next((i for i in range(len(good)) if all(good[i:])), None)


@dataclass(frozen=True)
class StepGain(TokenReward):
    """VSRM, arXiv:2508.10293: what each step adds to the chance of a right answer."""

    of: Chances = Chances()

    def place(self, group: Group) -> list[Tensor]:
        return [torch.diff(p, prepend=p.new_zeros(1)) for p in group[self.of]]


def test_steps_are_judged_by_answers_forced_from_them() -> None:
    assert finalisation(torch.tensor([0, 0.2, 1, 0.8, 1]), 0.8) == 2
    assert finalisation(torch.tensor([0, 0, 0.5]), 0.8) is None
    assert finalisation(torch.tensor([1.0, 0, 1, 1]), 0.8) == 2
    run = run_of({POLICY: TinyLM()})
    by: Credit = ToGo(Raw(), (StepGain(),))
    stage = Stage(tasks=Tasks(), rollout=ForcedEnds(), groups=2, rewards=TERMS, losses=(ClippedSurrogate(by=by),))
    batch = collect(stage, run, Progress())
    for g in batch.groups:
        for i, c in enumerate(g.completions):
            last = g[Chances()][i][-1]
            close(g[by][i][0], g[RIGHT][i] + last, 1e-9)
            assert len(g[Chances()][i]) == len(c.tokens)
