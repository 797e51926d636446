"""GRIT (arXiv:2505.15879): chains of thought that name boxes, learned from twenty items and no box labels.

A chain thinks with coordinates, rethinks, and answers. It is paid for its form, for as many boxes as there are things
to count, and for an answer that a judge finds right; nobody says where the boxes should be.

    mmreason train grit --preset tiny                                   a laptop, scenes drawn on the spot
    python recipes/grit.py --preset 3b --data vsr.jsonl --more-data tallyqa.json --test-data grit_test.jsonl
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from mmreason_recipes.common import after_start, cosine, exam_pair, policy, refuse
from mmreason_recipes.grit_judge import judge_of

from mmreason.asks import JUDGE, POLICY
from mmreason.credit.group_norm import GroupNorm
from mmreason.data.formats import FormatTasks
from mmreason.data.grounded_prompts import GroundedPrompts, Wording
from mmreason.data.records import OnBadRecord
from mmreason.data.scenes import Scenes
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.errors import RecipeError
from mmreason.judges.cross_modal import CrossModalCorrelation
from mmreason.judges.judge_score import JudgeScore
from mmreason.losses.base import Loss, Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.metrics.batch import AnyOf, Lengths, Mean, RewardTable
from mmreason.metrics.grounding import Grounding
from mmreason.models.optim import AdamW
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.rewards.bleu import Bleu
from mmreason.rewards.grit.anti_repetition import AntiRepetition
from mmreason.rewards.grit.box_count import BoxCount
from mmreason.rewards.grit.chain import ChainBoxes, chain_answer, released_answer
from mmreason.rewards.grit.chain_format import ChainFormat
from mmreason.rewards.grit.grounding_iou import GroundingIoU
from mmreason.rewards.grit.released_boxes import ReleasedBoxes
from mmreason.rewards.grit.released_tags import ReleasedTags
from mmreason.rollouts.sample import Sample
from mmreason.runs.box_overlays import OVERLAYS, BoxOverlays, KeepBoxes

Method = Literal["grit", "grpo"]
Variant = Literal["paper", "released"]
Coordinates = Literal["original", "resized", "thousand"]

TINY_LR, TINY_LIMIT, TINY_STEPS, TINY_EXAM = 6e-5, 80, 60, 60
TYPES = ("counting", "relation")
TINY_SCENES = 400
"""Drawn where all are wanted."""


def grit(
    *,
    preset: Literal["tiny", "3b", "7b"] = "tiny",
    model: str | None = None,
    data: str | None = None,
    more_data: tuple[str, ...] = (),
    test_data: str | None = None,
    items: int | None = 20,
    method: Method = "grit",
    variant: Variant = "paper",
    counting: bool = True,
    bleu: float = 0.1,
    judge: str | None = None,
    judge_url: str | None = None,
    threshold: float | None = None,
    correlation: bool = False,
    coordinates: Coordinates | None = None,
    inside: bool = False,
    kl: float = 0.01,
    overlays: int = 10,
    group_size: int | None = None,
    groups: int | None = None,
    steps: int | None = None,
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
        preset: ``tiny`` trains the embedded model on scenes that it draws; ``3b`` and ``7b`` have the paper's settings.
        model: checkpoint folder or hub id.
        data: training records of VSR, TallyQA, GQA, GRIT or any format that mmreason reads; needed by 3b and 7b.
        more_data: further files of such records.
        test_data: held-out records for the exams before and after; those with boxes (GRIT's files) also give the IoU.
        items: so many tasks are drawn from the data, evenly over data sets and answers; None takes all. Of generated
            scenes so many are drawn.
        method: grit, or grpo, the baseline: the judged answer and the tags, nothing for boxes.
        variant: rewards of the paper, or of the released code.
        counting: pay for the right number of boxes.
        bleu: weight of BLEU-1 in the answer reward.
        judge: checkpoint of a language model that judges answers, or with judge_url the model's name on that server.
            None judges by rule: the same text, but for case, articles and punctuation.
        judge_url: address of an OpenAI-compatible server that judges.
        threshold: the judge's score counts as 1 from here on; by default 0.5, and above 0 for the released variant.
        correlation: in the exams also ask the judge, who must see pictures, which of two drawings a chain speaks of.
        coordinates: what the model's boxes are counted in; by default pixels of the picture for tiny, else of what the
            model is shown (Qwen2.5-VL); ``thousand`` also changes the wording (InternVL).
        inside: count only boxes inside the picture with corners in order, against numbers of prose.
        kl: coefficient of the KL to the starting policy.
        overlays: steps between those whose boxes are drawn into the run's folder; 0 for none.
        group_size: completions of a prompt; 8 for tiny, else 4.
        groups: prompts a step; by default all items, at most 32.
        steps: steps of reinforcement learning.
        limit: longest completion in tokens.
        lr: learning rate.
        lora: rank of a LoRA adapter; None trains all weights that are not frozen.
        freeze: components that do not learn: vision, merger, language, head.
        device: auto, cpu or cuda.
        on_bad_record: what a record that cannot be used does; skipped ones are counted.
        seed: of the generated scenes, and of the items that are drawn.
    """
    tiny = preset == "tiny"
    said: Coordinates = coordinates or ("original" if tiny and data is None else "resized")
    asked_for = ("method", method, Method), ("variant", variant, Variant), ("coordinates", said, Coordinates)
    refuse("grit", preset, data, "a file of VSR, TallyQA, GQA or GRIT records", None, *asked_for)
    if overlays < 0:
        raise RecipeError(f"grit: overlays must be at least 0, got {overlays}")
    boxes = ChainBoxes(inside, said)
    train = source(data, more_data, items, said, seed, on_bad_record)
    num = min(32, items or 32)
    if data is not None and steps is None:
        num = min(num, len(train.load_tasks(Path())[0]))  # what is wrong with the data is said before a model is loaded
    iou = GroundingIoU(boxes)
    score = JudgeScore(tries=3 if judge else 1)
    learn = Stage(
        name="train",
        tasks=Shuffled(train),
        rollout=Sample(
            num=(8 if tiny else 4) if group_size is None else group_size,
            limit=(TINY_LIMIT if tiny else 1000) if limit is None else limit,
        ),
        steps=(TINY_STEPS if tiny else 200) if steps is None else steps,
        groups=num if groups is None else groups,
        rewards=terms(method, variant, boxes, counting, bleu, passed(score, threshold, variant)),
        losses=losses(kl),
        metrics=(RewardTable(), Lengths(), Grounding(iou), Mean("accuracy", score, field="dataset")),
        keep=(KeepBoxes(iou, every=overlays),) if overlays else (),
    )
    learner = policy(preset, model, "mmreason-tiny", optimiser(tiny, lr, learn.steps), lora, freeze, device)
    models = ((POLICY, learner), (JUDGE, judge_of(judge, judge_url, device)), *(after_start() if kl else ()))
    return Recipe(
        name="grit",
        stages=(learn,),
        models=(*models, *(((OVERLAYS, BoxOverlays()),) if overlays else ())),
        exams=exams(
            learn,
            tiny,
            test_source(tiny and data is None, test_data, said, seed, on_bad_record),
            CrossModalCorrelation(boxes) if correlation else None,
        ),
        paper="GRIT, arXiv:2505.15879",
    )


