from __future__ import annotations

import json
import math
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from mmreason.inspector import jsonl
from mmreason.inspector.index import Index
from mmreason.inspector.model import InspectorError, Query, SampleKey
from mmreason.inspector.store import default_cache
from tests.mmreason.inspector.written import completion, line, write


def opened(home: Path) -> Index:
    return Index.open(home, home.parent / "cache", "run")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def tasks(index: Index, query: Query = Query()) -> list[str]:
    return [row.key.task for row in index.page(query)]


def test_a_row_sums_up_its_group(home: Path) -> None:
    pair = [completion(total=3.0, tokens=4, right=1.0), completion(total=1.0, tokens=10, right=0.0)]
    write(home, [line("q7", 5, pair, question="  Where is\n the bus? ", kind="places", when="after")])
    (row,) = opened(home).page()
    assert row.key == SampleKey("run", "train", 5, "q7")
    assert (row.num, row.mean_total, row.std_total, row.mean_length, row.max_length) == (2, 2.0, 1.0, 7.0, 10)
    assert (row.right, row.line, row.kind, row.when) == (0.5, "Where is the bus?", "places", "after")


def test_what_was_not_measured_is_nan_and_not_zero(home: Path) -> None:
    write(home, [line(completions=[completion(total=None)]), line("q1", completions=[])])
    first, second = opened(home).page()
    assert math.isnan(first.mean_total)
    assert first.right is None
    assert second.num == 0
    assert math.isnan(second.mean_length)


def test_a_file_that_grows_is_read_on_and_half_a_line_waits(home: Path) -> None:
    path = write(home, [line("a"), line("b")])
    index = opened(home)
    assert index.refresh() == 0
    whole = json.dumps(line("c")) + "\n"
    with open(path, "a") as file:
        file.write(whole[:20])
    assert (index.refresh(), index.count()) == (0, 2)
    with open(path, "a") as file:
        file.write(whole[20:] + json.dumps(line("d")) + "\n")
    assert (index.refresh(), tasks(index), index.warnings()) == (2, ["a", "b", "c", "d"], ())


def test_a_resumed_run_whose_file_was_cut_back_is_read_anew(home: Path) -> None:
    path = write(home, [line("a"), line("b"), line("old", 9)])
    index = opened(home)
    os.truncate(path, path.read_text().index(json.dumps(line("old", 9))))
    write(home, [line("new", 9), line("more", 10)])
    index.refresh()
    assert tasks(index) == ["a", "b", "new", "more"]
    assert index.count(Query(text="q")) == 0


def test_files_come_and_go(home: Path) -> None:
    write(home, [line("a")])
    index = opened(home)
    write(home, [line("b", stage="exam")], "eval.jsonl")
    write(home, [line("c")], "eval/suite.jsonl")
    index.refresh()
    assert sorted(tasks(index)) == ["a", "b", "c"]
    (home / "traces" / "train.jsonl").unlink()
    index.refresh()
    assert sorted(tasks(index)) == ["b", "c"]


def test_a_second_opening_reads_nothing_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, [line("a"), line("b")])
    opened(home).close()
    monkeypatch.setattr("mmreason.inspector.reading.entries", lambda *_: pytest.fail("read again"))
    assert tasks(opened(home)) == ["a", "b"]


def test_the_run_folder_stays_as_it_is(home: Path) -> None:
    write(home, [line("a")])
    before = sorted(home.rglob("*"))
    index = opened(home)
    index.count(Query(text="which"))
    assert sorted(home.rglob("*")) == before


def test_a_cache_that_cannot_be_written_is_done_without(home: Path, tmp_path: Path) -> None:
    write(home, [line("a")])
    (tmp_path / "file").write_text("no folder")
    assert tasks(Index.open(home, tmp_path / "file" / "cache")) == ["a"]


@pytest.mark.parametrize("content", [b"", b"not a data base" * 100])
def test_a_damaged_or_foreign_cache_is_made_anew(home: Path, content: bytes) -> None:
    write(home, [line("a")])
    opened(home).close()
    (file,) = (home.parent / "cache").glob("*.sqlite")
    file.write_bytes(content)
    assert tasks(opened(home)) == ["a"]


def test_a_cache_that_is_damaged_inside_is_done_without(home: Path) -> None:
    write(home, [line(f"q{i}", i) for i in range(500)])
    opened(home).close()
    (file,) = (home.parent / "cache").glob("*.sqlite")
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    assert opened(home).count() == 500


def test_a_cache_of_another_version_is_made_anew(home: Path) -> None:
    write(home, [line("a")])
    opened(home).close()
    (file,) = (home.parent / "cache").glob("*.sqlite")
    with sqlite3.connect(file) as base:
        base.execute("DROP TABLE samples")
        base.execute("PRAGMA user_version = 999")
    base.close()
    assert tasks(opened(home)) == ["a"]


def test_the_cache_is_in_the_users_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "mmreason" / "inspector"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_cache() == tmp_path / "home" / ".cache" / "mmreason" / "inspector"


BROKEN = {
    "{": "not JSON",
    '"text"': "a str, expected an object",
    "[1]": "a list, expected an object",
    '{"a": 1}': "it has no list of completions",
    '{"completions": 3}': "it has no list of completions",
    "[" * 100_000: "nested too deeply",
    '{"completions": [], "step": ' + "9" * 5000 + "}": "not JSON",
}


