"""Every sample file is recognised, read whole, and survives our JSONL."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vision_data.formats import FORMATS, Record, detect, read, write_records
from vision_data.media import Image
from vision_data.messages import Message

DATA = Path(__file__).parents[2] / "data"
SAMPLES = {
    "aitz": "aitz/G-1.json",
    "chartbench": "chartbench/test.jsonl",
    "chartqa": "chartqa/test_human.json",
    "chartx": "chartx/ChartX_annotation.json",
    "charxiv": "charxiv/reasoning_val.json",
    "clevrer": "clevrer/train.json",
    "easyr1": "easyr1/train.parquet",
    "generated": "generated/records.jsonl",
    "geoqa": "geoqa/train.json",
    "gqa": "gqa/questions.json",
    "grit": "grit/grit.jsonl",
    "hpd": "hpd/train.json",
    "image-reward": "image-reward/test.json",
    "llava": "llava/llava.json",
    "mmreason": "mmreason/tasks.jsonl",
    "mmvu": "mmvu/validation.json",
    "ms-swift": "ms-swift/swift.jsonl",
    "next-gqa": "next-gqa/val.csv",
    "openrlhf-m": "openrlhf-m/train.jsonl",
    "r1v": "r1v/r1v.jsonl",
    "rapidata": "rapidata/train.parquet",
    "reasonmap": "reasonmap/reasonmap.jsonl",
    "seed-bench-r1": "seed-bench-r1/annotations.jsonl",
    "tallyqa": "tallyqa/test.json",
    "tempcompass": "tempcompass/multi-choice.json",
    "trl": "trl/train.jsonl",
    "verl": "verl/train.parquet",
    "video-mme": "video-mme/test.parquet",
    "video-r1": "video-r1/video_r1.json",
    "vsi-bench": "vsi-bench/test.jsonl",
    "vsr": "vsr/train.jsonl",
}
ANSWERS = {
    "aitz": ["SCROLL UP", "TASK_COMPLETE"],
    "chartbench": ["text Yes", "text No", "text 50.0%", "number 2.0"],
    "chartqa": ["number 2", "text [red, blue]", "text 50%"],
    "chartx": ["number 1"],
    "charxiv": ["text red", "number 2"],
    "clevrer": ["number 1", "set A,C"],
    "easyr1": ["number 2", "number 1"],
    "generated": ["number 2", "set A,C"],
    "geoqa": ["choice C"],
    "gqa": ["text yes", "text disc"],
    "grit": ["number 2", "text Yes", "text red"],
    "hpd": ["choice A", "choice B", "choice B"],
    "image-reward": ["choice A", "choice B", "choice B"],
    "llava": ["text second", "text green", "text a placeholder"],
    "mmreason": ["number 2", "choice B", "text right", "text a picture", "boxes [[24, 24, 40, 40]]"],
    "mmvu": ["choice A", "text blue"],
    "ms-swift": ["boxes [[24, 24, 40, 40]]", "text red", "text nothing"],
    "next-gqa": ["choice B", "choice B"],
    "openrlhf-m": ["number 3"],
    "r1v": ["number 2", "number 1"],
    "rapidata": ["choice A", "choice B"],
    "seed-bench-r1": ["choice B", "choice A", "choice B"],
    "tallyqa": ["number 3", "number 1"],
    "tempcompass": ["choice B", "text yes"],
    "trl": ["choice A", "text blue"],
    "verl": ["number 1", "number 1"],
    "video-mme": ["choice A"],
    "video-r1": ["choice A", "number 2", "set A,C"],
    "vsi-bench": ["number 1", "choice A"],
    "vsr": ["text yes", "text no"],
}


def test_every_format_has_a_sample() -> None:
    assert sorted(SAMPLES) == sorted(FORMATS)
    assert all((DATA / path).is_file() for path in SAMPLES.values())


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sample_is_recognised(name: str) -> None:
    found = detect(DATA / SAMPLES[name])
    assert found.format is FORMATS[name]
    assert found.reason.startswith(f"looks like {found.format.title}: ")


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_sample_has_the_answers_that_it_was_made_with(name: str) -> None:
    golds = [record.gold for record in read(DATA / SAMPLES[name], decode=True)]
    if name == "aitz":
        assert [gold.kind for gold in golds] == ["code"] * 4
        assert [word in golds[i].text for word, i in zip(ANSWERS[name], (1, 3), strict=True)] == [True, True]
    else:
        assert [f"{gold.kind} {gold.text}" for gold in golds] == ANSWERS[name]


def shown(record: Record) -> Any:
    """The record without where it comes from, media by content."""

    def part(value: Any) -> Any:
        if isinstance(value, str):
            return value
        sources = value.source if isinstance(value.source, tuple) else (value.source,)
        contents = [Path(source).read_bytes() if isinstance(source, str) else source for source in sources]
        settings = replace(value, source=b"-" if isinstance(value, Image) else "-")
        return [hashlib.sha256(content).hexdigest() for content in contents], settings

    def messages(prompt: tuple[Message, ...] | None) -> Any:
        return [(message.role, [part(p) for p in message.content]) for message in prompt or ()]

    extra = {name: value for name, value in record.extra.items() if name != "source"}
    return (
        record.meta.id, messages(record.messages), record.gold, record.options, record.problem_type, record.frames,
        messages(record.hint), record.peer, extra,
    )  # fmt: skip


@pytest.mark.parametrize("media", ["copy", "reference"])
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sample_survives_our_jsonl(name: str, media: Any, tmp_path: Path) -> None:
    """Read, write, read gives the same; a second round changes nothing any more."""
    first = list(read(DATA / SAMPLES[name], decode=True))
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert write_records(first, tmp_path / "one", media) == len(first)
    lines = tmp_path / "one" / "records.jsonl"
    second = list(read(lines, "mmreason", outside=media == "reference", decode=True))
    assert list(map(shown, second)) == list(map(shown, first))
    assert detect(lines).format.name == "mmreason"
    write_records(second, tmp_path / "two", "copy")
    if media == "copy":
        assert (tmp_path / "two" / "records.jsonl").read_bytes() == lines.read_bytes()


def test_a_saved_dataset_is_read_without_the_datasets_library() -> None:
    records = list(read(DATA / "saved" / "set", decode=True))
    assert [(record.gold.text, record.extra) for record in records] == [
        ("2", {"split_of": "easy"}),
        ("1", {"split_of": "hard"}),
    ]


def test_a_folder_with_records_is_a_data_set() -> None:
    assert [record.meta.id for record in read(DATA / "generated")] == ["0-0", "0-1"]
