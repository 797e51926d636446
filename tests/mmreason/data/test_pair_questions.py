"""Preference pairs of the data sets people have, in both orders, and against anchors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmreason.data.anchor_duels import AnchorDuels
from mmreason.data.formats import FormatTasks
from mmreason.data.pair_orders import BothOrders, exchanged, turned
from mmreason.data.pair_questions import BRIEF, PairQuestions
from mmreason.data.records import BadRecord
from mmreason.errors import DataError, RecipeError
from mmreason.parsing.decision import decision_text
from mmreason.signals import check
from mmreason.types import Task
from tests.mmreason.fakes import task
from vision_data.media import Image
from vision_data.messages import media_of, text_of, user

DATA = Path(__file__).parents[2] / "data"
HPD, REWARD = FormatTasks(DATA / "hpd" / "train.json"), FormatTasks(DATA / "image-reward" / "test.json")


def load(spec: PairQuestions | BothOrders | AnchorDuels) -> list[Task]:
    check(spec)
    return spec.load_tasks(Path())[0]


def test_hpd_and_image_reward_in_the_papers_form() -> None:
    for spec in (HPD, REWARD):
        tasks = load(PairQuestions(spec, max_pixels=1000))
        assert len(tasks) == 3
        for t in tasks:
            assert t.answer == decision_text(t.record["preference"])
            assert t.record["description"] in text_of(t.prompt)
            assert "options" not in t.record
            assert '{"image_1": 1, "image_2": 0}' in text_of(t.prompt)
            assert [m.max_pixels for m in media_of(t.prompt)] == [1000, 1000]
            kinds = [type(part) for part in t.prompt[0].content]
            assert kinds == [str, Image, str, Image, str]
    assert [t.record["preference"] for t in load(PairQuestions(HPD))] == [1, 2, 2]


def test_plain_rows_of_pairs(tmp_path: Path) -> None:
    pictures = [str(DATA / "hpd" / "train" / name) for name in ("a.png", "b.png")]
    row = {"prompt": "a disc {0}", "image_1": pictures[0], "image_2": pictures[1], "preference": 2, "votes": [1, 9]}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(row) + "\n")
    [found] = load(PairQuestions(FormatTasks(tmp_path / "pairs.jsonl", outside=True), form=BRIEF))
    assert found.answer == decision_text(2)
    assert found.record["votes"] == [1, 9]
    assert "a disc {0}" in text_of(found.prompt)


def test_a_share_is_drawn_by_seed() -> None:
    all_of_them = load(PairQuestions(HPD))
    draws = {tuple(t.id for t in load(PairQuestions(HPD, share=0.5, seed=seed))) for seed in range(8)}
    assert {len(draw) for draw in draws} == {2}
    assert len(draws) > 1
    assert load(PairQuestions(HPD, share=0.5, seed=3)) == load(PairQuestions(HPD, share=0.5, seed=3))
    assert len(load(PairQuestions(HPD, share=0.01))) == 1, "never none"
    assert len(load(PairQuestions(HPD, num=2))) == 2
    assert load(PairQuestions(HPD, num=99)) == all_of_them
    for how in ({"share": 0.0}, {"share": 1.1}, {"num": 0}):
        with pytest.raises(RecipeError, match="a share above 0 up to 1"):
            PairQuestions(HPD, **how)


@dataclass(frozen=True)
class Given:
    """Tasks made by hand."""

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        good = load(PairQuestions(HPD))
        one = Task(id="one", prompt=(user(media_of(good[0].prompt)[0], "?"),), record=good[0].record)
        tied = Task(id="tied", prompt=good[0].prompt, record={"description": "x", "preference": 0}, where="f.json:7")
        return [good[0], one, tied], []


def test_what_is_no_pair_is_told_or_counted() -> None:
    with pytest.raises(DataError, match=r"task 'one': expected two pictures, .* got 1 media"):
        load(PairQuestions(Given()))
    tasks, bad = PairQuestions(Given(), on_bad_record="skip").load_tasks(Path())
    assert (len(tasks), len(bad)) == (1, 2)
    assert bad[1].reason.startswith("f.json:7: ")
    other = FormatTasks(DATA / "chartqa" / "test_human.json", on_bad_record="skip")
    with pytest.raises(DataError, match="has no preference pair among"):
        load(PairQuestions(other, on_bad_record="skip"))


# Both orders


def test_every_pair_is_asked_in_both_orders() -> None:
    for given, other in zip(*[iter(load(BothOrders(PairQuestions(REWARD))))] * 2, strict=True):
        assert media_of(other.prompt) == media_of(given.prompt)[::-1]
        assert text_of(other.prompt) == text_of(given.prompt)
        assert other.id != given.id
        assert given.record["pair"] == other.record["pair"] == given.id
        assert (given.record["turned"], other.record["turned"]) == (False, True)
        assert other.record["preference"] == 3 - given.record["preference"]
        assert other.answer == decision_text(other.record["preference"])
        assert other.record["ranks"] == given.record["ranks"][::-1]
        again = turned(other)
        assert (again.prompt, again.answer) == (given.prompt, given.answer)


def test_what_cannot_be_turned_is_told() -> None:
    with pytest.raises(DataError, match=r"the answer is 'A', expected a decision such as"):
        turned(task(answer="A"))
    with pytest.raises(DataError, match="two pictures, got 0 media"):
        exchanged(task().prompt)


# Anchors


def test_pictures_meet_anchors_only() -> None:
    spec = PairQuestions(REWARD)
    every = load(AnchorDuels(spec, anchors=3))
    assert [t.record["pictures"] for t in every] == [[0, 1], [0, 2], [1, 2]]
    assert all(t.record["anchors"] == [True, True] for t in every)
    one = load(AnchorDuels(spec, anchors=1))
    assert len(one) == 2
    assert all(sum(t.record["anchors"]) == 1 for t in one)
    assert one == load(AnchorDuels(spec, anchors=1))
    chosen = {tuple(t.id for t in load(AnchorDuels(spec, anchors=1, seed=seed))) for seed in range(8)}
    assert len(chosen) > 1


def test_pairs_that_belong_to_no_set_are_left_out_and_ties_are_not_asked() -> None:
    duels = load(AnchorDuels(PairQuestions(HPD), anchors=3))
    assert [t.record["ranks"] for t in duels] == [[2, 1], [2, 1]], "of three pictures two are ranked the same"
    assert {t.record["description"] for t in duels} == {"two green discs"}
    with pytest.raises(DataError, match="no set of three or more pictures among 1 pairs"):
        load(AnchorDuels(PairQuestions(HPD, num=1)))
    with pytest.raises(RecipeError, match="at least one anchor"):
        AnchorDuels(PairQuestions(HPD), anchors=0)


def test_turned_duels_keep_their_pictures_numbers() -> None:
    given, other = load(BothOrders(AnchorDuels(PairQuestions(REWARD), anchors=1)))[:2]
    assert other.record["pictures"] == given.record["pictures"][::-1]
    assert other.record["anchors"] == given.record["anchors"][::-1]
