"""TW-GRPO (arXiv:2505.24718): more weight on the tokens at which a group parts ways, and partly right answers count.

Where the completions of a prompt agree on the next token there is little to learn; where they differ a choice is made.
Questions with several right options and a soft reward make groups in which more than right and wrong is earned.

    mmreason train tw_grpo --preset tiny                            a laptop, transit maps drawn on the spot
    python recipes/tw_grpo.py --preset 7b --data clevrer/train.json --test-data clevrer/validation.json
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal, cast, get_args

from mmreason_recipes.common import after_start, cold_start, cosine, exam_pair, policy, refuse

from mmreason.asks import POLICY
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.token_weights import Divergence, GroupDivergence, TokenWeights
from mmreason.data.formats import FormatTasks
from mmreason.data.line_options import LineOptions
from mmreason.data.option_questions import OptionQuestions
from mmreason.data.physics import Answers, PhysicsVideos
from mmreason.data.physics_thoughts import OptionTeacher
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.errors import RecipeError
from mmreason.losses.base import Loss, Over, Sequences, Tokens
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.focused_surrogate import FocusedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.metrics.batch import AnyOf, Lengths, RewardTable
from mmreason.metrics.keep_tracks import KeepTracks
from mmreason.metrics.multi_answer import MultiAnswer
from mmreason.models.optim import AdamW
from mmreason.probes.token_entropies import TokenEntropies
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.rewards.format import ThinkAnswerFormat
from mmreason.rewards.soft_multi_answer import SoftMultiAnswer
from mmreason.rollouts.sample import Sample
from vision_data.frames import Uniform
from vision_data.generators.transit.line_options import KINDS, LineTeacher
from vision_data.prompts import Invert

Method = Literal["tw", "grpo"]
Weights = Literal["released", "living", "calibrated", "uniform"]
Reward = Literal["soft", "binary"]
Aggregation = Literal["tokens", "sequences"]
World = Literal["lines", "collisions"]
Inversion = Literal["off", "corrected", "released"]

TINY_LR, TINY_STEPS = 1e-4, 60
TINY_LIMIT = {"lines": 72, "collisions": 40}
COLD_LR = {"lines": 3e-4, "collisions": 1.5e-3}
TINY_COLD = {"lines": 0, "collisions": 120}
TINY_TRAIN, TINY_TEST, TINY_EXAM = 120, 40, 60
"""Videos to learn from, videos of the exams, and questions in them."""
LINES = 400
"""Questions about maps to learn from."""
TEACHER, LINE_TEACHER = OptionTeacher(num=4, slip=0.3, lettered=0.5), LineTeacher(num=4, slip=0.3)
FRAME_PIXELS = 128 * 28 * 28
"""Most pixels of a frame in Video-R1, from which the release was made."""
WHAT_IF, EASY = ("counterfactual",), ("seen",)
STRICT, SOFT = SoftMultiAnswer(strict=True), SoftMultiAnswer()


def tw_grpo(
    *,
    preset: Literal["tiny", "3b", "7b"] = "tiny",
    model: str | None = None,
    data: str | None = None,
    test_data: str | None = None,
    world: World = "lines",
    method: Method = "tw",
    weights: Weights | None = None,
    reward: Reward | None = None,
    aggregation: Aggregation | None = None,
    alpha: float = 1.7,
    answers: Answers = "mixed",
    invert: Inversion = "off",
    types: tuple[str, ...] | None = None,
    num_train: int | None = 2000,
    kl: float = 0.0,
    group_size: int = 8,
    groups: int | None = None,
    steps: int | None = None,
    cold_steps: int | None = None,
    limit: int | None = None,
    lr: float | None = None,
    lora: int | None = None,
    freeze: tuple[str, ...] | None = None,
    device: str = "auto",
    on_bad_record: OnBadRecord = "stop",
    seed: int = 0,
) -> Recipe:
    """Build the recipe; whatever is not given comes from the preset.

    Args:
        preset: ``tiny`` trains the embedded model on pictures or videos that it draws; ``3b`` and ``7b`` have the
            paper's settings.
        model: checkpoint folder or hub id.
        data: training records of CLEVRER, Video-R1 or any format that mmreason reads; needed by 3b and 7b.
        test_data: held-out records for the exams before and after.
        world: what is drawn without data: transit maps and which of four lines stop where, or videos of collisions,
            which the embedded model does not know.
        method: tw, or grpo, the baseline: uniform weights, binary reward, mean over sequences.
        weights: of tokens: as released, over members still writing (living; better where lengths differ), those by
            Jensen-Shannon divergence (calibrated), or 1 (uniform).
        reward: soft (partial credit) or binary.
        aggregation: loss as mean over tokens, or over sequences of their means.
        alpha: largest weight.
        answers: of generated questions: single, multi or mixed; of collisions also inverted, single ones of which half
            are turned into their opposite.
        invert: question-answer inversion of your data's questions with one right option.
        types: types of questions to keep; by default counterfactual ones of CLEVRER, all of other data, and
            of generated videos which colours are seen; of maps all.
        num_train: so many of your questions, drawn with seed 42; None for all.
        kl: coefficient of the KL to the starting policy.
        group_size: completions of a prompt.
        groups: prompts a step.
        steps: steps of reinforcement learning.
        cold_steps: steps of the supervised start, which only generated data have; 0 for none.
        limit: longest completion in tokens.
        lr: learning rate.
        lora: rank of a LoRA adapter; None trains all weights that are not frozen.
        freeze: components that do not learn: vision, merger, language, head.
        device: auto, cpu or cuda.
        on_bad_record: what a record that cannot be used does; skipped ones are counted.
        seed: of the generated videos.
    """
    tiny, plain = preset == "tiny", method == "grpo"
    asked_for = ("method", method, Method), ("invert", invert, Inversion), ("world", world, World)
    refuse("tw_grpo", preset, data, "a file of CLEVRER or Video-R1 records", cold_steps, *asked_for)
    num_groups = (8 if tiny else 2) if groups is None else groups
    train = source(data, world, seed, types, answers, invert, num_train, on_bad_record)
    longest = (TINY_LIMIT[world] if tiny else 4096) if limit is None else limit
    weighing = weights or ("uniform" if plain else "released")
    learn = Stage(
        name="train",
        tasks=Shuffled(train),
        rollout=Sample(num=group_size, limit=longest),
        steps=(TINY_STEPS if tiny else 500) if steps is None else steps,
        groups=num_groups,
        rewards=(
            Term("accuracy", STRICT if (reward or ("binary" if plain else "soft")) == "binary" else SOFT),
            Term("format", ThinkAnswerFormat()),
        ),
        losses=losses(weighing, aggregation or ("sequences" if plain else "tokens"), alpha, kl),
        metrics=(RewardTable(), Lengths(), MultiAnswer(), *(looks(weighing, alpha) if tiny else ())),
    )
    start = cold_start(train, data, num_groups, TINY_COLD[world] if cold_steps is None else cold_steps)
    still = (() if tiny else ("vision",)) if freeze is None else freeze
    optim = optimiser(COLD_LR[world] if tiny else None, lr, learn.steps, start)
    learner = policy(preset, model, "mmreason-tiny", optim, lora, still, device)
    held_out = exams(
        learn,
        tiny,
        longest,
        test_source(world if tiny and data is None else None, test_data, seed, types, answers, on_bad_record),
    )
    return Recipe(
        name="tw_grpo",
        stages=(*start, learn),
        models=((POLICY, learner), *(after_start() if kl else ())),
        exams=held_out,
        paper="TW-GRPO, arXiv:2505.24718",
    )


def losses(weights: Weights, aggregation: Aggregation, alpha: float, kl: float) -> tuple[Loss, ...]:
    """The surrogate, weighed or not, over tokens or sequences; the two are ablated apart.

    Raises:
        RecipeError: a name is unknown.
    """
    for name, value, kind in (("weights", weights, Weights), ("aggregation", aggregation, Aggregation)):
        if value not in get_args(kind):
            raise RecipeError(f"tw_grpo: {name} must be one of {', '.join(get_args(kind))}, got {value!r}")
    over: Over = Tokens() if aggregation == "tokens" else Sequences()
    by, penalty = GroupNorm(eps=1e-4), (KLPenalty(weight=kl, over=over),) if kl else ()
    if weights == "uniform":
        return (ClippedSurrogate(by=by, over=over, low=0.2, high=0.28), *penalty)
    return (FocusedSurrogate(by=by, over=over, low=0.2, high=0.28, focus=focused(weights, alpha)), *penalty)


def focused(weights: Weights, alpha: float) -> GroupDivergence:
    """How tokens are weighed, unless they weigh the same."""
    kind: Divergence = "calibrated" if weights == "calibrated" else "released"
    return GroupDivergence(alpha, kind, living_only=weights != "released")


def looks(weights: Weights, alpha: float) -> tuple[KeepTracks, ...]:
    """What the traces tell of each token: the loss keeps its weights to itself, so they are measured once more."""
    weighed = () if weights == "uniform" else (TokenWeights(focused(weights, alpha)),)
    return (KeepTracks((TokenEntropies(), *weighed)),)


def source(
    data: str | None,
    world: World,
    seed: int,
    types: tuple[str, ...] | None,
    answers: Answers,
    invert: Inversion,
    num: int | None,
    bad: OnBadRecord,
) -> TaskSpec:
    """Records from a file in the paper's form, or maps or videos drawn for the run."""
    if data is None and world == "lines":
        return LineOptions(LINES, seed, "train", types or KINDS, plainly(answers), teacher=LINE_TEACHER)
    if data is None:
        return PhysicsVideos(TINY_TRAIN, seed, "train", types or EASY, 3, answers, teacher=TEACHER)
    turned = None if invert == "off" else Invert(invert, seed=seed)
    return asked(FormatTasks(data, on_bad_record=bad), types, turned, num)


