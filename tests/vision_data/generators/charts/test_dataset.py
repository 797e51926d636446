from __future__ import annotations

import csv
import json

import pytest

pytest.importorskip("matplotlib")

from PIL import Image

from vision_data.errors import MediaError
from vision_data.generators.charts import KINDS, make_chart, questions, render, write_dataset


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_round_trip(tmp_path):
    seen = []
    path = write_dataset(tmp_path / "data", 6, seed=1, split="test", progress=seen.append)
    assert path == tmp_path / "data" / "records.jsonl"
    assert seen == [1, 2, 3, 4, 5, 6]
    records = read(path)
    assert len({record["id"] for record in records}) == len(records)
    assert {record["kind"] for record in records} == set(KINDS)
    for image in {record["image"] for record in records}:
        mine = [record for record in records if record["image"] == image]
        chart = make_chart(mine[0]["chart_seed"], "tiny", "test", mine[0]["kind"])
        expected = questions(chart, chart.seed)
        assert [
            {key: record[key] for key in original} | {"image": ""}
            for record, original in zip(mine, expected, strict=True)
        ] == expected
        with Image.open(path.parent / image) as picture:
            assert picture.tobytes() == render(chart).tobytes()
        rows = list(csv.reader((path.parent / mine[0]["csv_file"]).open()))
        assert rows[0] == list(chart.table.columns)
        assert (path.parent / mine[0]["code_file"]).read_text() == mine[0]["code"]
        marks = json.loads((path.parent / mine[0]["marks_file"]).read_text())
        assert len(marks) == chart.num_marks


def test_a_larger_data_set_begins_with_the_smaller(tmp_path):
    dials = {"kinds": ["bar", "pie"], "types": ["lookup", "yes_no"], "readable": True, "boxed": False}
    small = read(write_dataset(tmp_path / "a", 2, seed=5, **dials))
    large = read(write_dataset(tmp_path / "b", 3, seed=5, **dials))
    assert large[: len(small)] == small
    assert [record["kind"] for record in large][::2] == ["bar", "pie", "bar"]
    other = read(write_dataset(tmp_path / "c", 2, seed=6, **dials))
    assert {r["chart_seed"] for r in large}.isdisjoint(r["chart_seed"] for r in other)


class Stop(BaseException):
    pass


def interrupt(done):
    raise Stop


def test_an_interrupted_write_leaves_nothing(tmp_path):
    with pytest.raises(Stop):
        write_dataset(tmp_path / "data", 2, seed=1, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"num": 0},
        {"level": "tinny"},
        {"split": "dev"},
        {"types": ["x"]},
        {"kinds": ["x"]},
        {"kinds": []},
        {"per_type": 0},
    ],
)
def test_bad_arguments_write_nothing(tmp_path, arguments):
    with pytest.raises(MediaError):
        write_dataset(tmp_path / "data", **({"num": 1, "seed": 0} | arguments))
    assert list(tmp_path.iterdir()) == []


def test_existing_data_is_not_overwritten_unasked(tmp_path):
    write_dataset(tmp_path / "data", 1, seed=1)
    with pytest.raises(MediaError, match="not empty"):
        write_dataset(tmp_path / "data", 1, seed=1)
    assert len(list((write_dataset(tmp_path / "data", 1, seed=2, overwrite=True).parent / "images").iterdir())) == 1
