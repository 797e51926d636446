"""What signals tell readers of traces beside their numbers."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from mmreason.asks import EMA
from mmreason.judges.asks import LISTENER
from mmreason.judges.listened import Listened
from mmreason.judges.listener_choice import HearChain, ListenerChoice, both_orders
from mmreason.parsing.decision import decision_text
from mmreason.probes.answer_likelihood import AnswerLikelihood, ReferenceLikelihood
from mmreason.probes.shuffled_pass import OptionShuffle, ShuffledPass
from mmreason.rewards.grit.chain import ChainBoxes
from mmreason.rewards.grit.grounding_iou import GroundingIoU
from mmreason.shown import Shown, Shows
from mmreason.signals import Signal
from mmreason.types import Completion, Group, Task
from tests.mmreason.fakes import comp
from vision_data.messages import user

NAN = float("nan")


def group_of(*texts: str, answer: str = "A", signals: dict[Signal[Any], Any] | None = None, **record: Any) -> Group:
    completions: tuple[Completion, ...] = tuple(comp([1, 2], text=text) for text in texts)
    task = Task(id="q0", prompt=(user("Which?\nA. cat\nB. dog\nC. cow"),), answer=answer, record=record)
    return Group(task, completions, dict(signals or {}))


def asked(first: str, named: list[float]) -> Shown | None:
    probe = ShuffledPass()
    signals = {probe: torch.tensor([named]), OptionShuffle(): (2, 0, 1)}
    options = ["cat", "dog", "cow"]
    made = group_of(f"<think>So.</think><answer>{first}</answer>", signals=signals, question="Which?", options=options)
    return probe.shown(made, 0)


@pytest.mark.parametrize(
    ("first", "named", "agrees", "text"),
    [("A", [1, 0, 0], True, "B"), ("B", [1, 0, 0], False, "B"), ("?", [1, 0, 0], None, "B"),
     ("A", [0, 0, 0], None, "no answer")],
)  # fmt: skip
def test_a_second_pass_tells_where_the_options_went(first: str, named: Any, agrees: Any, text: str) -> None:
    told = asked(first, named)
    assert told is not None
    assert (told.kind, told.agrees, told.text) == ("second_pass", agrees, text)
    assert [row[:3] for row in told.table[1:]] == [("A", "C", "cow"), ("B", "A", "cat"), ("C", "B", "dog")]


def test_options_that_cannot_be_shuffled_have_no_second_pass() -> None:
    probe = ShuffledPass()
    assert probe.shown(group_of("A", signals={OptionShuffle(): None}), 0) is None


@pytest.mark.parametrize("probe", [AnswerLikelihood(), ReferenceLikelihood()])
def test_likelihoods_name_who_judged(probe: Any) -> None:
    told = probe.shown(group_of("x", "y", signals={probe: torch.tensor([0.25, NAN])}), 0)
    assert (told.kind, told.numbers) == ("likelihood", {"likelihood": 0.25})
    assert EMA.name in told.title


@pytest.mark.parametrize(
    ("first", "said", "agrees"), [(0.9, 1, True), (0.9, 2, False), (NAN, 1, None), (0.9, None, None)]
)
def test_a_listener_agrees_or_contradicts(first: float, said: int | None, agrees: bool | None) -> None:
    choice = ListenerChoice()
    text = "<think>Hm.</think>" + (f"<answer>{decision_text(said)}</answer>" if said else "")
    told = choice.shown(group_of(text, signals={choice: torch.tensor([first])}), 0)
    assert told.agrees is agrees
    assert LISTENER.name in told.title


def test_a_listener_in_both_orders_tells_each() -> None:
    choice = both_orders()
    signals: dict[Signal[Any], Any] = {
        choice: torch.tensor([0.6]),
        Listened(HearChain()): torch.tensor([0.9]),
        Listened(HearChain(turned=True)): torch.tensor([0.7]),
    }
    numbers = choice.shown(group_of("x", signals=signals), 0).numbers
    assert numbers["picture 1, as shown"] == pytest.approx(0.9)
    assert numbers["picture 1, turned"] == pytest.approx(0.3)


def test_a_chains_boxes_stand_where_the_text_says_them() -> None:
    text = "<think>A cup [0, 10, 50, 60] and [50,0,50,9].</think><rethink>[1,1,2,2]</rethink><answer>1"
    probe = GroundingIoU(ChainBoxes())
    told = probe.shown(group_of(text, bboxs=[[0, 0, 100, 50]], width=100, height=100), 0)
    assert told is not None
    (box,) = told.boxes
    assert box.edges == (0.0, 0.1, 0.5, 0.6)
    assert text[box.start : box.end] == "0, 10, 50, 60"
    assert told.gold_boxes == ((0.0, 0.0, 1.0, 0.5),)


def test_empty_fields_are_left_out_of_the_line() -> None:
    assert Shown(kind="a", title="b").line() == {"kind": "a", "title": "b"}


def test_signals_without_more_to_tell_are_passed_over() -> None:
    assert not isinstance(OptionShuffle(), Shows)
    assert isinstance(GroundingIoU(), Shows)
