from __future__ import annotations

import json
import shutil
from pathlib import Path

import PIL.Image
import pytest

from mmreason.cli.data_inspect import Spread, command
from mmreason.cli.suggest import CommandError
from vision_data.formats import Meta, Number, Record, Rejected
from vision_data.messages import user

DATA = Path(__file__).parents[2] / "data"


def test_it_tells_what_there_is_and_draws_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = command([str(DATA / "video-r1/video_r1.json"), "--json", "report.json"])
    told = capsys.readouterr().out
    assert code == 0
    assert "looks like Video-R1 JSON: every row of 3 looked at has problem, data_type, problem_type (text)" in told
    assert "3 good records, 0 broken" in told
    assert all(f"\n {word} " in told for word in ("multiple choice", "set", "1 video", "data_source"))
    with PIL.Image.open("contact_sheet.png") as sheet:
        assert sheet.width > 900
    report = json.loads(Path("report.json").read_text())
    assert (report["format"], report["good"], report["bad"]) == ("video-r1", 3, [])


def test_broken_records_are_told_with_file_and_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(DATA / "trl", tmp_path / "set")
    path = tmp_path / "set/train.jsonl"
    first = json.loads(path.read_text().splitlines()[0])
    with path.open("a") as file:
        file.write(json.dumps({**first, "images": ["gone.png"]}) + "\n{broken\n")
    code = command([str(path), "--sheet", "none"])
    told = capsys.readouterr().out
    assert code == 1
    assert "2 good records, 2 broken" in told
    assert f"\nbroken: {path}:3: image 1: 'gone.png' does not exist" in told
    assert f"\nbroken: {path}:4: bad JSON" in told
    assert "sheet " not in told


def test_a_format_may_be_chosen(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"problem": "x"}\n')
    assert command([str(path), "--format", "easyr1", "--sheet", str(tmp_path / "s.png")]) == 0
    assert "read as EasyR1 parquet, as asked" in capsys.readouterr().out
    assert (tmp_path / "s.png").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone.jsonl"], "does not exist"),
        (["x.jsonl", "--format", "lava"], "did you mean 'llava'"),
        (["x.jsonl", "--cells", "0"], "--cells: expected at least 1"),
        ([], "PATH"),
    ],
)
def test_bad_input_is_one_line(words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said) as caught:
        command(words)
    assert "\n" not in str(caught.value)


def test_an_unknown_file_names_the_nearest_formats(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"problem": "x", "reply": "y"}\n')
    with pytest.raises(CommandError, match="nearest are EasyR1 parquet"):
        command([str(path)])


@pytest.mark.parametrize("total", [1, 3, 4, 7, 8, 100, 1001])
def test_the_sheet_is_spread_over_the_data_set_in_little_memory(total: int) -> None:
    shown = Spread(4)
    for i in range(total):
        shown.add(Rejected("x", "x"))
        shown.add(Record((user("x"),), Number(i, str(i)), Meta("easyr1", Path("x"), i, f"x:{i}", str(i))))
        assert len(shown.kept) < 8
    numbers = [int(record.meta.id) for record in shown.records()]
    assert len(numbers) == min(4, total)
    assert numbers == sorted(set(numbers))
    assert numbers[-1] >= total / 2 - 1
