"""What the recipes of the base algorithms share: tasks, rewards, models, the stage, and their keywords.

Each algorithm is a few parts (credit, loss, aggregation, filter); everything else is a ``Setup``. ``with_setup`` makes
a recipe of a function that takes one: the recipe's keywords are those of ``Setup`` and the function's own.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from mmreason_recipes.common import epoch, policy
from mmreason_recipes.verifiers import Verifier, natural, sums, verifier

from mmreason.asks import POLICY, REFERENCE, Role
from mmreason.cli.reading import reader_for
from mmreason.credit.base import Credit
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.importance import ImportanceCorrected
from mmreason.credit.whitened import BatchNorm
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.data.transit import TransitMaps
from mmreason.errors import RecipeError
from mmreason.filters.keep_varied import KeepVaried
from mmreason.losses.aggregation import Prompts, PromptTokens, SequenceSums
from mmreason.losses.base import Constant, Loss, Over, Sequences, TokenLoss, Tokens
from mmreason.losses.entropy_bonus import EntropyBonus
from mmreason.metrics.batch import AnyOf, Lengths, Mean, RewardTable, SamplerGap
from mmreason.models.loading import TINY, TINY_TEXT
from mmreason.models.optim import AdamW
from mmreason.models.specs import Frozen, Policy
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Reward, Term
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rollouts.sample import Sample
from mmreason.signals import Signal
from mmreason.slots import ModelSpec

Normaliser = Literal["group", "batch", "mean"]
Aggregation = Literal["sequences", "tokens", "constant", "prompts", "sums"]
Correction = Literal["off", "token-truncate", "token-mask", "sequence-truncate", "sequence-mask"]

TINY_LR, TINY_LIMIT, LIMIT = 1e-4, 96, 2048
GENERATED_STEPS = 100
"""Steps on generated tasks where none are given."""
MAP_TYPES = ("TorF1", "TorF2", "Counting1", "Counting2", "Counting3")


@dataclass(frozen=True, kw_only=True)
class Setup:
    """Everything that the base algorithms have in common.

    Args:
        preset: tiny trains an embedded model on generated tasks; 3b and 7b are Qwen2.5-VL on your data.
        model: checkpoint folder or hub id.
        data: file or folder of training records, text or with images, in any format that mmreason reads.
        test_data: held-out records for the exams before and after.
        tasks: what is generated where no data are given: transit maps (images) or sums (text), for each of which
            there is an embedded model.
        reward: how answers are judged; auto is the task's own verifier, and math for your data; near gives some credit
            for numbers that come near (RandomCalculation), logic is for the text puzzles of mmreason data make, code
            runs unit tests in a sandbox.
        allow_weak_sandbox: run programs also where the kernel cannot hold them as it should (see docs/sandbox.md).
        group_size: completions of a prompt.
        groups: prompts a step.
        steps: steps in all; None is one epoch of your data, or 100 steps on generated tasks.
        limit: longest completion in tokens.
        temperature: of sampling.
        lr: learning rate.
        lora: rank of a LoRA adapter; None trains all weights that are not frozen.
        freeze: components that do not learn: vision, merger, language, head.
        beta: coefficient of the KL to the starting policy; 0 switches it and the reference off; None is the
            algorithm's own.
        entropy: coefficient of the entropy bonus.
        minibatch: prompts an optimiser step; None is all of a step, fewer make several updates per rollout.
        epochs: passes over a step's rollouts.
        rounds: draws allowed to fill a step with groups whose accuracies differ (dynamic sampling); 1 keeps every
            group; None is the algorithm's own.
        truncated: completions cut by the limit are learned from, or not counted in any loss (overlong filtering).
        correction: importance correction for a sampler that is not the trainer, by token or sequence.
        correction_high: weights above it are cut to it, or masked.
        device: auto, cpu or cuda.
        on_bad_record: what a record that cannot be used does; skipped ones are counted.
        seed: of the generated tasks.
    """

    preset: Literal["tiny", "3b", "7b"] = "tiny"
    model: str | None = None
    data: str | None = None
    test_data: str | None = None
    tasks: Literal["maps", "sums"] = "maps"
    reward: Verifier = "auto"
    allow_weak_sandbox: bool = False
    group_size: int = 8
    groups: int = 16
    steps: int | None = None
    limit: int | None = None
    temperature: float = 1.0
    lr: float | None = None
    lora: int | None = None
    freeze: tuple[str, ...] | None = None
    beta: float | None = None
    entropy: float = 0.0
    minibatch: int | None = None
    epochs: int = 1
    rounds: int | None = None
    truncated: Literal["learn", "filter"] = "learn"
    correction: Correction = "off"
    correction_high: float = 3.0
    device: str = "auto"
    on_bad_record: Literal["stop", "skip"] = "stop"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what the command line refuses, for those who call a recipe themselves."""
        for name, kind in get_type_hints(Setup).items():
            given, allowed = getattr(self, name), get_args(kind)
            if get_origin(kind) is Literal and given not in allowed:
                raise RecipeError(f"{name} must be one of {', '.join(allowed)}, got {given!r}")
        if self.entropy < 0 or (self.beta is not None and self.beta < 0):
            raise RecipeError(f"beta and entropy must not be negative, got {self.beta} and {self.entropy}")

    @property
    def longest(self) -> int:
        """Longest completion in tokens."""
        return self.limit if self.limit is not None else TINY_LIMIT if self.preset == "tiny" else LIMIT

    def kl(self, own: float) -> float:
        """Coefficient of the KL, given the algorithm's own."""
        return own if self.beta is None else self.beta

    def one_update(self, name: str, otherwise: str = "") -> None:
        """Refuse several updates per rollout, for losses that have no importance ratio."""
        if self.epochs > 1 or (self.minibatch or self.groups) < self.groups:
            raise RecipeError(
                f"{name} has no importance ratio, so it makes one update per rollout: "
                f"leave epochs and minibatch out{otherwise}"
            )

    def credit(self, by: Normaliser | Credit) -> Credit:
        """An advantage, by name or as it is; corrected for the sampler where that is wanted."""
        named: dict[Any, Credit] = {"group": GroupNorm(), "batch": BatchNorm(), "mean": GroupNorm(scale=False)}
        found: Credit = by if isinstance(by, Credit) else named[by]
        if self.correction == "off":
            return found
        level, mode = cast(Any, self.correction.split("-"))
        return ImportanceCorrected(found, level, mode, high=self.correction_high)

    @property
    def old(self) -> Signal[Any]:
        """Log-probs that ratios start from: the sampler's, or with a correction the trainer's own."""
        return Sampled() if self.correction == "off" else TokenLogprobs()

    def over(self, name: Aggregation) -> Over:
        """An aggregation by name; overlong filtering is a part of it."""
        kept = self.truncated == "learn"
        if name == "constant":
            return Constant(self.longest, truncated=kept)
        if name == "prompts":
            return Prompts(PromptTokens(kept), truncated=kept)
        known: dict[str, Callable[..., Over]] = {"sequences": Sequences, "tokens": Tokens, "sums": SequenceSums}
        return known[name](truncated=kept)

    def recipe(
        self, name: str, paper: str, *losses: Loss, further: tuple[Term, ...] = (), beta: float = 0.0, rounds: int = 1
    ) -> Recipe:
        """Put it together.

        Args:
            name: of the recipe.
            paper: its title and arXiv id.
            losses: the algorithm's own.
            further: terms beside the accuracy.
            beta: not 0 where something needs the reference.
            rounds: the algorithm's own number of draws.
        """
        if self.preset != "tiny" and self.data is None:
            raise RecipeError(f"{name}: preset {self.preset} needs --data, a file or folder of records")
        over = next((loss.over for loss in losses if isinstance(loss, TokenLoss)), Tokens())
        bonus = (EntropyBonus(weight=self.entropy, over=over),) if self.entropy else ()
        stage = self.stage(name, (*losses, *bonus), further, rounds if self.rounds is None else self.rounds)
        models: tuple[tuple[Role, ModelSpec], ...] = ((POLICY, self.policy(stage)),)
        models += ((REFERENCE, Frozen()),) if beta else ()
        return Recipe(name=name, stages=(stage,), models=models, exams=self.exams(stage), paper=paper)

    def stage(self, name: str, losses: tuple[Loss, ...], further: tuple[Term, ...], rounds: int) -> Stage:
        """The one stage that learns."""
        own, source = self.judge(self.data), self.source(self.data, train=True)
        return Stage(
            name="train",
            tasks=Shuffled(source),
            rollout=Sample(num=self.group_size, limit=self.longest, temperature=self.temperature),
            steps=epoch(name, source, self.data, self.steps, self.groups, GENERATED_STEPS),
            groups=self.groups,
            rounds=rounds,
            minibatch=self.minibatch,
            epochs=self.epochs,
            filters=(KeepVaried(own),) if rounds > 1 else (),
            rewards=(Term("accuracy", own, missing="drop" if further else "skip"), *further),
            losses=losses,
            metrics=(
                RewardTable(),
                Lengths(),
                Mean("accuracy", own, field="type"),
                *(() if self.correction == "off" else (SamplerGap(),)),
            ),
        )

    def judge(self, data: str | None) -> Reward:
        """Right or wrong."""
        if self.reward != "auto":
            return verifier(self.reward, self.allow_weak_sandbox)
        if data is None:
            return ReasonMapAccuracy() if self.tasks == "maps" else MathAccuracy()
        return natural(reader_for(data))

    def source(self, data: str | None, train: bool) -> TaskSpec:
        """Records from a file, or tasks made for the run; train and test share none."""
        split: Literal["train", "test"] = "train" if train else "test"
        if data is not None:
            return replace(reader_for(data), on_bad_record=self.on_bad_record)
        if self.tasks == "maps":
            return TransitMaps(400 if train else 10, self.seed, "tiny", split, MAP_TYPES)
        return sums(200 if train else 30, self.seed, split)

    def policy(self, stage: Stage) -> Policy:
        """The model of the preset, with its optimiser."""
        tiny = self.preset == "tiny"
        updates = stage.steps * stage.epochs * -(-stage.groups // (stage.minibatch or stage.groups))
        lr = (TINY_LR if tiny else 1e-6) if self.lr is None else self.lr
        slows = {"schedule": "cosine", "total": max(updates, 1), "floor": 0.1} if tiny else {}
        still = self.still if self.freeze is None else self.freeze
        return policy(
            self.preset, self.model, self.embedded, AdamW(lr=lr, **cast(Any, slows)), self.lora, still, self.device
        )

    @property
    def embedded(self) -> str:
        """The small model that knows something of the tasks."""
        return TINY_TEXT if self.data is None and self.tasks == "sums" else TINY

    @property
    def still(self) -> tuple[str, ...]:
        """Components that the preset freezes: features of a frozen tower are good for the whole run."""
        return ("vision",) if self.preset == "tiny" and (self.model or self.embedded) == TINY else ()

    def exams(self, stage: Stage) -> tuple[Stage, ...]:
        """Held-out tasks before and after, four samples each."""
        if self.data is not None and self.test_data is None:
            return ()
        tasks, own = self.source(self.test_data, train=False), self.judge(self.test_data)
        num = 10 * len(MAP_TYPES) if isinstance(tasks, TransitMaps) else len(tasks.load_tasks(Path())[0])
        exam = Stage(
            name="held_out",
            tasks=InOrder(tasks),
            rollout=replace(cast(Sample, stage.rollout), num=4, temperature=1.0),
            groups=num,
            rewards=(Term("accuracy", own),),
            metrics=(RewardTable(), Lengths(), Mean("accuracy", own, field="type"), AnyOf("pass_at_4", own)),
        )
        return (exam,)


def with_setup(build: Callable[..., Recipe]) -> Callable[..., Recipe]:
    """Make a recipe of a function whose first argument is a ``Setup``: its keywords and the function's own."""
    shared = inspect.signature(Setup).parameters
    own = dict(list(inspect.signature(build).parameters.items())[1:])
    hints = get_type_hints(Setup) | get_type_hints(build)

    @wraps(build)
    def recipe(**given: Any) -> Recipe:
        unknown = sorted(given.keys() - shared.keys() - own.keys())
        if unknown:
            raise TypeError(f"{build.__name__}() got an unexpected keyword argument {unknown[0]!r}")
        setup = Setup(**{name: value for name, value in given.items() if name in shared})
        return build(setup, **{name: value for name, value in given.items() if name in own})

    keywords = [
        p.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[name]) for name, p in (shared | own).items()
    ]
    recipe.__signature__ = inspect.Signature(keywords, return_annotation=Recipe)  # type: ignore[attr-defined]
    recipe.__annotations__ = {p.name: p.annotation for p in keywords} | {"return": Recipe}
    recipe.__doc__ = told(build)
    return recipe


def told(build: Callable[..., Recipe]) -> str:
    """The function's docstring, with the arguments of ``Setup`` after its own."""
    doc = inspect.cleandoc(build.__doc__ or "")
    common = inspect.cleandoc(Setup.__doc__ or "").partition("Args:\n")[2]
    return re.sub(r"\s*\Z", "\n", doc) + ("" if "Args:\n" in doc else "\nArgs:\n") + common
