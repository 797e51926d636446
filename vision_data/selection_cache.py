"""Decoded clips kept on disk, for runs that show the same frames of the same videos many times."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vision_data.errors import MediaError
from vision_data.fingerprint import pixel_hash
from vision_data.media import Video
from vision_data.sources import file_path, is_inline

if TYPE_CHECKING:
    from vision_data.video import Clip

# Raised when the way from a file to a clip changes, so that older clips are not taken for new ones.
VERSION = 1
_SUFFIX = ".clip"
# A file is the hash of all that follows, the length of what is told, what is told as JSON, and the pixels.
_DIGEST, _LENGTH = 32, struct.Struct("<Q")
# Seconds after which a file that nobody finished counts as left behind.
_ABANDONED = 3600.0
_TOLD = ("indices", "timestamps", "fps", "num_frames", "duration", "reasons")


@dataclass(frozen=True)
class SelectionCache:
    """Clips in a folder, at most so many bytes, those that were not used for longest removed first.

    A clip is found by the content of its video and by everything that decides what is shown of it, never by a file
    name; of a model that a selector looks with, only its name counts. Clips are written whole or not at all, so
    several processes may share the folder; each removes what is too much after it has written, so that for a moment
    the folder holds one clip more for each of them. A damaged clip is decoded and written again.

    Attributes:
        folder: where clips lie; it is made when the first is written.
        max_bytes: most bytes of all clips; a single larger one is not kept.

    Raises:
        MediaError: ``max_bytes`` is below 1.
    """

    folder: str
    max_bytes: int = 16 * 2**30

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", os.fspath(self.folder))
        if self.max_bytes < 1:
            raise MediaError(f"SelectionCache: max_bytes is {self.max_bytes}, expected at least 1")

    def clip(self, ref: Video, factor: int | None, decode: Callable[[], Clip], readers: Sequence[str] = ()) -> Clip:
        """Give a clip from the folder, or decode it and keep it.

        Args:
            ref: the video.
            factor: see ``video.load_video``.
            decode: makes the clip.
            readers: names of the packages that may decode it, the first to be tried first.
        """
        path = Path(self.folder) / f"{clip_key(ref, factor, readers)}{_SUFFIX}"
        found = _read(path)
        if found is None:
            found = decode()
            self._keep(path, found)
        return found

    def _keep(self, path: Path, clip: Clip) -> None:
        if clip.frames.nbytes > self.max_bytes:
            return
        try:
            _write(path, clip)
            self._trim()
        except OSError as error:
            raise MediaError(
                f"the cache {self.folder!r} cannot be written ({error.strerror}); give another folder, or make room"
            ) from None

    def _trim(self) -> None:
        """Remove what was not used for longest, until the rest fits."""
        held = []
        for path in Path(self.folder).glob(f"*{_SUFFIX}*"):
            with suppress(FileNotFoundError):  # another process was faster
                state = path.stat()
                if path.name.endswith(_SUFFIX):
                    held.append((state.st_mtime_ns, state.st_size, path))
                elif time.time() - state.st_mtime > _ABANDONED:
                    path.unlink()
        total = sum(size for _, size, _ in held)
        for _, size, path in sorted(held):
            if total <= self.max_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size


def clip_key(ref: Video, factor: int | None, readers: Sequence[str] = ()) -> str:
    """Hash the content of a video and everything that decides what is shown of it; 64 hexadecimal digits.

    Raises:
        MediaError: a file of it is missing or cannot be read.
    """
    sources = (ref.source,) if isinstance(ref.source, str) else ref.source
    content = hashlib.sha256()
    for source in sources:
        content.update(_content(source).encode())
    settings = {f.name: getattr(ref, f.name) for f in fields(ref) if f.name not in ("source", "frames", "transforms")}
    return pixel_hash(
        np.frombuffer(content.digest(), np.uint8), factor=factor, selector=ref.selector, readers=list(readers),
        transforms=list(ref.transforms), single=isinstance(ref.source, str), version=VERSION, **settings,
    )  # fmt: skip


def _content(source: str) -> str:
    """Hash what a source holds: inline media, a file, or the names and contents of a folder's pictures."""
    from vision_data.frame_folder import folder_of, frame_files

    if is_inline(source):
        return hashlib.sha256(source.encode()).hexdigest()
    if (folder := folder_of(source)) is not None:
        return hashlib.sha256("".join(_content(path) for path in frame_files(folder, source)).encode()).hexdigest()
    path = file_path(source)
    try:
        state = path.stat()
        return _file_hash(str(path.resolve()), state.st_size, state.st_mtime_ns, state.st_ino)
    except OSError as error:
        raise MediaError(f"{source!r} cannot be read ({error.strerror}); check its permissions") from None


@lru_cache(maxsize=1 << 16)
def _file_hash(path: str, size: int, mtime_ns: int, inode: int) -> str:
    """Hash a file, once in a process as long as it does not change."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, clip: Clip) -> None:
    """Write beside the place, then move there, so that nobody ever sees half of it."""
    told = json.dumps({"shape": clip.frames.shape} | {name: getattr(clip, name) for name in _TOLD}).encode()
    head, pixels = _LENGTH.pack(len(told)) + told, np.ascontiguousarray(clip.frames).data
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with partial.open("wb") as file:
            file.write(_digest(head, pixels))
            file.write(head)
            file.write(pixels)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _read(path: Path) -> Clip | None:
    """Read a clip and note that it was used; None where there is none, or a damaged one."""
    from vision_data.video import Clip

    try:
        with path.open("rb") as file:
            content = bytearray(os.fstat(file.fileno()).st_size)
            short = file.readinto(content) < len(content)
        os.utime(path)
    except OSError:
        return None
    body = memoryview(content)[_DIGEST:]
    if short or len(body) < _LENGTH.size or _digest(body) != content[:_DIGEST]:
        return None
    start = _LENGTH.size + _LENGTH.unpack_from(body)[0]
    told: dict[str, Any] = json.loads(bytes(body[_LENGTH.size : start]))
    frames = np.frombuffer(body[start:], np.uint8).reshape(told.pop("shape"))
    settings: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in told.items()}
    return Clip(frames=frames, **settings)


def _digest(*parts: bytes | memoryview) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()
