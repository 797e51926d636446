from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmreason.data.task_jsonl import TaskJsonl
from mmreason.errors import DataError
from mmreason.signals import check
from vision_data.media import Image
from vision_data.messages import media_of, system, user


@pytest.fixture
def write(tmp_path):
    """Write records beside a picture; gives the path of the JSONL file."""
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")

    def make(*records: dict[str, Any]) -> Path:
        path = tmp_path / "tasks.jsonl"
        path.write_text("\n".join(map(json.dumps, records)))
        return path

    return make


def test_text_only(write) -> None:
    (task,), _ = TaskJsonl(write({"prompt": "2 + 2 in an <image> tag?", "answer": 4, "level": "easy"})).load()
    assert (task.id, task.prompt, task.answer) == ("tasks-1", (user("2 + 2 in an <image> tag?"),), "4")
    assert task.record == {"level": "easy"}


def test_media_take_their_places(write, tmp_path) -> None:
    picture = Image(str(tmp_path / "a.png"))
    rows = [
        {"id": "a", "prompt": "<image>How many?", "images": ["a.png"], "answer": "3"},
        {"id": "b", "prompt": "How many?", "images": ["a.png"], "answer": "3"},
        {
            "id": "c",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "x"}],
            "answer": "3",
        },
    ]
    tasks, _ = TaskJsonl(write(*rows)).load()
    assert [media_of(task.prompt) for task in tasks] == [(picture,), (picture,), ()]
    assert tasks[0].prompt == (user(picture, "How many?"),)
    assert tasks[2].prompt == (system("Be brief."), user("x"))


def test_hint_peer_and_several_answers(write) -> None:
    row = {"id": 7, "prompt": "x?", "answer": ["four", "4"], "hint": "x? Think of two.", "peer": 8}
    (task,), _ = TaskJsonl(write(row)).load()
    assert (task.id, task.answer, task.peer, task.hint) == ("7", "four", "8", (user("x? Think of two."),))


def test_a_missing_answer_may_be_allowed(write) -> None:
    path = write({"prompt": "x?"})
    with pytest.raises(DataError, match="field 'answer' is None"):
        TaskJsonl(path).load()
    assert TaskJsonl(path, answer=False).load()[0][0].answer is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"answer": "1"}, "got neither"),
        ({"prompt": "a", "messages": [], "answer": "1"}, "got both"),
        ({"prompt": " ", "answer": "1"}, "not empty"),
        ({"prompt": 5, "answer": "1"}, "not empty"),
        ({"messages": [], "answer": "1"}, "a list of role and content"),
        ({"messages": [{"role": "alien", "content": "x"}], "answer": "1"}, "alien"),
        ({"prompt": "a", "answer": ""}, "field 'answer'"),
        ({"prompt": "a", "answer": []}, "field 'answer'"),
        ({"prompt": "a", "answer": {"x": 1}}, "field 'answer'"),
        ({"prompt": "a", "answer": True}, "field 'answer'"),
        ({"prompt": "a", "images": "a.png", "answer": "1"}, "expected a list"),
        ({"prompt": "a", "images": ["none.png"], "answer": "1"}, "none.png"),
        ({"prompt": "<image><image>", "images": ["a.png"], "answer": "1"}, "2 place"),
    ],
)
def test_a_bad_record_is_named(write, row: dict[str, Any], told: str) -> None:
    path = write({"prompt": "fine", "answer": "1"}, row)
    with pytest.raises(DataError, match=told) as caught:
        TaskJsonl(path).load()
    assert str(caught.value).startswith(f"{path}:2: ")
    assert "\n" not in str(caught.value)
    tasks, bad = TaskJsonl(path, on_bad_record="skip").load()
    assert (len(tasks), len(bad)) == (1, 1)


def test_media_from_another_folder(write, tmp_path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "b.png").write_bytes(b"x")
    path = write({"prompt": "x", "images": ["b.png"], "answer": "1"})
    assert len(TaskJsonl(path, root=tmp_path / "pictures").load()[0]) == 1
    check(TaskJsonl("x.jsonl"))


def test_a_damaged_picture_is_found_when_asked(write, tmp_path) -> None:
    path = write({"prompt": "x", "images": ["a.png"], "answer": "1"})
    assert len(TaskJsonl(path).load_tasks(tmp_path)[0]) == 1
    with pytest.raises(DataError, match=r"tasks\.jsonl:1: .*a\.png"):
        TaskJsonl(path, decode=True).load()
