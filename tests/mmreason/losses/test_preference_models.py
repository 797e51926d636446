"""Preference losses on the embedded model: one prefill a pair, the adapter-off reference, learning, TRL's own code."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, REFERENCE, LogProb, Scores
from mmreason.engine import settle, train
from mmreason.losses.dpo import DPO
from mmreason.losses.ipo import IPO
from mmreason.losses.preference import PreferenceLoss
from mmreason.losses.simpo import SimPO
from mmreason.models.loading import TINY, where
from mmreason.models.optim import AdamW
from mmreason.models.specs import Frozen, Lora, Policy
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.recipe import Recipe, Stage
from mmreason.rollouts.pairs import GivenPairs
from mmreason.run import Run
from mmreason.train.update import learn
from mmreason.types import Batch, Group, Task
from tests.mmreason.fakes import LiveTasks, close, comp, group, scene, settled
from tests.mmreason.models.scene import SYSTEM, gradient, opened, picture
from vision_data.image import load_image
from vision_data.messages import media_of, user

SIDES = (("yes, it is red.", "no."), ("\\boxed{3}", "there are four \\boxed{4}"), ("a b", "b a c"))
SPEC = Policy(model=TINY, device="cpu", freeze=("vision",), optim=AdamW(lr=1e-4))


@dataclass(frozen=True)
class Pairs:
    """Pictures with a chosen and a rejected text."""

    def open(self, run: Any) -> LiveTasks:
        return LiveTasks(tasks())


def tasks() -> list[Task]:
    return [
        Task(id=str(i), prompt=(SYSTEM, user(picture(i), "What is it?")), record={"chosen": a, "rejected": b})
        for i, (a, b) in enumerate(SIDES)
    ]


def run_with(spec: Policy = SPEC) -> Run:
    _, run = opened(spec)
    run.models[REFERENCE] = Frozen().open(run)
    return run


def settled_pairs(run: Run, loss: PreferenceLoss) -> Batch:
    live = scene(run)
    batch = Batch(tuple(GivenPairs()(tasks(), live)))
    settle(batch, live, loss)
    return batch


def shaken(core: torch.nn.Module) -> None:
    """Move the policy away from its reference."""
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in core.parameters():
            if p.requires_grad:
                p += 0.02 * torch.randn(p.shape, generator=rng)


def test_a_pair_runs_its_prompt_once() -> None:
    run, loss = run_with(), DPO()
    batch = settled_pairs(run, loss)  # the reference's scores
    once = sum(len(run.models[POLICY].runner.encode(task.prompt)) for task, _ in list(batch.pairs())[::2])
    tokens = sum(len(c.tokens) for _, c in batch.pairs())
    assert (run.ledger.counts["prompt_tokens"], run.ledger.counts["completion_tokens"]) == (once, tokens)
    learn(run.models[POLICY], run.answer, batch, (loss,))
    assert (run.ledger.counts["prompt_tokens"], run.ledger.counts["completion_tokens"]) == (2 * once, 2 * tokens)
    assert run.ledger.counts["media_decoded"] == 3


def test_under_lora_the_reference_is_the_adapter_switched_off() -> None:
    run = run_with(Policy(model=TINY, device="cpu", lora=Lora(rank=4), optim=AdamW(lr=1e-2)))
    assert run.models[REFERENCE].core is run.models[POLICY].core
    loss = DPO()
    logged = learn(run.models[POLICY], run.answer, settled_pairs(run, loss), (loss,))
    close(logged["loss"], 0.69314718, 1e-5)
    whole = run_with()
    a, b = (
        torch.cat([x for g in settled_pairs(r, loss).groups for x in g[TokenLogprobs(under=REFERENCE)]])
        for r in (run, whole)
    )
    close(a, b, 1e-4)
    assert learn(run.models[POLICY], run.answer, settled_pairs(run, loss), (loss,))["loss"] < logged["loss"]


@pytest.mark.parametrize("loss", [DPO(), IPO(), SimPO()], ids=["dpo", "ipo", "simpo"])
def test_each_learns_its_pairs(loss: PreferenceLoss) -> None:
    run = run_with()
    stage = Stage(name="pairs", tasks=Pairs(), rollout=GivenPairs(), groups=3, steps=6, losses=(loss,))
    train(Recipe(name="pairs", stages=(stage,)), run)
    losses, margins = run.history["pairs/policy/loss"], run.history["pairs/policy/reward_margin"]
    assert losses[-1] < losses[0]
    assert margins[-1] > margins[0]
    assert run.history["pairs/policy/reward_accuracy"][-1] > 0.5
    assert run.models[REFERENCE].steps == 0


def test_what_does_not_fit_one_forward_gives_the_same_gradient() -> None:
    found = []
    for budget in (16_384, 40):
        run = run_with(replace(SPEC, budget=budget) if budget > 40 else SPEC)
        shaken(run.models[POLICY].core)
        loss = DPO()
        batch = settled_pairs(run, loss)
        run.models[POLICY].runner.budget = max(
            budget, max(len(run.models[POLICY].runner.encode(t.prompt)) for t in tasks())
        )
        run.models[POLICY].apply = dict  # type: ignore[method-assign]  # keep the gradient
        logged = learn(run.models[POLICY], run.answer, batch, (loss,))
        found.append((logged["loss"], gradient(run.models[POLICY].core)))
    close(found[0][0], found[1][0], 1e-6)
    assert float((found[0][1] - found[1][1]).norm() / found[0][1].norm()) < 1e-5


# TRL 1.16's own code


def trl_trainer(run: Run, kind: str, beta: float) -> tuple[Any, dict[str, Any]]:
    """``DPOTrainer`` with our weights on both sides, and its batch of the same pairs."""
    from datasets import Dataset
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from trl import DPOConfig, DPOTrainer

    from tools.bench.trl_peer import copy_weights

    asked = [{"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": "What is it?"}]
    rows = [
        {
            "prompt": asked,
            "chosen": [{"role": "assistant", "content": task.record["chosen"]}],
            "rejected": [{"role": "assistant", "content": task.record["rejected"]}],
            "images": [load_image(media_of(task.prompt)[0])],  # type: ignore[arg-type]
        }
        for task in tasks()
    ]
    config = DPOConfig(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=3, beta=beta, loss_type=kind, max_length=None,
        gradient_checkpointing=False, use_cpu=True, bf16=False, report_to=[], save_strategy="no",
    )  # fmt: skip
    policy, reference = (AutoModelForImageTextToText.from_pretrained(where(TINY), dtype=torch.float32) for _ in "ab")
    policy.model.visual.requires_grad_(False)
    trainer = DPOTrainer(
        policy, ref_model=reference, args=config, train_dataset=Dataset.from_list(rows),
        processing_class=AutoProcessor.from_pretrained(where(TINY)),
    )  # fmt: skip
    copy_weights(run.models[POLICY].core, trainer.model)
    copy_weights(run.models[REFERENCE].core, trainer.ref_model)
    inputs = trainer._prepare_inputs(trainer.data_collator([dict(row) for row in trainer.train_dataset]))
    trainer.model.train()
    return trainer, inputs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "loss"), [("sigmoid", DPO()), ("ipo", IPO(average=True)), ("sigmoid_norm", DPO(average=True))]
)
def test_loss_and_gradient_are_those_of_trl(kind: str, loss: PreferenceLoss) -> None:
    """On the tokens of TRL's batch, whose answers end with a line break after the end of the turn."""
    pytest.importorskip("trl")
    run = run_with()
    shaken(run.models[POLICY].core)
    trainer, inputs = trl_trainer(run, kind, loss.beta)
    theirs = trainer.compute_loss(trainer.model, inputs)
    theirs.backward()
    pairs = zip(inputs["input_ids"], inputs["completion_mask"].bool(), strict=True)
    every = [comp(ids[mask].tolist()) for ids, mask in pairs]
    sides = zip(tasks(), every[:3], every[3:], strict=True)
    groups = [Group(task, (replace(a, arm="chosen"), replace(b, arm="rejected"))) for task, a, b in sides]
    batch = Batch(tuple(groups))
    settle(batch, scene(run), loss)
    run.models[POLICY].apply = dict  # keep the gradient
    logged = learn(run.models[POLICY], run.answer, batch, (loss,))
    mine, grad = gradient(run.models[POLICY].core), gradient(trainer.model)
    close(logged["loss"], theirs.detach(), 1e-4)
    assert float((mine - grad).norm() / grad.norm()) < 1e-3


