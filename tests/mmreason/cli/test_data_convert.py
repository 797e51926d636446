from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mmreason.cli.data_convert import command
from mmreason.cli.suggest import CommandError
from mmreason.data.task_jsonl import TaskJsonl
from vision_data.messages import media_of

DATA = Path(__file__).parents[2] / "data"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("name", ["easyr1/train.parquet", "clevrer/train.json", "saved/set"])
def test_what_is_converted_stands_alone(name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert command([str(DATA / name), str(out)]) == 0
    assert f"2 records in {out}/records.jsonl" in capsys.readouterr().out
    moved = out.rename(tmp_path / "moved")
    tasks, bad = TaskJsonl(moved / "records.jsonl", decode=True).load()
    assert (len(tasks), bad) == (2, [])
    for task in tasks:
        for medium in media_of(task.prompt):
            assert Path(str(medium.source)).parent == moved / "media"
    assert not (moved / "quarantine.jsonl").exists()


def test_media_may_be_referenced(tmp_path: Path) -> None:
    shutil.copytree(DATA / "trl", tmp_path / "set")
    out = tmp_path / "deep" / "out"
    out.parent.mkdir()
    assert command([str(tmp_path / "set/train.jsonl"), str(out), "--media", "reference"]) == 0
    assert lines(out / "records.jsonl")[0]["images"] == ["../../set/a.png"]
    assert len(TaskJsonl(out / "records.jsonl", decode=True).load()[0]) == 2


def test_broken_records_go_to_the_quarantine(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(DATA / "trl", tmp_path / "set")
    path = tmp_path / "set/train.jsonl"
    first = lines(path)[0]
    (tmp_path / "set/cut.png").write_bytes((tmp_path / "set/a.png").read_bytes()[:50])
    with path.open("a") as file:
        for row in ({**first, "images": ["cut.png"]}, {**first, "images": ["../secret.png"]}):
            file.write(json.dumps(row) + "\n")
    (tmp_path / "secret.png").write_bytes((tmp_path / "set/a.png").read_bytes())
    assert command([str(path), str(tmp_path / "out")]) == 1
    told = capsys.readouterr().out
    assert f"left out: {path}:3: " in told
    listed = lines(tmp_path / "out/quarantine.jsonl")
    assert [item["where"] for item in listed] == [f"{path}:3", f"{path}:4"]
    assert "cut.png" in listed[0]["reason"]
    assert "outside the data root" in listed[1]["reason"]
    assert len(lines(tmp_path / "out/records.jsonl")) == 2


def test_a_bad_record_may_stop_it_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"problem": "x", "answer": "1"}\n{"problem": "y"}\n')
    with pytest.raises(CommandError, match=r"rows\.jsonl:2: has no answer"):
        command([str(path), str(tmp_path / "out"), "--format", "easyr1", "--on-bad-record", "stop"])
    assert [item.name for item in tmp_path.iterdir()] == ["rows.jsonl"]
    assert command([str(path), str(tmp_path / "out"), "--format", "easyr1", "--no-answers"]) == 0


def test_a_folder_that_is_there_is_not_overwritten_unasked(tmp_path: Path) -> None:
    words = [str(DATA / "trl/train.jsonl"), str(tmp_path / "out")]
    assert command(words) == 0
    with pytest.raises(CommandError, match="exists and is not empty"):
        command(words)
    assert command([*words, "--overwrite"]) == 0


def test_nothing_usable_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"problem": "x", "answer": null}\n')
    with pytest.raises(CommandError, match="no record can be used; the first of 1 broken ones"):
        command([str(path), str(tmp_path / "out"), "--format", "easyr1"])
    assert not (tmp_path / "out").exists()


def test_a_setting_that_cannot_be_written_is_left_out(tmp_path: Path) -> None:
    shutil.copy(DATA / "trl/a.png", tmp_path / "a.png")
    part = {"type": "video", "video": ["a.png", "a.png"], "nframes": float("nan")}
    row = {"prompt": [{"role": "user", "content": [part, {"type": "text", "text": "x"}]}], "solution": "1"}
    good = {"prompt": [{"role": "user", "content": "x"}], "solution": "1"}
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{json.dumps(row)}\n{json.dumps(good)}\n")
    assert command([str(path), str(tmp_path / "out"), "--no-decode"]) == 1
    assert [item["where"] for item in lines(tmp_path / "out/quarantine.jsonl")] == [f"{path}:1"]
    assert len(lines(tmp_path / "out/records.jsonl")) == 1
