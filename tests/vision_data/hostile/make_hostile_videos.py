"""Write videos that are damaged, lie about themselves or are none: the same bytes in every run.

Usage: ``python -m tests.vision_data.hostile.make_hostile_videos FOLDER``
"""

from __future__ import annotations

import io
import random
import struct
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import PIL.Image

from tests.vision_data.make_videos import animated, encode

NUM = 24
KINDS: dict[str, dict[str, Any]] = {
    "mpeg4.mp4": {"codec": "mpeg4"},
    "h264.mp4": {},
    "front.mp4": {"container": {"movflags": "faststart"}},
    "fragments.mp4": {"container": {"movflags": "frag_keyframe+empty_moov"}},
    "h264.mkv": {},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "mpeg4.avi": {"codec": "mpeg4"},
    "h264.ts": {},
    "h264.flv": {},
}
ANIMATIONS = {"gif": "GIF", "png": "PNG", "webp": "WEBP"}
CUTS = (1, 3, 8, 20, 36, 64, 200, 600)
SHARES = (0.25, 0.5, 0.75, 0.9, 0.999)


def good() -> dict[str, bytes]:
    """One whole video of each kind."""
    with TemporaryDirectory() as home:
        exact = {"fflags": "+bitexact"}
        files = {
            name: encode(
                Path(home) / name, num=NUM, **{**told, "container": {**exact, **told.get("container", {})}}
            ).read_bytes()
            for name, told in KINDS.items()
        }
    return files | {f"moves.{end}": animated(kind, num=8) for end, kind in ANIMATIONS.items()}


def cut(whole: dict[str, bytes]) -> Iterator[tuple[str, bytes, str]]:
    """Files that end too early."""
    for name, content in whole.items():
        ends = {*CUTS, *(int(len(content) * share) for share in SHARES), len(content) - 1}
        for end in sorted(ends):
            # A stream of packets and a GIF may end anywhere; a short start of a file is none.
            kind = "refused" if end < 64 else "either"
            yield f"cut at {end} of {name}", content[:end], kind


def spoiled(whole: dict[str, bytes]) -> Iterator[tuple[str, bytes, str]]:
    """Files with a few bytes changed: in the header, all over, and all the rest."""
    rng = random.Random(1)
    for name, content in whole.items():
        for i in range(8):
            reach = min(len(content), 400) if i % 2 else len(content)
            changed = bytearray(content)
            for _ in range(1 + 3 * i):
                changed[rng.randrange(reach)] = rng.randrange(256)
            yield f"spoiled {i} of {name}", bytes(changed), "either"
        for i in range(3):
            changed, at = bytearray(content), rng.randrange(len(content))
            changed[at : at + 4] = struct.pack(rng.choice("<>") + "I", rng.choice((0, 2**31 - 1, 2**32 - 1)))
            yield f"number {i} of {name}", bytes(changed), "either"
        middle = len(content) // 3
        yield f"rubbish in {name}", content[:middle] + rng.randbytes(len(content) - middle), "either"


def lying(whole: dict[str, bytes]) -> Iterator[tuple[str, bytes, str]]:
    """Files whose numbers are not true."""
    mp4, avi = whole["front.mp4"], whole["mpeg4.avi"]
    for box, offset in ((b"stsz", 12), (b"stts", 8), (b"stts", 12), (b"stsc", 12), (b"stco", 8), (b"mvhd", 20)):
        for value in (0, 1, 7, 10**6, 2**31 - 1):
            changed = bytearray(mp4)
            struct.pack_into(">I", changed, mp4.find(box) + offset, value)
            yield f"{box.decode()} {offset} says {value}.mp4", bytes(changed), "either"
    for mark, offset in ((b"avih", 24), (b"strh", 40)):
        for value in (0, 1, 10**6, 2**32 - 1):
            changed = bytearray(avi)
            struct.pack_into("<I", changed, avi.find(mark) + offset, value)
            yield f"{mark.decode()} says {value}.avi", bytes(changed), "read"
    for side in (0, 65535):
        changed = bytearray(mp4)
        struct.pack_into(">HH", changed, mp4.find(b"avc1", mp4.find(b"stsd")) + 28, side, side)
        yield f"side {side}.mp4", bytes(changed), "either"
        changed = bytearray(whole["moves.gif"])
        struct.pack_into("<HH", changed, 6, side, side)
        yield f"side {side}.gif", bytes(changed), "either" if side == 0 else "refused"


def none() -> Iterator[tuple[str, bytes, str]]:
    """Files that are no videos, by names that say so."""
    rng = random.Random(2)
    sound, page, picture = io.BytesIO(), b"<!DOCTYPE html><title>404</title>", io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    PIL.Image.new("RGB", (64, 48), (9, 9, 9)).save(picture, "JPEG")
    for end in ("mp4", "mkv", "webm", "avi", "mov", "ts", "mpg", "gif", "webp", "flv", "wmv"):
        yield f"random.{end}", rng.randbytes(5000), "refused"
        yield f"zeros.{end}", bytes(5000), "refused"
        yield f"nothing.{end}", b"", "refused"
        yield f"page.{end}", page, "refused"
        yield f"sound.{end}", sound.getvalue(), "refused"
        yield f"picture.{end}", picture.getvalue(), "refused"
    for text in (
        "#EXTM3U\n#EXTINF:1,\nwhole.ts\n",
        "ffconcat version 1.0\nfile front.mp4\n",
        "v=0\nm=video 5004 RTP\n",
    ):
        yield f"list {len(text)}.mp4", text.encode(), "refused"


def nested(whole: dict[str, bytes]) -> Iterator[tuple[str, bytes, str]]:
    """Boxes and elements without end, and frames larger than can be held."""
    yield "boxes.mp4", whole["front.mp4"][:32] + struct.pack(">I4s", 8, b"free") * 20_000, "refused"
    yield "deep.mp4", b"".join(struct.pack(">I4s", 2**20 - 8 * i, b"moov") for i in range(5000)), "refused"
    yield "deep.mkv", whole["h264.mkv"][:60] + b"\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xff" * 5000, "refused"
    with TemporaryDirectory() as home:
        raw = bytearray(encode(Path(home) / "raw.avi", "rawvideo", num=2).read_bytes())
    for side in (9000, 16000, 2**31 - 1):
        struct.pack_into("<ii", raw, raw.find(b"strf") + 12, side, side)
        yield f"side {side}.avi", bytes(raw), "refused"
    yield "right.mov", whole["mpeg4.avi"], "read"
    yield "right.mp4", whole["vp9.webm"], "read"
    yield "right.avi", whole["moves.gif"], "read"


def write(folder: Path) -> dict[str, str]:
    """Write the corpus; give what is expected of each file: to be read, refused, or either."""
    whole, expected = good(), {}
    files = [(name, content, "read") for name, content in whole.items()]
    for name, content, kind in (*files, *cut(whole), *spoiled(whole), *lying(whole), *none(), *nested(whole)):
        (folder / name).write_bytes(content)
        expected[name] = kind
    return expected


if __name__ == "__main__":
    print(len(write(Path(sys.argv[1]))), "files written")  # noqa: T201
