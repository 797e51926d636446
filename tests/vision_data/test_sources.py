from __future__ import annotations

import base64

import pytest

from vision_data import MediaError
from vision_data.sources import file_path, inline_bytes, is_inline

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


def test_a_file_with_a_base64_name_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "iVBORw0KGgo" + "A" * 40
    (tmp_path / name).write_bytes(b"x")
    assert not is_inline(name)
    assert file_path(name).name == name


@pytest.mark.parametrize(
    "uri", ["data:image/png;base64,", "data:image/png;base64", "data:image/png;base64,A", "data:,"]
)
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


def test_what_cannot_be_read_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
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
    ]:
        with pytest.raises(MediaError, match=words) as caught:
            file_path(source)
        assert len(str(caught.value)) < 400
