"""GRPO-CARE (arXiv:2506.16141): right answers earn more where their own reasoning makes them likely.

A slowly moving average of the policy says how likely an answer is after its thought. Among the right completions of a
group those at least as likely as their mean get a bonus. No KL: it would hold the policy to what it said at first.

    mmreason train grpo_care --preset tiny                                      a laptop, maps drawn on the spot
    python recipes/grpo_care.py --preset 7b --data annotations/training_6k.jsonl --test-data annotations
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from mmreason_recipes.common import COLD, after_start, cold_start, cosine, epoch, exam_pair, policy, refuse

from mmreason.asks import EMA, JUDGE, POLICY, Role
from mmreason.credit.group_norm import GroupNorm
from mmreason.data.joined import Joined
from mmreason.data.kitchen import Kitchens, asked_briefly
from mmreason.data.kitchen_thoughts import Teacher
from mmreason.data.line_options import LineOptions
from mmreason.data.records import OnBadRecord
from mmreason.data.seed_bench_r1 import CarePrompts, levels, records_in
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.judges.judged_support import JudgedSupport
from mmreason.judges.local import LocalJudge
from mmreason.losses.accurate_kl import AccurateKL
from mmreason.losses.base import Loss, Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.losses.separate_kl import SeparateKL
from mmreason.metrics.batch import AnyOf, Lengths, RewardTable
from mmreason.metrics.consistency import ConsistencyRate
from mmreason.metrics.seed_bench_r1 import LEVELS, SeedBenchR1Scores
from mmreason.metrics.thought_length import ThoughtLength
from mmreason.models.ema_after import EmaAfter
from mmreason.models.optim import AdamW
from mmreason.models.specs import Policy
from mmreason.probes.answer_likelihood import AnswerLikelihood, Kind, ReferenceLikelihood
from mmreason.probes.regenerated_answer import RegeneratedAnswer
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Reward, Term
from mmreason.rewards.care.consistency_bonus import ConsistencyBonus
from mmreason.rewards.care.dense_consistency import DenseConsistency
from mmreason.rewards.care.regenerated_accuracy import RegeneratedAccuracy
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.rewards.format import ThinkAnswerFormat
from mmreason.rollouts.sample import Sample
from mmreason.slots import ModelSpec
from vision_data.generators.transit.line_options import LineTeacher

Method = Literal["care", "dense", "regenerated", "grpo"]
World = Literal["lines", "kitchens"]
KL = Literal["off", "reference", "ema", "ema-accurate", "separate"]

TINY_LR, TINY_LIMIT, TINY_STEPS = 1e-4, 72, 60
COLD_LR = {"lines": 3e-4, "kitchens": 1.5e-3}
TINY_COLD = {"lines": 30, "kitchens": 120}
TINY_TRAIN, TINY_EXAM = 400, 40
"""Questions to learn from, and those of each level in the exams."""
TEACHER = Teacher(num=4, slip=0.15, stray=0.25)
LINE_TEACHER = LineTeacher(num=4, slip=0.3, apart=1.0)
UNSEEN = {"L1": ("classic", ("at", "only")), "L2": ("rounded", ("at", "only")), "L3": ("rounded", ("both",))}
"""Manner and questions of the maps of each level: unseen cities, also an unseen manner, also an unseen question."""
ACCURACY = VideoR1Accuracy()


def grpo_care(
    *,
    preset: Literal["tiny", "3b", "7b"] = "tiny",
    model: str | None = None,
    data: str | None = None,
    test_data: str | None = None,
    world: World = "lines",
    method: Method = "care",
    kl: KL | None = None,
    beta: float = 0.04,
    coef: float = 0.5,
    ceiling: float = 0.95,
    margin: float = 0.0,
    likelihood: Kind = "geometric",
    answer: Literal["own", "gold"] = "own",
    variant: Literal["paper", "released"] = "paper",
    ema_decay: float = 0.995,
    ema_every: int = 10,
    group_size: int = 8,
    groups: int | None = None,
    steps: int | None = None,
    cold_steps: int | None = None,
    judge: str | None = None,
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
        preset: ``tiny`` trains the embedded model on pictures that it draws, after a short supervised start whose
            teacher's answer is not always that of the thought; ``3b`` and ``7b`` have the paper's settings.
        model: checkpoint folder or hub id.
        data: training records, of SEED-Bench-R1, Video-R1 or any format that mmreason reads; needed by 3b and 7b.
        test_data: folder with validation_L1.jsonl, validation_L2.jsonl and validation_L3.jsonl, or one file.
        world: what is drawn without data: transit maps and which of four lines stop where, or kitchens and what to do
            next, which the embedded model does not know.
        method: the bonus: care (sparse, against the group), dense (DenseCons), regenerated (RefGen), or none at all
            (grpo, the baseline).
        kl: to what the policy is held: nothing, the starting policy (reference), the moving average (ema), the same on
            right answers only (ema-accurate), or for thought and answer apart (separate). By default off, and reference
            for grpo.
        beta: coefficient of the KL.
        coef: lambda, size of the bonus.
        ceiling: likelihoods above it are taken as this.
        margin: how far below the group's mean a likelihood may be; the paper has 0.01 for general benchmarks.
        likelihood: mean over the answer's tokens: geometric (the code) or arithmetic (the paper's algorithm).
        answer: whose likelihood: that of the completion's own answer, or of the gold answer in its place.
        variant: paper or released: who is selected, and which tokens are the answer.
        ema_decay: share of the average that stays.
        ema_every: steps between its updates.
        group_size: completions of a prompt.
        groups: prompts a step.
        steps: steps of reinforcement learning; None with your own data is one epoch.
        cold_steps: steps of the supervised start, which only generated data have; 0 for none.
        judge: checkpoint of a language model that judges in the exams whether thoughts support answers; None judges by
            rule, from the option that a thought names last.
        limit: longest completion in tokens.
        lr: learning rate.
        lora: rank of a LoRA adapter; the average then holds an adapter too. None trains all weights that are not
            frozen.
        freeze: components that do not learn: vision, merger, language, head.
        device: auto, cpu or cuda.
        on_bad_record: what a record that cannot be used does; skipped ones are counted.
        seed: of the generated kitchens.
    """
    tiny = preset == "tiny"
    asked_for = ("method", method, Method), ("kl", kl or "off", KL), ("world", world, World)
    refuse("grpo_care", preset, data, "a file of SEED-Bench-R1 or Video-R1 records", cold_steps, *asked_for)
    train = source(data, world, seed, on_bad_record)
    num_groups = (8 if tiny else 4) if groups is None else groups
    own = AnswerLikelihood(kind=likelihood, bracket=variant == "released", where=ACCURACY)
    scored = ReferenceLikelihood(kind=likelihood) if answer == "gold" else own
    bonus: dict[str, Reward] = {
        "care": ConsistencyBonus(ACCURACY, scored, coef, ceiling, margin, variant),
        "dense": DenseConsistency(ACCURACY, scored, coef),
        "regenerated": RegeneratedAccuracy(RegeneratedAnswer(accuracy=ACCURACY), coef),
    }
    terms = (Term("accuracy", ACCURACY), Term("format", ThinkAnswerFormat()))
    held_to = kl or ("reference" if method == "grpo" else "off")
    learn = Stage(
        name="train",
        tasks=Shuffled(train),
        rollout=Sample(
            num=group_size, limit=(TINY_LIMIT if tiny else 768) if limit is None else limit, top_p=1.0 if tiny else 0.95
        ),
        steps=epoch("grpo_care", train, data, steps, num_groups, TINY_STEPS),
        groups=num_groups,
        rewards=(*terms, Term("consistency", bonus[method])) if method in bonus else terms,
        losses=(ClippedSurrogate(by=GroupNorm(eps=1e-4), over=Sequences()), *divergence(held_to, beta)),
        metrics=(RewardTable(), Lengths(), ConsistencyRate(), ThoughtLength()),
    )
    start = cold_start(train, data, num_groups, TINY_COLD[world] if cold_steps is None else cold_steps)
    optim = optimiser(COLD_LR[world] if tiny else None, lr, learn.steps, start)
    learner = policy(preset, model, "mmreason-tiny", optim, lora, freeze, device)
    asked = method in bonus or held_to.startswith(("ema", "separate"))
    models = ((POLICY, learner), *others(held_to, asked, ema_decay, ema_every))
    models += ((JUDGE, LocalJudge(Policy(model=judge, device=device))),) if judge else ()
    held_out = exams(
        learn,
        tiny,
        limit,
        judge is not None,
        test_source(world if tiny and data is None else None, test_data, seed, on_bad_record),
    )
    return Recipe(
        name="grpo_care", stages=(*start, learn), models=models, exams=held_out, paper="GRPO-CARE, arXiv:2506.16141"
    )


