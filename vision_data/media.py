"""References to images and videos: light, frozen, hashable, and read by nobody until they are loaded."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from vision_data.errors import MediaError
from vision_data.frames import Every, Fps, FrameSelector

if TYPE_CHECKING:
    from vision_data.fetch import Fetch
    from vision_data.transforms import Transform

_SHOWN = 60
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, repr=False)
class Image:
    """One picture.

    Attributes:
        source: a path, a ``file://`` path, base64 text, a ``data:`` URI, or the bytes of an image file.
        min_pixels: fewest pixels the model may be shown, or None for the model's default.
        max_pixels: most pixels the model may be shown, or None for the model's default.
        transforms: changes made to the picture when it is loaded, in order, before the pixel budget is applied.

    Raises:
        MediaError: the source is empty, of another type, or on a network; the pixel budget is not positive; or a
            transform is none.
    """

    source: str | bytes
    min_pixels: int | None = None
    max_pixels: int | None = None
    transforms: tuple[Transform, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.source, bytearray | memoryview):
            object.__setattr__(self, "source", bytes(self.source))
        if isinstance(self.source, bytes):
            if not self.source:
                raise MediaError("Image: the source holds no bytes; give the content of an image file")
        else:
            object.__setattr__(self, "source", _local(self.source, "Image"))
        _check_budget("Image", self.min_pixels, self.max_pixels)
        _settle_transforms(self)

    @classmethod
    def of(cls, picture: Any, min_pixels: int | None = None, max_pixels: int | None = None) -> Image:
        """Take a picture that is already in memory, kept as the bytes of a PNG file.

        Args:
            picture: a PIL image, or an array or torch tensor ``[H, W]``, ``[H, W, C]`` or ``[C, H, W]`` of uint8 in
                0 to 255 or floats in 0 to 1 (see ``arrays.picture_of``).
            min_pixels: see the class.
            max_pixels: see the class.

        Raises:
            MediaError: the picture is something else, or an array of another shape or type, or with values that are
                out of range.
        """
        from vision_data.image import to_png

        return cls(to_png(picture), min_pixels, max_pixels)

    @classmethod
    def fetched(
        cls, url: str, fetch: Fetch | None = None, min_pixels: int | None = None, max_pixels: int | None = None
    ) -> Image:
        """Download a picture now, kept as the bytes of its file; nothing else in this package uses the network.

        Args:
            url: an ``http://`` or ``https://`` address.
            fetch: what the download may cost and where it may lead; None is ``Fetch()``.
            min_pixels: see the class.
            max_pixels: see the class.

        Raises:
            MediaError: it cannot be fetched within the limits, or is no image.
        """
        from vision_data.fetch import Fetch
        from vision_data.image import fetch_image

        return cls(fetch_image(url, Fetch() if fetch is None else fetch), min_pixels, max_pixels)

    def __repr__(self) -> str:
        return _short_repr(self)


@dataclass(frozen=True, repr=False)
class Video:
    """One video: a file, or pictures that are its frames.

    Attributes:
        source: a path or ``file://`` path of a video, of an animated GIF, PNG or WebP, or of a folder of pictures
            (in the order of the numbers in their names); or a tuple of image sources (each what ``Image`` takes as
            text), in order of time.
        frames: which frames are shown; None means ``Fps()`` for a file and every frame of a list.
        min_pixels: fewest pixels of one frame, or None for the model's default.
        max_pixels: most pixels of one frame, or None for the model's default.
        start: seconds at which the video begins to count, or None for its beginning.
        end: seconds at which it ends, or None for its end.
        fps: frames per second at which a list or folder of frames was taken; a file knows its own.
        transforms: changes made to every frame when it is loaded, in order, before the pixel budget is applied.
        on_damage: ``"stop"`` refuses a video that is cut off, or of which a chosen frame cannot be read;
            ``"partial"`` shows those of the chosen frames that can be, at their own numbers and times.

    Raises:
        MediaError: a source is empty, of another type, or on a network; a number is out of range; or a transform is
            none.
    """

    source: str | tuple[str, ...]
    frames: FrameSelector | None = None
    min_pixels: int | None = None
    max_pixels: int | None = None
    start: float | None = None
    end: float | None = None
    fps: float = 2.0
    transforms: tuple[Transform, ...] = ()
    on_damage: Literal["stop", "partial"] = "stop"

    def __post_init__(self) -> None:
        if isinstance(self.source, list | tuple):
            if not self.source:
                raise MediaError("Video: the list of frames is empty; give at least one image")
            object.__setattr__(self, "source", tuple(_local(frame, "Video frame") for frame in self.source))
        else:
            object.__setattr__(self, "source", _local(self.source, "Video"))
        if self.frames is not None and not isinstance(self.frames, FrameSelector):
            raise MediaError(f"Video: frames is {self.frames!r}, expected a selector such as Uniform(16) or Fps(2.0)")
        _check_budget("Video", self.min_pixels, self.max_pixels)
        _settle_transforms(self)
        start, end = self.start or 0.0, float("inf") if self.end is None else self.end
        if not 0 <= start < end:
            raise MediaError(f"Video: start {self.start} and end {self.end} (seconds), expected 0 <= start < end")
        if not 0 < self.fps < float("inf"):
            raise MediaError(f"Video: fps is {self.fps}, expected a finite rate above 0")
        if self.on_damage not in ("stop", "partial"):
            raise MediaError(f"Video: on_damage is {self.on_damage!r}, expected 'stop' or 'partial'")

    @property
    def selector(self) -> FrameSelector:
        """The selector in force: ``frames``, or the default for this kind of source."""
        if self.frames is not None:
            return self.frames
        return Fps() if isinstance(self.source, str) else Every()

    def __repr__(self) -> str:
        return _short_repr(self)


Media = Image | Video


def _local(source: Any, what: str) -> str:
    """Return ``source`` as text; refuse what is empty, of another type or on a network."""
    if isinstance(source, os.PathLike):
        source = os.fspath(source)
    if not isinstance(source, str):
        raise MediaError(
            f"{what}: source is a {type(source).__name__}, expected a path or text; "
            "a picture in memory is given by Image.of(picture)"
        )
    if not source.strip():
        raise MediaError(f"{what}: the source is empty; give a path")
    scheme = _SCHEME.match(source)
    if scheme and scheme.group().lower() != "file://":
        is_web = what == "Image" and scheme.group().lower() in ("http://", "https://")
        asked = ", or ask for it by Image.fetched(url)" if is_web else ""
        raise MediaError(
            f"{what}: {brief(source)} is on a network and nothing is fetched while training; "
            f"download it first and give the path of the file{asked}"
        )
    return source


def _check_budget(what: str, min_pixels: int | None, max_pixels: int | None) -> None:
    """Refuse a pixel budget that no size can meet."""
    low, high = 1 if min_pixels is None else min_pixels, float("inf") if max_pixels is None else max_pixels
    if not 1 <= low <= high:
        raise MediaError(
            f"{what}: min_pixels {min_pixels} and max_pixels {max_pixels}, expected 1 <= min_pixels <= max_pixels"
        )


def _settle_transforms(ref: Image | Video) -> None:
    """Keep the transforms as a tuple; most media have none and load nothing for them."""
    if ref.transforms != ():
        from vision_data.transforms.compose import check_transforms

        object.__setattr__(ref, "transforms", check_transforms(type(ref).__name__, ref.transforms))


def brief(source: object) -> str:
    """Describe a source in a few words, however long it is."""
    if isinstance(source, bytes):
        return f"<{len(source)} bytes>"
    if isinstance(source, tuple):
        return f"<{len(source)} frames, first {brief(source[0])}>" if len(source) > 1 else f"({brief(source[0])},)"
    text = str(source)
    if len(text) <= 4 * _SHOWN and not text.startswith("data:"):
        return repr(text)
    return f"{text[:_SHOWN]!r}... ({len(text)} characters)" if len(text) > _SHOWN else repr(text)


def _short_repr(ref: Image | Video) -> str:
    """Write the source in brief and only those settings that are not the default."""
    told = [brief(ref.source)]
    for field in fields(ref)[1:]:
        value = getattr(ref, field.name)
        if value != field.default:
            told.append(f"{field.name}={value!r}")
    return f"{type(ref).__name__}({', '.join(told)})"
