"""Where the media of a data set lie, and the rule that nothing outside is opened."""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vision_data.errors import MediaError
from vision_data.formats.row import word_for
from vision_data.media import Image, Video, brief
from vision_data.messages import Prompt, from_qwen
from vision_data.parts import as_image, as_video, from_part
from vision_data.sources import inline_bytes, inside, is_inline, under
from vision_data.spaces import System

_PATHS = ("image", "image_url", "video", "video_url", "path", "url", "file_name")
_SIDE_MOST = 1 << 28


@dataclass
class Folder:
    """Finds media for the rows of one data file.

    Attributes:
        root: folder to which relative paths belong, and outside of which nothing is opened.
        outside: open files outside the root too, absolute paths and links included.
        boxes: what the file's boxes are counted in, where its format does not say; None is undeclared, ``none`` says
            that lists of four numbers are no boxes.
        memory: what a format keeps from one row to the next.
    """

    root: Path
    outside: bool = False
    boxes: System | Literal["none"] | None = None
    memory: dict[str, Any] = field(default_factory=dict)

    def find(self, text: str) -> str:
        """Give the absolute path of a file that is there, ordinary, not empty and inside the root.

        Raises:
            MediaError: it is not.
        """
        given = brief(text)
        scheme = text.partition("://")[0].lower() if "://" in text[:20] else ""
        if scheme not in ("", "file"):
            raise MediaError(f"{given} is on a network and nothing is fetched; download it first and give its path")
        try:
            path = under(self.root, text) if self.outside else inside(self.root, text)
            if path.is_dir():
                raise MediaError(f"{given} is a folder; give the path of one file")
            if not path.exists():
                raise MediaError(f"{given} does not exist (looked in {self.root}); check the path and the root folder")
            if not path.is_file():
                raise MediaError(f"{given} is no ordinary file; give the path of a picture or video")
            if path.stat().st_size == 0:
                raise MediaError(f"{given} is empty (0 bytes); it was cut off when it was written or copied")
        except (OSError, ValueError) as error:
            if isinstance(error, MediaError):
                raise
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise MediaError(f"{given} cannot be read ({reason}); check the path and its permissions") from None
        return str(path)

    def first(self, *places: str) -> str:
        """Give the first of these paths that can be used; the last one where none can."""
        for place in places[:-1]:
            try:
                self.find(place)
            except MediaError:
                continue
            return place
        return places[-1]

    def image(self, value: Any, **pixels: Any) -> Image:
        """Make a picture of a path, bytes, base64, a data URI, or an object that holds one of these.

        Raises:
            MediaError: it is none of these, or the file cannot be used.
        """
        if isinstance(value, Image):
            return value
        source = self.source(value)
        if isinstance(source, list):
            raise MediaError(
                f"an image is a list of {len(source)}, expected one path; several belong in a list of images"
            )
        return as_image(source, **pixels)

    def video(self, value: Any, **settings: Any) -> Video:
        """Make a video of a path, a list of frames, or an object that holds one of these; see ``image``."""
        if isinstance(value, Video):
            return value
        source = self.source(value)
        if isinstance(source, bytes):
            raise MediaError("a video is given as bytes; write it to a file and give the path")
        return as_video(source, **settings)

    def source(self, value: Any) -> str | bytes | list[str]:
        """Find what one medium's value stands for: an absolute path, the bytes, or frame paths."""
        if isinstance(value, Mapping):
            content = value.get("bytes") or value.get("base64")
            if content is not None:
                return _content(content)
            named = [value[key] for key in _PATHS if value.get(key) is not None]
            if not named:
                raise MediaError(f"a medium has the fields {sorted(value)}, expected bytes or path")
            return self.source(named[0])
        if isinstance(value, list | tuple):
            return [self.find(_frame(frame)) for frame in value]
        if isinstance(value, bytes | bytearray | memoryview):
            return _content(value)
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        if not isinstance(value, str) or not value.strip():
            raise MediaError(f"a medium is {brief(value) if value else repr(value)}, expected a path, bytes or base64")
        return inline_bytes(value) if is_inline(value) else self.find(value)

    def messages(self, messages: Any, images: Any = (), videos: Any = ()) -> Prompt:
        """Read message dictionaries with their media, those of the row's columns included; see ``from_qwen``.

        Raises:
            MediaError: a message is malformed, a medium cannot be used, or places and media differ in number.
        """
        if not isinstance(messages, list) or not messages:
            raise MediaError("the messages are missing or empty, expected a list of role and content")
        placed = [self._placed(i, message) for i, message in enumerate(messages)]
        pictures = [self._numbered("image", i, value) for i, value in enumerate(listed(images, "images"))]
        clips = [self._numbered("video", i, value) for i, value in enumerate(listed(videos, "videos"))]
        return from_qwen(placed, None, pictures, clips)

    def asked(self, text: str, images: Any = (), videos: Any = ()) -> Prompt:
        """Make a prompt of one user message with ``<image>`` and ``<video>`` markers; see ``from_text``."""
        return self.messages([{"role": "user", "content": text}], images, videos)

    def _numbered(self, kind: str, index: int, value: Any) -> Image | Video:
        try:
            return self.image(value) if kind == "image" else self.video(value)
        except MediaError as error:
            raise MediaError(f"{kind} {index + 1}: {error}") from None

    def _placed(self, number: int, message: Any) -> Any:
        """Put media into the parts of one message, so that no path is opened unseen."""
        content = message.get("content") if isinstance(message, Mapping) else None
        if not isinstance(content, list | tuple):
            return message
        parts = []
        for index, part in enumerate(content):
            try:
                parts.append(self._part(part) if isinstance(part, Mapping) else part)
            except (MediaError, TypeError) as error:
                raise MediaError(f"message {number + 1}, part {index + 1}: {error}") from None
        return {**message, "content": parts}

    def _part(self, part: Mapping[str, Any]) -> Any:
        told = {key: value for key, value in part.items() if value is not None}
        keys = [key for key in (*_PATHS[:-1], "bytes") if key in told]
        if not keys or told.get("type") == "text" or ("type" not in told and "text" in told):
            return part
        found = self.source(told) if "bytes" in told else self.source(told[keys[0]])
        settings = {key: value for key, value in told.items() if key not in (*_PATHS, "bytes")}
        kind = "video" if "video" in str(told.get("type", keys[0])) else "image"
        return from_part({**settings, "type": kind, kind: found})

    def side(self, name: str) -> Any:
        """Read a JSON file that lies beside the data, once; None where there is none.

        Raises:
            MediaError: it is damaged, too large, or lies outside the root.
        """
        key = f"side file {name}"
        if key not in self.memory:
            self.memory[key] = self._side(name)
        return self.memory[key]

    def _side(self, name: str) -> Any:
        if not (self.root / name).is_file():
            return None
        path = Path(self.find(name))
        if path.stat().st_size > _SIDE_MOST:
            raise MediaError(f"{path}: is larger than {_SIDE_MOST} bytes, expected a small JSON file")
        try:
            return json.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            raise MediaError(f"{path}: bad JSON ({type(error).__name__}); repair or remove the file") from None


