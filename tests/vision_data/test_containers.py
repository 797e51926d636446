"""What files say of themselves."""

from __future__ import annotations

import struct

import pytest

from tests.vision_data.make_videos import animated, encode
from vision_data.containers import bytes_missing, is_animation, is_playlist

pytest.importorskip("av")


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "mpeg4"), ("a.mov", "libx264"), ("a.avi", "mpeg4"), ("a.mkv", "mpeg4"), ("a.webm", "libvpx")],
)
def test_bytes_missing(tmp_path, name, codec):
    whole = encode(tmp_path / name, codec, num=8)
    assert bytes_missing(whole) == 0
    content = whole.read_bytes()
    for lost in (1, 100, len(content) // 3):
        whole.write_bytes(content[:-lost])
        # Of boxes behind the one that is cut nothing is known.
        assert 0 < bytes_missing(whole) <= lost
        assert bytes_missing(whole) == lost or whole.suffix in (".mp4", ".mov")
    whole.write_bytes(content + b"more behind it")
    assert bytes_missing(whole) == 0


def test_containers_that_do_not_tell(tmp_path):
    stream = encode(tmp_path / "a.ts", num=8)
    stream.write_bytes(stream.read_bytes()[:2000])
    assert bytes_missing(stream) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"\x1aE\xdf\xa3",
        b"\x1aE\xdf\xa3\xff",
        b"\x1aE\xdf\xa3\x81\0\x18S\x80g\xff",
        b"\x1aE\xdf\xa3\x81\0\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xff",
        b"\0\0\0\x08ftyp\0\0\0\0mdat",
        b"\0\0\0\1ftyp",
        b"\0\0\0\x07ftyp" * 9,
    ],
)
def test_headers_that_end_or_make_no_sense(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    assert bytes_missing(tmp_path / "a") >= 0
    assert not is_animation(tmp_path / "a")
    assert not is_playlist(tmp_path / "a")


def test_large_boxes(tmp_path):
    (tmp_path / "a.mp4").write_bytes(struct.pack(">I4sQ", 1, b"mdat", 2**40) + bytes(100))
    assert bytes_missing(tmp_path / "a.mp4") == 2**40 - 116


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animations(tmp_path, kind):
    (tmp_path / "a").write_bytes(animated(kind))
    assert is_animation(tmp_path / "a")


@pytest.mark.parametrize("text", ["#EXTM3U\n", "\ufeff#EXTM3U", "ffconcat version 1.0", "<?xml?><MPD>", "\n#EXTM3U"])
def test_playlists(tmp_path, text):
    (tmp_path / "a").write_text(text)
    assert is_playlist(tmp_path / "a")
