from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.runs.atomic import PREFIX, new_file, new_folder, remove_folder, sweep, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_replaces_the_older_one(tmp_path: Path) -> None:
    write_text(tmp_path / "deep" / "a.txt", "old")
    write_text(tmp_path / "deep" / "a.txt", "new é")
    assert (tmp_path / "deep" / "a.txt").read_text(encoding="utf-8") == "new é"
    assert names(tmp_path / "deep") == ["a.txt"]


def test_a_writer_that_fails_leaves_the_older_file(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")

    def fails() -> None:
        with new_file(tmp_path / "a.txt") as draft:
            draft.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_folder_is_there_only_when_it_is_whole(tmp_path: Path) -> None:
    with new_folder(tmp_path / "step") as draft:
        (draft / "inner").mkdir()
        (draft / "inner" / "a").write_text("1")
        assert not (tmp_path / "step").exists()
    assert (tmp_path / "step" / "inner" / "a").read_text() == "1"
    assert names(tmp_path) == ["step"]


def test_a_folder_whose_writer_fails_is_gone(tmp_path: Path) -> None:
    def fails() -> None:
        with new_folder(tmp_path / "step") as draft:
            (draft / "a").write_text("1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert names(tmp_path) == []


def test_drafts_of_killed_writers_are_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}step-1").mkdir()
    (tmp_path / f"{PREFIX}step-1" / "half").write_text("")
    (tmp_path / f"{PREFIX}a.txt-1").write_text("")
    (tmp_path / "step").mkdir()
    sweep(tmp_path)
    assert names(tmp_path) == ["step"]
    sweep(tmp_path / "missing")


def test_a_removed_folder_is_gone(tmp_path: Path) -> None:
    (tmp_path / "step" / "inner").mkdir(parents=True)
    remove_folder(tmp_path / "step")
    assert names(tmp_path) == []
