"""Every member of every room, found by walking the packages; and examples of those that need arguments.

A new method is under the laws as soon as its file exists. One that cannot be made without arguments needs an example
here; a test says so.
"""

from __future__ import annotations

import importlib
import re
from typing import Any, TypeVar

from mmreason import catalogue
from mmreason.asks import POLICY, REFERENCE
from mmreason.credit.base import Credit
from mmreason.credit.branches import Added, PerTerm, Scaled, ToGo, WithoutTruncated
from mmreason.credit.gae import GAE, Returns
from mmreason.credit.gpg import GroupPolicyGradient
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.high_entropy import HighEntropyTokens
from mmreason.credit.importance import ImportanceCorrected
from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.credit.plain import Raw
from mmreason.credit.process import ProcessAdvantage
from mmreason.credit.whitened import Whitened
from mmreason.credit.whitened_returns import WhitenedReturns
from mmreason.data.kept_demonstrations import Demonstrated
from mmreason.data.option_questions import OptionQuestions
from mmreason.data.sources import InOrder, Shuffled
from mmreason.filters.keep_varied import KeepVaried
from mmreason.judges.judge_score import JudgeScore
from mmreason.judges.judge_vote import JudgeVote
from mmreason.judges.listened import Listened
from mmreason.judges.listener_choice import HearChain
from mmreason.judges.local import LocalJudge
from mmreason.judges.server import OpenAIServer
from mmreason.losses.accurate_kl import AccurateKL
from mmreason.losses.adaptive_entropy import AdaptiveEntropy
from mmreason.losses.adaptive_kl import AdaptiveKL
from mmreason.losses.aggregation import Prompts, PromptTokens
from mmreason.losses.base import Constant, Sequences
from mmreason.losses.cispo import Cispo
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.dpo import DPO
from mmreason.losses.ipo import IPO
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.losses.sequence_ratio import SequenceRatio
from mmreason.losses.simpo import SimPO
from mmreason.losses.value_loss import ValueLoss
from mmreason.metrics.batch import AnyOf, Mean
from mmreason.metrics.explained_variance import ExplainedVariance
from mmreason.metrics.keep_tracks import KeepTracks
from mmreason.metrics.multi_answer import MultiAnswer
from mmreason.metrics.option_consistency import OptionConsistency
from mmreason.metrics.pass_at_k import PassAtK
from mmreason.metrics.preferences import PreferenceAccuracy
from mmreason.metrics.reasonmap_report import ReasonMapReport
from mmreason.metrics.skip_ratio import SkipRatio
from mmreason.probes.pairs import BestOverWorst
from mmreason.probes.token_logprobs import Sampled
from mmreason.probes.values import StateValues
from mmreason.rewards.difficulty import MapDifficulty
from mmreason.rewards.format import RouteFormat
from mmreason.rewards.in_workers import InWorkers
from mmreason.rewards.kl_penalty import TokenKLReward
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.times import Times
from mmreason.rollouts.reverse_thinking import ReverseThinking
from mmreason.rollouts.thought_dropout import ThoughtDropout
from mmreason.schedules import Cosine, From, Linear
from tests.mmreason.fakes import Fixed, Tasks

T = TypeVar("T")

TABLE = Fixed(())
"""A reward whose values the laws put in by hand."""

PAIRS = BestOverWorst()

