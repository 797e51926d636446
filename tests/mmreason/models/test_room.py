"""Room of a forward, out of memory, and prompts that no forward can hold."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mmreason import engine
from mmreason.asks import POLICY, Generate, LogProb, Row, Score
from mmreason.credit.group_norm import GroupNorm
from mmreason.errors import RecipeError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.models.loading import TINY
from mmreason.models.policy import LanguageModel
from mmreason.models.room import Room
from mmreason.models.specs import Policy
from mmreason.recipe import Stage
from mmreason.rewards.base import CompletionReward, Term
from mmreason.rollouts.sample import Sample
from mmreason.run import Run
from mmreason.train.update import learn
from mmreason.types import Batch, Completion, Group, Task
from tests.mmreason.fakes import LiveTasks
from tests.mmreason.models.scene import rows_of
from vision_data.messages import Prompt, user


@dataclass(frozen=True)
class Length(CompletionReward):
    def rate(self, task: Task, completion: Completion) -> float:
        return float(len(completion.tokens))


@dataclass(frozen=True)
class These:
    tasks: tuple[Task, ...]

    def open(self, run: Any) -> LiveTasks:
        return LiveTasks(list(self.tasks))


def row(prompt: Prompt, *ids: int) -> Row:
    return Row(prompt, (torch.tensor(ids),))


def room(limit: int) -> Room:
    return Room(limit, lambda r: (r.prompt, tuple(r.pieces[-1].tolist())), lambda r: len(r.pieces[-1]), lambda p: 10)


def test_a_shared_prompt_and_an_equal_row_are_counted_once() -> None:
    a, b = (user("a"),), (user("b"),)
    space = room(26)
    assert space.take([Score(POLICY, (row(a, 1, 2), row(a, 3)))])
    assert space.size == 13
    assert space.take([Score(POLICY, (row(a, 1, 2),))])
    assert space.size == 13
    assert space.take([Score(POLICY, (row(b, 1, 2, 3),))])
    assert space.size == 26


def test_what_does_not_fit_changes_nothing() -> None:
    a, b = (user("a"),), (user("b"),)
    space = room(20)
    assert space.take([Score(POLICY, (row(a, 1, 2),))])
    assert not space.take([Score(POLICY, (row(b, 1),))])
    assert space.size == 12
    assert space.take([Score(POLICY, (row(a, 4),))])
    assert space.take([Score(POLICY, (row(b, 1),))], anyway=True)
    assert not space.take([Score(POLICY, (row(b, 2),))])


def batch_of(model: LanguageModel, asked: dict[str, Prompt]) -> Batch:
    groups = []
    for number, kind in enumerate(("text", "image", "several")):
        rows = rows_of(asked[kind], [4, 6, 3], number)
        with torch.no_grad():
            found = model.answer([Score(POLICY, tuple(rows), (LogProb(),))])[0][LogProb()]
        cs = tuple(
            Completion(text="", tokens=r.pieces[0], logprobs=p, wrote=torch.ones(len(p)).bool())
            for r, p in zip(rows, found, strict=True)
        )
        groups.append(Group(Task(id=str(number), prompt=asked[kind]), cs))
    return Batch(tuple(groups), terms=(Term("length", Length()),))


class Held:
    """A model whose gradients are looked at instead of used."""

    def __init__(self, model: LanguageModel) -> None:
        self.room, self.shrink = model.room, model.shrink

    def apply(self) -> dict[str, float]:
        return {}


def gradients(model: LanguageModel, batch: Batch) -> list[Tensor]:
    loss = ClippedSurrogate(by=GroupNorm())
    run = Run(models={POLICY: model})
    engine.settle(batch, engine.Live(run, batch.progress, batch.across), batch.terms, loss)
    learn(Held(model), run.answer, batch, [loss])
    found = [p.grad.clone() for p in model.core.parameters() if p.grad is not None]
    model.core.zero_grad(set_to_none=True)
    return found


def scarce(model: LanguageModel, limit: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A device that holds so many packed tokens in a backward pass; gives the sizes that it was asked for."""
    real, sizes = model.runner.body.states, []

    def states(embeds: Tensor, *rest: Any) -> Tensor:
        sizes.append(embeds.shape[1])
        out = real(embeds, *rest)
        if embeds.shape[1] > limit and out.requires_grad:  # fails late, when a part of the gradient is there

            def fail(grad: Tensor) -> None:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

            embeds.register_hook(fail)
        elif embeds.shape[1] > limit:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return out

    monkeypatch.setattr(model.runner.body, "states", states)
    return sizes


