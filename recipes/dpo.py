"""DPO (arXiv:2305.18290), IPO and SimPO: learning from pairs of a chosen and a rejected answer, without any rollout.

The rows of a pair share their prompt and its pictures, which are run once. The reference's log-probs come from a frozen
copy of the model that the run starts from, or from the policy with its adapter switched off (LoRA); SimPO needs none.
The paper starts from a model that was fine-tuned on the chosen answers: give it as ``--model``.

    mmreason train dpo --preset tiny                            a laptop, minutes, pictures drawn on the spot
    python recipes/dpo.py --preset 7b --data pairs.jsonl        your pairs: prompt, chosen, rejected, images
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from mmreason_recipes.common import policy

from mmreason.asks import POLICY, REFERENCE
from mmreason.data.drawn_pairs import MAP_TYPES, MapPairs, PicturePairs
from mmreason.data.preference_pairs import PreferencePairs
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.data.transit import TransitMaps
from mmreason.errors import RecipeError
from mmreason.losses.dpo import DPO
from mmreason.losses.ipo import IPO
from mmreason.losses.preference import PreferenceLoss
from mmreason.losses.simpo import SimPO
from mmreason.metrics.batch import Lengths, Mean
from mmreason.metrics.preferences import PreferenceAccuracy
from mmreason.models.optim import AdamW
from mmreason.models.specs import Frozen
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rollouts.pairs import GivenPairs
from mmreason.rollouts.sample import Sample

PreferenceMethod = Literal["dpo", "ipo", "simpo"]
Drawn = Literal["maps", "pictures"]
TINY_LR, TINY_STEPS, TINY_LIMIT = 3e-5, 40, 96


def dpo(
    *,
    preset: Literal["tiny", "3b", "7b"] = "tiny",
    model: str | None = None,
    data: str | None = None,
    test_data: str | None = None,
    drawn: Drawn = "maps",
    method: PreferenceMethod = "dpo",
    beta: float | None = None,
    smoothing: float = 0.0,
    gamma: float = 1.375,
    average: bool | None = None,
    reference_free: bool = False,
    pairs: int = 16,
    steps: int | None = None,
    limit: int | None = None,
    lr: float | None = None,
    warmup: int = 0,
    lora: int | None = None,
    freeze: tuple[str, ...] | None = None,
    device: str = "auto",
    on_bad_record: Literal["stop", "skip"] = "stop",
    seed: int = 0,
) -> Recipe:
    """Build the recipe; whatever is not given comes from the preset.

    Args:
        preset: ``tiny`` trains the embedded model on pictures that it draws; ``3b`` and ``7b`` need your pairs.
        model: checkpoint folder or hub id.
        data: JSONL of pairs; needed by 3b and 7b.
        test_data: JSONL of held-out pairs for the exams before and after.
        drawn: what pairs are drawn about where no data are given: questions on transit maps, answered rightly and
            wrongly, or which of two pictures fits a description, decided by the faults told and against them.
        method: dpo, ipo or simpo.
        beta: how strongly the reference holds (dpo, ipo: 0.1), or how steep the margin counts (simpo: 2.5).
        smoothing: share of labels that are taken to be wrong (dpo, simpo).
        gamma: the margin that simpo asks for.
        average: divide log-probs by the length; None takes the paper's way (simpo only). TRL does so for ipo.
        reference_free: compare log-probs alone (dpo, ipo).
        pairs: pairs a step.
        steps: steps of preference learning; None with your own data is one epoch.
        limit: tokens of an answer that count; the rest is cut off.
        lr: learning rate.
        warmup: optimiser steps of linear rise.
        lora: rank of a LoRA adapter; None trains all weights that are not frozen.
        freeze: components that do not learn: vision, merger, language, head.
        device: auto, cpu or cuda.
        on_bad_record: what a record that cannot be used does; skipped ones are counted.
        seed: of the drawn pictures.
    """
    tiny = preset == "tiny"
    if not tiny and data is None:
        raise RecipeError(f"dpo: preset {preset} needs --data, a JSONL file with prompt, chosen and rejected")
    loss = preference_loss(method, beta, smoothing, gamma, average, reference_free)
    tasks = source(data, True, seed, on_bad_record, drawn)
    rollout = GivenPairs(limit=limit)
    learn = Stage(
        name=method,
        tasks=Shuffled(tasks),
        rollout=rollout,
        groups=pairs,
        steps=num_steps(steps, tasks, pairs),
        losses=(loss,),
        metrics=(Lengths(),),
    )
    still = (("vision",) if tiny else ()) if freeze is None else freeze
    optim = AdamW(lr=(TINY_LR if tiny else 1e-6) if lr is None else lr, warmup=warmup)
    learner = policy(preset, model, "mmreason-tiny", optim, lora, still, device)
    frozen = ((REFERENCE, Frozen()),) if loss.reference is not None else ()
    held_out = source(test_data, False, seed, on_bad_record, drawn) if test_data or data is None else None
    return Recipe(
        name=method,
        stages=(learn,),
        models=((POLICY, learner), *frozen),
        exams=exams(learn, held_out),
        paper=PAPERS[method],
    )


PAPERS = {"dpo": "DPO, arXiv:2305.18290", "ipo": "IPO, arXiv:2310.12036", "simpo": "SimPO, arXiv:2405.14734"}


def preference_loss(
    method: PreferenceMethod,
    beta: float | None,
    smoothing: float,
    gamma: float,
    average: bool | None,
    reference_free: bool,
) -> PreferenceLoss:
    """The loss of a method, with the paper's values where none are given."""
    known: dict[str, PreferenceLoss] = {
        "dpo": DPO(smoothing=smoothing),
        "ipo": IPO(),
        "simpo": SimPO(smoothing=smoothing, gamma=gamma),
    }
    if method not in known:
        raise RecipeError(f"dpo: method must be one of {', '.join(known)}, got {method!r}")
    if method == "ipo" and smoothing:
        raise RecipeError("dpo: ipo has no label smoothing; leave --smoothing out, or take --method dpo or simpo")
    loss = known[method]
    loss = loss if beta is None else replace(loss, beta=beta)
    loss = loss if average is None else replace(loss, average=average)
    return replace(loss, reference=None) if reference_free else loss


