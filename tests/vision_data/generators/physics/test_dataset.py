from __future__ import annotations

import json

import numpy as np
import pytest

from vision_data.errors import MediaError
from vision_data.generators.physics import frames, make_world, questions, write_dataset

decord = pytest.importorskip("decord")


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_round_trip(tmp_path):
    seen = []
    path = write_dataset(tmp_path / "data", 3, seed=1, split="test", per_type=2, progress=seen.append)
    assert path == tmp_path / "data" / "records.jsonl"
    assert seen == [1, 2, 3]
    records = read(path)
    assert len({record["id"] for record in records}) == len(records)
    assert {record["video"] for record in records} == {f"videos/{at:05d}.mp4" for at in range(3)}
    for seed in {record["world_seed"] for record in records}:
        world = make_world(seed, "tiny", "test")
        mine = [record for record in records if record["world_seed"] == seed]
        again = json.loads(json.dumps(questions(world, seed, per_type=2)))
        assert [{key: record[key] for key in other} for record, other in zip(mine, again, strict=True)] == again
        notes = json.loads((path.parent / mine[0]["annotation"]).read_text())
        assert notes["events"] == mine[0]["events"]
        reader = decord.VideoReader(str(path.parent / mine[0]["video"]))
        assert len(reader) == mine[0]["frames"] == 16
        assert np.abs(reader[7].asnumpy().astype(int) - frames(world)[7]).mean() < 4
        history = world.simulate()
        for body, track in enumerate(notes["trajectory"]):
            assert len(track) == 16
            for at, place in enumerate(track):
                state = history.state(body, at / 8)
                assert (place is None) == (state is None)
                assert state is None or place == pytest.approx([value * 112 for value in state[0]], abs=0.01)


def test_a_larger_data_set_begins_with_the_smaller(tmp_path):
    small, large = write_dataset(tmp_path / "a", 2, seed=5), write_dataset(tmp_path / "b", 3, seed=5)
    assert read(large)[: len(read(small))] == read(small)
    for name in ("00000", "00001"):
        video = f"videos/{name}.mp4"
        assert (small.parent / video).read_bytes() == (large.parent / video).read_bytes()
    other = write_dataset(tmp_path / "c", 3, seed=6)
    assert {r["world_seed"] for r in read(large)}.isdisjoint(r["world_seed"] for r in read(other))


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def interrupt(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path / "data", 3, seed=1, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [{"num_videos": 0}, {"level": "tinny"}, {"split": "dev"}, {"types": ["x"]}, {"per_type": 0}]
)
def test_bad_arguments_write_nothing(tmp_path, arguments):
    with pytest.raises(MediaError):
        write_dataset(tmp_path / "data", **({"num_videos": 1, "seed": 0} | arguments))
    assert list(tmp_path.iterdir()) == []
