"""ACRE (arXiv:2510.10104): an answer pays in full only if the same reasoning gives it again with shuffled options.

After each rollout the options change places, the policy reads its own reasoning once more and writes the answer alone.
Reasoning that does not carry the answer, and habits of position, lose reward. Everything else is GRPO.

    mmreason train acre --preset tiny                               a laptop, transit maps drawn on the spot
    python recipes/acre.py --preset 7b --data questions.json --test-data mmvu/
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from mmreason_recipes.common import after_start, cold_start, cosine, epoch, exam_pair, policy, refuse

from mmreason.asks import POLICY
from mmreason.credit.group_norm import GroupNorm
from mmreason.data.formats import FormatTasks
from mmreason.data.line_options import LineOptions
from mmreason.data.option_questions import OptionQuestions
from mmreason.data.physics import PhysicsVideos
from mmreason.data.physics_thoughts import OptionTeacher
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.losses.base import Loss, Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.metrics.batch import AnyOf, Lengths, Mean, RewardTable
from mmreason.metrics.option_consistency import OptionConsistency
from mmreason.metrics.thought_length import ThoughtLength
from mmreason.models.optim import AdamW
from mmreason.probes.shuffled_pass import ForcedReasoning, OptionShuffle, ShuffledPass
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.answer_consistency import AnswerConsistency, CanShuffle, Elsewhere, SameAfterShuffle
from mmreason.rewards.base import Term
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.rewards.format import ThinkAnswerFormat
from mmreason.rollouts.sample import Sample
from mmreason.slots import Metric
from vision_data.frames import Uniform
from vision_data.generators.transit.line_options import LineTeacher
from vision_data.prompts.shuffle import Letters

Method = Literal["acre", "grpo"]
Preset = Literal["tiny", "3b", "7b"]
World = Literal["lines", "collisions"]

MODELS = {
    "3b": "Qwen/Qwen2.5-VL-3B-Instruct",
    "7b": "Video-R1/Qwen2.5-VL-7B-COT-SFT",
}
"""The paper starts from Video-R1's supervised model, which exists for 7B only."""
TINY_LR, TINY_STEPS = 1e-4, 60
TINY_LIMIT = {"lines": 64, "collisions": 32}
COLD_LR = {"lines": 3e-4, "collisions": 1.5e-3}
TINY_COLD = {"lines": 30, "collisions": 120}
TINY_TRAIN, TINY_TEST, TINY_EXAM = 150, 40, 50
"""Videos to learn from, videos of the exams, and questions in them."""
LINES, ONE = 400, ("at", "both", "only")
"""Questions about maps to learn from, and those that can have one right option."""
TEACHER = OptionTeacher(num=4, slip=0.3, lettered=0.5, stray=0.1)
LINE_TEACHER = LineTeacher(num=4, slip=0.15, lettered=0.5, stray=0.1)
FRAME_PIXELS = 128 * 28 * 28
"""Most pixels of a frame in Video-R1."""
ACCURACY = VideoR1Accuracy()


