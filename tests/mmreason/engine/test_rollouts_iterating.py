"""Rollouts that ask more than once: hints, pauses, tools. None is known to the loop."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, Generate, LogProb, Request, Role
from mmreason.credit.branches import ToGo
from mmreason.credit.plain import Raw
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.rewards.base import GroupReward, Reward, Term, TokenReward
from mmreason.rollouts.sample import Sample
from mmreason.slots import Scene
from mmreason.train.update import learn
from mmreason.types import Batch, Completion, Group, Task
from tests.mmreason.engine.methods import RIGHT, SAMPLE, TERMS, Rate
from tests.mmreason.fakes import Says, Tasks, close, comp, fixed, group, run_of, scene, settled
from tests.mmreason.tiny_lm import TinyLM

TOOL, PRM = Role("tool"), Role("prm")


# Guide: sampled under a hint, trained without it


@dataclass(frozen=True)
class Guided:
    """Guide-GRPO, arXiv:2506.13923: groups without a right answer are sampled again with the hint in view."""

    of: Sample = SAMPLE
    right: Reward = RIGHT

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        batch = Batch(tuple(self.of(tasks, scene)))
        scene.settle(batch, self.right)
        failed = [g.task for g in batch.groups if g.task.hint and not (g[self.right] > 0).any()]
        again = self.of([replace(t, prompt=t.hint or (), id=f"{t.id} hinted") for t in failed], scene)
        more = {
            t.id: tuple(replace(c, asked=t.hint, arm="hinted") for c in g.completions)
            for t, g in zip(failed, again, strict=True)
        }
        return [Group(g.task, g.completions + more.get(g.task.id, ())) for g in batch.groups]


@dataclass(frozen=True)
class Never(GroupReward):
    """Nothing is right."""

    def score(self, group: Group) -> Tensor:
        return torch.zeros(len(group))


def test_a_hinted_completion_has_two_prompts() -> None:
    run = run_of({POLICY: TinyLM(lr=0)})
    groups = Guided(right=Never())(Tasks().open().next(2), scene(run))
    assert [[c.arm for c in g.completions] for g in groups] == [[""] * 4 + ["hinted"] * 4] * 2
    loss = ClippedSurrogate()
    batch = settled(groups, TokenLogprobs(trained=False), TokenLogprobs(), loss, terms=TERMS, models=run.models)
    g = batch.groups[0]
    close(g[TokenLogprobs(trained=False)][6], g.completions[6].logprobs, 1e-12)
    own = run.answer(list(loss.ask(g)))[0][LogProb()] if loss.used(g) else []
    for i, found in zip(loss.used(g), own, strict=True):
        close(found.detach(), g[TokenLogprobs()][i], 1e-12)
    gap = (g[TokenLogprobs()][6] - g.completions[6].logprobs).abs().max()
    assert gap > 1e-3, "the loss's row is without the hint, the stored log-probs with it"
    assert abs(learn(run.models[POLICY], run.answer, batch, (loss,))["ratio"] - 1) > 1e-4


@pytest.mark.parametrize(
    ("credit", "expected"), [(0.86587543, [-0.78347649, -0.17481723]), (-0.86587543, [0.78347649, 0.69270034])]
)
def test_guide_by_hand(credit: float, expected: list[float]) -> None:
    loss, g = ClippedSurrogate(), group(comp([1, 2], [-0.9, -0.4]))
    g.signals.update({Sampled(): [g.completions[0].logprobs], loss.by: [torch.full((2,), credit)]})
    close(loss.tokens(g, 0, [torch.tensor([-1.0, -2.0], dtype=torch.float64)]), expected)


# ER-PRM: pause, score, resume


@dataclass(frozen=True)
class EarlyRejection:
    """Early rejection, arXiv:2508.01969: the best half of the unfinished beams goes on, each in two ways."""

    beams: int = 4
    keep: int = 2
    pause: int = 3
    rounds: int = 3

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        return [Group(t, tuple(self.search(t, scene))) for t in tasks]

    def search(self, task: Task, scene: Scene) -> list[Completion]:
        live = scene.answer(
            [Generate(POLICY, task.prompt, num=self.beams, limit=self.pause, seed=scene.seed(task.id))]
        )[0]
        for turn in range(self.rounds):
            scores = scene.answer([Rate(PRM, c.text) for c in live])
            best = [live[i] for i in self.kept(scores)]
            asks = [
                Generate(POLICY, task.prompt, c, self.beams // self.keep, self.pause, seed=scene.seed(task.id, turn, i))
                for i, c in enumerate(best)
                if c.finish == "length"
            ]
            live = [c for c in best if c.finish == "stop"] + [c for cs in scene.answer(asks) for c in cs]
        return live

    def kept(self, scores: list[float]) -> list[int]:
        """Indices of the best; ties to the lower one."""
        return sorted(sorted(range(len(scores)), key=lambda i: -scores[i])[: self.keep])


def test_beams_that_pause_and_resume_are_one_completion() -> None:
    assert EarlyRejection().kept([0.1, 0.8, 0.3, 0.8]) == [1, 3]
    run = run_of({POLICY: TinyLM(), PRM: Says(lambda request: len(set(request.text)))})
    groups = EarlyRejection()(Tasks().open().next(2), scene(run))
    batch = settled(groups, TokenLogprobs(), models=run.models)
    assert max(len(c.tokens) for _, c in batch.pairs()) == 3 * 4
    for g in batch.groups:
        for c, found in zip(g.completions, g[TokenLogprobs()], strict=True):
            assert bool(c.wrote.all())
            close(found, c.logprobs, 1e-12)


# ChatR1: turns with a tool, and a reward for each query


@dataclass(frozen=True, eq=False)
class Search(Request[Tensor]):
    """Look something up; the reply is tokens."""

    query: str


@dataclass(frozen=True)
class ToolLoop:
    """Search, read, go on: what the tool said is not the policy's, each query is a span."""

    turns: int = 3
    num: int = 3

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        asks = [Generate(POLICY, t.prompt, num=self.num, limit=4, seed=scene.seed(t.id)) for t in tasks]
        groups = [list(cs) for cs in scene.answer(asks)]
        for turn in range(1, self.turns):
            flat = [(t, i, c) for t, cs in zip(tasks, groups, strict=True) for i, c in enumerate(cs)]
            seen = scene.answer([Search(TOOL, c.text) for _, _, c in flat])
            asks = [
                Generate(POLICY, t.prompt, after=queried(c, o), limit=4, seed=scene.seed(t.id, turn, i))
                for (t, i, c), o in zip(flat, seen, strict=True)
            ]
            replies = iter(scene.answer(asks))
            groups = [[next(replies)[0] for _ in cs] for cs in groups]
        return [Group(t, tuple(cs)) for t, cs in zip(tasks, groups, strict=True)]