def terms(
    method: Method, variant: Variant, boxes: ChainBoxes, counting: bool, bleu: float, judge: JudgeScore
) -> tuple[Term, ...]:
    """The paper's three rewards, those of the released code, or the baseline's two."""
    answer: tuple[Term, ...] = (Term("judge", judge),)
    if method == "grpo":
        return (*answer, Term("format", ChainFormat(boxes=None)))
    if bleu:
        extract = chain_answer if variant == "paper" else released_answer
        answer += (Term("bleu", Bleu(order=1, extract=extract), weight=bleu),)
    if variant == "released":
        shown = Term("boxes", ReleasedBoxes(boxes, count=1.0 if counting else 0.0))
        return (*answer, Term("tags", ReleasedTags()), shown, Term("repetition", AntiRepetition()))
    count = (Term("count", BoxCount(boxes), weight=0.5),) if counting else ()
    return (*answer, Term("format", ChainFormat(boxes)), *count)


def passed(score: JudgeScore, threshold: float | None, variant: Variant) -> JudgeScore:
    """The judge's score as 0 or 1."""
    if threshold is None and variant == "released":
        return replace(score, threshold=0.0, strict=True)
    return replace(score, threshold=0.5 if threshold is None else threshold)


def losses(kl: float) -> tuple[Loss, ...]:
    """GRPO with the mean over sequences, and the KL."""
    surrogate = ClippedSurrogate(by=GroupNorm(eps=1e-4), over=Sequences())
    return (surrogate, KLPenalty(weight=kl, over=Sequences())) if kl else (surrogate,)


