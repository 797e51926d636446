"""GRIT's rewards: the card's chains, what counts as a box, unions of boxes, and texts made to be paid."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.asks import JUDGE
from mmreason.credit.group_norm import GroupNorm
from mmreason.errors import DataError, RecipeError
from mmreason.judges.asks import Judge, Verdict
from mmreason.judges.judge_score import JudgeScore
from mmreason.rewards.base import Term, total
from mmreason.rewards.bleu import Bleu, bleu
from mmreason.rewards.grit.anti_repetition import AntiRepetition, echoed_share
from mmreason.rewards.grit.box_count import BoxCount
from mmreason.rewards.grit.chain import ChainBoxes, chain_answer, chain_rows, is_counting, released_answer
from mmreason.rewards.grit.chain_format import ChainFormat, chain_tags
from mmreason.rewards.grit.grounding_iou import MOST, Edges, GroundingIoU, union_iou
from mmreason.rewards.grit.released_boxes import ReleasedBoxes
from mmreason.rewards.grit.released_tags import ReleasedTags, tags_in_order
from mmreason.rewards.text_match import TextMatch
from mmreason.types import Task
from tests.mmreason.fakes import Says, close, comp, group, settled, task

GOOD = (
    "<think> Two cups: [10, 20, 30, 40] and [50,20,70,40]. They stand apart. </think> "
    "<rethink> I count 2 cups. </rethink> <answer> 2"
)
ALONE = "<answer> 2"
WRONG = "<rethink> no box </rethink> <think> late [1,2,3,4] </think> <answer> 3 <answer>"
CUPS: dict[str, Any] = {"answer": "2", "record": {"dataset": "tallyqa"}}
PLAIN_BLEU, RAW_BLEU = Bleu(order=1, extract=chain_answer), Bleu(order=1, extract=released_answer)


def by_rule(request: Judge) -> Verdict:
    """A judge who compares texts."""
    assert request.task is not None
    assert request.completion is not None
    return Verdict(f"{{score: {TextMatch(extract=chain_answer).rate(request.task, request.completion)}}}")


def rated(reward: Any, text: str, about: Task | None = None) -> float:
    return float(reward.rate(about or task(**CUPS), comp([1], text=text)))


def boxed(*boxes: list[float], **record: Any) -> Task:
    return task(record={"width": 100, "height": 50, "bboxs": list(boxes), **record})


@pytest.mark.parametrize(("text", "form", "count"), [(GOOD, 1.5, 1.0), (ALONE, 0.0, 0.0), (WRONG, 0.5, 0.0)])
def test_the_papers_parts_on_the_cards_chains(text: str, form: float, count: float) -> None:
    assert rated(ChainFormat(), text) == form
    assert rated(BoxCount(), text) == count


@pytest.mark.parametrize(
    ("text", "tags", "boxes", "words"),
    [
        (GOOD, 0.5 + 0.5, 1.5, 1.0),
        (f"{GOOD} </answer>", 0.5 + 0.5, 1.5, 0.5),
        (ALONE, 0.5, 0.0, 1.0),
        (WRONG, 0.25 + 0.2, 0.0, 0.0),
    ],
)
def test_the_released_parts_on_the_cards_chains(text: str, tags: float, boxes: float, words: float) -> None:
    assert rated(ReleasedTags(), text) == pytest.approx(tags)
    assert rated(ReleasedBoxes(), text) == boxes
    assert rated(RAW_BLEU, text) == pytest.approx(words)


def test_the_good_chain_earns_all_that_the_paper_pays() -> None:
    rewards = (
        Term("format", ChainFormat()),
        Term("count", BoxCount(), weight=0.5),
        Term("judge", JudgeScore(threshold=0.5)),
        Term("bleu", PLAIN_BLEU, weight=0.1),
    )
    chains = group(*(comp([1, 2], text=text) for text in (GOOD, f"{GOOD} </answer>", ALONE, WRONG)), **CUPS)
    batch = settled([chains], GroupNorm(eps=1e-4), terms=rewards, models={JUDGE: Says(by_rule)})
    close(total(batch), [[3.1, 3.1, 1.1, 0.5]])
    mean, std = 1.95, math.sqrt(sum((x - 1.95) ** 2 for x in (3.1, 3.1, 1.1, 0.5)) / 3)
    advantages = [float(a[0]) for a in batch.groups[0][GroupNorm(eps=1e-4)]]
    close(advantages, [(x - mean) / (std + 1e-4) for x in (3.1, 3.1, 1.1, 0.5)])


def test_bleu_1() -> None:
    assert bleu("a red bus", ["red bus"], order=1) == pytest.approx(0.666667, abs=1e-6)
    assert bleu("bus", ["red bus"], order=1) == pytest.approx(0.367879, abs=1e-6)
    assert rated(PLAIN_BLEU, f"{GOOD} </answer>") == 1.0
    assert rated(PLAIN_BLEU, "<think>2</think>") == 0.0


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", []),
        ('{"bbox_2d": [1, 2, 3, 4]}', [(1, 2, 3, 4)]),
        ("1, 2, 3, 4, 5, 6, 7, 8", [(1, 2, 3, 4), (5, 6, 7, 8)]),
        ("1 2 3 4", []),
        ("1,2,3", []),
        ("[1, 2, 3, 4.5]", [(1, 2, 3, 4)]),
        ("[12.5, 3, 4, 6]", [(5, 3, 4, 6)]),
        ("<rethink>[1,2,3,4]</rethink>", []),
        ("[1,2,3,4]<rethink>[5,6,7,8]<rethink>[5,6,7,8]", [(1, 2, 3, 4)]),
        ("9" * 40 + ",2,3,4", []),
        ("1," + " " * 10 + "2,3,4", []),
    ],
)
def test_what_is_read_as_a_box(text: str, rows: list[tuple[int, ...]]) -> None:
    assert chain_rows(text) == rows


def test_long_texts_are_read_fast() -> None:
    assert len(chain_rows("1, 2, 3, 4 " * 5000)) == 5000
    assert chain_rows("1, " * 30_000 + "<rethink>")
    assert not chain_rows("1," + " " * 100_000)


def test_numbers_of_prose_count_unless_a_box_must_be_inside() -> None:
    about = boxed([0, 0, 10, 10])
    prose, box, swapped, outside = "steps 4, 3, 2, 1", "[1,2,3,4]", "[30,4,10,8]", "[1,2,300,4]"
    for text in (prose, box, swapped, outside):
        assert len(ChainBoxes().rows(about, text)) == 1
        assert len(ChainBoxes(inside=True).rows(about, text)) == (text == box)
    assert ChainBoxes(inside=True, said="thousand").rows(about, outside)
    assert len(ChainBoxes(inside=True).rows(task(), outside)) == 1


def test_no_box_and_nothing_to_count_agree() -> None:
    none = task(answer="0", record={"dataset": "tallyqa"})
    assert rated(BoxCount(), "<think>none</think>", none) == 1.0
    assert rated(BoxCount(), GOOD, none) == 0.0
    assert rated(ReleasedBoxes(), "<think>none</think><rethink>", none) == 1.0


@pytest.mark.parametrize(("answer", "expected"), [("two", math.nan), (None, math.nan), ("2.0", 1.0), (" 2 ", 1.0)])
def test_a_gold_count_that_is_no_whole_number_is_not_measured(answer: str | None, expected: float) -> None:
    about = task(answer=answer, record={"dataset": "tallyqa"})
    close(rated(BoxCount(), GOOD, about), expected)
    assert rated(ReleasedBoxes(), GOOD, about) == (0.5 if math.isnan(expected) else 1.5)


def test_each_task_says_for_itself_whether_it_counts() -> None:
    other = task(answer="2", record={"dataset": "vsr"})
    assert rated(BoxCount(), GOOD, other) == 0.0
    assert rated(ReleasedBoxes(), GOOD, other) == 0.5
    assert is_counting(task(record={"type": "counting"}))
    assert not is_counting(task())


def test_without_the_counting_reward_the_number_of_boxes_is_all_the_same() -> None:
    assert (
        rated(ReleasedBoxes(count=0.0), GOOD) == rated(ReleasedBoxes(count=0.0), GOOD.replace("50,20,70,40", "")) == 0.5
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>a</think><rethink>b", (True, False)),
        ("<think>a<rethink>b</rethink>", (False, False)),
        ("<rethink>b</rethink>", (False, False)),
        ("<think>\n</think>\n<rethink>\n</rethink>", (True, True)),
        ("<THINK>a</THINK>", (False, False)),
    ],
)
def test_tags(text: str, expected: tuple[bool, bool]) -> None:
    assert chain_tags(text) == expected


def test_the_baselines_format_pays_nothing_for_boxes() -> None:
    assert rated(ChainFormat(boxes=None), GOOD) == 1.0
    assert rated(ChainFormat(boxes=None), "[1,2,3,4]") == 0.0


def test_released_tags_go_on_behind_the_last_occurrence() -> None:
    assert tags_in_order("<think>a</think><think><rethink>b</rethink>") == 3  # no </think> behind the last <think>
    assert rated(ReleasedTags(), "<think>one</think><rethink></rethink>") == pytest.approx(0.4)
    assert rated(ReleasedTags(), "<think>one two</think><rethink></rethink><answer>") == pytest.approx(1.0)


def test_answers() -> None:
    assert chain_answer("<answer>a</answer> b <answer>c") == "a"
    assert released_answer("<answer>a</answer>") == "a</answer>"
    assert chain_answer("") is None
    assert chain_answer("<answer></answer>") == ""


# Unions of boxes


def test_grounding_iou_of_the_card() -> None:
    assert union_iou([(0, 0, 10, 10), (5, 5, 15, 15)], [(0, 0, 10, 10)]) == pytest.approx(100 / 175)
    about = task(record={"width": 20, "height": 20, "bboxs": [[0, 0, 10, 10]]})
    assert rated(GroundingIoU(), "[0,0,10,10] [5,5,15,15]<rethink>", about) == pytest.approx(0.571429, abs=1e-6)


def edges(most: int = 12) -> st.SearchStrategy[list[Edges]]:
    side = st.integers(0, most)
    span = st.tuples(side, side).map(lambda p: (min(p), max(p)))
    box = st.tuples(span, span).map(lambda p: (float(p[0][0]), float(p[1][0]), float(p[0][1]), float(p[1][1])))
    return st.lists(box, max_size=5)


def cells(boxes: list[Edges]) -> set[tuple[int, int]]:
    return {(x, y) for a, b, c, d in boxes for x in range(int(a), int(c)) for y in range(int(b), int(d))}


@given(edges(), edges())
def test_unions_are_those_of_unit_cells(one: list[Edges], other: list[Edges]) -> None:
    mine, theirs = cells(one), cells(other)
    expected = len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0
    assert union_iou(one, other) == pytest.approx(expected)
    assert union_iou(one, other) == union_iou(other, one)
    assert union_iou([*one, *one], other) == union_iou(one, other)


@given(edges())
def test_a_union_is_itself(one: list[Edges]) -> None:
    assert union_iou(one, one[::-1]) == (1.0 if cells(one) else 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[0,0,10,50]", 1.0),
        ("[10,50,0,0]", 1.0),  # corners in any order
        ("[0,0,10,999]", 1.0),  # cut to the picture
        ("[0,0,0,50] [0,0,5,50]", 0.5),  # no area
        ("[200,0,300,50]", 0.0),
        ("nothing", 0.0),
        ("<rethink>[0,0,10,50]", 0.0),
    ],
)
def test_boxes_of_a_chain(text: str, expected: float) -> None:
    assert rated(GroundingIoU(), text, boxed([0, 0, 10, 50])) == pytest.approx(expected)


def test_spaces_and_what_is_not_measured() -> None:
    about = boxed([0, 0, 50, 25])
    assert rated(GroundingIoU(ChainBoxes(said="thousand")), "[0,0,500,500]", about) == pytest.approx(1.0)
    shown = task(
        record={"width": 100, "height": 50, "resized_width": 200, "resized_height": 100, "bboxs": [[0, 0, 50, 25]]}
    )
    assert rated(GroundingIoU(ChainBoxes(said="resized")), "[0,0,100,50]", shown) == pytest.approx(1.0)
    assert math.isnan(rated(GroundingIoU(), "[0,0,1,1]", boxed()))
    assert math.isnan(rated(GroundingIoU(), "[0,0,1,1]", task()))
    with pytest.raises(DataError, match="bboxs"):
        rated(GroundingIoU(), "[0,0,1,1]", boxed([0, 0, 500, 25]))


def test_a_chain_of_very_many_boxes_is_looked_at_up_to_a_limit() -> None:
    many = " ".join(f"[{n % 90},0,{n % 90 + 5},50]" for n in range(20 * MOST))
    assert 0 < rated(GroundingIoU(), many, boxed([0, 0, 10, 50])) < 1


# Repetition


def test_anti_repetition() -> None:
    words = [str(n) for n in range(8)]
    once, twice = " ".join(words), " ".join([*words, *words])
    assert rated(AntiRepetition(), "") == rated(AntiRepetition(), once) == 0.5
    assert rated(AntiRepetition(), twice) == 0.0  # one place for a repetition, and it is one
    tokens = comp(list(range(8)) * 2, text=twice)
    assert AntiRepetition().rate(task(), tokens) == -0.5
    assert AntiRepetition(size=2).rate(task(), comp([1, 2, 1, 2, 3], text="a b c d e")) == 0.25
    with pytest.raises(RecipeError, match="size is 0"):
        AntiRepetition(size=0)


@given(st.lists(st.integers(0, 2), max_size=24), st.integers(1, 4))
def test_echoes_are_counted_as_by_hand(items: list[int], size: int) -> None:
    places = range(len(items) - 2 * size + 1)
    hits = [items[i : i + size] == items[i + size : i + 2 * size] for i in places]
    assert echoed_share(items, size) == (sum(hits) / len(hits) if hits else 0.0)
