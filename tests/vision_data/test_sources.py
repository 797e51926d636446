from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from vision_data import MediaError
from vision_data.sources import file_path, inline_bytes, is_inline, is_web_address, under

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(60))
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(60)


@pytest.mark.parametrize("content", [PNG, JPEG, b"GIF89a" + bytes(40), b"RIFF1234WEBPVP8 " + bytes(30)])
def test_bare_base64_is_recognised(content):
    text = base64.b64encode(content).decode()
    assert is_inline(text)
    assert inline_bytes(text) == content


@pytest.mark.parametrize(
    ("uri", "content"),
    [
        ("data:image/png;base64," + base64.b64encode(PNG).decode(), PNG),
        ("DATA:image;base64," + base64.b64encode(PNG).decode(), PNG),
        ("data:image/png;base64," + base64.encodebytes(PNG).decode(), PNG),
        ("data:image/svg+xml,%3Csvg%3E", b"<svg>"),
    ],
)
def test_data_uris(uri, content):
    assert is_inline(uri)
    assert inline_bytes(uri) == content


@pytest.mark.parametrize("path", ["a.png", "/9j/cache/a.jpg", "iVBORw0KGgo.png", "R0lGOD/images/" + "x" * 40 + ".gif"])
def test_paths_are_not_taken_for_base64(path):
    assert not is_inline(path)


@pytest.mark.parametrize("rest", [" " * 200_000 + "!", "A" * 200_000 + "!", "=" * 200_000, "\n" * 200_000 + "=!"])
def test_text_that_is_almost_base64_does_not_hang(rest):
    assert not is_inline("iVBORw0KGgo" + "A" * 30 + rest)


def test_a_file_with_a_base64_name_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "iVBORw0KGgo" + "A" * 40
    (tmp_path / name).write_bytes(b"x")
    assert not is_inline(name)
    assert file_path(name).name == name


@pytest.mark.parametrize(
    "uri",
    [
        "data:image/png;base64,", "data:image/png;base64", "data:image/png;base64,A", "data:,",
        "data:image/png;base64,\u00e9\u00e9\u00e9\u00e9", "data:image/png;base64,\ud800", "data:text/plain,\ud800",
    ],
)  # fmt: skip
def test_damaged_inline_content_is_refused(uri):
    with pytest.raises(MediaError, match=r"no content|damaged base64"):
        inline_bytes(uri)


def test_file_scheme_and_escapes(tmp_path):
    spaced, literal = tmp_path / "a b.png", tmp_path / "a%20b.png"
    spaced.write_bytes(b"x")
    assert file_path(f"file://{tmp_path}/a%20b.png") == spaced
    assert file_path(f"file://localhost{tmp_path}/a b.png") == spaced
    literal.write_bytes(b"x")
    assert file_path(f"file://{tmp_path}/a%20b.png") == literal


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.png").write_bytes(b"x")
    assert file_path("~/a.png") == tmp_path / "a.png"


def test_a_home_of_nobody_is_a_name_like_any_other():
    with pytest.raises(MediaError, match="does not exist"):
        file_path("~nobody-of-this-name/a.png")


def test_paths_are_put_under_a_root(tmp_path):
    (tmp_path / "a b.png").write_bytes(b"x")
    assert under(tmp_path, "sub/x.png") == tmp_path / "sub" / "x.png"
    assert under(tmp_path, "/abs/x.png") == Path("/abs/x.png")
    assert under(tmp_path, "file://a%20b.png") == under(tmp_path, "FILE://a b.png") == tmp_path / "a b.png"
    assert under(tmp_path, "a%20b.png") == tmp_path / "a%20b.png"


def test_web_addresses():
    assert is_web_address("http://host/a.png")
    assert is_web_address("HTTPS://host/a.png")
    assert not any(is_web_address(other) for other in ("file:///a", "s3://a/b", "http:/a", "a.png", b"http://a", None))


def test_what_cannot_be_read_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.png")
    Path("loop.png").symlink_to("loop.png")
    (tmp_path / "empty.png").touch()
    (tmp_path / "dir").mkdir()
    for source, words in [
        ("gone.png", f"'gone.png' does not exist .looked in {tmp_path}"),
        (str(tmp_path / "gone.png"), "does not exist; check the path"),
        ("empty.png", "0 bytes"),
        ("dir", "is a folder"),
        ("x" * 5000, "cannot be read .*too long"),
        ("empty.png/a.png", "does not exist"),
        ("a\0b", "does not exist"),
        ("pipe.png", "no ordinary file"),
        ("/dev/zero", "no ordinary file"),
        ("loop.png", "cannot be read|does not exist"),
    ]:
        with pytest.raises(MediaError, match=words) as caught:
            file_path(source)
        assert len(str(caught.value)) < 400
