from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmreason.data.text_formats import Gsm8kRecords, IfevalRecords, MathRecords, TextRecords, without_calculator
from mmreason.errors import DataError
from mmreason.signals import check
from vision_data.messages import text_of

SAMPLES = Path(__file__).parents[2] / "data"


@pytest.fixture
def write(tmp_path):
    def make(*records) -> Path:
        path = tmp_path / "data.jsonl"
        path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in records), encoding="utf-8")
        return path

    return make


def test_gsm8k() -> None:
    tasks, bad = Gsm8kRecords(SAMPLES / "gsm8k" / "train.jsonl").load()
    assert [task.answer for task in tasks] == ["52", "1400", "-11"]
    assert bad == []
    assert tasks[0].record["solution"] == "The trays hold 6*12=72 rolls.\nAfter the sale 72-20=52 rolls are left."
    assert text_of(tasks[0].prompt).endswith("How many rolls are left?\n\nPut your final answer in \\boxed{}.")
    assert (tasks[0].id, tasks[0].where.endswith("train.jsonl:1")) == ("train-1", True)


def test_math() -> None:
    tasks, _ = MathRecords(SAMPLES / "math" / "test.jsonl", ending="").load_tasks(None)
    assert [task.answer for task in tasks] == ["\\frac{11}{12}", "7", "5"]
    assert [task.record["level"] for task in tasks] == [2, 1, None]
    assert [task.record["subject"] for task in tasks] == ["Prealgebra", "Algebra", "Geometry"]
    assert [task.id for task in tasks] == ["test-1", "own/algebra/1.json", "test-3"]
    assert text_of(tasks[2].prompt) == "How many sides has a pentagon?"


def test_ifeval() -> None:
    tasks, _ = IfevalRecords(SAMPLES / "ifeval" / "input.jsonl").load()
    assert [task.id for task in tasks] == ["11", "12"]
    assert tasks[0].answer is None
    assert tasks[0].record["instruction_id_list"] == ["punctuation:no_comma", "length_constraints:number_words"]
    assert tasks[0].record["kwargs"] == [{}, {"relation": "at least", "num_words": 40}]
    assert text_of(tasks[1].prompt) == "Answer in JSON: what is your favourite colour?"


@pytest.mark.parametrize(
    ("reader", "record", "told"),
    [
        (Gsm8kRecords, {"question": "x?", "answer": "42"}, "has no last line such as '#### 42'"),
        (Gsm8kRecords, {"question": "x?", "answer": "#### "}, "has no last line"),
        (Gsm8kRecords, {"question": "x?", "answer": "#### 4\n\nor so"}, "has no last line"),
        (Gsm8kRecords, {"question": " ", "answer": "#### 4"}, "field 'question' is ' ', expected a text"),
        (Gsm8kRecords, {"problem": "x?"}, "field 'question' is None, expected a text .*; its fields: problem"),
        (MathRecords, {"problem": "x?", "solution": "so 4"}, r"neither a field 'answer' nor a closed \\boxed"),
        (MathRecords, {"problem": "x?", "solution": "\\boxed{4"}, r"neither a field 'answer'"),
        (MathRecords, {"problem": "x?"}, "field 'solution' is None"),
        (MathRecords, {"problem": "x?", "answer": ["4"]}, "field 'answer' is .*expected a text or a number"),
        (MathRecords, {"problem": "x?", "answer": "4", "level": "hard"}, "field 'level' is 'hard'"),
        (IfevalRecords, {"prompt": "x", "instruction_id_list": []}, "field 'instruction_id_list' is"),
        (IfevalRecords, {"prompt": "x", "instruction_id_list": ["a"], "kwargs": []}, "0 entries for 1 instructions"),
        (IfevalRecords, {"prompt": "x", "instruction_id_list": ["a"], "kwargs": "{}"}, "'{}' entries for 1"),
        (
            IfevalRecords,
            {"prompt": "x", "instruction_id_list": ["a"], "kwargs": [3]},
            "an entry of 'kwargs' is no object",
        ),
        (IfevalRecords, {"instruction_id_list": ["a"]}, "field 'prompt' is None"),
        (IfevalRecords, "[1]", "the record is a list, expected a JSON object"),
        (MathRecords, "{", "bad JSON"),
    ],
)
def test_a_bad_record_is_told_with_file_and_line(write, reader, record, told) -> None:
    good = {"question": "q", "problem": "q", "prompt": "q", "answer": "#### 1", "instruction_id_list": ["a"]}
    path = write(good, record)
    with pytest.raises(DataError, match=told) as error:
        reader(path).load()
    assert str(error.value).startswith(f"{path}:2: ")
    assert "\n" not in str(error.value)
    tasks, bad = reader(path, on_bad_record="skip").load()
    assert (len(tasks), [record.where for record in bad]) == (1, [f"{path}:2"])


def test_plain_questions(write) -> None:
    tasks, _ = TextRecords(
        write({"question": "2 + 2?", "answer": 4, "topic": "sums"}, {"problem": "Why?", "id": "w"})
    ).load()
    assert [(t.id, text_of(t.prompt), t.answer) for t in tasks] == [("data-1", "2 + 2?", "4"), ("w", "Why?", None)]
    assert tasks[0].record == {"topic": "sums"}


def test_numbers_as_answers_and_two_records_with_one_id(write) -> None:
    (task,), _ = MathRecords(write({"problem": "x?", "answer": 0.5})).load()
    assert task.answer == "0.5"
    with pytest.raises(DataError, match="id 'a' is taken"):
        MathRecords(
            write({"id": "a", "problem": "x", "answer": "1"}, {"id": "a", "problem": "y", "answer": "2"})
        ).load()


def test_readers_are_keys_and_missing_files_are_told(tmp_path) -> None:
    check(Gsm8kRecords(tmp_path / "a.jsonl"))
    assert Gsm8kRecords("a") != MathRecords("a")
    with pytest.raises(DataError, match="this data file does not exist"):
        Gsm8kRecords(tmp_path / "a.jsonl").load()


def test_the_calculator_is_taken_out() -> None:
    assert without_calculator("2<<1+1=2>>2 and <<x") == "22 and "
    assert without_calculator("plain") == "plain"
