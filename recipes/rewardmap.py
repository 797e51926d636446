"""RewardMap (arXiv:2510.02240): reasoning over transit maps, from yes/no questions to route planning.

Almost every rollout of a planning question scores 0. Three things help: partial credit for routes (the detail reward),
more weight for harder maps, and a curriculum of question types in place of a supervised cold start.

    mmreason train rewardmap --preset tiny                      a laptop, minutes, maps drawn on the spot
    python recipes/rewardmap.py --preset 7b --data reasonmap/   the paper's settings on the paper's data
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from mmreason_recipes.common import precision

from mmreason.asks import POLICY, REFERENCE
from mmreason.credit.base import Credit
from mmreason.credit.branches import Scaled
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.whitened import BatchNorm
from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.data.transit import TransitMaps
from mmreason.errors import RecipeError
from mmreason.losses.base import Loss, Tokens
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.entropy_bonus import EntropyBonus
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.metrics.batch import AnyOf, Lengths, Mean, RewardTable
from mmreason.metrics.reasonmap import SampleWeight
from mmreason.models.optim import AdamW
from mmreason.models.specs import Frozen, Lora, Policy
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.rewards.difficulty import MapDifficulty
from mmreason.rewards.format import ReasonMapFormat
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.route_detail import RouteDetail
from mmreason.rewards.times import Times
from mmreason.rollouts.sample import Sample

Curriculum = Literal["fine", "coarse", "strict", "mixed"]

CURRICULA: dict[Curriculum, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "fine": (
        ("true_false", ("TorF1", "TorF2")),
        ("counting", ("Counting2", "Counting3")),
        ("counting_options", ("Counting1",)),
        ("planning", ("planning",)),
    ),
    "coarse": (("plus", ("TorF1", "TorF2", "Counting1", "Counting2", "Counting3")), ("planning", ("planning",))),
    "strict": tuple((kind, (kind,)) for kind in ("TorF1", "TorF2", "Counting3", "Counting2", "Counting1", "planning")),
    "mixed": (("mixed", ("TorF1", "TorF2", "Counting1", "Counting2", "Counting3", "planning")),),
}
"""Stages in order, with their question types; ``fine`` is the paper's, the next two its ablations."""


def rewards(variant: Literal["paper", "released"], detail: float, weigh_before: bool) -> tuple[Term, ...]:
    """R = [W] (format + 10 accuracy + alpha detail); the released code has no format term."""
    weight = MapDifficulty()
    terms = [("accuracy", ReasonMapAccuracy(), 10.0), ("detail", RouteDetail(variant=variant), detail)]
    if variant == "paper":
        terms.insert(0, ("format", ReasonMapFormat(), 1.0))
    return tuple(
        Term(name, Times(reward, weight) if weigh_before else reward, factor)
        for name, reward, factor in terms
        if factor
    )


def credit(difficulty: str, normaliser: str) -> Credit:
    """The advantage: how it is scaled, and whether the difficulty weight multiplies it afterwards."""
    known: dict[str, Credit] = {
        "std": GroupNorm(eps=1e-6),
        "mean": GroupNorm(scale=False),
        "batch": BatchNorm(eps=1e-6),
    }
    if normaliser not in known:
        raise RecipeError(f"rewardmap: normaliser must be one of {', '.join(known)}, got {normaliser!r}")
    by = known[normaliser]
    return Scaled(by, MapDifficulty()) if difficulty == "after" else by