def acre(
    *,
    preset: Preset = "tiny",
    model: str | None = None,
    data: str | None = None,
    test_data: str | None = None,
    world: World = "lines",
    method: Method = "acre",
    both: float = 1.0,
    first: float = 0.5,
    second: float = 0.25,
    elsewhere: Elsewhere = "zero",
    redact: bool = False,
    letters: Letters = "refuse",
    second_limit: int = 9,
    kl: float | None = None,
    group_size: int = 8,
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

    The paper tells neither its coefficients nor its hyper-parameters: ``both``, ``first`` and ``second`` are this
    project's, the others those of Video-R1 and its kin.

    Args:
        preset: ``tiny`` trains the embedded model on pictures or videos that it draws, after a short supervised start
            whose teacher often names options by their letters alone; ``3b`` and ``7b`` are for real data.
        model: checkpoint folder or hub id.
        data: training records with options, of Video-R1 or any format that mmreason reads; needed by 3b and 7b.
        test_data: held-out records for the exams before and after.
        world: what is drawn without data: transit maps and which of four lines stop where, or videos of collisions,
            which the embedded model does not know.
        method: acre, or grpo, the baseline without the consistency term and the second pass of training.
        both: consistency reward where both answers are right.
        first: where only the first is.
        second: where only the second is.
        elsewhere: reward of questions whose options cannot be shuffled: zero, or as if consistent (accuracy).
        redact: take letters of options out of the reasoning before the second pass.
        letters: what becomes of letters that a question or option mentions: refuse to shuffle it, rename, or keep.
        second_limit: new tokens of the second answer at most.
        kl: coefficient of the KL to the starting policy; by default 0.04, and 0 for tiny.
        group_size: completions of a prompt.
        groups: prompts a step.
        steps: steps of reinforcement learning; None with your own data is one epoch.
        cold_steps: steps of the supervised start, which only generated data have; 0 for none.
        limit: longest completion in tokens.
        lr: learning rate.
        lora: rank of a LoRA adapter; None trains all weights that are not frozen.
        freeze: components that do not learn: vision, merger, language, head.
        device: auto, cpu or cuda.
        on_bad_record: what a record that cannot be used does; skipped ones are counted.
        seed: of the generated videos, and of the shuffles.
    """
    tiny, is_acre = preset == "tiny", method == "acre"
    asked_for = ("method", method, Method), ("preset", preset, Preset), ("world", world, World)
    refuse("acre", preset, data, "a file of records with options, such as Video-R1's", cold_steps, *asked_for)
    train = source(data, world, seed, on_bad_record)
    num_groups = (8 if tiny else 4) if groups is None else groups
    longest = (TINY_LIMIT[world] if tiny else 768) if limit is None else limit
    beta = (0.0 if tiny else 0.04) if kl is None else kl
    again = ShuffledPass(ForcedReasoning(OptionShuffle(seed, letters), redact), second_limit)
    consistency = AnswerConsistency(both, first, second, ACCURACY, again, elsewhere)
    measured = (
        OptionConsistency(same=SameAfterShuffle(again), accuracy=ACCURACY),
        Mean("can_shuffle", CanShuffle(again.shuffle)),
    )
    terms = (Term("accuracy", ACCURACY), Term("format", ThinkAnswerFormat()))
    clip: tuple[Loss, ...] = (ClippedSurrogate(by=GroupNorm(eps=1e-4), over=Sequences()),)
    learn = Stage(
        name="train",
        tasks=Shuffled(train),
        rollout=Sample(num=group_size, limit=longest),
        steps=epoch("acre", train, data, steps, num_groups, TINY_STEPS),
        groups=num_groups,
        rewards=(*terms, Term("consistency", consistency)) if is_acre else terms,
        losses=(*clip, KLPenalty(weight=beta, over=Sequences())) if beta else clip,
        metrics=(RewardTable(), Lengths(), ThoughtLength(), *(measured if is_acre else ())),
    )
    start = cold_start(train, data, num_groups, TINY_COLD[world] if cold_steps is None else cold_steps)
    base = None if preset == "tiny" else MODELS[preset]
    optim = optimiser(COLD_LR[world] if tiny else None, lr, learn.steps, start)
    learner = policy(preset, model or base, "mmreason-tiny", optim, lora, freeze, device)
    unseen = test_source(world if tiny and data is None else None, test_data, seed, on_bad_record)
    return Recipe(
        name="acre",
        stages=(*start, learn),
        models=((POLICY, learner), *(after_start() if beta else ())),
        exams=exams(learn, tiny, longest, unseen, measured),
        paper="ACRE, arXiv:2510.10104",
    )


def source(data: str | None, world: World, seed: int, bad: OnBadRecord) -> TaskSpec:
    """Records from a file, or questions with one right option about maps or videos drawn for the run."""
    if data is not None:
        return asked(FormatTasks(data, on_bad_record=bad))
    if world == "lines":
        return LineOptions(LINES, seed, "train", ONE, "single", teacher=LINE_TEACHER)
    return collisions(TINY_TRAIN, seed, "train", TEACHER)


def collisions(num: int, seed: int, split: str, teacher: OptionTeacher | None = None) -> PhysicsVideos:
    """What colour it is: of what enters first, meets another, rests; four to choose from."""
    return PhysicsVideos(num, seed, split, ("descriptive",), 12, "single", colours=4, teacher=teacher)


def asked(tasks: FormatTasks) -> TaskSpec:
    """Options as lines ``A. text``, thought and answer in tags, 16 frames."""
    return OptionQuestions(tasks, open=True, frames=Uniform(16), max_pixels=FRAME_PIXELS)


def test_source(world: World | None, path: str | None, seed: int, bad: OnBadRecord) -> TaskSpec | None:
    """Held-out questions: from a file, or drawn for the run."""
    if path is not None:
        return asked(FormatTasks(path, on_bad_record=bad))
    if world == "lines":
        return LineOptions(TINY_EXAM, seed, "test", ONE, "single")
    return collisions(TINY_TEST, seed, "test") if world else None


def optimiser(cold_lr: float | None, lr: float | None, steps: int, start: tuple[Stage, ...]) -> AdamW:
    """A cosine; the tiny model learns faster."""
    if cold_lr is not None:
        return cosine(TINY_LR if lr is None else lr, steps, start, cold_lr)
    rate = 1e-6 if lr is None else lr
    return AdamW(lr=rate, schedule="cosine", total=max(steps, 1), weight_decay=0.01, clip=5.0)


def exams(
    learn: Stage, tiny: bool, limit: int, tasks: TaskSpec | None, measured: tuple[Metric, ...]
) -> tuple[Stage, ...]:
    """Accuracy, CACR, OSCR and failure types before and after, greedy; for tiny also four samples of each question."""
    if tasks is None:
        return ()
    num = TINY_EXAM if isinstance(tasks, PhysicsVideos | LineOptions) else len(tasks.load_tasks(Path())[0])
    greedy = replace(
        learn,
        name="greedy",
        tasks=InOrder(tasks),
        rollout=Sample(num=1, limit=limit, temperature=0.0),
        steps=1,
        groups=num,
        rewards=(Term("accuracy", ACCURACY),),
        losses=(),
        metrics=(RewardTable(), *measured, Lengths()),
    )
    return exam_pair(greedy, limit, tiny, (*greedy.metrics, AnyOf("pass_at_4", ACCURACY)))


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(acre)
