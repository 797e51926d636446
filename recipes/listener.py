"""Listener-rewarded thinking (arXiv:2506.22832): a chain pays where it brings somebody else to the right choice.

Which of two pictures fits a prompt better? A frozen listener sees the pictures and the reasoner's chain without its
decision; the probability that it gives to the right picture is a reward. Chains that contradict the decision lose.

    mmreason train listener --preset tiny                              a laptop, pairs of pictures drawn on the spot
    python recipes/listener.py --preset 7b --data HPDv2/train.json --test-data ImageReward/test.json
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from mmreason_recipes.common import after_start, cold_start, cosine, epoch, exam_pair, policy, refuse

from mmreason.asks import POLICY, REFERENCE, Role
from mmreason.credit.group_norm import GroupNorm
from mmreason.data.anchor_duels import AnchorDuels
from mmreason.data.cell_pairs import CellPairs
from mmreason.data.formats import FormatTasks
from mmreason.data.pair_orders import BothOrders
from mmreason.data.pair_questions import PairQuestions
from mmreason.data.pair_thoughts import PairTeacher
from mmreason.data.pairs import RenderedPairs
from mmreason.data.picture_ladders import PictureLadders
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.errors import RecipeError
from mmreason.judges.asks import LISTENER
from mmreason.judges.listened import Listened
from mmreason.judges.listener_choice import DECIDER, HearChain, ListenerChoice, both_orders
from mmreason.judges.listener_reward import ListenerReward
from mmreason.judges.local import LocalJudge
from mmreason.judges.server import OpenAIServer
from mmreason.losses.base import Loss, Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.metrics.anchor_ranking import AnchorRanking
from mmreason.metrics.batch import AnyOf, Lengths, Mean, RewardTable
from mmreason.metrics.contradiction import ContradictionRate
from mmreason.metrics.pairwise_score import PairwiseScore
from mmreason.models.optim import AdamW
from mmreason.models.specs import Frozen, Policy
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.rewards.decision import DecisionAccuracy, DecisionFormat
from mmreason.rollouts.sample import Sample
from mmreason.slots import ModelSpec

Method = Literal["listener", "grpo"]
Preset = Literal["tiny", "3b", "7b"]
Orders = Literal["given", "both"]

TINY_LR, TINY_LIMIT, TINY_STEPS, TINY_COLD = 1e-4, 96, 60, 30
COLD_LR = 3e-4
TINY_TRAIN, TINY_EXAM, TINY_SETS = 400, 40, 12
"""Pairs to learn from, pairs of the exams (each in both orders), and sets of pictures to rank."""
LEVELS, HARD, LADDER = ("medium", "hard"), ("hard",), ("medium",)
"""Of pairs to learn from, of the exams, and of what is ranked."""
TEACHER = PairTeacher(num=4, slip=0.15, stray=0.25)
SHARE = 0.16
"""Of HPDv2's training pairs, as in the paper."""
PIXELS = 512 * 28 * 28
"""Most pixels of a picture; the paper tells nothing."""
ACCURACY = DecisionAccuracy()
OWN = ListenerChoice(Listened(HearChain(), by=DECIDER))
"""The policy's own probability of the picture shown first, after its chain."""