def source(data: str | None, world: World, seed: int, bad: OnBadRecord) -> TaskSpec:
    """Records from a file in the paper's form, or pictures drawn for the run in a short one."""
    if data is not None:
        return CarePrompts((("", records_in(data, bad)),))
    if world == "lines":
        style, kinds = UNSEEN["L1"]
        return LineOptions(TINY_TRAIN, seed, "train", kinds, "single", style=style, teacher=LINE_TEACHER)
    return asked_briefly((("", Kitchens(TINY_TRAIN, seed, "train", foods=(1, 1), teacher=TEACHER)),))


def test_source(world: World | None, path: str | None, seed: int, bad: OnBadRecord) -> TaskSpec | None:
    """The three levels: from files, or drawn for the run."""
    if path is not None:
        return CarePrompts(levels(path, bad))
    if world is None:
        return None
    if world == "lines":
        return Joined(tuple(
            (level, LineOptions(TINY_EXAM, seed, "test", kinds, "single", style=style, level=level))
            for level, (style, kinds) in UNSEEN.items()
        ))  # fmt: skip
    return asked_briefly(tuple((level, Kitchens(TINY_EXAM, seed, level, foods=(1, 1))) for level in LEVELS))


def divergence(kl: str, beta: float) -> tuple[Loss, ...]:
    """The KL of an ablation; none for ``off``."""
    average = TokenLogprobs(under=EMA)
    known: dict[str, Loss] = {
        "reference": KLPenalty(weight=beta, over=Sequences()),
        "ema": KLPenalty(weight=beta, over=Sequences(), reference=average),
        "ema-accurate": AccurateKL(weight=beta, over=Sequences(), reference=average, accuracy=ACCURACY),
        "separate": SeparateKL(weight=beta, reference=average),
    }
    return (known[kl],) if kl in known and beta else ()


