"""The checks at the start of a run let a sound run pass and catch what would spoil it in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from mmreason import checks
from mmreason.asks import POLICY, REFERENCE
from mmreason.engine import Live, settle
from mmreason.errors import CheckError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.models.loading import TINY
from mmreason.models.optim import AdamW
from mmreason.models.specs import Frozen, Lora, Policy
from mmreason.recipe import Stage
from mmreason.run import Run
from mmreason.types import Batch, Completion, Group, Task
from tests.mmreason.fakes import Tasks
from tests.mmreason.models.scene import opened, sampled
from vision_data.messages import Prompt

KL = KLPenalty()


def world(asked: dict[str, Prompt], spec: Policy | None = None, **how: Any) -> tuple[Run, Stage, Batch]:
    """A policy and its reference, and what the policy has just sampled."""
    model, run = opened(spec)
    run.models[REFERENCE] = Frozen().open(run)
    stage = Stage(tasks=Tasks(), rollout=None, losses=(ClippedSurrogate(), KL))  # type: ignore[arg-type]
    groups = [
        Group(Task(id=kind, prompt=asked[kind]), tuple(sampled(model, asked[kind], num=3, limit=6, **how)))
        for kind in ("text", "image")
    ]
    return run, stage, Batch(tuple(groups))


def judge(run: Run, stage: Stage, batch: Batch) -> checks.Found | None:
    with torch.no_grad():
        settle(batch, Live(run, batch.progress, batch.across), KL.reference)
        return checks.on_policy(run, stage, batch)


def changed(batch: Batch, **fields: Any) -> Batch:
    """The same completions with other fields, and no signals."""
    groups = (Group(g.task, tuple(replace(c, **fields) for c in g.completions)) for g in batch.groups)
    return Batch(tuple(groups))


@pytest.mark.parametrize("spec", [None, Policy(model=TINY, lora=Lora(rank=2)), Policy(model=TINY, dtype="bfloat16")])
def test_a_sound_start_passes(asked: dict[str, Prompt], spec: Policy | None) -> None:
    found = judge(*world(asked, spec, temperature=0.8, top_p=0.9))
    assert found is not None
    assert found.ratio_gap < (1e-4 if spec is None or spec.lora else 0.5)
    assert found.kl == {"reference": pytest.approx(0, abs=1e-6 if spec is None or spec.lora else 0.05)}


def test_another_temperature_is_caught(asked: dict[str, Prompt]) -> None:
    run, stage, batch = world(asked, temperature=0.7)
    with pytest.raises(CheckError, match="step 0: the trainer's log-probs differ from the sampler's"):
        judge(run, stage, changed(batch, temperature=1.0))


def test_a_changed_weight_is_caught(asked: dict[str, Prompt]) -> None:
    run, stage, batch = world(asked)
    with torch.no_grad():
        run.models[POLICY].runner.body.language.layers[1].mlp.up_proj.weight.mul_(1.3)
    with pytest.raises(CheckError, match="must see the same tokens, pixels, positions and temperature"):
        judge(run, stage, batch)


def test_other_pixels_are_caught(asked: dict[str, Prompt]) -> None:
    run, stage, batch = world(asked)
    other = Batch(tuple(Group(replace(g.task, prompt=asked["larger"]), g.completions) for g in batch.groups))
    with pytest.raises(CheckError, match="log-probs differ"):
        judge(run, stage, other)


def test_a_reference_of_other_weights_is_caught(asked: dict[str, Prompt]) -> None:
    run, stage, batch = world(asked)
    with torch.no_grad():
        run.models[REFERENCE].runner.body.language.layers[0].mlp.down_proj.weight.mul_(1.5)
    with pytest.raises(CheckError, match=r"the KL to reference is .* although it starts as the policy's copy"):
        judge(run, stage, batch)


def test_what_cannot_be_judged_is_left_out(asked: dict[str, Prompt]) -> None:
    run, stage, batch = world(asked)
    assert judge(run, stage, changed(batch, asked=asked["text"])) is None
    assert judge(run, replace(stage, losses=()), batch) is None
    written: Completion = batch.groups[0].completions[0]
    zeros = torch.zeros_like(written.logprobs)
    assert judge(run, stage, Batch((Group(batch.groups[0].task, (replace(written, logprobs=zeros),)),))) is None
    run.updates = 1
    assert judge(run, stage, batch) is None


@pytest.mark.parametrize(
    "spec",
    [
        Policy(model=TINY, freeze=("vision",)),
        Policy(model=TINY, lora=Lora(rank=2), checkpointing=True),
        Policy(model=TINY, optim=AdamW()),
    ],
    ids=["frozen", "lora and checkpointing", "learning"],
)
def test_a_tower_frozen_or_learning_passes(asked: dict[str, Prompt], spec: Policy) -> None:
    run, _, _ = world(asked, spec)
    checks.frozen_tower(run)


def test_a_leak_into_a_frozen_tower_is_caught(asked: dict[str, Prompt], monkeypatch: pytest.MonkeyPatch) -> None:
    run, _, _ = world(asked, Policy(model=TINY, freeze=("vision",)))
    runner = run.models[POLICY].runner
    # what happens where nobody switches gradients off around a tower whose inputs were told to require them
    hook = runner.body.visual.blocks[0].attn.qkv.register_forward_hook(lambda _m, _i, out: out.requires_grad_())
    monkeypatch.setattr(runner, "look", runner.body.tower)
    with pytest.raises(CheckError, match="policy: the vision tower is frozen but its features require a gradient"):
        checks.frozen_tower(run)
    monkeypatch.undo()
    checks.frozen_tower(run)
    hook.remove()


def test_a_leak_among_the_kept_features_is_caught(asked: dict[str, Prompt]) -> None:
    run, _, _ = world(asked, Policy(model=TINY, freeze=("vision",)))
    store = run.models[POLICY].runner.store
    for key in [key for key in store.entries if isinstance(key, tuple)]:
        store.put(key, store.entries[key].clone().requires_grad_())
    with pytest.raises(CheckError, match="features require a gradient"):
        checks.frozen_tower(run)


def test_components_count_every_weight_once() -> None:
    for spec in (
        Policy(model=TINY), Policy(model=TINY, freeze=("merger", "language")), Policy(model=TINY, lora=Lora(rank=2)),
    ):  # fmt: skip
        if spec.freeze:
            spec = replace(spec, freeze=("merger",))
        model, run = opened(spec)
        found = checks.components(run)
        assert sum(every for _, _, every in found) == sum(p.numel() for p in model.core.parameters())
        assert sum(n for _, n, _ in found) == sum(p.numel() for p in model.core.parameters() if p.requires_grad)
        learning = {name for name, n, _ in found if n}
        assert learning == ({"language"} if spec.lora else {"vision", "language"} | ({"merger"} - set(spec.freeze)))


def test_decoys_hold_nothing_the_question_and_every_option(asked: dict[str, Prompt]) -> None:
    nothing, question, options = checks.decoys(Group(Task(id="a", prompt=asked["text"]), ()))
    assert nothing == ""
    assert "What is 1 + 1?" in question
    assert all(option in options for option in ("A", "D", "yes", "no"))