def test_out_of_memory_in_an_update_halves_the_budget_and_gives_the_same_gradient(
    asked: dict[str, Prompt], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model = Policy(model=TINY, budget=240).open(Run(models={}))
    batch = batch_of(model, asked)
    wanted = gradients(model, batch)
    sizes = scarce(model, 120, monkeypatch)
    with caplog.at_level(logging.WARNING):
        found = gradients(model, batch)
    assert max(sizes) > 120
    assert model.runner.budget == 120
    assert "the token budget of one forward is 120 from now on" in caplog.text
    assert len(sizes) > 2
    for a, b in zip(found, wanted, strict=True):
        assert torch.allclose(a, b, atol=1e-5, rtol=1e-4)


def test_a_second_time_is_a_clear_error_and_leaves_no_gradient(
    asked: dict[str, Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Policy(model=TINY, budget=400).open(Run(models={}))
    batch = batch_of(model, asked)
    scarce(model, 20, monkeypatch)
    with pytest.raises(RecipeError, match=r"out of memory again, with the token budget halved to 200 .*checkpointing"):
        gradients(model, batch)


def test_sampling_and_scoring_are_tried_again_too(asked: dict[str, Prompt], monkeypatch: pytest.MonkeyPatch) -> None:
    model = Policy(model=TINY, budget=400).open(Run(models={}))
    requests = [Generate(POLICY, asked[k], num=2, limit=5, seed=3) for k in ("text", "image", "several", "larger")]
    scores = [Score(POLICY, tuple(rows_of(asked[k], [4, 6], 1)), (LogProb(),)) for k in ("text", "image", "larger")]
    wanted = [[c.tokens.tolist() for c in cs] for cs in model.answer(requests)]
    with torch.no_grad():
        known = model.answer(scores)
    sizes = scarce(model, 200, monkeypatch)
    assert [[c.tokens.tolist() for c in cs] for cs in model.answer(requests)] == wanted
    model.runner.halved, model.runner.budget = False, 400
    with torch.no_grad():
        again = model.answer(scores)
    assert max(sizes) > 200
    for a, b in zip(known, again, strict=True):
        assert all(torch.allclose(x, y, atol=1e-5) for x, y in zip(a[LogProb()], b[LogProb()], strict=True))


@pytest.mark.parametrize("where", ["data.jsonl:7", ""])
def test_a_prompt_that_no_forward_holds_is_refused_with_its_record(where: str, tmp_path: Path) -> None:
    tasks = [Task(id="short", prompt=(user("Hello"),)), Task(id="long", prompt=(user("word " * 300),), where=where)]
    run = Run(models={}, home=tmp_path)
    run.models[POLICY] = Policy(model=TINY, budget=200).open(run)
    stage = Stage(tasks=These(tuple(tasks)), rollout=Sample(num=2, limit=4), groups=2, rewards=(Term("l", Length()),))
    begin = where or "task 'long'"
    with pytest.raises(
        RecipeError, match=rf"^{begin}: the prompt .* has \d+ tokens, more than the token budget of 200"
    ):
        engine.collect(stage, run, Batch(()).progress)
    run.models[POLICY].runner.budget = 16384
    stage = replace(stage, rollout=Sample(num=2, limit=4000))
    with pytest.raises(RecipeError, match=rf"^{begin}: the prompt .* tokens and up to 4000 follow, .* context of 4096"):
        engine.collect(stage, run, Batch(()).progress)
