from __future__ import annotations

import json

import pytest

from mmreason.cli.options import Options, parse
from mmreason.cli.text_makers import TEXT_MAKERS
from mmreason.data.task_jsonl import TaskJsonl
from mmreason.data.text import FAMILIES, Sudoku
from mmreason.errors import RecipeError
from mmreason.rewards.logic import verify
from vision_data.errors import MediaError


def make(name: str, *words: str) -> None:
    (given,) = parse([Options(name, TEXT_MAKERS[name])], list(words), f"mmreason data make {name}", "")
    TEXT_MAKERS[name](**given)


def test_a_drawn_file_is_read_back_as_the_same_tasks(tmp_path, capsys) -> None:
    out = tmp_path / "sudoku"
    make("sudoku", "--out", str(out), "--num", "3", "--level", "2", "--seed", "4", "--split", "test", "--blanks", "8")
    tasks, bad = TaskJsonl(out / "records.jsonl").load()
    drawn, _ = Sudoku(num=3, level=2, seed=4, split="test", blanks=8).load_tasks(None)
    assert bad == []
    assert [(t.id, t.prompt, t.answer) for t in tasks] == [(t.id, t.prompt, t.answer) for t in drawn]
    assert all(dict(a.record) == dict(b.record) for a, b in zip(tasks, drawn, strict=True))
    assert all(verify(task.answer or "", task.record) for task in tasks)
    assert "3 records in" in capsys.readouterr().out


def test_every_family_has_a_command_with_its_fields_as_options() -> None:
    assert set(TEXT_MAKERS) == {family.name for family in FAMILIES}
    for family in FAMILIES:
        names = Options(family.name, TEXT_MAKERS[family.name]).names()
        assert {"--out", "--num", "--level", "--seed", "--split", "--layout", "--overwrite"} <= set(names)


def test_dials_of_the_calculations(tmp_path) -> None:
    words = ["--operators", "+", "-", "--largest", "9", "--derived", "0", "--num", "5", "--layout", "bare"]
    make("random_calculation", "--out", str(tmp_path / "a"), *words)
    for line in (tmp_path / "a" / "records.jsonl").read_text().splitlines():
        record = json.loads(line)
        assert set(record["expression"]) <= set("0123456789+- ")
        assert isinstance(record["answer"], str)


def test_nothing_is_left_where_it_goes_wrong(tmp_path) -> None:
    with pytest.raises(RecipeError, match="level is 12, expected 1 to 10"):
        make("sudoku", "--out", str(tmp_path / "a"), "--level", "12")
    make("calendar", "--out", str(tmp_path / "b"), "--num", "2")
    with pytest.raises(MediaError, match="exists and is not empty"):
        make("calendar", "--out", str(tmp_path / "b"), "--num", "2")
    make("calendar", "--out", str(tmp_path / "b"), "--num", "2", "--overwrite")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