def asked(
    tasks: FormatTasks, types: tuple[str, ...] | None, invert: Invert | None = None, num: int | None = None
) -> TaskSpec:
    """The paper's prompt; of CLEVRER counterfactual questions alone, unless other types are named."""
    if types is None:
        types = WHAT_IF if tasks.reader().found().name == "clevrer" else ()
    return OptionQuestions(
        tasks, "{letter} {text}", types=types, invert=invert, num=num, frames=Uniform(16), max_pixels=FRAME_PIXELS
    )


def plainly(answers: Answers) -> Literal["single", "multi", "mixed"]:
    """How many lines are right.

    Raises:
        RecipeError: it is a way of asking that maps do not have.
    """
    if answers.startswith("inverted"):
        raise RecipeError(
            f"tw_grpo: questions about maps have answers single, multi or mixed, got {answers!r}; they ask for the "
            "opposite by themselves (not_at, only), or take --world collisions"
        )
    return cast('Literal["single", "multi", "mixed"]', answers)


def test_source(
    world: World | None, path: str | None, seed: int, types: tuple[str, ...] | None, answers: Answers, bad: OnBadRecord
) -> TaskSpec | None:
    """Held-out questions: from a file, or drawn for the run."""
    if path is not None:
        return asked(FormatTasks(path, on_bad_record=bad), types)
    if world == "lines":
        return LineOptions(TINY_EXAM, seed, "test", types or KINDS, plainly(answers))
    return PhysicsVideos(TINY_TEST, seed, "test", types or EASY, 3, answers) if world else None


