from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmreason.inspector import store
from mmreason.inspector.index import Index
from mmreason.inspector.model import FLAGS, SORTS, InspectorError, Query, Row
from mmreason.inspector.query import search_of
from tests.mmreason.inspector.written import completion, line, write


def opened(tmp_path: Path, lines: list[Any]) -> Index:
    write(tmp_path / "run", lines)
    return Index.open(tmp_path / "run", tmp_path / "cache")


def found(index: Index, **query: Any) -> list[str]:
    return [row.key.task for row in index.page(Query(**query))]


def rewarded(task: str, step: int, *totals: float | None, tokens: int = 5, **more: Any) -> dict[str, Any]:
    return line(task, step, [completion(total=total, tokens=tokens) for total in totals], **more)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return opened(tmp_path, [
        rewarded("a", 1, 1.0, 2.0, tokens=30),
        rewarded("b", 2, 5.0, 5.0, tokens=10, kind="map"),
        rewarded("c", 2, None, tokens=20, stage="exam"),
        rewarded("d", 3, 0.0, 9.0, tokens=20),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "descending", "order"),
    [
        ("step", False, "abcd"), ("step", True, "dbca"), ("reward", False, "adbc"), ("reward", True, "bdac"),
        ("length", True, "acdb"), ("spread", True, "dabc"), ("spread", False, "badc"),
    ],
)  # fmt: skip
def test_orders_put_what_was_not_measured_last(index: Index, sort: Any, descending: bool, order: str) -> None:
    found_ = found(index, sort=sort, descending=descending)
    if sort == "spread":  # one total has no spread, but it is a number
        assert [x for x in found_ if x != "c"] == [x for x in order if x != "c"]
    else:
        assert "".join(found_) == order


def test_filters_hold_together(index: Index) -> None:
    assert found(index, stage="train", steps=(2, None)) == ["b", "d"]
    assert found(index, steps=(None, 2)) == ["a", "b", "c"]
    assert found(index, kind="map") == ["b"]
    assert found(index, task="d", steps=(1, 2)) == []
    assert found(index, stage="train'; DROP TABLE samples; --") == []
    assert index.count() == 4


def test_pages_follow_one_another_and_every_sample_knows_its_place(index: Index) -> None:
    query = Query(sort="reward", descending=True)
    rows: list[Row] = [*index.page(query, 0, 3), *index.page(query, 3, 3)]
    assert [row.key.task for row in rows] == ["b", "d", "a", "c"]
    assert [index.where(query, row.key) for row in rows] == [0, 1, 2, 3]
    assert index.where(Query(stage="exam"), rows[0].key) is None
    assert index.page(query, 100, 3) == index.page(query, 0, 0) == []


FLAGGED: dict[str, tuple[list[Any], list[Any]]] = {
    # flag: completions that have it, completions that do not
    "rewarded_wrong": (
        [completion(right=0.0, advantage=0.1)],
        [completion(right=1.0, advantage=0.1), completion(right=0.0, advantage=-1.0), completion(advantage=1.0)],
    ),
    "contradiction": (
        [completion(extras=[{"agrees": True}, {"agrees": False}])],
        [completion(extras=[{"agrees": True}, {"kind": "x"}])],
    ),
    "flat": ([completion(), completion(), completion(total=None)], [completion(), completion(total=0.0)]),
    "truncated": ([completion(finish="length")], [completion(finish="stop")]),
    "judge_failed": ([completion(rewards={"a": 1.0, "judge": None})], [completion(rewards={"a": 0.0})]),
    "skipped": ([completion("<think>\n\n</think><answer>1</answer>")], [completion()]),
    "missing_answer": ([completion("<think>Hm."), completion()], [completion(), completion(r"\boxed{1}")]),
}  # fmt: skip


@pytest.mark.parametrize("flag", FLAGS)
def test_flags(tmp_path: Path, flag: str) -> None:
    has, has_not = FLAGGED[flag]
    index = opened(tmp_path, [line("yes", completions=has), line("no", completions=has_not)])
    assert found(index, flags=(flag,)) == ["yes"]
    (row,) = index.page(Query(flags=(flag,)))
    assert flag in row.flags


def test_in_an_exam_nothing_is_spent_and_the_mean_tells_who_was_praised(tmp_path: Path) -> None:
    best = completion(right=0.0, total=1.0, advantage=None)
    index = opened(tmp_path, [line(completions=[best, completion(right=1.0, total=0.5, advantage=None)])])
    assert index.count(Query(flags=("rewarded_wrong",))) == 1


def test_demonstrations_without_any_reward_are_not_flat(tmp_path: Path) -> None:
    told = completion(rewards={}, total=0.0)
    assert opened(tmp_path, [line(completions=[told, told])]).page()[0].flags == ()


def test_several_flags_must_all_hold(tmp_path: Path) -> None:
    cut = completion(finish="length")
    index = opened(tmp_path, [line("both", completions=[cut, cut]), line("one", completions=[cut])])
    assert found(index, flags=("truncated", "flat", "flat")) == ["both"]


TEXTS = [
    line("t1", question="Is the red cup left?", completions=[completion("<think>I see [12, 30].</think>")]),
    line("t2", question="Which BUS stop?", answer="Élan"),
    line("t3", question="红色的杯子在哪里", completions=[completion('He said "quote" & <script>')]),
    line("t4", question="redder cups stop the bus"),
]
EVERY = ["t1", "t2", "t3", "t4"]
SEARCHES = {
    "red": ["t1", "t4"], "RED cup": ["t1", "t4"], "redd": ["t4"], '"bus stop"': ["t2"], "stop bus": ["t2", "t4"],
    "élan": ["t2"], "[12, 30]": ["t1"], "[12,": ["t1"], "杯子": ["t3"], "色的": ["t3"], "<script>": ["t3"],
    "t4": ["t4"],
    '"red cup': ["t1", "t4"], "nowhere": [], "red nowhere": [], "": EVERY, "   ": EVERY, '"': EVERY, "OR": [],
    "NEAR(red cup)": [], "*": [], "a-b": [],
}  # fmt: skip


@pytest.mark.parametrize("plain", [False, True], ids=["words", "compared"])
def test_free_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: bool) -> None:
    if plain:  # an SQLite without FTS5
        monkeypatch.setattr(store, "WORDS", "CREATE VIRTUAL TABLE words USING missing(text)")
    index = opened(tmp_path, TEXTS)
    assert store.has_words(index.base) != plain
    for text, tasks in SEARCHES.items():
        assert found(index, text=text) == tasks, text


def test_words_are_found_without_their_accents(tmp_path: Path) -> None:
    assert found(opened(tmp_path, TEXTS), text="elan") == ["t2"]


def test_a_search_goes_with_filters_and_sees_what_is_new(tmp_path: Path) -> None:
    index = opened(tmp_path, TEXTS)
    assert found(index, text="red", task="t4") == ["t4"]
    write(tmp_path / "run", [line("t5", question="red again")])
    index.refresh()
    assert found(index, text="red") == ["t1", "t4", "t5"]


def test_a_search_of_endless_words_is_cut() -> None:
    assert search_of("a " * 10_000).words.count("AND") == 31


@pytest.mark.parametrize("given", [{"flags": ("odd",)}, {"sort": "colour"}])
def test_unknown_flags_and_orders_are_refused(given: Any) -> None:
    with pytest.raises(InspectorError, match=r"odd|colour"):
        Query(**given)


def test_every_sort_has_a_column(index: Index) -> None:
    for sort in SORTS:
        assert len(index.page(Query(sort=sort))) == 4  # type: ignore[arg-type]
