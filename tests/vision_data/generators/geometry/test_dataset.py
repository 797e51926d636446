from __future__ import annotations

import json

import pytest
from PIL import Image

from vision_data.errors import MediaError
from vision_data.generators.geometry import FAMILIES, make_problem, questions, render, write_dataset


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_round_trip(tmp_path):
    seen = []
    path = write_dataset(tmp_path / "data", 7, seed=1, split="test", size=224, choices=True, progress=seen.append)
    assert path == tmp_path / "data" / "records.jsonl"
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    records = read(path)
    assert [record["family"] for record in records] == [*FAMILIES, FAMILIES[0]]
    assert len({record["id"] for record in records}) == 7
    for record in records:
        problem = make_problem(record["problem_seed"], "test", record["family"], size=224)
        (expected,) = questions(problem, choices=True)
        assert {key: record[key] for key in expected} | {"image": ""} == expected
        with Image.open(path.parent / record["image"]) as picture:
            assert picture.tobytes() == render(problem).tobytes()


def test_a_larger_data_set_begins_with_the_smaller(tmp_path):
    dials = {"families": ["circles"], "steps": (2, 2), "size": 168}
    small, large = (read(write_dataset(tmp_path / str(num), num, seed=5, **dials)) for num in (2, 4))
    assert large[:2] == small
    assert {record["num_steps"] for record in large} == {2}


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
    [{"num": 0}, {"split": "dev"}, {"families": ["x"]}, {"families": []}, {"steps": (0, 1)}, {"size": 9}],
)
def test_bad_arguments_write_nothing(tmp_path, arguments):
    with pytest.raises(MediaError):
        write_dataset(tmp_path / "data", **({"num": 1, "seed": 0} | arguments))
    assert list(tmp_path.iterdir()) == []


def test_existing_data_is_not_overwritten_unasked(tmp_path):
    write_dataset(tmp_path / "data", 1, seed=1)
    with pytest.raises(MediaError, match="not empty"):
        write_dataset(tmp_path / "data", 1, seed=1)
    write_dataset(tmp_path / "data", 1, seed=2, overwrite=True)