def others(kl: str, asked: bool, decay: float, every: int) -> tuple[tuple[Role, ModelSpec], ...]:
    """The average where it is asked, and as a reference one that never moves; both begin after the cold start."""
    out: list[tuple[Role, ModelSpec]] = []
    if asked:
        out.append((EMA, EmaAfter(decay=decay, every=every, stages=(COLD,))))
    return (*out, *(after_start() if kl == "reference" else ()))


def optimiser(cold_lr: float | None, lr: float | None, steps: int, start: tuple[Stage, ...]) -> AdamW:
    """The paper's cosine; the tiny model learns faster."""
    if cold_lr is not None:
        return cosine(TINY_LR if lr is None else lr, steps, start, cold_lr)
    rate = 1e-6 if lr is None else lr
    return AdamW(lr=rate, schedule="cosine", total=max(steps, 1), weight_decay=0.01, clip=5.0)


def exams(learn: Stage, tiny: bool, limit: int | None, judged: bool, tasks: TaskSpec | None) -> tuple[Stage, ...]:
    """All levels before and after: greedy as the paper nearly decodes, and for tiny also four samples of each."""
    if tasks is None:
        return ()
    drawn = isinstance(tasks, Joined) or (isinstance(tasks, CarePrompts) and isinstance(tasks.of[0][1], Kitchens))
    num = TINY_EXAM * len(LEVELS) if drawn else len(tasks.load_tasks(Path())[0])
    longest = (TINY_LIMIT if tiny else 1024) if limit is None else limit
    rate = ConsistencyRate(JudgedSupport(), field="level") if judged else ConsistencyRate(field="level")
    scores = (SeedBenchR1Scores(ACCURACY), rate, ThoughtLength(), Lengths())
    greedy = replace(
        learn,
        name="greedy",
        tasks=InOrder(tasks),
        rollout=Sample(num=1, limit=longest, temperature=0.0),
        steps=1,
        groups=num,
        rewards=(Term("accuracy", ACCURACY),),
        losses=(),
        metrics=scores,
    )
    return exam_pair(greedy, longest, tiny, (*scores, AnyOf("pass_at_4", ACCURACY)))


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(grpo_care)
