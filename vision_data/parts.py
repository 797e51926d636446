"""One part of a message: between our references and the dictionaries of qwen-style messages."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from vision_data.errors import MediaError
from vision_data.frames import Fps, FrameSelector, NFrames, Uniform
from vision_data.media import Image, Video, brief
from vision_data.sources import is_inline

_IMAGE_KEYS = ("image", "image_url", "path", "url", "bytes")
_VIDEO_KEYS = ("video", "video_url", "path", "url")
_KINDS = ("text", "image", "image_url", "video", "video_url")
_PIXELS = ("min_pixels", "max_pixels")
_VIDEO_SETTINGS = (
    *_PIXELS, "fps", "nframes", "min_frames", "max_frames", "video_start", "video_end", "sample_fps", "frames",
    "on_damage",
)  # fmt: skip


def as_image(value: Any, root: Path | None = None, **pixels: Any) -> Image:
    """Make an ``Image`` of whatever a data set holds for one.

    Args:
        value: an ``Image``, path, base64 text, bytes, PIL image, array, or a dictionary with one of these under
            image, image_url, path, url or bytes (Hugging Face and OpenAI shapes).
        root: folder to which a relative path belongs.
        **pixels: ``min_pixels`` and ``max_pixels``.

    Raises:
        MediaError: it is none of these.
    """
    if isinstance(value, Image):
        return value
    if isinstance(value, Mapping):
        given = {key: value[key] for key in _IMAGE_KEYS if value.get(key) is not None}
        if not given:
            raise MediaError(f"an image has the keys {sorted(value)}, expected one of {', '.join(_IMAGE_KEYS)}")
        return as_image(given.get("bytes", next(iter(given.values()))), root, **pixels)
    if isinstance(value, str | os.PathLike):
        return Image(_rooted(value, root), **pixels)
    if isinstance(value, bytes | bytearray | memoryview):
        return Image(bytes(value), **pixels)
    return Image.of(value, **pixels)


def as_video(value: Any, root: Path | None = None, **settings: Any) -> Video:
    """Make a ``Video`` of a ``Video``, a path, a list of frame paths, or a dictionary that holds one of these.

    Args:
        value: see above.
        root: folder to which relative paths belong.
        **settings: the further arguments of ``Video``.

    Raises:
        MediaError: it is none of these.
    """
    if isinstance(value, Video):
        return value
    if isinstance(value, Mapping):
        given = [value[key] for key in _VIDEO_KEYS if value.get(key) is not None]
        if not given:
            raise MediaError(f"a video has the keys {sorted(value)}, expected one of {', '.join(_VIDEO_KEYS)}")
        return as_video(given[0], root, **settings)
    if isinstance(value, list | tuple):
        return Video(tuple(_rooted(frame, root) for frame in value), **settings)
    if isinstance(value, str | os.PathLike):
        return Video(_rooted(value, root), **settings)
    raise MediaError(f"a video is a {type(value).__name__}, expected a path or a list of frame paths")


def from_part(part: Mapping[str, Any], root: Path | None = None) -> str | Image | Video | None:
    """Read one part of a qwen-style message; None stands for media named only by type.

    Raises:
        MediaError: the type is unknown, or a setting is one that cannot be kept.
    """
    told = {key: value for key, value in part.items() if value is not None}
    kind = str(told.pop("type", "") or next((key for key in _KINDS if key in told), ""))
    kind = {"image_url": "image", "video_url": "video", "input_image": "image", "input_text": "text"}.get(kind, kind)
    if kind == "text":
        return str(told.get("text", ""))
    if kind not in ("image", "video"):
        raise MediaError(f"type is {kind!r}, expected text, image or video")
    keys, settings = (_IMAGE_KEYS, _PIXELS) if kind == "image" else (_VIDEO_KEYS, _VIDEO_SETTINGS)
    unknown = sorted(set(told) - {*keys, *settings, "text"})
    if unknown:
        raise MediaError(f"{kind} has {', '.join(unknown)}, expected only {', '.join((*keys, *settings))}")
    if not any(key in told for key in keys):
        return None
    if kind == "image":
        return as_image(told, root, **{key: told[key] for key in _PIXELS if key in told})
    return as_video(told, root, **_video_settings(told))


def to_part(part: str | Image | Video) -> dict[str, Any]:
    """Write one part for a qwen-style message; bytes become a ``data:`` URI.

    A selector with no word in that format is left under the key ``frames`` as the object it is. An image with
    transforms is loaded and written as what they make of it, since no other reader knows them.

    Raises:
        MediaError: an image with transforms cannot be loaded, or a video has transforms, which cannot be written.
    """
    if isinstance(part, str):
        return {"type": "text", "text": part}
    pixels = {key: getattr(part, key) for key in _PIXELS if getattr(part, key) is not None}
    if isinstance(part, Image):
        source = part.source
        if part.transforms:
            from vision_data.image import load_image, to_png

            source = to_png(load_image(part))
        if isinstance(source, bytes):
            source = "data:image;base64," + base64.b64encode(source).decode("ascii")
        return {"type": "image", "image": source, **pixels}
    if part.transforms:
        raise MediaError(
            f"{part!r} has transforms, which qwen-style messages cannot hold; apply them first and give the frames"
        )
    source_or_list = part.source if isinstance(part.source, str) else list(part.source)
    written = {"type": "video", "video": source_or_list, **pixels, **_selector_words(part.frames)}
    if part.start is not None:
        written["video_start"] = part.start
    if part.end is not None:
        written["video_end"] = part.end
    if not isinstance(part.source, str) or part.fps != Video.fps:
        written["sample_fps"] = part.fps
    if part.on_damage != Video.on_damage:
        written["on_damage"] = part.on_damage
    return written


def _selector_words(selector: FrameSelector | None) -> dict[str, Any]:
    """Write a selector in the keys of qwen-vl-utils, where these mean the same frames."""
    if selector is None:
        return {}
    pairs = NFrames().multiple
    if (type(selector) is NFrames and selector.multiple == pairs) or (
        type(selector) is Uniform and selector.num % pairs == 0
    ):
        return {"nframes": selector.num}
    if type(selector) is Fps and selector.multiple == Fps().multiple:
        return {"fps": selector.fps, "min_frames": selector.min_frames, "max_frames": selector.max_frames}
    return {"frames": selector}


def _video_settings(told: Mapping[str, Any]) -> dict[str, Any]:
    """Read the keys of qwen-vl-utils as arguments of ``Video``."""
    names = {"video_start": "start", "video_end": "end", "sample_fps": "fps"}
    settings = {names.get(key, key): told[key] for key in (*_PIXELS, *names, "frames", "on_damage") if key in told}
    rate = {key: told[key] for key in ("fps", "min_frames", "max_frames") if key in told}
    if "nframes" in told and rate:
        raise MediaError(f"video has nframes and {', '.join(rate)}, expected a number of frames or a rate, not both")
    if "nframes" in told:
        if not isinstance(told["nframes"], int | float) or not isfinite(told["nframes"]):
            raise MediaError(f"video has nframes {told['nframes']!r}, expected a number of frames")
        settings["frames"] = NFrames(int(told["nframes"]))
    elif rate:
        settings["frames"] = Fps(**rate)
    return settings


def _rooted(source: Any, root: Path | None) -> str:
    """Put a relative path under ``root``."""
    if not isinstance(source, str | os.PathLike):
        raise MediaError(f"a source is a {type(source).__name__}, expected a path: {brief(source)}")
    text = os.fspath(source)
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    if root is None or not text or "://" in text[:20] or text.startswith("~") or is_inline(text):
        return text
    return str(root / text)
