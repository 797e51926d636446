"""From what a user wrote as a source to a file or to bytes."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from vision_data.errors import MediaError
from vision_data.media import brief

# How PNG, JPEG, GIF, WebP, BMP and the two kinds of TIFF begin, in base64.
_ENCODED_STARTS = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "Qk", "SUkqA", "TU0AK")
# Possessive, so that a long text that fails at its end fails at once.
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]++={0,2}+\s*+")
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
    try:
        if not head.lower().endswith("base64"):
            return unquote_to_bytes(body)
        return base64.b64decode(re.sub(r"\s", "", unquote(body)), validate=True)
    except ValueError as error:
        raise MediaError(f"{brief(source)} is damaged base64 ({error}); encode the file again") from None


def file_path(source: str) -> Path:
    """Turn a path or a ``file://`` path into a file that is there.

    Raises:
        MediaError: it is missing, a folder, a pipe or device, empty, or no path at all.
    """
    path = under("", source)
    try:
        if path.is_dir():
            raise MediaError(f"{brief(source)} is a folder; give the path of one file")
        if not path.exists():
            seen = "" if path.is_absolute() else f" (looked in {Path.cwd()})"
            raise MediaError(f"{brief(source)} does not exist{seen}; check the path and the data set's root folder")
        if not path.is_file():
            raise MediaError(f"{brief(source)} is no ordinary file (a pipe, device or socket); give the path of a file")
        if path.stat().st_size == 0:
            raise MediaError(f"{brief(source)} is empty (0 bytes); it was cut off when it was written or copied")
    except (OSError, ValueError) as error:
        if isinstance(error, MediaError):
            raise
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise MediaError(f"{brief(source)} cannot be read ({reason}); check the path and its permissions") from None
    return path


def inside(root: str | os.PathLike[str], source: str) -> Path:
    """Put a path under a folder, and refuse it where it leads out of it: by its text, or by a link on the way.

    Args:
        root: the folder that holds all media.
        source: a relative or absolute path, or a ``file://`` path; the file need not be there, and is not opened.

    Returns:
        The path, links not yet followed.

    Raises:
        MediaError: it lies outside, or is no path at all.
    """
    try:
        path = under(root, source)
        real, home = path.resolve(), Path(root).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise MediaError(f"{brief(source)} is no path ({error}); check the record") from None
    if not real.is_relative_to(home):
        raise MediaError(
            f"{brief(source)} lies outside the data root {str(root)!r}; give the folder that holds all media as the "
            "root, or leave the record out"
        )
    return path


def under(root: str | os.PathLike[str], source: str) -> Path:
    """Put a relative path or ``file://`` path under a folder; an absolute one stays what it is."""
    if source[:7].lower() != "file://":
        return Path(root) / os.path.expanduser(source)
    text = source[7:].removeprefix("localhost")
    path = Path(root) / text
    return path if _exists(str(path)) else Path(root) / unquote(text)


def is_web_address(source: object) -> bool:
    """Tell whether something is an ``http://`` or ``https://`` address."""
    return isinstance(source, str) and source[:8].lower().startswith(("http://", "https://"))


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False