@pytest.mark.parametrize(("bad", "why"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_broken_line_is_told_with_file_and_number_and_passed_over(home: Path, bad: str, why: str) -> None:
    write(home, [line("a"), "", bad, line("b")])
    index = opened(home)
    assert tasks(index) == ["a", "b"]
    (told,) = index.warnings()
    assert told.startswith("traces/train.jsonl, line 3: ")
    assert why in told


def test_bytes_that_are_no_text_are_told(home: Path) -> None:
    write(home, [line("a")]).open("ab").write(b'{"task": "\xff"}\n')
    assert opened(home).warnings() == ("traces/train.jsonl, line 2: not UTF-8",)


def test_of_many_broken_lines_the_first_are_told(home: Path) -> None:
    write(home, ["{"] * 50)
    *told, more = opened(home).warnings()
    assert (len(told), more) == (20, "traces/train.jsonl: 30 more lines cannot be read")


def test_a_line_too_long_is_passed_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "LONGEST", 4000)
    write(home, [line("a"), line("long", question="x" * 20_000), line("b")])
    index = opened(home)
    assert tasks(index) == ["a", "b"]
    assert "longer than" in index.warnings()[0]


ODD = [
    line(task=7), line(step=1e300), line(step=10**30), line(step="3"), line(stage=None), line(question=["a"]),
    line(completions=[1, None, "x", []]), line(completions=[{"text": 5, "tokens": -1e400, "rewards": [], "total": {}}]),
    line(weights=3, record=[1], media={"a": 1}, gold_boxes="x", tracks_at="x", kind=4, answer=[]),
    {"completions": []}, line("\ud800\udc00 \ud800"),
    line(completions=[completion("\udfff", extras=[3, {"agrees": 0}])]),
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_values_are_survived(home: Path, odd: Any) -> None:
    write(home, [odd])
    index = opened(home)
    (row,) = index.page()
    view = index.sample(row.key)
    assert len(view.completions) == row.num
    assert index.count(Query(text="nothing of the kind")) == 0


def test_infinities_and_nan_are_not_measured(home: Path) -> None:
    write(home, [json.dumps(line(completions=[completion(total=math.inf), completion(total=math.nan), completion()]))])
    (row,) = opened(home).page()
    assert (row.mean_total, row.flags) == (1.0, ("judge_failed",))


def test_a_newer_format_is_told(home: Path) -> None:
    write(home, [line("a", v=99)])
    index = opened(home)
    assert tasks(index) == ["a"]
    assert "newer version" in index.warnings()[0]


@pytest.mark.parametrize("where", ["outside", "device", "folder"])
def test_trace_files_that_are_no_files_of_the_folder_are_left_out(home: Path, where: str) -> None:
    outside = write(home.parent / "other", [line("secret")])
    (home / "traces").mkdir()
    target = {"outside": outside, "device": Path("/dev/zero"), "folder": home}[where]
    (home / "traces" / "x.jsonl").symlink_to(target)
    index = opened(home)
    assert index.count() == 0
    assert "traces/x.jsonl" in index.warnings()[0]


def test_a_sample_whose_file_has_changed_is_not_mistaken_for_another(home: Path) -> None:
    path = write(home, [line("a"), line("b")])
    index = opened(home)
    path.write_text(json.dumps(line("x", question="longer than before")) + "\n")
    with pytest.raises(InspectorError, match="have changed on the disk"):
        index.sample(SampleKey("run", "train", 1, "b"))


def test_samples_of_one_name_are_told_apart(home: Path) -> None:
    write(home, [line("a", question="first"), line("a", question="second")])
    index = opened(home)
    assert [row.key.nth for row in index.page()] == [0, 1]
    assert index.sample(SampleKey("run", "train", 1, "a", 1)).question == "second"
    with pytest.raises(InspectorError, match="no sample 'run/train/1/a/2'"):
        index.sample(SampleKey("run", "train", 1, "a", 2))


def test_any_thread_may_ask_while_another_reads(home: Path) -> None:
    write(home, [line(f"q{i}", i) for i in range(200)])
    index = opened(home)
    found: list[int] = []
    asks = [
        lambda: found.append(index.count(Query(text="which"))),
        index.prepare_search,
        lambda: found.append(200 * len(index.sample(index.page(num=1)[0].key).completions)),
        lambda: found.append(len(index.page(num=200))),
    ]
    threads = [threading.Thread(target=ask) for ask in asks * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 9


def test_two_viewers_of_one_run_share_the_cache(home: Path) -> None:
    write(home, [line("a")])
    one, other = opened(home), opened(home)
    assert one.count() == other.count() == 1
    write(home, [line("b")])
    assert one.refresh() == 1
    assert other.refresh() == 0
    assert tasks(other) == ["a", "b"]


def test_weights_are_known_by_stage_and_step(home: Path) -> None:
    write(home, [line("a", 1, weights={"r": 1.0}), line("b", 1, weights={"r": 1.0}), line("c", 2, weights={"r": 0.5})])
    assert opened(home).weights() == {("train", 1): {"r": 1.0}, ("train", 2): {"r": 0.5}}


def test_lists_for_menus(home: Path) -> None:
    write(home, [line("a", 3, stage="late", kind="x"), line("b", 1, stage="early", kind="y"), line("c", 9)])
    index = opened(home)
    assert (index.stages(), index.kinds(), index.steps(), index.steps("late")) == (
        ("early", "late", "train"), ("x", "y"), (1, 9), (3, 3),
    )  # fmt: skip


def test_an_empty_run(home: Path) -> None:
    index = opened(home)
    assert (index.count(), index.page(), index.steps(), index.changed(None, 0, 9)) == (0, [], (0, 0), [])
    assert index.count(Query(text="a")) == 0