@pytest.mark.parametrize(
    ("kind", "loss"),
    [
        ("simpo", SimPO(beta=2.0, gamma=0.5)),
        ("simpo", SimPO(beta=2.5, gamma=1.375, smoothing=0.1)),
        ("sigmoid", DPO(beta=0.3, reference=None, smoothing=0.2)),
        ("ipo", IPO(beta=0.2, reference=None, average=True)),
    ],
)
def test_without_a_reference_the_loss_is_that_of_trls_cpo(kind: str, loss: PreferenceLoss) -> None:
    """On the same log-probs, through TRL's own masks and means."""
    trainer = pytest.importorskip("trl.experimental.cpo").CPOTrainer
    rng = torch.Generator().manual_seed(0)
    lengths, vocab = [(3, 5), (4, 2), (6, 6)], 11
    logits = torch.randn(6, 8, vocab, generator=rng, dtype=torch.float64, requires_grad=True)
    labels = torch.full((6, 8), -100)
    for i, n in enumerate([n for pair in lengths for n in pair]):
        labels[i, 1 : n + 1] = torch.randint(0, vocab, (n,), generator=rng)
    of_trl = SimpleNamespace(
        alpha=0.0, beta=loss.beta, simpo_gamma=getattr(loss, "gamma", 0.0), loss_type=kind,
        label_smoothing=getattr(loss, "smoothing", 0.0), accelerator=SimpleNamespace(device="cpu"),
    )  # fmt: skip
    sums = trainer.get_batch_logps(logits, labels, average_log_prob=kind in ("ipo", "simpo"))
    losses, _, _ = trainer.cpo_loss(of_trl, sums[::2], sums[1::2])
    (theirs,) = torch.autograd.grad(losses.mean(), logits, retain_graph=True)
    every = logits[:, :-1].log_softmax(-1).gather(-1, labels[:, 1:, None].clamp(min=0))[..., 0]
    rows = [every[i, :n] for i, n in enumerate([n for pair in lengths for n in pair])]
    value = pair_value(loss, rows)
    (mine,) = torch.autograd.grad(value, logits)
    close(value.detach(), losses.mean().detach(), 1e-9)
    close(mine, theirs, 1e-9)


def pair_value(loss: PreferenceLoss, rows: list[Tensor]) -> Tensor:
    """Our loss of rows that stand chosen, rejected, chosen, ..."""
    pairs = [(rows[i], rows[i + 1]) for i in range(0, len(rows), 2)]
    groups = [
        group(comp([1] * len(a), arm="chosen"), comp([1] * len(b), arm="rejected"), id=f"q{i}")
        for i, (a, b) in enumerate(pairs)
    ]
    batch = settled(groups, loss)
    replies = [[Scores({LogProb(): list(pair)})] for pair in pairs]
    return loss.read_all(batch, replies) / loss.count(batch)