def source(data: str | None, train: bool, seed: int, bad: OnBadRecord, drawn: Drawn) -> TaskSpec:
    """Pairs from a file, or drawn for the run; train and test share none."""
    split = "train" if train else "test"
    if data is not None:
        return PreferencePairs(data, on_bad_record=bad)
    if drawn == "maps":
        return MapPairs(200 if train else 20, seed, split=split)
    return PicturePairs(400 if train else 40, seed, split=split)


def num_steps(steps: int | None, tasks: TaskSpec, pairs: int) -> int:
    """As given, or one pass over the data."""
    if steps is not None or not isinstance(tasks, PreferencePairs):
        return TINY_STEPS if steps is None else steps
    num = len(tasks.load()[0])
    if num < pairs:
        raise RecipeError(f"dpo: {tasks.path} has {num} pairs, fewer than {pairs} a step; give --pairs {num}")
    return num // pairs


def exams(learn: Stage, tasks: TaskSpec | None) -> tuple[Stage, ...]:
    """Held-out pairs before and after; where they are about maps, also answers of the policy's own."""
    if tasks is None:
        return ()
    (loss,) = learn.losses
    assert isinstance(loss, PreferenceLoss)
    num = {MapPairs: 20 * len(MAP_TYPES), PicturePairs: 40}.get(type(tasks))
    num = len(tasks.load_tasks(Path())[0]) if num is None else num
    metrics = (PreferenceAccuracy(loss), Lengths())
    exam = replace(learn, name="held_out", tasks=InOrder(tasks), steps=1, groups=num, losses=(), metrics=metrics)
    if not isinstance(tasks, MapPairs):
        return (exam,)
    right = ReasonMapAccuracy()
    sampled = replace(
        exam,
        name="held_out",
        tasks=InOrder(TransitMaps(tasks.num_maps, tasks.seed, tasks.level, tasks.split, tasks.types)),
        rollout=Sample(num=2, limit=TINY_LIMIT),
        rewards=(Term("accuracy", right),),
        metrics=(Mean("accuracy", right, field="type"), Lengths()),
    )
    return replace(exam, name="pairs"), sampled


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(dpo)
