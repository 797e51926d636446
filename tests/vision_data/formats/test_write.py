from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from vision_data.errors import MediaError
from vision_data.formats import Choice, Meta, Record, Text, read, write_records
from vision_data.media import Image, Video
from vision_data.messages import Message, system, user

Write = Callable[..., Path]


def record(*messages: Message, **fields: Any) -> Record:
    gold = fields.pop("gold", Choice("A", "A"))
    return Record(messages=messages, gold=gold, meta=Meta("llava", Path("x.json"), 3, "x.json:3", "r"), **fields)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def picture(tmp_path: Path) -> str:
    PIL.Image.new("RGB", (4, 4), "red").save(tmp_path / "a.PNG")
    return str(tmp_path / "a.PNG")


def test_a_simple_question_is_one_text(out: Path, picture: str) -> None:
    write_records([record(user(Image(picture), "\nWhich?"))], out)
    (line,) = lines(out)
    assert line["prompt"] == "<image>\nWhich?"
    assert line["source"] == {"format": "llava", "file": "x.json", "number": 3}
    assert (out / line["images"][0]).read_bytes() == Path(picture).read_bytes()
    assert line["images"][0].endswith(".png")


@pytest.mark.parametrize(
    "messages",
    [
        (system("Be brief."), user("Why?")),
        (user("one ", "two"),),
        (user(Image(b"\x89PNG1"), "a literal <image> here"),),
        (user(Image(b"\x89PNG1", max_pixels=784), "x"),),
        (user(Image(b"\x89PNG1")),),
        (user("x"), Message("assistant", ("y",)), user("z")),
    ],
)
def test_what_one_text_cannot_say_is_written_in_parts(messages: tuple[Message, ...], out: Path) -> None:
    write_records([record(*messages)], out)
    (line,) = lines(out)
    assert "prompt" not in line
    (again,) = read(out / "records.jsonl")
    kept = [[p if isinstance(p, str) else p.max_pixels for p in message.content] for message in again.messages]
    assert kept == [[p if isinstance(p, str) else p.max_pixels for p in message.content] for message in messages]


def test_equal_media_are_there_once(out: Path, picture: str, tmp_path: Path) -> None:
    twin = tmp_path / "twin.png"
    twin.write_bytes(Path(picture).read_bytes())
    shown = [Image(picture), Image(str(twin)), Image(Path(picture).read_bytes())]
    write_records([record(user(medium, "x")) for medium in shown], out)
    assert len(list((out / "media").iterdir())) == 1
    assert len({line["images"][0] for line in lines(out)}) == 1


def test_media_may_stay_where_they_are(out: Path, picture: str) -> None:
    write_records([record(user(Image(picture), "x"))], out, "reference")
    assert lines(out)[0]["images"] == ["../a.PNG"]
    assert not (out / "media").exists()
    with pytest.raises(MediaError, match="outside the data root"):
        list(read(out / "records.jsonl"))
    assert len(list(read(out / "records.jsonl", outside=True))) == 1


def test_a_selector_without_a_word_is_refused(out: Path, picture: str) -> None:
    from vision_data.frames import Every

    with pytest.raises(MediaError, match="no word in JSON"):
        write_records([record(user(Video((picture,), Every()), "x"))], out)


def test_hint_peer_and_several_answers_stay(out: Path) -> None:
    first = record(
        user("What?"), hint=(user("What? Think."),), peer="twin", gold=Text("four", '["four", "4"]', ("4",)),
        extra={"level": 2},
    )  # fmt: skip
    write_records([first], out)
    (again,) = read(out / "records.jsonl")
    assert (again.hint, again.peer, again.gold, again.extra["level"]) == (first.hint, "twin", first.gold, 2)


def test_what_is_copied_must_be_there(out: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"gone\.png: cannot be copied"):
        write_records([record(user(Image(str(tmp_path / "gone.png")), "x"))], out)
