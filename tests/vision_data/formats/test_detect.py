from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vision_data.errors import MediaError
from vision_data.formats import FORMATS, detect, format_named

Write = Callable[..., Path]
TURNS = [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "So."}]


def test_it_says_why(write: Write) -> None:
    path = write(*[{"conversations": TURNS}] * 3)
    found = detect(path)
    assert found.reason == (
        "looks like LLaVA JSON or JSONL: every row of 3 looked at has conversations with from/value"
    )


def test_an_unknown_file_is_refused_with_the_nearest_and_what_is_missing(write: Write) -> None:
    path = write({"problem": "Find x.", "picture": "a.png", "response": "35"})
    with pytest.raises(MediaError) as caught:
        detect(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: no known format; nearest are ")
    assert "EasyR1 parquet (missing: answer)" in said
    assert "R1-V (GeoQA, CLEVR counting) (missing: solution; image or images)" in said
    assert "picture, problem, response" in said
    assert "\n" not in said


def test_a_few_rows_of_another_kind_are_told(write: Write) -> None:
    path = write(*[{"problem": "x", "answer": "1"}] * 3, {"problem": "x"})
    with pytest.raises(MediaError, match=r"EasyR1 parquet \(missing: answer in 1 of 4 rows\)"):
        detect(path)


def test_two_that_fit_as_well_are_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, "twin", FORMATS["llava"])
    with pytest.raises(MediaError, match="choose one by name: llava or"):
        detect(write({"conversations": TURNS}))


def test_damaged_rows_do_not_decide(write: Write) -> None:
    path = write({"conversations": TURNS})
    path.write_text("{broken\n[1]\n" + path.read_text())
    assert detect(path).format.name == "llava"


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "holds no record"), ("{broken\n", ":1: bad JSON"), ("[1, 2]\n", "no objects with named fields")],
)
def test_nothing_to_look_at(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    with pytest.raises(MediaError, match=said):
        detect(path)


def test_a_name_that_is_nearly_right() -> None:
    assert format_named("llava") is FORMATS["llava"]
    with pytest.raises(MediaError, match="did you mean 'video-r1'"):
        format_named("videor1")


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"prompt": [{"role": "user", "content": "x"}], "answer": "1"}, "trl"),
        ({"prompt": "x", "answer": "1"}, "mmreason"),
        ({"prompt": "x", "solution": "1", "image": "a.png"}, "trl"),
        ({"messages": [{"role": "user", "content": "x"}], "answer": "1"}, "mmreason"),
        ({"messages": [{"role": "user", "content": "x"}], "solution": "1"}, "ms-swift"),
        (
            {"prompt": [{"role": "user", "content": "x"}], "reward_model": {"ground_truth": "1"}, "answer": "1"},
            "verl",
        ),
        ({"prompt": "x", "image_1": "a.png", "image_2": "b.png", "preference": 1}, "hpd"),
        ({"problem": "x", "answer": "1", "images": ["a.png"]}, "easyr1"),
        ({"video_id": "1", "question": "x", "answer": "yes", "dim": "speed"}, "tempcompass"),
    ],
)
def test_near_relatives_are_told_apart(row: dict[str, Any], name: str, write: Write) -> None:
    assert detect(write(row)).format.name == name