def rewardmap(
    *,
    preset: Literal["tiny", "3b", "7b"] = "tiny",
    model: str | None = None,
    data: str | None = None,
    test_data: str | None = None,
    curriculum: Curriculum = "fine",
    variant: Literal["paper", "released"] = "paper",
    detail: float = 0.5,
    difficulty: Literal["before", "after", "off"] = "before",
    normaliser: Literal["std", "mean", "batch"] = "mean",
    kl: float | None = None,
    entropy: float | None = None,
    group_size: int = 8,
    groups: int = 16,
    steps: int | None = None,
    limit: int | None = None,
    lr: float | None = None,
    lora: int | None = None,
    freeze: tuple[str, ...] | None = None,
    device: str = "auto",
    on_bad_record: Literal["stop", "skip"] = "stop",
    seed: int = 0,
) -> Recipe:
    """Build the recipe; whatever is not given comes from the preset.

    Args:
        preset: ``tiny`` trains the embedded model on maps that it draws; ``3b`` and ``7b`` have the paper's settings.
        model: checkpoint folder or hub id.
        data: JSONL of training records; needed by 3b and 7b.
        test_data: JSONL of held-out records for the exams before and after.
        curriculum: which stages, in which order.
        variant: ``paper`` or ``released`` counting of excess segments; the released reward has no format term.
        detail: alpha, weight of the detail reward; 0 switches it off.
        difficulty: the difficulty weight multiplies the rewards (before), the advantage (after), or nothing (off).
        normaliser: mean-centred advantages (the paper's formula), or divided by the group's deviation (the released
            code, where a weight on the rewards cancels), or by the batch's.
        kl: coefficient of the k3 KL to the starting policy; 0 switches it and the reference off.
        entropy: coefficient of the entropy bonus.
        group_size: completions of a prompt.
        groups: prompts a step.
        steps: steps in all, shared out over the stages; None with your own data is one epoch.
        limit: longest completion in tokens.
        lr: learning rate.
        lora: rank of a LoRA adapter; None trains all weights that are not frozen.
        freeze: components that do not learn: vision, merger, language, head.
        device: auto, cpu or cuda.
        on_bad_record: what a record that cannot be used does; skipped ones are counted.
        seed: of the generated maps.
    """
    tiny = preset == "tiny"
    if not tiny and data is None:
        raise RecipeError(f"rewardmap: preset {preset} needs --data, a JSONL file of ReasonMap(-Plus) records")
    beta, bonus = (0.0 if tiny else 1e-3) if kl is None else kl, (0.0 if tiny else 1e-3) if entropy is None else entropy
    by = credit(difficulty, normaliser)
    losses: list[Loss] = [ClippedSurrogate(by=by, over=Tokens(), low=0.2, high=0.2)]
    losses += [KLPenalty(weight=beta, clamp=10.0)] if beta else []
    losses += [EntropyBonus(weight=bonus)] if bonus else []
    sample = Sample(num=group_size, limit=(TINY_LIMIT if tiny else 2048) if limit is None else limit)
    base = Stage(
        tasks=Shuffled(source(data, (), True, seed, on_bad_record)),
        rollout=sample,
        groups=groups,
        rewards=rewards(variant, detail, difficulty == "before"),
        losses=tuple(losses),
        metrics=(RewardTable(), Lengths(), Mean("accuracy", ReasonMapAccuracy(), field="type")),
    )
    plan = shares(CURRICULA[curriculum], steps, data, base.groups, on_bad_record)
    stages = tuple(
        replace(base, name=name, steps=num, tasks=Shuffled(source(data, types, True, seed, on_bad_record)))
        for (name, types), num in zip(CURRICULA[curriculum], plan, strict=True)
    )
    policy = Policy(
        model=model or {"tiny": "mmreason-tiny", "3b": HUB.format("3B"), "7b": HUB.format("7B")}[preset],
        **precision(tiny, lora),
        device=device,
        lora=Lora(rank=lora, alpha=2 * lora) if lora else None,
        freeze=freeze if freeze is not None else (("vision",) if tiny else ()),
        optim=optimiser(tiny, lr, sum(plan)),
        checkpointing=not tiny,
        budget=16_384 if tiny else 65_536,
        max_pixels=None if tiny else 128_450_560,
        min_pixels=None if tiny else 3_136,
    )
    models = ((POLICY, policy), (REFERENCE, Frozen())) if beta else ((POLICY, policy),)
    held_out = exams(base, sample, source(test_data, (), False, seed, on_bad_record) if tiny or test_data else None)
    return Recipe(name="rewardmap", stages=stages, models=models, exams=held_out, paper="RewardMap, arXiv:2510.02240")


def optimiser(tiny: bool, lr: float | None, steps: int) -> AdamW:
    """The paper's constant rate; the tiny model slows down, so that late stages spoil less of early ones."""
    if not tiny:
        return AdamW(lr=1e-6 if lr is None else lr, weight_decay=1e-2, clip=1.0)
    return AdamW(lr=TINY_LR if lr is None else lr, schedule="cosine", total=max(steps, 1), floor=0.1, clip=1.0)


HUB = "Qwen/Qwen2.5-VL-{}-Instruct"
TINY_LR, TINY_LIMIT, TINY_STEPS = 1e-4, 96, 160
SHARES = {"true_false": 6, "counting": 2, "counting_options": 4, "planning": 4}
"""How the steps are shared out where they are given; yes/no answers tell least about the reasoning before them."""


def source(data: str | None, types: tuple[str, ...], train: bool, seed: int, bad: OnBadRecord) -> TaskSpec:
    """Records from a file, or maps drawn for the run: 400 to learn from, 20 unseen cities for the exams."""
    kinds = types or CURRICULA["mixed"][0][1]
    if data is None:
        return TransitMaps(400 if train else 20, seed, "tiny", "train" if train else "test", kinds)
    return ReasonMapRecords(data, types=kinds, on_bad_record=bad)


def shares(
    stages: tuple[tuple[str, tuple[str, ...]], ...], steps: int | None, data: str | None, groups: int, bad: OnBadRecord
) -> list[int]:
    """Steps of each stage: shared out, or one pass over the data."""
    if steps is not None or data is None:
        total, parts = TINY_STEPS if steps is None else steps, [SHARES.get(name, 1) for name, _ in stages]
        borders = [total * sum(parts[:i]) // sum(parts) for i in range(len(parts) + 1)]
        return [b - a for a, b in pairwise(borders)]
    counts = [len(ReasonMapRecords(data, types=types, on_bad_record=bad).load()[0]) for _, types in stages]
    if any(num < groups for num in counts):
        raise RecipeError(f"rewardmap: {data} has {counts} tasks for the stages, fewer than {groups} groups a step")
    return [num // groups for num in counts]


def exams(base: Stage, sample: Sample, tasks: TaskSpec | None) -> tuple[Stage, ...]:
    """Held-out questions before and after: four samples at temperature 1, and greedy."""
    if tasks is None:
        return ()
    accuracy = ReasonMapAccuracy()
    whole = replace(
        base,
        name="held_out",
        tasks=InOrder(tasks),
        steps=1,
        groups=len_of(tasks),
        losses=(),
        rollout=replace(sample, num=4, temperature=1.0),
        metrics=(
            RewardTable(field="type"),
            Lengths(),
            Mean("accuracy", accuracy, field="type", weight=SampleWeight()),
            AnyOf("pass_at_4", accuracy),
        ),
    )
    greedy = replace(
        whole,
        name="greedy",
        rollout=replace(sample, num=1, temperature=0.0),
        metrics=(Mean("accuracy", accuracy, field="type", weight=SampleWeight()),),
    )
    return whole, greedy


def len_of(tasks: TaskSpec) -> int:
    """Questions of a held-out set."""
    if isinstance(tasks, TransitMaps):
        return tasks.num_maps * len(tasks.types) * tasks.per_type
    return len(tasks.load_tasks(Path())[0])


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(rewardmap)
