"""Import rules: what is read, what is refused, and how it is told."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from vision_data.errors import MediaError
from vision_data.formats import FrameMarks, Record, read
from vision_data.media import Image
from vision_data.messages import media_of, text_of, user

Write = Callable[..., Path]
Items = Callable[..., Any]


def llava(text: str, answer: str = "1", **fields: Any) -> dict[str, Any]:
    return {"conversations": [{"from": "human", "value": text}, {"from": "gpt", "value": answer}], **fields}


def test_a_literal_marker_counts_only_when_the_row_has_media(write: Write) -> None:
    path = write(llava("What is <image>?"), llava("<image>What is this?", image="a.png"))
    text, shown = read(path)
    assert text.messages == (user("What is <image>?"),)
    assert shown.messages == (user(Image(str(path.parent / "a.png")), "What is this?"),)


@pytest.mark.parametrize(
    ("text", "image", "said"),
    [
        ("<image><image>x", "a.png", "2 place"),
        ("<image>x", ["a.png", "b.png"], "1 place"),
        ("<video>x", "a.png", "0 place|<video>"),
    ],
)
def test_counts_that_differ_are_refused_with_the_line(
    text: str, image: Any, said: str, write: Write, items: Items
) -> None:
    path = write(llava("fine"), llava(text, image=image), llava("fine too"))
    good, bad = items(path)
    assert len(good) == 2
    assert bad[0].where == f"{path}:2"
    assert bad[0].reason.startswith(f"{path}:2: ")
    assert any(part in bad[0].reason for part in said.split("|"))
    with pytest.raises(MediaError, match=r"data\.jsonl:2: "):
        list(read(path))


def test_unreadable_files_go_to_the_quarantine_and_are_not_replaced(write: Write, tmp_path: Path) -> None:
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:40] if (tmp_path / "a.png").exists() else b"")
    path = write(
        llava("<image>x", image="a.png"), llava("<image>x", image="cut.png"), llava("<image>x", image="no.png")
    )
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:40])
    bad: list[Any] = []
    assert len(list(read(path, quarantine=bad))) == 2
    assert [item.where for item in bad] == [f"{path}:3"]
    bad.clear()
    good = list(read(path, decode=True, quarantine=bad))
    assert [item.where for item in bad] == [f"{path}:2", f"{path}:3"]
    assert "cut.png" in bad[0].reason
    assert [Path(medium.source).name for record in good for medium in media_of(record.messages)] == ["a.png"]


def test_answers_are_needed_unless_not(write: Write, items: Items) -> None:
    path = write({"problem": "x", "answer": "1"}, {"problem": "y", "answer": None})
    assert [len(found) for found in items(path, "easyr1")] == [1, 1]
    good, bad = items(path, "easyr1", need_answer=False)
    assert ([record.gold is None for record in good], bad) == ([False, True], [])


def test_boxes_are_declared_for_the_file(write: Write, items: Items) -> None:
    path = write({"problem": "Where?", "image": "a.png", "solution": [1, 1, 5, 4]})
    assert "declare it" in items(path)[1][0].reason
    assert next(read(path, boxes="original")).gold.boxes == ((1.0, 1.0, 5.0, 4.0),)
    assert next(read(path, boxes="none")).gold.kind == "text"


def test_frames_are_told_by_number_and_time(write: Write) -> None:
    turns = [{"role": "user", "content": "<video>What moves?"}, {"role": "assistant", "content": "it"}]
    path = write({"messages": turns, "videos": [["a.png", "b.png", "a.png"]]})
    assert next(read(path)).frames == (FrameMarks((0, 1, 2), (0.0, 0.5, 1.0)),)


def test_a_count_of_frames_is_resolved_when_the_video_is_opened(tmp_path: Path) -> None:
    data = Path(__file__).parents[2] / "data/mmreason/tasks.jsonl"
    pytest.importorskip("decord")
    closed, opened = (list(read(data, decode=decode))[2] for decode in (False, True))
    assert closed.frames == (None,)
    assert opened.frames == (FrameMarks((0, 2, 5, 7), (0.0, 0.5, 1.25, 1.75)),)


def test_the_raw_answer_and_every_other_field_are_kept(write: Write) -> None:
    path = write({"problem": "x", "image": "a.png", "solution": "<answer>4</answer>", "type": "hard", "n": [1, None]})
    record = next(read(path))
    assert (record.gold.text, record.gold.raw) == ("4", "<answer>4</answer>")
    assert record.extra == {"source_type": "hard", "n": [1, None]}
    assert (record.meta.id, record.meta.number, record.meta.where) == ("data-1", 1, f"{path}:1")


def test_another_root(write: Write, tmp_path: Path) -> None:
    path = write(llava("<image>x", image="a.png"))
    elsewhere = tmp_path / "text"
    elsewhere.mkdir()
    moved = path.rename(elsewhere / "data.jsonl")
    with pytest.raises(MediaError, match="does not exist"):
        list(read(moved))
    assert len(list(read(moved, root=tmp_path))) == 1


def test_rows_of_other_shapes_are_refused_one_by_one(write: Write, items: Items) -> None:
    good_row = llava("fine")
    rows: list[Any] = [
        good_row, [1], "x", None, 7, {}, {"conversations": []}, {"conversations": [1]}, {"conversations": "x"},
        {"conversations": [{"from": "alien", "value": "x"}]}, {"conversations": [{"from": "human", "value": 1}]},
        llava("x", image=7), llava("x", image={"a": 1}), llava("<image>", image="a.png", video=3), good_row,
    ]  # fmt: skip
    good, bad = items(write(*rows), "llava")
    assert len(good) == 2
    assert [item.where.rpartition(":")[2] for item in bad] == [str(i) for i in range(2, len(rows))]
    assert all("\n" not in item.reason for item in bad)


def test_reading_streams(tmp_path: Path) -> None:
    """The first records of a long file cost no more memory than those of a short one."""
    path = tmp_path / "long.json"
    row = '{"problem": "' + "x" * 1000 + '", "answer": "1"}'
    path.write_text("[" + ",\n".join([row] * 20_000) + "]")
    tracemalloc.start()
    found = list(islice(read(path), 5))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 5
    assert peak < 4_000_000 < path.stat().st_size
    assert all(isinstance(record, Record) and len(text_of(record.messages)) == 1000 for record in found)
