from __future__ import annotations

import json
from collections import Counter

import pytest
from PIL import Image

from vision_data.errors import MediaError
from vision_data.generators.kitchen import SPLITS, frames, make_episode, questions, render, write_dataset

decord = pytest.importorskip("decord")


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    home = tmp_path_factory.mktemp("kitchen")
    return {split: write_dataset(home / split, 6, seed=2, split=split) for split in ("train", "L3")}


def test_round_trip(written):
    for split, path in written.items():
        records = read(path)
        assert [record["id"] for record in records] == [f"{split}-kitchen-tiny-{at:05d}" for at in range(6)]
        for record in records:
            episode = make_episode(record["episode_seed"], "tiny", split)
            (again,) = json.loads(json.dumps(questions(episode, episode.seed)))
            assert {key: record[key] for key in again} == again
            with Image.open(path.parent / record["image"]) as picture:
                assert picture.tobytes() == render(episode).tobytes()
            notes = json.loads((path.parent / record["episode"]).read_text())
            assert notes["num_done"] == record["num_done"] == len(record["task_progress"])
            assert len(notes["moments"]) == len(frames(episode))
            if record["num_done"] == 0:
                assert record["video"] is None
                assert "<video>" not in record["prompt"]
                assert "first step" in record["question"]
            else:
                assert record["prompt"].startswith("<video>\n<image>\n")
                video = decord.VideoReader(str(path.parent / record["video"]))
                assert len(video) == record["frames"] == len(notes["moments"])


def test_the_same_in_the_fields_of_the_benchmark(written):
    records, lines = read(written["train"]), read(written["train"].parent / "annotations" / "training.jsonl")
    for record, line in zip(records, lines, strict=True):
        assert line["answer"] == record["answer_text"]
        assert line["answer"] not in line["negative_answers"]
        assert len(line["negative_answers"]) >= 3
        assert (line["video_basename"] == "") == (line["task_progress_metadata"] == []) == (record["video"] is None)
    lines = read(written["L3"].parent / "annotations" / "validation_L3.jsonl")
    for record, line in zip(read(written["L3"]), lines, strict=True):
        assert line[f"choice_{line['golden_choice_idx'].lower()}"] == record["answer_text"]
        assert [line[f"choice_{letter}"] for letter in "abcd"] == record["options"]
        home = written["L3"].parent
        assert (home / "images" / line["video_source"] / line["current_observation_basename"]).is_file()
        if line["video_basename"]:
            assert (home / "videos" / line["video_source"] / line["video_basename"]).is_file()
        assert line["domain"] in ("daily life", "hobbies", "recreation", "work")


def test_letters_and_kinds_of_wrong_options_are_spread():
    letters, kinds = Counter(), Counter()
    for split in SPLITS:
        for seed in range(60):
            (record,) = questions(make_episode(seed, "tiny", split), 0)
            letters[record["answer"]] += 1
            kinds.update(record["option_kinds"])
            assert record["option_kinds"]["ABCD".index(record["answer"])] == "right"
            assert len(set(record["options"])) == 4
    assert min(letters.values()) > 0.6 * max(letters.values())
    assert kinds["right"] == 240
    assert min(kinds["done"], kinds["early"], kinds["other"]) > 100


def test_training_never_names_the_foods_of_unseen_tasks():
    for split in ("train", "L1", "L2"):
        for seed in range(40):
            (record,) = questions(make_episode(seed, "tiny", split), 0)
            words = " ".join([record["question"], *record["options"], *record["negative_answers"]])
            assert not any(food in words for food in ("apple", "bread", "corn", "mushroom", "cheese"))


def test_a_larger_data_set_begins_with_the_smaller(tmp_path):
    small, large = write_dataset(tmp_path / "a", 2, seed=5), write_dataset(tmp_path / "b", 4, seed=5)
    assert read(large)[:2] == read(small)
    for record in read(small):
        for medium in filter(None, (record["image"], record["video"])):
            assert (small.parent / medium).read_bytes() == (large.parent / medium).read_bytes()


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def interrupt(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path / "data", 3, seed=1, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [{"num_episodes": 0}, {"level": "tinny"}, {"split": "test"}])
def test_bad_arguments_write_nothing(tmp_path, arguments):
    with pytest.raises(MediaError):
        write_dataset(tmp_path / "data", **({"num_episodes": 1, "seed": 0} | arguments))
    assert list(tmp_path.iterdir()) == []
