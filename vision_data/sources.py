"""From what a user wrote as a source to a file or to bytes."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from vision_data.errors import MediaError
from vision_data.media import brief

# How PNG, JPEG, GIF, WebP, BMP and the two kinds of TIFF begin, in base64.
_ENCODED_STARTS = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "Qk", "SUkqA", "TU0AK")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
_SHORTEST = 32


def is_inline(source: str) -> bool:
    """Tell whether the text carries the media itself (a ``data:`` URI or base64) instead of naming a file."""
    if source[:5].lower() == "data:":
        return True
    encoded = len(source) >= _SHORTEST and source.startswith(_ENCODED_STARTS) and _BASE64.fullmatch(source)
    return bool(encoded) and not _exists(source)


def inline_bytes(source: str) -> bytes:
    """Decode what ``is_inline`` recognised.

    Raises:
        MediaError: the base64 is damaged, or a ``data:`` URI has no content.
    """
    head, comma, body = source.partition(",") if source[:5].lower() == "data:" else ("base64", ",", source)
    if not comma or not body.strip():
        raise MediaError(f"{brief(source)} has no content; expected data:image/png;base64,...")
    if not head.lower().endswith("base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(re.sub(r"\s", "", unquote(body)), validate=True)
    except binascii.Error as error:
        raise MediaError(f"{brief(source)} is damaged base64 ({error}); encode the file again") from None


def file_path(source: str) -> Path:
    """Turn a path or a ``file://`` path into a file that is there.

    Raises:
        MediaError: it is missing, a folder, empty, or no path at all.
    """
    path = _plain(source)
    try:
        if path.is_dir():
            raise MediaError(f"{brief(source)} is a folder; give the path of one file")
        if not path.exists():
            seen = "" if path.is_absolute() else f" (looked in {Path.cwd()})"
            raise MediaError(f"{brief(source)} does not exist{seen}; check the path and the data set's root folder")
        if path.is_file() and path.stat().st_size == 0:
            raise MediaError(f"{brief(source)} is empty (0 bytes); it was cut off when it was written or copied")
    except (OSError, ValueError) as error:
        if isinstance(error, MediaError):
            raise
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise MediaError(f"{brief(source)} cannot be read ({reason}); check the path and its permissions") from None
    return path


def _plain(source: str) -> Path:
    """Strip ``file://`` and the escapes that such a path may have; expand ``~``."""
    if source[:7].lower() != "file://":
        return Path(source).expanduser() if source.startswith("~") else Path(source)
    text = source[7:].removeprefix("localhost")
    return Path(text) if _exists(text) else Path(unquote(text))


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False
