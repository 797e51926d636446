"""Labels from the record and from trials of both strategies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from mmreason.asks import REFERENCE, Generate, Request, Tokenise
from mmreason.errors import RecipeError
from mmreason.probes.programmability import Programmable, StrategyStarts, TriedProgrammability
from mmreason.rewards.chart_accuracy import ChartAccuracy
from mmreason.signals import check, needs
from mmreason.types import Group, Task
from tests.mmreason.fakes import NAN, Plain, close, comp, settled, task
from vision_data.media import Image
from vision_data.messages import user


class Answers(Plain):
    """Answers right so often by code and so often directly."""

    def __init__(self, code: int, direct: int) -> None:
        self.right, self.asked = {"<CODE>": code, "<DIRECT>": direct}, list[Generate]()

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        return [self.one(request) for request in requests]

    def one(self, request: Any) -> Any:
        if isinstance(request, Tokenise):
            assert not request.end
            assert not request.wrote
            return comp([len(request.text)], text=request.text)
        assert isinstance(request, Generate)
        assert request.after is not None
        self.asked.append(request)
        start = request.after.text
        assert request.after.tokens.tolist() == [len(start)]
        right = self.right[start]
        return [comp([1], text=f"{start} \\boxed{{{7 if i < right else 8}}}") for i in range(request.num)]


PICTURE = Image.of(np.full((28, 28, 3), 90, np.uint8))


def chart(record: dict[str, Any]) -> Task:
    return Task(id="q0", prompt=(user(PICTURE, "How many?"),), answer="7", record=record)


def label(probe: TriedProgrammability, model: Answers, **record: Any) -> float:
    group = Group(chart(record), (comp([1], text="x"), comp([2], text="y")))
    found = settled([group], probe, models={REFERENCE: model}).groups[0][probe].tolist()
    close(found, found[:1] * 2)
    return float(found[0])


@pytest.mark.parametrize(
    ("code", "direct", "wanted"),
    [(3, 1, 1), (1, 3, 0), (2, 2, 0), (4, 4, 0), (0, 0, 0), (1, 0, 1)],
)
def test_code_where_it_is_right_more_often_and_in_doubt_not(code: int, direct: int, wanted: float) -> None:
    probe = TriedProgrammability(num=4, limit=9, accuracy=ChartAccuracy(0.0))
    close(label(probe, Answers(code, direct)), wanted)


def test_a_task_is_tried_with_seeds_of_its_own() -> None:
    probe, model = TriedProgrammability(num=2, limit=9), Answers(1, 0)
    label(probe, model)
    one, other = model.asked
    assert (one.num, one.limit) == (2, 9)
    assert one.seed != other.seed
    again = Answers(1, 0)
    label(probe, again)
    assert [ask.seed for ask in again.asked] == [one.seed, other.seed]
    label(TriedProgrammability(num=2, seed=1), again)
    assert again.asked[2].seed != one.seed


def test_a_records_label_goes_before_unless_no_field_is_named() -> None:
    model = Answers(0, 4)
    assert label(TriedProgrammability(), model, programmable=True) == 1
    assert not model.asked
    assert label(TriedProgrammability(field=""), model, programmable=True) == 0


def test_without_a_picture_nothing_is_asked_and_there_is_no_label() -> None:
    probe, model = TriedProgrammability(), Answers(4, 0)
    group = Group(task(answer="7"), (comp([1], text="x"),))
    close(settled([group], probe, models={REFERENCE: model}).groups[0][probe], [NAN])
    assert not model.asked


def test_it_holds_what_it_needs_and_is_a_key() -> None:
    probe = TriedProgrammability()
    check(probe)
    assert StrategyStarts() in needs(probe)
    assert Programmable() == Programmable("programmable")
    with pytest.raises(RecipeError, match="num >= 1"):
        TriedProgrammability(num=0)
