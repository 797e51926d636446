from __future__ import annotations

import pytest

from mmreason.errors import DataError, RecipeError
from mmreason.rewards.difficulty import MapDifficulty, difficulty_weight, level_of
from mmreason.signals import check


def record(city: str = "hard", transfers: int = 1, kind: str = "planning") -> dict[str, object]:
    return {"type": kind, "difficulty_city": city, "question_transfer_count": transfers}


@pytest.mark.parametrize(("city", "weight"), [("easy", 1.0), ("middle", 1.2), ("medium", 1.2), ("hard", 1.5)])
def test_the_map_counts_always_and_transfers_only_for_planning(city: str, weight: float) -> None:
    assert difficulty_weight(record(city, transfers=0)) == weight
    assert difficulty_weight(record(city, transfers=1)) == weight + 0.5
    assert difficulty_weight(record(city, transfers=7)) == weight + 0.5
    for kind in ("TorF1", "TorF2", "Counting1", "Counting2", "Counting3"):
        assert difficulty_weight(record(city, transfers=1, kind=kind)) == weight


@pytest.mark.parametrize("label", ["Hard", "", "very hard", None, 2, ["hard"]])
def test_an_unknown_label_is_an_error_and_not_easy(label: object) -> None:
    with pytest.raises(DataError, match="difficulty_city"):
        difficulty_weight({**record(), "difficulty_city": label})
    with pytest.raises(DataError, match="difficulty_question"):
        level_of({"difficulty_question": label}, "difficulty_question")


@pytest.mark.parametrize("count", [None, -1, 1.0, "1", True])
def test_a_planning_record_needs_its_transfers(count: object) -> None:
    with pytest.raises(DataError, match="question_transfer_count"):
        difficulty_weight({**record(), "question_transfer_count": count})


def test_an_unknown_type_is_an_error() -> None:
    with pytest.raises(DataError, match="type"):
        difficulty_weight(record(kind="Counting9"))


def test_the_weight_of_a_task(transit) -> None:
    assert MapDifficulty()(transit()) == 2.0
    assert MapDifficulty(hard=3.0, transfers=0.25)(transit()) == 3.25
    assert MapDifficulty()(transit("TorF1", difficulty_city="medium")) == 1.2
    with pytest.raises(DataError, match="planning-0"):
        MapDifficulty()(transit(difficulty_city="extreme"))


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_weights_that_make_no_sense_are_refused(weight: float) -> None:
    with pytest.raises(RecipeError, match="MapDifficulty"):
        MapDifficulty(hard=weight)


def test_it_can_be_a_key() -> None:
    check(MapDifficulty())
    assert len({MapDifficulty(), MapDifficulty()}) == 1
