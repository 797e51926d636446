"""Drawn pairs: what a task knows, splits, orders, the teacher's texts, ladders, and damaged folders."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from mmreason.data.pair_thoughts import PairTeacher, seen
from mmreason.data.pairs import THINGS, RenderedPairs
from mmreason.data.picture_ladders import PictureLadders
from mmreason.errors import DataError, RecipeError
from mmreason.metrics.contradiction import contradicts
from mmreason.parsing.decision import chain_of, decision_text, read_decision, verdict_in
from mmreason.rewards.decision import DecisionFormat
from mmreason.types import Task
from tests.mmreason.fakes import comp
from vision_data.errors import MediaError
from vision_data.image import load_image
from vision_data.media import Image
from vision_data.messages import media_of, text_of

TEACHER = PairTeacher(num=3)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pairs")


def drawn(home: Path, num: int = 12, **how: object) -> list[Task]:
    return RenderedPairs(num, **how).load_tasks(home)[0]  # type: ignore[arg-type]


def test_tasks_have_two_pictures_a_decision_and_what_the_generator_knows(home: Path) -> None:
    tasks = drawn(home)
    assert Counter(t.record["preference"] for t in tasks) == {1: 6, 2: 6}, "half of them have the better one first"
    assert [t.record["level"] for t in tasks[:4]] == ["medium", "hard", "medium", "hard"]
    for t in tasks:
        one, two = media_of(t.prompt)
        assert isinstance(one, Image)
        assert one != two
        assert t.answer == decision_text(t.record["preference"])
        assert t.record["description"] in text_of(t.prompt)
        worse = 3 - t.record["preference"]
        assert {fault["image"] for fault in t.record["faults"]} == {worse}
        shown = {thing["kind"] for n in (1, 2) for thing in t.record[f"objects_{n}"]}
        assert shown <= set(THINGS)
    picture = media_of(tasks[0].prompt)[0]
    assert isinstance(picture, Image)
    assert load_image(picture).size == (168, 168)


def test_they_are_drawn_once_and_a_part_of_more_is_the_same(home: Path) -> None:
    first = drawn(home)
    [folder] = [f for f in (home / "data").iterdir() if f.name.endswith("-0-12")]
    stamp = (folder / "records.jsonl").stat().st_mtime_ns
    assert drawn(home) == first
    assert (folder / "records.jsonl").stat().st_mtime_ns == stamp
    few = drawn(home, num=4)
    assert [t.record["description"] for t in few] == [t.record["description"] for t in first[:4]]
    assert [t.record["faults"] for t in few] == [t.record["faults"] for t in first[:4]]


def test_other_seeds_draw_others_and_splits_share_no_description(home: Path) -> None:
    train = {t.record["description"] for t in drawn(home)}
    test = {t.record["description"] for t in drawn(home, split="test")}
    assert train.isdisjoint(test)
    assert train != {t.record["description"] for t in drawn(home, seed=1)}


def test_hard_pairs_have_one_weak_fault(home: Path) -> None:
    for t in drawn(home, num=6, levels=("hard",)):
        [fault] = t.record["faults"]
        assert fault["strength"] <= 0.3


def test_bad_settings_are_told(home: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="num >= 1 and at least one level"):
        RenderedPairs(0)
    with pytest.raises(MediaError, match="unknown difficulty 'harder'"):
        drawn(home, levels=("harder",))
    with pytest.raises(DataError, match="no such pair among 2000; allow more things"):
        drawn(tmp_path, num=1, things=("unicorn",), kinds=("colour", "noise"))
    assert not (tmp_path / "data" / RenderedPairs(1, things=("unicorn",)).name()).exists()


def test_a_damaged_folder_is_told(tmp_path: Path) -> None:
    drawn(tmp_path, num=2)
    [folder] = (tmp_path / "data").iterdir()
    (folder / "records.jsonl").write_text("{")
    with pytest.raises(DataError, match="remove its folder and it is drawn again"):
        drawn(tmp_path, num=2)


# The teacher


def test_a_clean_teacher_is_right_and_in_form(home: Path) -> None:
    for t in drawn(home, teacher=TEACHER):
        assert len(t.record["demonstrations"]) == 3
        for text in t.record["demonstrations"]:
            assert DecisionFormat().rate(t, comp([1], text=text)) == 1
            assert read_decision(text) == t.record["preference"] == verdict_in(chain_of(text))
            for number in (1, 2):
                fits = "yes" if number == t.record["preference"] else "no"
                assert f"image {number}: {seen(t.record, number)}: {fits}." in text


def test_what_is_shown_comes_in_the_order_of_the_description() -> None:
    def things(*looks: tuple[str, str]) -> list[dict[str, str]]:
        return [{"colour": colour, "kind": kind} for colour, kind in looks]

    meant = [{"count": 2, "colour": "red", "kind": "mug"}, {"count": 1, "colour": "blue", "kind": "cat"}]
    for shown, told in (
        (things(("blue", "cat"), ("red", "mug"), ("red", "mug")), "two red mugs, a blue cat"),
        (things(("blue", "cat"), ("green", "mug"), ("green", "mug")), "two green mugs, a blue cat"),
        (things(("red", "mug"), ("red", "mug")), "two red mugs, nothing"),
        (things(("blue", "cat")), "nothing, a blue cat"),
        (things(("blue", "cat"), ("red", "mug"), ("red", "boat")), "a red mug, a blue cat, a red boat"),
        ([], "nothing, nothing"),
    ):
        record = {"groups": meant, "objects_1": shown, "blur_1": 0.0, "noise_1": 0.0}
        assert seen(record, 1) == told


def test_slips_are_wrong_verdicts_and_strays_contradictions(home: Path) -> None:
    for t in drawn(home, teacher=PairTeacher(num=2, slip=1.0)):
        for text in t.record["demonstrations"]:
            assert read_decision(text) == verdict_in(chain_of(text)) == 3 - t.record["preference"]
    for t in drawn(home, teacher=PairTeacher(num=2, stray=1.0)):
        for text in t.record["demonstrations"]:
            assert verdict_in(chain_of(text)) == t.record["preference"]
            assert contradicts(float(verdict_in(chain_of(text)) == 1), read_decision(text)) == 1


def test_texts_are_the_same_again_and_err_as_often_as_asked(home: Path) -> None:
    half = replace(TEACHER, num=100, slip=0.5)
    one, other = drawn(home, num=2, teacher=half), drawn(home, num=2, teacher=half)
    assert one[0].record["demonstrations"] == other[0].record["demonstrations"]
    right = [read_decision(text) == one[0].record["preference"] for text in one[0].record["demonstrations"]]
    assert 25 < sum(right) < 75
    assert (
        one[0].record["demonstrations"] != drawn(home, num=2, teacher=replace(half, seed=1))[0].record["demonstrations"]
    )


def test_a_teacher_out_of_range_is_refused() -> None:
    for how in ({"num": 0}, {"slip": 1.5}, {"stray": -0.1}):
        with pytest.raises(RecipeError, match="PairTeacher needs"):
            PairTeacher(**how)


# Ladders


def test_a_ladder_loses_rank_with_every_fault(home: Path) -> None:
    tasks, bad = PictureLadders(RenderedPairs(2, split="test", levels=("medium",))).load_tasks(home)
    assert (len(tasks), bad) == (6, [])
    assert len({t.id for t in tasks}) == 6
    for name in {t.record["set"] for t in tasks}:
        of_set = [t for t in tasks if t.record["set"] == name]
        ranks: dict[str, int] = {}
        for t in of_set:
            ranks |= dict(zip(t.record["images"], t.record["ranks"], strict=True))
            assert t.record["preference"] == (1 if t.record["ranks"][0] < t.record["ranks"][1] else 2)
            assert t.answer == decision_text(t.record["preference"])
        assert sorted(ranks.values()) == [1, 2, 3]
        assert len({media_of(t.prompt) for t in of_set}) == 3
