"""What a video file says of itself in its first bytes: the kind of container, and how long the file should be."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

# Outermost boxes; the first of a file is one of the first seven.
_BOXES = (
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot",
    b"emsg", b"imda", b"meta", b"mfra", b"moof", b"pdin", b"prft", b"sidx", b"ssix", b"styp", b"udta", b"uuid",
)  # fmt: skip
_EBML, _SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"v=0\r", b"v=0\n", b"[playlist]")


def is_animation(path: Path) -> bool:
    """Tell whether a file is a GIF, PNG or WebP, by its first bytes."""
    start = _start(path)
    return start.startswith((b"GIF87a", b"GIF89a", b"\x89PNG\r\n\x1a\n")) or (start[:4], start[8:12]) == (
        b"RIFF",
        b"WEBP",
    )


def is_playlist(path: Path) -> bool:
    """Tell whether a file is a list of other files, which a reader would open in its place."""
    return _start(path).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_PLAYLISTS)


def bytes_missing(path: Path) -> int:
    """Count the bytes, at least, that a container declares and the file does not have; 0 where it declares none.

    Known are MP4 and its kin (ISO/IEC 14496-12, boxes), AVI and other RIFF files, Matroska and WebM (RFC 8794).
    """
    start, length = _start(path), path.stat().st_size
    with path.open("rb") as file:
        if start[4:8] in _BOXES[:7]:
            end = _boxes_end(file, length)
        elif start[:4] == b"RIFF":
            end = 8 + struct.unpack_from("<I", start.ljust(8, b"\0"), 4)[0]
        elif start[:4] == _EBML:
            end = _segment_end(file)
        else:
            end = 0
    return max(0, end - length)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(32)


def _boxes_end(file: BinaryIO, length: int) -> int:
    """Walk the outermost boxes; give where the last one ends."""
    at = 0
    while at + 8 <= length:
        file.seek(at)
        head = file.read(16)
        size = struct.unpack_from(">I", head)[0]
        if size == 1 and len(head) == 16:
            size = struct.unpack_from(">Q", head, 8)[0]
        if size == 0:  # until the end of the file
            return length
        if size < 8 or head[4:8] not in _BOXES:  # something else behind the last box
            return at
        at += size
    return at


def _segment_end(file: BinaryIO) -> int:
    """Step over the header of a Matroska file; give where its segment ends, or 0 if it does not say so."""
    file.seek(4)
    head = _size(file)
    if head is None:
        return 0
    file.seek(head, 1)
    if file.read(4) != _SEGMENT:
        return 0
    body = _size(file)
    return 0 if body is None else file.tell() + body


def _size(file: BinaryIO) -> int | None:
    """Read a number of variable length; None for "unknown", or where the file ends."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    rest = file.read(more)
    value = int.from_bytes(bytes([first[0] & (0x7F >> more)]) + rest, "big")
    return None if len(rest) < more or value == (1 << 7 * (more + 1)) - 1 else value
