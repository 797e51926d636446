"""TON, think or not (arXiv:2505.16854): first learn that a thought may be empty, then find out when it need not be.

Half of the thoughts of a short supervised start are dropped. The reinforcement after it is plain GRPO, without any
reward for being short: a policy that can skip its thought does so where the answer comes out right without it.

    mmreason train ton --preset tiny --task counting                            a laptop, pictures drawn on the spot
    python recipes/ton.py --preset 3b --task gui --data aitz/train/general --test-data aitz/test/install
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from mmreason_recipes.common import COLD, after_start, exam_pair, policy, refuse
from mmreason_recipes.ton_tasks import TINY_EXAM, outcome, skipping, source, terms, test_source

from mmreason.asks import POLICY, Role
from mmreason.credit.group_norm import GroupNorm
from mmreason.data.geometry import SHORT as NUMBER
from mmreason.data.gui import SHORT as ACT
from mmreason.data.kept_demonstrations import DEMONSTRATIONS as STORE
from mmreason.data.kept_demonstrations import Demonstrated, DemonstrationStore, KeepDemonstrations
from mmreason.data.records import OnBadRecord
from mmreason.data.reversed import SHORT_WHY, WHY
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.data.think_or_not import ACT as LONG_ACT
from mmreason.data.think_or_not import ANSWER, Kind, ThinkOrNot
from mmreason.errors import RecipeError
from mmreason.losses.base import Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.metrics.batch import AnyOf, Lengths, Mean, RewardTable
from mmreason.metrics.skip_ratio import SkipRatio
from mmreason.models.optim import AdamW
from mmreason.models.optim_cold_start import ColdStartAdamW
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.action_type import ActionType
from mmreason.rewards.base import Term
from mmreason.rollouts.reverse_thinking import ReverseThinking
from mmreason.rollouts.sample import Sample
from mmreason.rollouts.thought_dropout import ThoughtDropout
from mmreason.slots import ModelSpec

Method = Literal["ton", "grpo", "hybrid"]
Thoughts = Literal["given", "reverse"]
Variant = Literal["paper", "released"]
WHY_STAGE = "reverse"

TINY_LR, TINY_STEPS, TINY_WHY = 1e-4, 60, 25
TINY_COLD: dict[Kind, int] = {"counting": 40, "geometry": 300, "gui": 120}
COLD_LR: dict[Kind, float] = {"counting": 1e-4, "geometry": 1.5e-3, "gui": 1.5e-3}
"""The embedded model knows how to count; the other worlds are new to it."""
TINY_LIMIT: dict[Kind, int] = {"counting": 72, "geometry": 56, "gui": 72}
STEPS: dict[Kind, int] = {"counting": 100, "geometry": 300, "gui": 100}
SUPERVISED = 8
"""Prompts a step of the supervised stage."""


def ton(
    *,
    preset: Literal["tiny", "3b", "7b"] = "tiny",
    task: Kind = "counting",
    model: str | None = None,
    data: str | None = None,
    test_data: str | None = None,
    method: Method = "ton",
    dropout: float = 0.5,
    thoughts: Thoughts | None = None,
    within: float = 0.14,
    variant: Variant = "paper",
    beta: float = 0.04,
    num_train: int | None = 1000,
    screens: int = 4,
    group_size: int | None = None,
    groups: int | None = None,
    steps: int | None = None,
    cold_steps: int | None = None,
    limit: int | None = None,
    lr: float | None = None,
    lora: int | None = None,
    freeze: tuple[str, ...] = (),
    device: str = "auto",
    on_bad_record: OnBadRecord = "stop",
    seed: int = 0,
) -> Recipe:
    """Build the recipe; whatever is not given comes from the preset.

    Args:
        preset: ``tiny`` trains the embedded model on pictures that it draws; ``3b`` and ``7b`` have the paper's
            settings.
        task: counting, geometry (a number or a formula), or gui (the next action on a screen).
        model: checkpoint folder or hub id.
        data: training records: CLEVR counting or GeoQA of the R1-V kind, GeoQA, AITZ, or any format that mmreason
            reads; needed by 3b and 7b.
        test_data: held-out records for the exams before and after.
        method: ton; grpo, the baseline, whose supervised start (generated data and gui only) keeps all thoughts; or
            hybrid, the same with a prompt that allows empty thoughts.
        dropout: probability with which a thought is dropped in the supervised stage; the paper tried 0.2 and 0.8 too.
        thoughts: where those of the supervised stage come from: given, in the data, or reverse, the policy's own from
            question and gold answer. By default given for generated data and gui, else reverse.
        within: how far a click may be from the gold one, in shares of the screen.
        variant: released allows 0.2 in the exams of gui, as the authors' evaluator does.
        beta: coefficient of the KL to the policy after its supervised stage.
        num_train: so many of your records, drawn with seed 42; None for all.
        screens: most earlier screens shown with a step of your gui data.
        group_size: completions of a prompt.
        groups: prompts a step of reinforcement.
        steps: steps of reinforcement learning.
        cold_steps: steps of the supervised stage; None with your own data is two epochs, 0 is none.
        limit: longest completion in tokens.
        lr: learning rate of the reinforcement.
        lora: rank of a LoRA adapter; None trains all weights that are not frozen.
        freeze: components that do not learn: vision, merger, language, head.
        device: auto, cpu or cuda.
        on_bad_record: what a record that cannot be used does; skipped ones are counted.
        seed: of the generated pictures and of the dropout.
    """
    tiny = preset == "tiny"
    asked_for = ("task", task, Kind), ("method", method, Method), ("thoughts", thoughts or "given", Thoughts)
    needs, form = "a file of CLEVR counting, GeoQA or AITZ records", ("variant", variant, Variant)
    refuse("ton", preset, data, needs, None, *asked_for, form)
    train = source(task, data, "train", method == "hybrid", num_train, screens, seed, on_bad_record)
    own = thoughts == "reverse" if thoughts else data is not None and task != "gui"
    p = dropout if method == "ton" else 0.0
    taught = method == "ton" or data is None or task == "gui"
    cold = (TINY_COLD[task] if data is None else None) if cold_steps is None else cold_steps
    start = supervised(task, train, data, p, own, cold if taught else 0, seed)
    learn = Stage(
        name="train",
        tasks=Shuffled(train),
        rollout=Sample(
            num=(4 if task == "geometry" and not tiny else 8) if group_size is None else group_size,
            limit=(TINY_LIMIT[task] if tiny else 2048) if limit is None else limit,
        ),
        steps=(TINY_STEPS if tiny else STEPS[task]) if steps is None else steps,
        groups=(8 if tiny else 2) if groups is None else groups,
        rewards=terms(task, within),
        losses=(
            ClippedSurrogate(by=GroupNorm(eps=1e-4), over=Sequences()),
            *((KLPenalty(weight=beta, over=Sequences()),) if beta else ()),
        ),
        metrics=(RewardTable(), Lengths(), skipping(task, data is None)),
    )
    optim = optimiser(COLD_LR[task] if tiny else None, lr, learn.steps, start)
    models: tuple[tuple[Role, ModelSpec], ...] = (
        (POLICY, policy(preset, model, "mmreason-tiny", optim, lora, freeze, device)),
        *(after_start() if beta else ()),
        *(((STORE, DemonstrationStore()),) if any(stage.keep for stage in start) else ()),
    )
    held_out = test_source(task, data, test_data, method == "hybrid", screens, seed, on_bad_record)
    return Recipe(
        name="ton",
        stages=(*start, learn),
        models=models,
        exams=exams(learn, task, held_out, 0.2 if variant == "released" else within, tiny),
        paper="TON, arXiv:2505.16854",
    )


def supervised(
    task: Kind, train: TaskSpec, data: str | None, p: float, own: bool, steps: int | None, seed: int
) -> tuple[Stage, ...]:
    """The stage that learns from demonstrations with dropped thoughts; before it the one that finds thoughts.

    Raises:
        RecipeError: none of your records has a thought.
    """
    if steps == 0:
        return ()
    given = train if data is None or own or not isinstance(train, ThinkOrNot) else replace(train, taught=True)
    num = TINY_WHY * SUPERVISED if data is None else len(given.load_tasks(Path())[0])
    if num < SUPERVISED:
        raise RecipeError(
            f"ton: {data} has {num} tasks to learn from, fewer than the {SUPERVISED} of a supervised step"
        )
    learn = Stage(
        name=COLD,
        tasks=Demonstrated(train) if own else Shuffled(given),
        rollout=ThoughtDropout(field="demonstrations", p=p, seed=seed),
        steps=2 * num // SUPERVISED if steps is None else steps,
        groups=SUPERVISED,
        losses=(CrossEntropy(),),
        metrics=(Lengths(), SkipRatio()),
    )
    if not own:
        return (learn,)
    generated = data is None
    asks = {"counting": ANSWER.format(what="number"), "geometry": ANSWER.format(what="answer"), "gui": LONG_ACT}
    short = ACT if task == "gui" else NUMBER
    think = ReverseThinking(
        limit=64 if generated else 512,
        ask=SHORT_WHY if generated else WHY,
        drop=short if generated else asks[task],
        tag="action" if task == "gui" else "answer",
    )
    find = Stage(
        name=WHY_STAGE,
        tasks=Shuffled(train),
        rollout=think,
        steps=num // SUPERVISED,
        groups=SUPERVISED,
        metrics=(Lengths(), SkipRatio()),
        keep=(KeepDemonstrations(),),
    )
    return (find, learn)


def optimiser(cold_lr: float | None, lr: float | None, steps: int, start: tuple[Stage, ...]) -> AdamW:
    """The paper's rates, 1e-5 falling as a cosine in the supervised stage and 1e-6 after it; tiny learns faster."""
    cold = sum(stage.steps for stage in start if stage.losses)
    if cold_lr is None:
        return ColdStartAdamW(lr=1e-6 if lr is None else lr, cold_steps=cold, cold_lr=1e-5)
    return ColdStartAdamW(
        lr=TINY_LR if lr is None else lr,
        schedule="cosine",
        total=max(steps, 1),
        floor=0.1,
        cold_steps=cold,
        cold_lr=cold_lr,
    )


def exams(learn: Stage, task: Kind, tasks: TaskSpec | None, within: float, tiny: bool) -> tuple[Stage, ...]:
    """Greedy before and after; tiny also four samples of each question."""
    if tasks is None:
        return ()
    generated = not isinstance(tasks, ThinkOrNot)
    right, skip = outcome(task, within), skipping(task, generated, within)
    kinds = (Mean("type", ActionType(coarse=True)),) if task == "gui" else ()
    metrics = (Mean("accuracy", right, skip.field), *kinds, skip, Lengths())
    assert isinstance(learn.rollout, Sample)
    greedy = replace(
        learn,
        name="greedy",
        tasks=InOrder(tasks),
        rollout=replace(learn.rollout, num=1, temperature=0.0),
        steps=1,
        groups=TINY_EXAM if generated else len(tasks.load_tasks(Path())[0]),
        rewards=(Term("accuracy", right),),
        losses=(),
        metrics=metrics,
    )
    return exam_pair(greedy, learn.rollout.limit, tiny, (*metrics, AnyOf("pass_at_4", right)))


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(ton)
