"""Which of two pictures fits a prompt better, and how often a listener disagrees with the decision after a chain."""

from __future__ import annotations

from mmreason.asks import POLICY
from mmreason.data.cell_pairs import CellPairs
from mmreason.data.formats import FormatTasks
from mmreason.data.pair_orders import BothOrders
from mmreason.data.pair_questions import PairQuestions
from mmreason.data.records import OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.evaluation.measures import Contradicted
from mmreason.evaluation.suite import By, Suite
from mmreason.judges.asks import LISTENER
from mmreason.judges.listened import Listened
from mmreason.judges.listener_choice import DECIDER, HearChain, ListenerChoice
from mmreason.judges.local import LocalJudge
from mmreason.metrics.contradiction import ContradictionRate
from mmreason.metrics.pairwise_score import PairwiseScore
from mmreason.parsing.decision import decision_text, read_decision
from mmreason.rewards.base import Term
from mmreason.rewards.decision import DecisionAccuracy

ACCURACY = DecisionAccuracy()
PIXELS = 512 * 28 * 28
"""Most pixels of a picture; the paper tells nothing."""


def read(path: str, bad: OnBadRecord) -> TaskSpec:
    """HPDv2, ImageReward, or rows with prompt, image_1, image_2 and preference; each pair in both orders."""
    return BothOrders(PairQuestions(FormatTasks(path, on_bad_record=bad), max_pixels=PIXELS, on_bad_record=bad))


def drawn(num: int, seed: int) -> TaskSpec:
    """Pairs of drawn pictures with a single weak fault, each in both orders."""
    return BothOrders(CellPairs(max(-(-num // 2), 1), seed, "test", ("hard",)))


def decided(text: str) -> str | None:
    """Give the decision in its plain form; None where there is none."""
    said = read_decision(text)
    return None if said is None else decision_text(said)


BY_RULE, HEARD = ContradictionRate(accuracy=ACCURACY), ContradictionRate(ListenerChoice(), ACCURACY)
SUITE = Suite(
    about="Preference pairs in both orders, and decisions that a listener contradicts, arXiv:2506.22832",
    read=read,
    drawn=drawn,
    rewards=(
        Term("accuracy", ACCURACY),
        Term("contradiction", Contradicted(BY_RULE), 0.0),
    ),
    metrics=(BY_RULE, PairwiseScore()),
    inside_metrics=(PairwiseScore(ListenerChoice(Listened(HearChain(), by=DECIDER))),),
    inside_models=((DECIDER, LocalJudge(POLICY, role=DECIDER)),),
    judged=(Term("heard_contradiction", Contradicted(HEARD), 0.0),),
    judge=LISTENER,
    extract=decided,
    apart=(By("level"),),
    cluster="pair",
    limit=768,
    recipes=("listener",),
)
