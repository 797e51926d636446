from __future__ import annotations

import hashlib
import json

import pytest
from PIL import Image

from vision_data.errors import MediaError
from vision_data.generators.transit import STYLES, make_map, questions, render, write_dataset


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_round_trip(tmp_path):
    seen = []
    path = write_dataset(tmp_path / "data", 4, seed=1, split="test", per_type=2, progress=seen.append)
    assert path == tmp_path / "data" / "records.jsonl"
    assert seen == [1, 2, 3, 4]
    records = read(path)
    assert len({record["id"] for record in records}) == len(records)
    assert len({record["map_seed"] for record in records}) == 4
    for seed in {record["map_seed"] for record in records}:
        made = make_map(seed, "tiny", "test")
        mine = [record for record in records if record["map_seed"] == seed]
        expected = questions(made, seed, per_type=2)
        assert len(mine) == len(expected)
        for record, original in zip(mine, expected, strict=True):
            assert json.loads((path.parent / record["json"]).read_text()) == made.metro()
            assert {key: record[key] for key in original if key not in ("figure", "json")} == {
                key: original[key] for key in original if key not in ("figure", "json")
            }
        with Image.open(path.parent / mine[0]["figure"]) as picture:
            assert picture.tobytes() == render(made).tobytes()


def test_a_record_says_where_the_stations_are(tmp_path):
    record = read(write_dataset(tmp_path / "data", 1, seed=3))[0]
    metro = make_map(record["map_seed"]).metro()
    assert set(record["stations"]) == {stop for stops in metro.values() for stop in stops}
    with Image.open(tmp_path / "data" / record["figure"]) as picture:
        grey = picture.convert("L")
        for x, y in record["stations"].values():
            column, row = round(x * grey.width), round(y * grey.height)
            rim = [(column + dx, row + dy) for dx, dy in ((11, 0), (-11, 0), (0, 11), (0, -11))]
            assert all(grey.getpixel(at) < 230 for at in rim), "a station is a disc with a coloured rim"


def test_a_larger_data_set_begins_with_the_smaller(tmp_path):
    small, large = write_dataset(tmp_path / "a", 2, seed=5), write_dataset(tmp_path / "b", 4, seed=5)
    assert read(large)[: len(read(small))] == read(small)
    other = write_dataset(tmp_path / "c", 4, seed=6)
    assert {r["map_seed"] for r in read(large)}.isdisjoint(r["map_seed"] for r in read(other))


class Stop(BaseException):
    pass


def interrupt(done):
    if done == 2:
        raise Stop


def test_an_interrupted_write_leaves_nothing(tmp_path):
    with pytest.raises(Stop):
        write_dataset(tmp_path / "data", 4, seed=1, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_overwrite_keeps_the_old_data(tmp_path):
    path = write_dataset(tmp_path / "data", 1, seed=1)
    before = path.read_bytes()
    with pytest.raises(Stop):
        write_dataset(tmp_path / "data", 4, seed=2, progress=interrupt, overwrite=True)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["data"]


def test_overwrite_replaces_everything(tmp_path):
    write_dataset(tmp_path / "data", 3, seed=1)
    path = write_dataset(tmp_path / "data", 1, seed=2, types=["Counting3"], overwrite=True)
    assert len(read(path)) == 1
    assert len(list((tmp_path / "data" / "maps").iterdir())) == 1


def test_existing_data_is_not_overwritten_unasked(tmp_path):
    write_dataset(tmp_path / "data", 1, seed=1)
    with pytest.raises(MediaError, match="not empty"):
        write_dataset(tmp_path / "data", 1, seed=1)
    (tmp_path / "file").write_text("")
    with pytest.raises(MediaError, match="is a file"):
        write_dataset(tmp_path / "file", 1, seed=1)


@pytest.mark.parametrize("arguments", [{"num_maps": 0}, {"level": "tinny"}, {"split": "dev"}, {"types": ["x"]}])
def test_bad_arguments_write_nothing(tmp_path, arguments):
    with pytest.raises(MediaError):
        write_dataset(tmp_path / "data", **({"num_maps": 1, "seed": 0} | arguments))
    assert list(tmp_path.iterdir()) == []


def test_a_style_is_told_and_changes_nothing_but_the_pictures(tmp_path):
    plain = read(write_dataset(tmp_path / "plain", 4, seed=1, types=["TorF1", "planning"]))
    mixed = read(write_dataset(tmp_path / "mixed", 4, seed=1, types=["TorF1", "planning"], style="mixed"))
    assert [{**record, "style": other["style"]} for record, other in zip(plain, mixed, strict=True)] == mixed
    assert all("style" not in record for record in plain)
    assert {record["style"] for record in mixed} <= set(STYLES) - {"ticks"}
    for record in mixed:
        with Image.open(tmp_path / "mixed" / record["figure"]) as picture:
            assert picture.tobytes() == render(make_map(record["map_seed"]), style=record["style"]).tobytes()
    with pytest.raises(MediaError, match="letters need discs"):
        write_dataset(tmp_path / "ticks", 1, seed=1, style="ticks")


def test_tiny_maps_and_their_questions_stay_as_they_are():
    """A trained model depends on them."""
    made = [make_map(seed, "tiny", split) for split in ("train", "test") for seed in range(25)]
    records = [questions(one, one.seed, per_type=2) for one in made]
    digest = hashlib.sha256(json.dumps(records).encode()).hexdigest()
    assert digest == "144441e1cd72ff5bb1397d2a7f56983f059101cbc64149d2c9cc06f2c59c1abf"