EXAMPLES: dict[type, tuple[object, ...]] = {
    AccurateKL: (AccurateKL(accuracy=RouteFormat()),),
    MultiAnswer: (MultiAnswer(TABLE, TABLE),),
    OptionConsistency: (OptionConsistency(TABLE, TABLE, TABLE, TABLE),),
    OptionQuestions: (OptionQuestions(Tasks()),),  # type: ignore[arg-type]
    Demonstrated: (Demonstrated(Tasks()),),  # type: ignore[arg-type]
    ReverseThinking: (ReverseThinking(num=4, limit=64),),
    SkipRatio: (SkipRatio(), SkipRatio("type", TABLE, "episode_id")),
    ThoughtDropout: (ThoughtDropout(p=0.0),),
    DPO: (DPO(pairs=PAIRS), DPO(pairs=PAIRS, reference=None, smoothing=0.1, average=True)),
    ExplainedVariance: (ExplainedVariance(Sampled(), Returns(GAE(Sampled()))),),
    GAE: (GAE(Sampled()), GAE(Sampled(), whiten=False)),
    IPO: (IPO(pairs=PAIRS),),
    JudgeVote: (JudgeVote((JudgeScore(),)),),
    Listened: (Listened(HearChain()),),
    LocalJudge: (LocalJudge(REFERENCE),),
    OpenAIServer: (OpenAIServer(url="http://127.0.0.1:8000", model="judge"),),
    PreferenceAccuracy: (PreferenceAccuracy(DPO(pairs=PAIRS)),),
    Returns: (Returns(GAE(Sampled())),),
    SimPO: (SimPO(pairs=PAIRS),),
    StateValues: (StateValues(POLICY),),
    ValueLoss: (ValueLoss(critic=StateValues(POLICY), returns=Returns(GAE(Sampled())), trunk=True, trains=POLICY),),
    AdaptiveEntropy: (AdaptiveEntropy(0.3),),
    AdaptiveKL: (AdaptiveKL(0.1),),
    Added: (Added((GroupNorm(), GroupNorm(scale=False))),),
    AnyOf: (AnyOf("any", TABLE),),
    Cispo: (Cispo(), Cispo(cap=1.28, floor=0.8, level="sequence", over=Prompts())),
    ClippedSurrogate: (
        ClippedSurrogate(),
        ClippedSurrogate(by=Raw(), dual=3.0, over=Sequences()),
        ClippedSurrogate(delta=4.0, stale=0.1, over=Sequences(truncated=False, empty=False)),
        ClippedSurrogate(by=ImportanceCorrected(GroupNorm(), trainer=Sampled()), over=Constant(7, False)),
    ),
    Constant: (Constant(7), Constant(7, truncated=False)),
    Cosine: (Cosine(1.0, 0.0),),
    From: (From(2),),
    GroupNorm: (GroupNorm(), GroupNorm(scale=False), GroupNorm(ddof=0, eps=0.0), GroupNorm(lone=True)),
    GroupPolicyGradient: (
        GroupPolicyGradient(),
        GroupPolicyGradient("released", scale=True),
        GroupPolicyGradient("nonzero"),
        GroupPolicyGradient("off"),
    ),
    HighEntropyTokens: (HighEntropyTokens(GroupNorm()),),
    ImportanceCorrected: (
        ImportanceCorrected(GroupNorm()),
        ImportanceCorrected(GroupNorm(), "token", "truncate", high=2.0),
        ImportanceCorrected(GroupNorm(), "token", "mask", 0.5, 5.0),
    ),
    InOrder: (InOrder(Tasks()),),  # type: ignore[arg-type]
    InWorkers: (InWorkers(ReasonMapAccuracy()),),
    KLPenalty: (KLPenalty(), KLPenalty(estimator="k3+"), KLPenalty(corrected="token", clamp=10.0)),
    KeepVaried: (KeepVaried(TABLE), KeepVaried(TABLE, singles=True)),
    LeaveOneOut: (LeaveOneOut(), LeaveOneOut(scale=True)),
    Linear: (Linear(1.0, 0.0),),
    KeepTracks: (KeepTracks((TABLE,)),),
    Mean: (Mean("mean", TABLE, field="type", weight=MapDifficulty()),),
    PassAtK: (PassAtK("pass", TABLE),),
    ProcessAdvantage: (ProcessAdvantage(TokenKLReward(), span="think"),),
    Prompts: (Prompts(), Prompts(PromptTokens(False), truncated=False)),
    PerTerm: (PerTerm(GroupNorm()), PerTerm(GroupNorm(scale=False), scale=False)),
    ReasonMapReport: (ReasonMapReport(TABLE),),
    Scaled: (Scaled(GroupNorm(), MapDifficulty()),),
    SequenceRatio: (SequenceRatio(), SequenceRatio(by_token=True), SequenceRatio(total="sum", low=0.2, high=0.2)),
    Sequences: (Sequences(), Sequences(empty=False)),
    Shuffled: (Shuffled(Tasks()),),  # type: ignore[arg-type]
    Times: (Times(ReasonMapAccuracy(), MapDifficulty()),),
    ToGo: (ToGo(GroupNorm(), (TokenKLReward(),)),),
    Whitened: (Whitened(), Whitened(by_token=True), Whitened(by_token=True, ddof=0, flat=False)),
    WhitenedReturns: (WhitenedReturns(), WhitenedReturns(gamma=0.9, ddof=0)),
    WithoutTruncated: (WithoutTruncated(GroupNorm()),),
}


def classes(room: str = "") -> list[type]:
    """Methods of one room of mmreason, or of all."""
    found = [m for m in catalogue.methods() if m.room.startswith(f"mmreason.{room}")]
    return [getattr(importlib.import_module(m.module), m.name) for m in found]


def examples(cls: type) -> tuple[Any, ...]:
    """Those given here, or the one without arguments."""
    if cls in EXAMPLES:
        return EXAMPLES[cls]
    try:
        return (cls(),)
    except TypeError as error:
        raise AssertionError(f"{cls.__name__} needs an example in tests/mmreason/laws/members.py: {error}") from None


def members(room: str, kind: type[T] | None = None) -> list[T]:
    """Examples of every method of a room that is of a kind."""
    every = [example for cls in classes(room) for example in examples(cls)]
    return [example for example in every if kind is None or isinstance(example, kind)]


def named(member: object) -> str:
    """A short name for the report of a failure, the same in every process: no addresses of functions."""
    return re.sub(r"<function (\w+) at 0x\w+>", r"\1", repr(member))[:60]


CREDITS: list[Credit] = members("credit", Credit)  # type: ignore[type-abstract]
