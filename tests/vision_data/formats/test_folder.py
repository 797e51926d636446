"""Nothing outside the data root is opened, whatever a row says."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from vision_data.errors import MediaError
from vision_data.formats.folder import Folder
from vision_data.media import Image, Video


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A data root with a picture, beside a file that is none of its business."""
    home = tmp_path / "data set"
    (home / "in").mkdir(parents=True)
    PIL.Image.new("RGB", (4, 4)).save(home / "in" / "a b.png")
    PIL.Image.new("RGB", (4, 4)).save(tmp_path / "secret.png")
    (home / "out.png").symlink_to(tmp_path / "secret.png")
    (home / "folder_out").symlink_to(tmp_path)
    (home / "same.png").symlink_to(home / "in" / "a b.png")
    (home / "empty.png").touch()
    return home


@pytest.mark.parametrize(
    "path",
    [
        "../secret.png", "in/../../secret.png", "out.png", "folder_out/secret.png", "{abs}", "file://{abs}",
        "file://localhost{abs}", "file:///..{abs}", "~/x.png", "/etc/passwd",
        "/dev/zero",
    ],
)  # fmt: skip
def test_paths_out_of_the_root_are_refused(path: str, root: Path) -> None:
    text = path.format(abs=root.parent / "secret.png")
    with pytest.raises(MediaError, match="outside the data root"):
        Folder(root).image(text)


def test_they_are_opened_when_asked_for(root: Path) -> None:
    secret = str(root.parent / "secret.png")
    assert Folder(root, outside=True).image(secret) == Image(secret)
    assert Folder(root, outside=True).image("out.png") == Image(str(root / "out.png"))


@pytest.mark.parametrize(
    "path", ["in/a b.png", "{root}/in/a b.png", "file://{root}/in/a b.png", "file://{root}/in/a%20b.png", "same.png"]
)
def test_ways_to_name_a_file_inside(path: str, root: Path) -> None:
    source = Folder(root).image(path.format(root=root)).source
    assert isinstance(source, str)
    assert Path(source).resolve() == (root / "in" / "a b.png").resolve()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("gone.png", "does not exist"),
        ("in", "is a folder"),
        ("empty.png", "is empty"),
        ("a\0b.png", "is no path"),
        ("x" * 5000, "File name too long|no path|cannot be read|does not exist"),
        ("http://example.org/a.png", "on a network"),
        ("s3://bucket/a.png", "on a network"),
        ("", "expected a path"),
        (None, "expected a path"),
        (7, "expected a path"),
        ({}, "expected bytes or path"),
        ({"bytes": None, "path": None}, "expected bytes or path"),
        ({"bytes": "no base64!"}, "damaged base64"),
        ("data:image/png;base64,%%%", "damaged base64"),
        (b"", "no bytes"),
        (["in/a b.png"], "is a list"),
    ],
)
def test_what_is_no_picture(value: Any, said: str, root: Path) -> None:
    with pytest.raises(MediaError, match=said):
        Folder(root).image(value)


def test_a_pipe_does_not_hang(root: Path) -> None:
    os.mkfifo(root / "pipe.png")
    with pytest.raises(MediaError, match="no ordinary file"):
        Folder(root).image("pipe.png")


def test_bytes_in_every_shape(root: Path) -> None:
    content = (root / "in" / "a b.png").read_bytes()
    text = base64.b64encode(content).decode()
    shapes = [
        content, {"bytes": content, "path": "../x"}, {"bytes": text}, text, f"data:image/png;base64,{text}",
        {"url": f"data:image/png;base64,{text}"}, {"image_url": {"url": f"data:image/png;base64,{text}"}},
    ]  # fmt: skip
    assert {Folder(root).image(shape) for shape in shapes} == {Image(content)}


def test_frames_and_paths_in_message_parts_are_checked_too(root: Path) -> None:
    folder = Folder(root)
    assert folder.video(["same.png", "in/a b.png"]) == Video((str(root / "same.png"), str(root / "in/a b.png")))
    with pytest.raises(MediaError, match="outside the data root"):
        folder.video(["same.png", "out.png"])
    for part in (
        {"type": "image", "image": "out.png"}, {"type": "image_url", "image_url": {"url": "../secret.png"}},
        {"type": "video", "video": "out.png"}, {"type": "video", "video": ["out.png"]}, {"image": "out.png"},
    ):  # fmt: skip
        with pytest.raises(MediaError, match=r"message 1, part 2: .*outside the data root"):
            folder.messages([{"role": "user", "content": [{"type": "text", "text": "x"}, part]}])


def test_settings_of_parts_are_kept(root: Path) -> None:
    part = {"type": "image", "image": "same.png", "max_pixels": 784, "text": None}
    (message,) = Folder(root).messages([{"role": "user", "content": [part, {"type": "text", "text": "x"}]}])
    assert message.content == (Image(str(root / "same.png"), max_pixels=784), "x")


def test_a_side_file_is_read_once_and_only_inside(root: Path) -> None:
    folder = Folder(root)
    assert folder.side("map.json") is None
    (root / "map.json").write_text('{"a": 1}')
    assert Folder(root).side("map.json") == {"a": 1}
    (root.parent / "secret.json").write_text("{}")
    (root / "link.json").symlink_to(root.parent / "secret.json")
    with pytest.raises(MediaError, match="outside the data root"):
        folder.side("link.json")
