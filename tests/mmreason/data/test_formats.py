"""Any format as tasks: what training sees is what our own JSONL gives back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmreason.data.formats import FormatTasks, task_of
from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.task_jsonl import TaskJsonl
from mmreason.errors import DataError
from mmreason.signals import check
from mmreason.types import Task
from vision_data.formats import read, write_records
from vision_data.media import Image
from vision_data.messages import Prompt, user

DATA = Path(__file__).parents[2] / "data"
SAMPLES = [
    "aitz/G-1.json", "chartbench/test.jsonl", "chartqa/test_human.json", "chartx/ChartX_annotation.json",
    "charxiv/reasoning_val.json", "clevrer/train.json", "easyr1/train.parquet", "generated/records.jsonl",
    "geoqa/train.json", "gqa/questions.json", "grit/grit.jsonl", "hpd/train.json", "image-reward/test.json",
    "llava/llava.json", "mmreason/tasks.jsonl", "mmvu/validation.json", "ms-swift/swift.jsonl", "next-gqa/val.csv",
    "openrlhf-m/train.jsonl", "r1v/r1v.jsonl", "rapidata/train.parquet", "reasonmap/reasonmap.jsonl", "saved/set",
    "seed-bench-r1/annotations.jsonl", "tallyqa/test.json", "tempcompass/multi-choice.json", "trl/train.jsonl",
    "verl/train.parquet", "video-mme/test.parquet", "video-r1/video_r1.json", "vsi-bench/test.jsonl", "vsr/train.jsonl",
]  # fmt: skip


def seen(task: Task) -> Any:
    """What a task holds, media by content."""

    def part(value: Any) -> Any:
        if isinstance(value, str):
            return value
        sources = value.source if isinstance(value.source, tuple) else (value.source,)
        contents = tuple(Path(source).read_bytes() if isinstance(source, str) else source for source in sources)
        return contents, replace(value, source=b"-" if isinstance(value, Image) else "-")

    def told(prompt: Prompt | None) -> Any:
        return [(message.role, [part(p) for p in message.content]) for message in prompt or ()]

    return task.id, told(task.prompt), task.answer, told(task.hint), task.peer, dict(task.record)


@pytest.mark.parametrize("name", SAMPLES)
def test_read_task_our_jsonl_read_gives_the_same(name: str, tmp_path: Path) -> None:
    records = list(read(DATA / name, decode=True))
    write_records(records, tmp_path)
    again, bad = TaskJsonl(tmp_path / "records.jsonl", decode=True).load()
    assert bad == []
    assert list(map(seen, again)) == [seen(task_of(record)) for record in records]
    direct, _ = FormatTasks(tmp_path / "records.jsonl").load()
    assert [task.prompt for task in direct] == [task.prompt for task in again]


def test_what_a_reward_can_read() -> None:
    tasks, _ = FormatTasks(DATA / "video-r1/video_r1.json").load_tasks(Path("unused"))
    assert [task.answer for task in tasks] == ["A", "2", "A,C"]
    assert tasks[2].record["options"] == ["it is blue", "it stops", "it moves"]
    assert (tasks[2].record["type"], tasks[2].record["answer_type"]) == ("multiple choice", "set")
    assert tasks[2].record["answer_raw"] == "<answer>A,C</answer>"
    assert tasks[2].where.endswith("video_r1.json:25, record 3")
    assert json.dumps(tasks[2].record)


def test_reasonmap_has_its_own_reader() -> None:
    path = DATA / "reasonmap/reasonmap.jsonl"
    tasks, _ = FormatTasks(path).load()
    assert tasks == ReasonMapRecords(path).load()[0]
    assert "Route Name" in (tasks[2].answer or "")


def test_bad_records_stop_or_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": 1, "problem": "x", "answer": "1"},
        {"id": 1, "problem": "y", "answer": "1"},
        {"id": 2, "problem": "", "answer": "1"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match=r"rows\.jsonl:2: id '1' is taken"):
        FormatTasks(path, "easyr1").load()
    tasks, bad = FormatTasks(path, "easyr1", on_bad_record="skip").load()
    assert ([task.prompt for task in tasks], [item.where for item in bad]) == (
        [(user("x"),)],
        [f"{path}:2", f"{path}:3"],
    )
    path.write_text(json.dumps(rows[2]) + "\n")
    with pytest.raises(DataError, match="no record can be used; the first of 1 bad records"):
        FormatTasks(path, "easyr1", on_bad_record="skip").load()


@pytest.mark.parametrize(
    ("given", "said"),
    [({"path": "gone.jsonl"}, "does not exist"), ({"path": "x.jsonl", "format": "lava"}, "did you mean 'llava'")],
)
def test_what_cannot_be_read_is_a_data_error(given: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        FormatTasks(**given).load()


def test_it_is_a_value() -> None:
    check(FormatTasks("x.jsonl", boxes="unit"))
    assert FormatTasks("x.jsonl") == FormatTasks("x.jsonl")
