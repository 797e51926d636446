"""Data sets made and checked from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmreason.cli.measure_prompts import spread
from mmreason.cli.reading import reader_for
from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.task_jsonl import TaskJsonl
from mmreason.errors import DataError
from vision_data.errors import MediaError
from vision_data.formats.detect import detect

SAMPLES = Path(__file__).parents[2] / "data"


def plain(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.mark.parametrize("kind", ["transit", "shapes"])
def test_what_is_made_passes_the_check(kind: str, say, tmp_path: Path) -> None:
    told = say("data", "make", kind, "--num", "2", "--seed", "3", "--out", "set")
    assert told.code == 0
    assert "records in set/records.jsonl" in told.out
    checked = say("data", "check", "set/records.jsonl", "--model", "none", "--json", "report.json")
    assert checked.code == 0, checked.err + checked.out
    assert "all is well" in checked.out
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["pictures"] == 2
    assert report["problems"] == []
    assert report["rewards"]["right or wrong"] == {"gold": 1.0, "empty": 0.0, "prompt": 0.0, "all options": 0.0}


def test_the_reward_terms_of_the_recipe_are_tried(say, records: Path) -> None:
    told = say("data", "check", records, "--model", "none")
    assert [name for name in ("format", "accuracy", "detail") if f"\n {name} " in told.out] == [
        "format",
        "accuracy",
        "detail",
    ]


def test_a_folder_that_is_there_is_not_overwritten_unasked(say) -> None:
    words = ("data", "make", "shapes", "--num", "1", "--out", "set")
    assert say(*words).code == 0
    told = say(*words)
    assert told.code == 2
    assert "set exists and is not empty" in told.err
    assert say(*words, "--overwrite").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mkae"], "unknown data command 'mkae'; did you mean 'make'?"),
        (["make", "transits"], "unknown data set 'transits'; did you mean 'transit'?"),
        (["make", "transit"], "--out is required"),
        (["make", "transit", "--out", "a", "--num", "0"], "--num: expected at least 1, got 0"),
        (["make", "transit", "--out", "a", "--level", "tny"], "--level: unknown value 'tny'; did you mean 'tiny'?"),
        (["make", "transit", "--out", "a", "--per-type", "0"], "per_type must be at least 1"),
        (["check"], "PATH"),
        (["check", "gone.jsonl"], "gone.jsonl: this data file does not exist; check the path"),
        (["check", "."], ".: is no saved data set and has no records.jsonl"),
        (["check", "x.jsonl", "--measure", "-1"], "--measure: expected 0 or more, got -1"),
    ],
)
def test_bad_input_is_one_line(words: list[str], said: str, say) -> None:
    told = say("data", *words)
    assert told.code == 2
    assert said in told.err
    assert told.err.count("\n") == 1


def test_without_a_word_it_says_what_there_is(say) -> None:
    assert say("data").code == 2
    assert say("data", "--help").code == 0
    assert say("data", "make", "--help").code == 0
    assert "make transit" in say("data", "--help").out


def test_every_bad_record_is_listed_with_its_line(
    say, records: Path, damage: Callable[..., None], tmp_path: Path
) -> None:
    damage(records, 2, answer=None)
    damage(records, 4, figure="maps/gone.png")
    with records.open("a") as file:
        file.write("{not json\n" + records.read_text().splitlines()[0] + "\n")
    told = say("data", "check", records, "--model", "none", "--json", "report.json")
    assert told.code == 1
    report = json.loads((tmp_path / "report.json").read_text())
    assert [bad["where"].rpartition(":")[2] for bad in report["bad"]] == ["2", "4", "7", "8"]
    assert report["good"] == 4
    assert report["problems"] == ["4 bad records"]
    assert all(f"\nbad: {bad['reason']}\n" in told.out for bad in report["bad"])
    assert "is taken by" in report["bad"][3]["reason"]


def test_a_corrupt_picture_is_a_bad_record(say, records: Path) -> None:
    picture = next((records.parent / "maps").glob("*.png"))
    picture.write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    told = say("data", "check", records, "--model", "none")
    assert told.code == 1
    assert "found: 6 bad records" in told.out
    assert picture.name in told.out


def test_a_question_that_gives_itself_away_is_found(say, tmp_path: Path) -> None:
    path = plain(
        tmp_path / "tasks.jsonl",
        {"prompt": r"What is two and two? Write it as \boxed{4}.", "answer": "4"},
        {"prompt": "What is two and three?", "answer": 5},
    )
    told = say("data", "check", path, "--model", "none")
    assert told.code == 1
    assert f"{path}:1: judged right without answering: prompt" in told.out
    assert "found: 1 records whose answers are judged wrongly" in told.out


def test_a_gold_answer_that_is_not_right_is_found(say, records: Path, damage: Callable[..., None]) -> None:
    """The first reference plan names a line that the map does not have."""
    record = json.loads(records.read_text().splitlines()[5])
    for plan in record["routes"].values():
        plan[0]["route_name"] = "Ghost Line"
    damage(records, 6, routes=record["routes"])
    told = say("data", "check", records, "--model", "none")
    assert told.code == 1
    assert "the gold answer" in told.out
    assert "is not judged right" in told.out


def test_prompts_are_measured_against_the_context(say, records: Path, tmp_path: Path) -> None:
    told = say("data", "check", records, "--measure", "2", "--json", "report.json")
    assert told.code == 0, told.err
    report = json.loads((tmp_path / "report.json").read_text())["prompt_tokens"]
    assert report["measured"] == 2
    assert report["context"] == 4096
    assert 0 < report["media"]["shortest"] < report["whole"]["shortest"] <= report["whole"]["longest"]
    assert "(2 of 6 measured)" in told.out


def test_an_unknown_recipe_or_model_is_refused_before_reading(say, records: Path) -> None:
    assert "did you mean 'rewardmap'?" in say("data", "check", records, "--recipe", "rewardmapp").err
    assert "model 'gone'" in say("data", "check", records, "--model", "gone").err


def test_the_reader_is_chosen_by_the_first_record(records: Path, tmp_path: Path) -> None:
    assert reader_for(records) == ReasonMapRecords(records)
    path = plain(tmp_path / "a.jsonl", {"prompt": "Why?", "answer": "so"})
    assert reader_for(path) == TaskJsonl(path)
    listed = tmp_path / "a.json"
    listed.write_text(json.dumps([{"messages": [{"role": "user", "content": "Why?"}], "answer": "so"}]))
    assert reader_for(listed) == TaskJsonl(listed)
    path.write_text('{"broken\n' + json.dumps({"prompt": "Why?", "answer": "so"}) + "\n")
    assert reader_for(path) == TaskJsonl(path), "a line that cannot be read is passed over"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no record"),
        ("[1]\n", "holds no objects with named fields"),
        ('{"broken\n', "1: "),
        ('{"question": "Why?", "type": "riddle"}\n', "no known format; nearest are"),
    ],
)
def test_a_file_of_neither_kind_says_what_was_expected(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        reader_for(path)
    assert said in str(caught.value)


def test_a_folder_with_records_is_read(drawn: Path) -> None:
    assert reader_for(drawn) == ReasonMapRecords(drawn / "records.jsonl")


def samples() -> list[Path]:
    """The data file or folder of every sample."""
    found = []
    for folder in sorted(path for path in SAMPLES.iterdir() if path.is_dir()):
        try:
            detect(folder)
            found.append(folder)
        except MediaError:
            found += [path for path in sorted(folder.iterdir()) if is_known(path)]
    return found


def is_known(path: Path) -> bool:
    try:
        return path.is_file() and bool(detect(path))
    except MediaError:
        return False


def test_there_is_a_sample_of_most_formats() -> None:
    assert len({detect(path).format.name for path in samples()}) >= 20


@pytest.mark.parametrize("path", samples(), ids=lambda path: str(path.relative_to(SAMPLES)))
def test_a_sample_of_every_format_passes_the_check(path: Path, say, tmp_path: Path) -> None:
    told = say("data", "check", path, "--model", "none", "--json", "report.json")
    report = json.loads((tmp_path / "report.json").read_text()) if told.code in (0, 1) else {}
    assert told.code == 0, told.err + told.out
    assert report["good"] >= 1
    assert report["rewards"]["right or wrong"]["gold"] == 1.0
    assert report["problems"] == []


def test_the_recipe_says_how_the_file_is_read_and_what_fits(say, records: Path, tmp_path: Path) -> None:
    told = say("data", "check", records, "--recipe", "rewardmap", "--json", "report.json")
    assert told.code == 0, told.err + told.out
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["good"] == 6, "all stages together read every type"
    assert report["prompt_tokens"]["completion"] == 96
    assert report["rewards"]["accuracy"]["gold"] > 0 == report["rewards"]["accuracy"]["empty"]
    memory = report["memory"]
    assert memory["total"] == sum(num for name, num in memory.items() if name != "total")
    assert memory["optimiser"] == 2 * memory["gradients"] > 0 < memory["activations"]


def test_a_prompt_over_the_context_is_told_with_its_line(say, tmp_path: Path) -> None:
    path = plain(tmp_path / "long.jsonl", {"prompt": "a " * 9000, "answer": "b"}, {"prompt": "short", "answer": "c"})
    told = say("data", "check", path)
    assert told.code == 1
    assert f"too long: {path}:1: " in told.out
    assert "the model's context has 4096" in told.out


def test_a_recipe_that_takes_no_data_cannot_check_any(say, records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmreason.cli.preflight.find_recipe", lambda name: lambda *, steps=1: None)
    assert "takes no --data" in say("data", "check", records, "--recipe", "closed").err


def test_lengths_of_one_and_of_many() -> None:
    assert spread([7]) == (7, 7, 7, 7)
    assert spread(range(100, 0, -1)) == (1, 50, 95, 100)