def source(
    data: str | None, more: tuple[str, ...], items: int | None, said: Coordinates, seed: int, bad: OnBadRecord
) -> TaskSpec:
    """A few records from files in the paper's form, or a few scenes drawn for the run.

    Raises:
        RecipeError: no item is wanted, or more data than none.
    """
    if items is not None and items < 1:
        raise RecipeError(f"grit: items must be at least 1, got {items}")
    if more and data is None:
        raise RecipeError("grit: --more-data adds to --data, which is missing")
    if data is None:
        return Scenes(items or TINY_SCENES, seed, types=TYPES)
    specs = tuple(FormatTasks(path, on_bad_record=bad) for path in (data, *more))
    return GroundedPrompts(specs, wording(said), items, seed=seed)


def wording(said: Coordinates) -> Wording:
    """Pixels under a key, or thousandths in a tag."""
    return "box" if said == "thousand" else "json"


def test_source(drawn: bool, path: str | None, said: Coordinates, seed: int, bad: OnBadRecord) -> TaskSpec | None:
    """Held-out questions: from a file, or drawn for the run."""
    if path is not None:
        return GroundedPrompts((FormatTasks(path, on_bad_record=bad),), wording(said))
    return Scenes(TINY_EXAM, seed, "test", types=TYPES) if drawn else None


def optimiser(tiny: bool, lr: float | None, steps: int) -> AdamW:
    """The paper's rate and cosine; the tiny model learns faster."""
    if tiny:
        return cosine(TINY_LR if lr is None else lr, steps, ())
    return AdamW(lr=2e-6 if lr is None else lr, schedule="cosine", total=max(steps, 1))


def exams(
    learn: Stage, tiny: bool, tasks: TaskSpec | None, correlation: CrossModalCorrelation | None
) -> tuple[Stage, ...]:
    """Judged accuracy and grounding IoU before and after, nearly greedy; tiny also four samples of each."""
    if tasks is None:
        return ()
    num = TINY_EXAM if isinstance(tasks, Scenes) else len(tasks.load_tasks(Path())[0])
    rollout = learn.rollout
    assert isinstance(rollout, Sample)
    limit = rollout.limit if tiny else max(rollout.limit, 1024)
    more = (Mean("correlation", correlation),) if correlation else ()
    [accuracy] = [metric.of for metric in learn.metrics if isinstance(metric, Mean)]
    greedy = replace(
        learn,
        name="greedy",
        tasks=InOrder(tasks),
        rollout=Sample(num=1, limit=limit, temperature=0.0 if tiny else 0.001),
        steps=1,
        groups=num,
        rewards=(Term("accuracy", accuracy),),
        losses=(),
        keep=(),
        metrics=(*learn.metrics, *more),
    )
    return exam_pair(greedy, limit, tiny, (*learn.metrics, AnyOf("pass_at_4", accuracy)))


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(grit)