def listener(
    *,
    preset: Preset = "tiny",
    model: str | None = None,
    data: str | None = None,
    test_data: str | None = None,
    method: Method = "listener",
    listener_model: str | None = None,
    listener_url: str | None = None,
    orders: Orders = "given",
    weight: float = 0.5,
    accuracy: float | None = None,
    silent: float = 0.0,
    share: float | None = None,
    test_num: int | None = None,
    anchors: int | None = None,
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

    The paper gives the coefficients of the reward and no hyper-parameters: the others are this project's.

    Args:
        preset: ``tiny`` trains the embedded model on pictures that it draws, after a short supervised start; ``3b`` and
            ``7b`` are for real data.
        model: checkpoint folder or hub id.
        data: preference pairs to learn from: HPDv2's or ImageReward's JSON, Rapidata's tables, or rows with prompt,
            image_1, image_2 and preference; needed by 3b and 7b.
        test_data: held-out pairs of the same kinds for the exams before and after.
        method: listener, or grpo, the baseline without the listener's term.
        listener_model: who listens: a checkpoint, or with a listener_url the name that the server knows. None is the
            policy as it was before this training (with a LoRA adapter no second copy is loaded).
        listener_url: an OpenAI-compatible server that gives log-probs, such as http://localhost:8000/v1.
        orders: the listener sees the pictures as the policy did (given), or the mean of both orders counts (both).
        weight: of the listener's probability.
        accuracy: weight of a right decision; 0.5, and 1 for grpo, which has no listener beside it.
        silent: what the listener's term gives a completion without a chain.
        share: so much of the training pairs is used; by default 0.16 of your data, as the paper of HPDv2.
        test_num: pairs of the exams at most, drawn once; each is asked in both orders. None for all.
        anchors: rank the pictures of each prompt of the test data by comparisons with so many of them; 0 ranks none. By
            default 2 for generated pictures, else 0.
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
        seed: of the generated pictures, and of the draws.
    """
    tiny, heard = preset == "tiny", method == "listener"
    asked_for = ("method", method, Method), ("preset", preset, Preset), ("orders", orders, Orders)
    refuse("listener", preset, data, "a file of preference pairs, such as HPDv2's train.json", cold_steps, *asked_for)
    train = source(data, share, seed, on_bad_record)
    num_groups = (8 if tiny else 4) if groups is None else groups
    longest = (TINY_LIMIT if tiny else 768) if limit is None else limit
    beta = (0.0 if tiny else 0.04) if kl is None else kl
    choice = ListenerChoice() if orders == "given" else both_orders()
    right = (0.5 if heard else 1.0) if accuracy is None else accuracy
    terms = (Term("format", DecisionFormat()), Term("accuracy", ACCURACY, weight=right))
    clip: tuple[Loss, ...] = (ClippedSurrogate(by=GroupNorm(eps=1e-4), over=Sequences()),)
    watched = (ContradictionRate(choice, ACCURACY),) if heard or tiny else ()
    learn = Stage(
        name="train",
        tasks=Shuffled(train),
        rollout=Sample(num=group_size, limit=longest),
        steps=epoch("listener", train, drawn_from(data, share), steps, num_groups, TINY_STEPS),
        groups=num_groups,
        rewards=(*terms, Term("listener", ListenerReward(choice, silent), weight=weight)) if heard else terms,
        losses=(*clip, KLPenalty(weight=beta, over=Sequences())) if beta else clip,
        metrics=(RewardTable(), Mean("accuracy", ACCURACY), Lengths(), *watched),
    )
    start = cold_start(train, data, num_groups, TINY_COLD if cold_steps is None else cold_steps)
    learner = policy(preset, model, "mmreason-tiny", optimiser(tiny, lr, learn.steps, start), lora, freeze, device)
    num_anchors = (2 if tiny and data is None else 0) if anchors is None else anchors
    held_out = exams(learn, tiny, longest, choice, tests(data, test_data, test_num, num_anchors, seed, on_bad_record))
    ears = listeners(tiny, listener_model, listener_url, bool(start), beta > 0, device) if watched or held_out else ()
    if beta and not any(role == REFERENCE for role, _ in ears):
        ears = (*reference(bool(start)), *ears)
    decider = ((DECIDER, LocalJudge(POLICY, role=DECIDER)),) if held_out else ()
    return Recipe(
        name="listener",
        stages=(*start, learn),
        models=((POLICY, learner), *ears, *decider),
        exams=held_out,
        paper="Listener-rewarded thinking, arXiv:2506.22832",
    )


def source(data: str | None, share: float | None, seed: int, bad: OnBadRecord) -> TaskSpec:
    """Pairs from a file in the paper's form, or pairs drawn for the run."""
    if data is not None:
        drawn = SHARE if share is None else share
        return PairQuestions(
            FormatTasks(data, on_bad_record=bad), share=drawn, seed=seed, max_pixels=PIXELS, on_bad_record=bad
        )
    if share is not None:
        raise RecipeError("listener: share is of your data; generated pairs are as many as are asked for")
    return CellPairs(TINY_TRAIN, seed, "train", LEVELS, teacher=TEACHER)


def drawn_from(data: str | None, share: float | None) -> str | None:
    """How a refusal calls the training pairs."""
    return data and f"--share {SHARE if share is None else share:g} of {data}"


def tests(
    data: str | None, path: str | None, num: int | None, anchors: int, seed: int, bad: OnBadRecord
) -> tuple[TaskSpec | None, TaskSpec | None]:
    """Held-out pairs, and pairs for a ranking; each in both orders. From a file, or drawn for the run."""
    if path is None and data is not None:
        if anchors or num:
            raise RecipeError("listener: anchors and test_num need --test-data")
        return None, None
    pairs: TaskSpec
    several: TaskSpec
    if path is None:
        pairs = CellPairs(num or TINY_EXAM, seed, "test", HARD)
        several = PictureLadders(CellPairs(TINY_SETS, seed, "test", LADDER))
    else:
        read = FormatTasks(path, on_bad_record=bad)
        pairs = PairQuestions(read, num=num, seed=seed, max_pixels=PIXELS, on_bad_record=bad)
        several = PairQuestions(read, max_pixels=PIXELS, on_bad_record=bad)
    return BothOrders(pairs), BothOrders(AnchorDuels(several, anchors, seed)) if anchors else None


def reference(started: bool) -> tuple[tuple[Role, ModelSpec], ...]:
    """The policy as it was when this training began, after a supervised start if there is one."""
    return after_start() if started else ((REFERENCE, Frozen()),)


def listeners(
    tiny: bool, model: str | None, url: str | None, started: bool, kl: bool, device: str
) -> tuple[tuple[Role, ModelSpec], ...]:
    """Who listens, and the reference where that is it.

    Raises:
        RecipeError: a server without the name of its model.
    """
    if url is not None:
        if model is None:
            raise RecipeError(f"listener: --listener-url {url} needs --listener-model, the name that the server knows")
        return ((LISTENER, OpenAIServer(url=url, model=model, role=LISTENER)),)
    if model is None:
        return (*reference(started), (LISTENER, LocalJudge(REFERENCE, role=LISTENER)))
    frozen = Policy(model=model, dtype="float32" if tiny else "bfloat16", device=device)
    return ((LISTENER, LocalJudge(frozen, role=LISTENER)),)


def optimiser(tiny: bool, lr: float | None, steps: int, start: tuple[Stage, ...]) -> AdamW:
    """A cosine; the tiny model learns faster."""
    if tiny:
        return cosine(TINY_LR if lr is None else lr, steps, start, COLD_LR)
    return AdamW(lr=1e-6 if lr is None else lr, schedule="cosine", total=max(steps, 1), weight_decay=0.01)


def exams(
    learn: Stage, tiny: bool, limit: int, choice: ListenerChoice, tasks: tuple[TaskSpec | None, TaskSpec | None]
) -> tuple[Stage, ...]:
    """Accuracy, contradictions and win probabilities before and after; for tiny also four samples; then a ranking."""
    pairs, duels = tasks
    if pairs is None:
        return ()
    scores = (Mean("accuracy", ACCURACY), ContradictionRate(choice, ACCURACY), PairwiseScore(OWN), Lengths())
    greedy = replace(
        learn,
        name="greedy",
        tasks=InOrder(pairs),
        rollout=Sample(num=1, limit=limit, temperature=0.0),
        steps=1,
        groups=asked(pairs),
        rewards=(Term("accuracy", ACCURACY),),
        losses=(),
        metrics=scores,
    )
    held_out = exam_pair(greedy, limit, tiny, (*scores, AnyOf("pass_at_4", ACCURACY)))
    if duels is None:
        return held_out
    return (
        *held_out,
        replace(greedy, name="ranking", tasks=InOrder(duels), groups=asked(duels), metrics=(AnchorRanking(OWN),)),
    )


def asked(tasks: TaskSpec) -> int:
    """How many questions an exam asks; generated pairs are counted without being drawn."""
    of = tasks.of if isinstance(tasks, BothOrders) else tasks
    if isinstance(of, RenderedPairs):
        return 2 * of.num
    if isinstance(of, AnchorDuels) and isinstance(of.of, PictureLadders):
        return 2 * of.of.of.num * min(of.anchors + 1, 3)  # of three pictures 1-2, 1-3 and 2-3
    return len(tasks.load_tasks(Path())[0])


if __name__ == "__main__":
    from mmreason.cli.main import run_recipe

    run_recipe(listener)