def listed(value: Any, name: str) -> list[Any]:
    """Give a column of media as a list: nothing is none, one value is one.

    Raises:
        MediaError: it is no path, bytes, object or list.
    """
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [item for item in value if item is not None]
    if isinstance(value, str | bytes | Mapping | os.PathLike):
        return [value] if value else []
    raise MediaError(f"field {name!r} is a {type(value).__name__}, expected a path or a list of paths")


def _frame(frame: Any) -> str:
    if isinstance(frame, Mapping):
        frame = next((frame[key] for key in _PATHS if isinstance(frame.get(key), str)), None)
    if not isinstance(frame, str) or not frame.strip():
        raise MediaError("a frame of a video is no path; give frames as files")
    return frame


def _content(content: Any) -> bytes:
    """Give bytes, of base64 text where a JSON file holds them so."""
    if isinstance(content, str):
        try:
            decoded = inline_bytes(content) if content[:5] == "data:" else base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise MediaError(f"{brief(content)} is damaged base64 ({error}); encode the file again") from None
    elif isinstance(content, bytes | bytearray | memoryview):
        decoded = bytes(content)
    else:
        raise MediaError(f"the bytes of a medium are a {word_for(content)}, expected bytes or base64 text")
    if not decoded:
        raise MediaError("a medium has no bytes; write the file again")
    return decoded
