"""A value head on the embedded model: it learns, leaves the policy alone or not, is saved, refuses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, Generate, Role, Score
from mmreason.credit.gae import GAE, Returns
from mmreason.engine import settle, train
from mmreason.errors import CheckError, CheckpointError, RecipeError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.value_loss import ValueLoss
from mmreason.metrics.explained_variance import ExplainedVariance
from mmreason.models.loading import TINY, checksum
from mmreason.models.optim import AdamW
from mmreason.models.specs import Policy
from mmreason.models.value_head import Head, ValueHead
from mmreason.probes.values import CRITIC, StateValue, StateValues
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import CompletionReward, Term
from mmreason.rollouts.sample import Sample
from mmreason.run import Run
from mmreason.types import Batch, Completion, Group, Task
from tests.mmreason.fakes import LiveTasks, close, comp, scene
from tests.mmreason.models.scene import opened, picture, rows_of
from vision_data.messages import Prompt, user

HEAD = ValueHead(width=32, optim=AdamW(lr=1e-2))
SPEC = Policy(model=TINY, device="cpu", freeze=("vision",), optim=AdamW(lr=1e-4))


def both(spec: Policy = SPEC, head: ValueHead = HEAD) -> Run:
    """A run with the embedded model and a head on it."""
    _, run = opened(spec)
    run.models[CRITIC] = head.open(run)
    return run


@dataclass(frozen=True)
class Sizes:
    """Pictures of two sizes: what the reward depends on can be seen."""

    def open(self, run: Any) -> LiveTasks:
        shown = [picture(i, 56 if i % 2 else 112, 56) for i in range(4)]
        return LiveTasks([Task(id=str(i), prompt=(user(p, "?"),), answer=str(i % 2)) for i, p in enumerate(shown)])


@dataclass(frozen=True)
class Known(CompletionReward):
    """1 for the small pictures, whatever is said."""

    def rate(self, task: Task, completion: Completion) -> float:
        return float(task.answer or 0)


BY = GAE(lam=1.0)
VALUE = ValueLoss(returns=Returns(BY), clip=None)


def stage(**fields: Any) -> Stage:
    base = Stage(
        tasks=Sizes(), rollout=Sample(num=2, limit=4), groups=4, rewards=(Term("known", Known()),), losses=(VALUE,),
        metrics=(ExplainedVariance(returns=Returns(BY)),),
    )  # fmt: skip
    return replace(base, **fields)


def grads(run: Run) -> list[Tensor]:
    return [p.grad for p in run.models[POLICY].core.parameters() if p.grad is not None]


def test_it_learns_a_known_return_and_leaves_the_policy_alone() -> None:
    run = both()
    before = checksum(run.models[POLICY].core)
    train(Recipe(name="critic", stages=(stage(steps=5, epochs=4),)), run)
    explained, errors = run.history["stage/explained_variance"], run.history["stage/critic/error"]
    close(explained[0], 0.0, 1e-6)
    assert explained[-1] > 0.4
    assert errors[-1] < 0.3 * errors[0]
    assert checksum(run.models[POLICY].core) == before
    assert (run.models[POLICY].steps, run.models[CRITIC].steps) == (0, 20)


def test_values_begin_at_nothing_and_cost_one_prefill_for_the_group() -> None:
    run = both()
    prompt: Prompt = (user(picture(0), "How many?"),)
    rows = tuple(rows_of(prompt, [3, 5]))
    with torch.no_grad():
        found = run.answer([Score(POLICY, rows, (StateValue(),))])[0][StateValue()]
    assert [x.tolist() for x in found] == [[0.0] * 3, [0.0] * 5]
    assert run.ledger.counts["prompt_tokens"] == len(run.models[POLICY].runner.encode(prompt))
    group = Group(Task(id="a", prompt=prompt), (comp([301, 302]), comp([]), comp([303])))
    settle(Batch((group,)), scene(run), StateValues())
    values = group[StateValues()]
    assert [len(v) for v in values] == [2, 0, 1]


def test_the_trunk_learns_only_where_it_is_asked_for() -> None:
    """With ``trunk`` the gradients of both losses are added in the policy before it steps."""
    policy_first = stage(losses=(ClippedSurrogate(by=BY), replace(VALUE, trunk=True)))
    with pytest.raises(RecipeError, match=r"critic: its loss left a gradient in policy; put ValueLoss\(trunk=True\)"):
        train(Recipe(name="wrong", stages=(policy_first,)), both())
    norms = []
    for trunk in (True, False):
        run = both(head=replace(HEAD, start=None))
        with torch.no_grad():
            run.models[CRITIC].core.outer.weight.fill_(0.1)
        losses = (replace(VALUE, trunk=trunk), ClippedSurrogate(by=BY))
        train(Recipe(name="right", stages=(stage(losses=losses),)), run)
        assert not grads(run)
        norms.append(run.history["stage/policy/grad_norm"][0])
    assert abs(norms[0] - norms[1]) > 1e-3


def test_it_is_saved_and_comes_back_bit_for_bit(tmp_path: Path) -> None:
    first, second = both(), both()
    train(Recipe(name="a", stages=(stage(steps=2),)), first)
    first.models[CRITIC].save(tmp_path)
    state = first.models[CRITIC].state_dict()
    with pytest.raises(CheckpointError, match="critic: the weights in memory are not those of the checkpoint"):
        second.models[CRITIC].load_state_dict(state)
    second.models[CRITIC].load(tmp_path)
    second.models[CRITIC].load_state_dict(state)
    for run in (first, second):
        run.step, run.stage, run.history, run.sources = 0, 0, {}, {}
        train(Recipe(name="a", stages=(stage(steps=1),)), run)
    assert first.history == second.history
    assert checksum(first.models[CRITIC].core) == checksum(second.models[CRITIC].core)
    started = both(head=replace(HEAD, start=str(tmp_path)))
    assert checksum(started.models[CRITIC].core) != checksum(both().models[CRITIC].core)
    with pytest.raises(CheckpointError, match=r"critic: .* does not fill the model exactly"):
        both(head=ValueHead(width=8, start=str(tmp_path)))
    with pytest.raises(CheckpointError, match="critic: no value head can be read from"):
        both(head=ValueHead(start=str(tmp_path / "nothing")))


def test_the_seed_makes_the_head() -> None:
    weights = [Head(8, 4, seed).inner.weight for seed in (0, 0, 1)]  # type: ignore[union-attr]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert not Head(8).value(torch.ones(2, 3, 8, dtype=torch.bfloat16)).any()


def test_what_it_cannot_do_is_refused() -> None:
    run = both()
    head = run.models[CRITIC]
    with pytest.raises(TypeError, match="critic is a value head and answers no Generate: ask policy for a StateValue"):
        head.answer([Generate(CRITIC, (user("x"),))])
    with pytest.raises(TypeError, match="not a store"):
        head.write([])
    with pytest.raises(RecipeError, match="width must be at least 0"):
        ValueHead(width=-1)
    with pytest.raises(RecipeError, match="critic is made from policy, which must stand before it"):
        ValueHead().open(Run(models={}))
    before = checksum(head.core)
    head.core.outer.bias.grad = torch.tensor([float("inf")])
    with pytest.raises(CheckError, match="critic: the gradient norm of optimiser step 0 is inf"):
        head.apply()
    assert checksum(head.core) == before
    assert ValueHead(role=Role("other")).open(run).role == Role("other")
