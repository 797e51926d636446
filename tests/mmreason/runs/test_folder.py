from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch

from mmreason.errors import CheckpointError, RecipeError
from mmreason.naming import name_of
from mmreason.runs.folder import RECORD, create, reopen
from tests.mmreason.runs.world import recipe


def test_a_new_folder_records_what_was_started(tmp_path: Path) -> None:
    home = tmp_path / "runs" / "a"
    create(home, recipe(), seed=3)
    assert sorted(path.name for path in home.iterdir()) == sorted(RECORD)
    text = (home / "recipe.txt").read_text()
    assert "".join(text.split()).replace(",)", ")") == "".join(name_of(recipe()).split()).replace(",)", ")")
    assert json.loads((home / "recipe.json").read_text())["stages"][1]["name"] == "second"
    told = json.loads((home / "versions.json").read_text())
    assert (told["seed"], told["torch"], told["command"]) == (3, torch.__version__, sys.argv)


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RecipeError, match=r"is not empty: give --resume .* or another --name"):
        create(tmp_path, recipe(), 0)
    with pytest.raises(RecipeError, match="holds no run that could be resumed"):
        reopen(tmp_path, recipe(), 0)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    file = tmp_path / "notes.txt"
    with pytest.raises(RecipeError):
        create(file, recipe(), 0)


def test_a_start_that_came_to_nothing_does_not_block_the_name(tmp_path: Path) -> None:
    create(tmp_path, recipe(), 0)
    (tmp_path / "data").mkdir()
    create(tmp_path, recipe(low=0.3), 1)
    assert "low=0.3" in (tmp_path / "recipe.txt").read_text()
    (tmp_path / "metrics.jsonl").write_text("{}\n")
    with pytest.raises(RecipeError, match="is not empty"):
        create(tmp_path, recipe(), 1)


def started(home: Path) -> None:
    create(home, recipe(), 0)
    (home / "metrics.jsonl").write_text("{}\n")


def test_the_same_run_may_go_on(tmp_path: Path) -> None:
    started(tmp_path)
    assert reopen(tmp_path, recipe(), 0) == []


def test_what_changed_since_the_start_is_told(tmp_path: Path) -> None:
    started(tmp_path)
    told = json.loads((tmp_path / "versions.json").read_text())
    (tmp_path / "versions.json").write_text(json.dumps(told | {"torch": "1.0"}))
    assert reopen(tmp_path, recipe(), 0) == [f"torch was 1.0, is {torch.__version__}"]


def test_another_recipe_or_seed_is_refused(tmp_path: Path) -> None:
    started(tmp_path)
    with pytest.raises(CheckpointError, match=r"'first'\.losses\[0\]\.low: 0\.2 before, 0\.3 now"):
        reopen(tmp_path, recipe(low=0.3), 0)
    with pytest.raises(CheckpointError, match="started with seed 0, this run has seed 1"):
        reopen(tmp_path, recipe(), 1)
    (tmp_path / "recipe.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"recipe\.json cannot be read"):
        reopen(tmp_path, recipe(), 0)


def test_a_folder_that_is_not_there_is_begun(tmp_path: Path) -> None:
    assert reopen(tmp_path / "new", recipe(), 0) == []
    assert (tmp_path / "new" / "versions.json").is_file()
