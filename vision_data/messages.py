"""Prompts: messages of text, images and videos, before any model or template has seen them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision_data.errors import MediaError
from vision_data.media import Image, Media, Video
from vision_data.parts import as_image, as_video, from_part, to_part

Part = str | Image | Video

ROLES = ("system", "user", "assistant", "tool")
_MARKER = re.compile(r"(<image>|<video>)")


@dataclass(frozen=True)
class Message:
    """What one side says.

    Attributes:
        role: ``system``, ``user``, ``assistant`` or ``tool``.
        content: texts, images and videos in the order in which they are read.

    Raises:
        MediaError: the role is unknown, or a part is neither text, ``Image`` nor ``Video``.
    """

    role: str
    content: tuple[Part, ...]

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise MediaError(f"Message: role is {self.role!r}, expected one of {', '.join(ROLES)}")
        content = (self.content,) if isinstance(self.content, str | Image | Video) else tuple(self.content)
        for part in content:
            if not isinstance(part, str | Image | Video):
                raise MediaError(
                    f"Message: a part is a {type(part).__name__}, expected text, Image or Video; "
                    "a picture in memory is given by Image.of(picture)"
                )
        object.__setattr__(self, "content", content)


Prompt = tuple[Message, ...]


def user(*parts: Part) -> Message:
    """Make a message of the user."""
    return Message("user", parts)


def system(text: str) -> Message:
    """Make a system message."""
    return Message("system", (text,))


def assistant(text: str) -> Message:
    """Make a message of the assistant."""
    return Message("assistant", (text,))


def media_of(prompt: Sequence[Message]) -> tuple[Media, ...]:
    """List the images and videos in the order in which they are read, repeats included."""
    return tuple(part for message in prompt for part in message.content if not isinstance(part, str))


def text_of(prompt: Sequence[Message]) -> str:
    """Join the texts alone: parts as they stand, messages by a line break; roles and media are left out."""
    texts = ("".join(part for part in message.content if isinstance(part, str)) for message in prompt)
    return "\n".join(texts)


def from_text(text: str, images: Sequence[Any] = (), videos: Sequence[Any] = (), root: Path | None = None) -> Prompt:
    """Make a prompt of one user message from text with literal ``<image>`` and ``<video>`` markers.

    Each marker is replaced by the next image or video. Without any marker the media come first (images before
    videos), followed by a line break. Without media the markers are ordinary text.

    Args:
        text: what the user says.
        images: one source or ``Image`` for each ``<image>``; see ``parts.as_image`` for what is accepted.
        videos: one source or ``Video`` for each ``<video>``.
        root: folder to which relative paths belong.

    Raises:
        MediaError: the markers do not match the media in number.
    """
    return from_qwen([{"role": "user", "content": text}], root, images, videos)


def to_qwen(prompt: Sequence[Message]) -> list[dict[str, Any]]:
    """Write messages as dictionaries with typed parts, as Qwen's processors and qwen-vl-utils read them.

    Every content is a list of parts of type text, image or video; sources stay what they are, except that bytes
    become a ``data:`` URI.
    """
    return [{"role": message.role, "content": [to_part(part) for part in message.content]} for message in prompt]


def from_qwen(
    messages: Sequence[Mapping[str, Any]],
    root: Path | None = None,
    images: Sequence[Any] = (),
    videos: Sequence[Any] = (),
) -> Prompt:
    """Read message dictionaries: content is text, or a list of texts and parts of type text, image or video.

    Media may stand in the parts (under image, image_url, path or video) or in columns of their own: then each
    part without a source and each ``<image>`` or ``<video>`` in a text takes the next one, and where there are
    neither, the media come first in the first user message, followed by a line break.

    Args:
        messages: dictionaries with role and content.
        root: folder to which relative paths belong.
        images: the images of the columns, in order of use.
        videos: the videos of the columns, in order of use.

    Raises:
        MediaError: a message or part is malformed (its number is told), or places and media differ in number.
    """
    stock: dict[str, list[Media]] = {
        "<image>": [_numbered(i, "image", as_image, value, root) for i, value in enumerate(images)],
        "<video>": [_numbered(i, "video", as_video, value, root) for i, value in enumerate(videos)],
    }
    split = any(stock.values())
    rough = [(_role(i, message), list(_pieces(i, message, root, split))) for i, message in enumerate(messages)]
    return _filled(rough, stock)


@dataclass(frozen=True)
class _Place:
    """Where the next image or video of the row belongs."""

    marker: str


def _role(number: int, message: Mapping[str, Any]) -> str:
    if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
        raise MediaError(f"message {number}: expected a dictionary with role and content, got {str(message)[:80]!r}")
    if message["role"] not in ROLES:
        raise MediaError(f"message {number}: role is {message['role']!r}, expected one of {', '.join(ROLES)}")
    return str(message["role"])


def _pieces(number: int, message: Mapping[str, Any], root: Path | None, split: bool) -> Iterator[Part | _Place]:
    """Yield the texts, media and places of one message; markers count only when ``split``."""
    content = message.get("content")
    parts = [content] if isinstance(content, str | Image | Video) else content
    if not isinstance(parts, Iterable) or isinstance(parts, Mapping | bytes):
        raise MediaError(f"message {number}: content is {content!r}, expected text or a list of parts")
    for index, raw in enumerate(parts):
        part = _read(f"message {number}, part {index}", raw, root)
        if isinstance(part, str) and split:
            yield from (_Place(bit) if _MARKER.fullmatch(bit) else bit for bit in _MARKER.split(part) if bit)
        else:
            yield part


def _read(where: str, raw: Any, root: Path | None) -> Part | _Place:
    if isinstance(raw, str | Image | Video):
        return raw
    if not isinstance(raw, Mapping):
        raise MediaError(f"{where}: is a {type(raw).__name__}, expected text or a dictionary with a type")
    try:
        part = from_part(raw, root)
    except (MediaError, TypeError) as error:
        raise MediaError(f"{where}: {error}") from None
    return _Place("<video>" if "video" in str(raw.get("type")) else "<image>") if part is None else part


def _numbered(index: int, kind: str, read: Any, value: Any, root: Path | None) -> Media:
    try:
        media: Media = read(value, root)
    except MediaError as error:
        raise MediaError(f"{kind} {index}: {error}") from None
    return media


def _filled(rough: Sequence[tuple[str, list[Part | _Place]]], stock: Mapping[str, Sequence[Media]]) -> Prompt:
    """Put each image and video of the row in its place."""
    places = [piece for _, pieces in rough for piece in pieces if isinstance(piece, _Place)]
    supplied = [media for kind in stock.values() for media in kind]
    if supplied and not places:
        return _media_first(rough, supplied)
    for marker, waiting in stock.items():
        wanted = sum(place.marker == marker for place in places)
        if wanted != len(waiting):
            kind = marker[1:-1]
            raise MediaError(
                f"the messages have {wanted} place(s) for {marker} and the row has {len(waiting)} {kind}(s); "
                f"expected as many: add or remove a marker, or a {kind} of the row"
            )
    queues = {marker: iter(waiting) for marker, waiting in stock.items()}
    return tuple(
        Message(role, tuple(next(queues[p.marker]) if isinstance(p, _Place) else p for p in pieces))
        for role, pieces in rough
    )


def _media_first(rough: Sequence[tuple[str, list[Part | _Place]]], supplied: Sequence[Media]) -> Prompt:
    """Put the media before the first text of the user, followed by a line break."""
    if any(isinstance(piece, Image | Video) for _, pieces in rough for piece in pieces):
        raise MediaError(
            f"the messages hold media of their own and the row has {len(supplied)} more with no place for them; "
            "leave out one of the two, or mark the places with <image> and <video>"
        )
    first = next((i for i, (role, _) in enumerate(rough) if role == "user"), None)
    if first is None:
        raise MediaError(f"the row has {len(supplied)} image(s) or video(s) and no user message to put them in")
    messages = []
    for i, (role, pieces) in enumerate(rough):
        parts = [piece for piece in pieces if not isinstance(piece, _Place)]
        if i == first and parts and isinstance(parts[0], str):
            parts[0] = "\n" + parts[0]
        messages.append(Message(role, (*supplied, *parts) if i == first else tuple(parts)))
    return tuple(messages)