def optimiser(cold_lr: float | None, lr: float | None, steps: int, start: tuple[Stage, ...]) -> AdamW:
    """The released rate and clip; the tiny model learns faster."""
    if cold_lr is not None:
        return cosine(TINY_LR if lr is None else lr, steps, start, cold_lr)
    return AdamW(lr=1e-6 if lr is None else lr, schedule="cosine", total=max(steps, 1), clip=20.0)


def exams(learn: Stage, tiny: bool, limit: int, tasks: TaskSpec | None) -> tuple[Stage, ...]:
    """Strict and partial accuracy before and after, at temperature 0.1 and top-p 0.001; tiny also four samples each."""
    if tasks is None:
        return ()
    num = TINY_EXAM if isinstance(tasks, PhysicsVideos | LineOptions) else len(tasks.load_tasks(Path())[0])
    greedy = replace(
        learn,
        name="greedy",
        tasks=InOrder(tasks),
        rollout=Sample(num=1, limit=limit, temperature=0.1, top_p=0.001),
        steps=1,
        groups=num,
        rewards=(Term("accuracy", STRICT),),
        losses=(),
        metrics=(MultiAnswer(), Lengths()),
    )
    return exam_pair(greedy, limit, tiny, (MultiAnswer(), RewardTable(), Lengths(), AnyOf("pass_at_4", STRICT)))


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(tw_grpo)