def queried(c: Completion, seen: Tensor) -> Completion:
    """The completion goes on after the tool's answer; its last turn was a query."""
    start = max((b for _, _, b in c.spans), default=0)
    start = max(start, int((~c.wrote).nonzero().max()) + 1 if bool((~c.wrote).any()) else 0)
    return replace(c.then(seen), spans=(*c.spans, ("query", start, len(c.tokens))))


@dataclass(frozen=True)
class Intent(TokenReward):
    """ChatR1, arXiv:2510.13312: each query's gain over the best before it, on the query's last token."""

    weight: float = 0.5

    def place(self, group: Group) -> list[Tensor]:
        return [self.one(c) for c in group.completions]

    def one(self, c: Completion) -> Tensor:
        out, best = torch.zeros(len(c.tokens), dtype=torch.float64), 0.0
        for a, b in c.span("query"):
            worth = float((c.tokens[a:b] == 4).double().mean())
            out[b - 1] = self.weight * max(worth - best, 0.0)
            best = max(worth, best)
        return out


def test_what_the_tool_said_is_neither_scored_nor_learned() -> None:
    run = run_of({POLICY: TinyLM(lr=0), TOOL: Says(lambda request: torch.tensor([3, 4]))})
    loss = ClippedSurrogate()
    groups = ToolLoop()(Tasks().open().next(2), scene(run))
    batch = settled(groups, TokenLogprobs(), loss, terms=TERMS, models=run.models)
    assert run.models[TOOL].calls == 2, "all conversations wait for one call a turn"
    for g in batch.groups:
        for c, found, credit in zip(g.completions, g[TokenLogprobs()], g[loss.by], strict=True):
            assert c.tokens[~c.wrote].tolist() == [3, 4, 3, 4]
            close(found[c.wrote], c.logprobs[c.wrote], 1e-12)
            assert not credit[~c.wrote].any()
    assert loss.count(batch) == sum(int(c.wrote.sum()) for _, c in batch.pairs())


def test_a_reward_sits_on_the_turn_that_earned_it() -> None:
    spans = (("query", 0, 2), ("query", 3, 5))
    c = comp([4, 1, 7, 4, 4, 7, 2], wrote=[True, True, False, True, True, False, True], spans=spans)
    by = ToGo(Raw(), (Intent(),))
    batch = settled([group(c)], by, terms=(Term("answer", fixed([0.8])),))
    close(batch.groups[0][Intent()][0], [0, 0.25, 0, 0, 0.25, 0, 0])
    close(batch.groups[0][by][0][c.wrote], [1.3, 1.3, 1.05, 1.05, 0.8])
