"""Prompts as plain data: references to media by value, each distinct medium and its bytes once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor

from mmreason.errors import CheckpointError, DataError
from vision_data import frames
from vision_data.frames import FrameSelector
from vision_data.media import Image, Media, Video
from vision_data.messages import Message, Prompt
from vision_data.transforms import from_plain, to_plain

NUMBERS = (bool, int, float, str, type(None))


class MediaWriter:
    """Collects the media of many prompts; ``tables`` is what a ``MediaReader`` needs."""

    def __init__(self) -> None:
        self.media: dict[Media, int] = {}
        self.blobs: dict[bytes, int] = {}

    def prompt(self, prompt: Prompt) -> list[Any]:
        """Messages as lists of texts and numbers of media."""
        return [[m.role, [p if isinstance(p, str) else self.number(p) for p in m.content]] for m in prompt]

    def number(self, medium: Media) -> int:
        """Place of a medium in the table."""
        return self.media.setdefault(medium, len(self.media))

    def tables(self) -> dict[str, Any]:
        """All media, and the bytes that some of them are."""
        media = [self.plain(medium) for medium in self.media]
        blobs = [torch.frombuffer(bytearray(blob), dtype=torch.uint8) for blob in self.blobs]
        return {"media": media, "blobs": blobs}

    def plain(self, medium: Media) -> dict[str, Any]:
        """The fields of a reference."""
        out: dict[str, Any] = {"kind": type(medium).__name__}
        for f in fields(medium):
            value = getattr(medium, f.name)
            if isinstance(value, bytes):
                value = {"blob": self.blobs.setdefault(value, len(self.blobs))}
            elif isinstance(value, FrameSelector):
                value = {"selector": type(value).__name__, "fields": selector_fields(value)}
            elif f.name == "transforms":
                value = {"transforms": to_plain(value)}
            out[f.name] = value
        return out


def selector_fields(selector: FrameSelector) -> dict[str, Any]:
    """Fields of a frame selector: numbers, texts, and selectors that it holds.

    Raises:
        DataError: one is something else.
    """
    return {f.name: told(getattr(selector, f.name), f"{selector!r}: {f.name}") for f in fields(selector)}


def told(value: Any, what: str) -> Any:
    """A field of a selector as plain data; a selector's embedding too."""
    if isinstance(value, FrameSelector):
        return {"selector": type(value).__name__, "fields": selector_fields(value)}
    if type(value) is tuple:
        return {"items": [told(item, what) for item in value]}
    if is_dataclass(value) and type(value).__name__ in vars(frames):
        inner = {f.name: told(getattr(value, f.name), what) for f in fields(value)}
        return {"embedding": type(value).__name__, "fields": inner}
    if type(value) not in NUMBERS:
        raise DataError(
            f"{what} cannot be written to a buffer: it is a {type(value).__name__}, expected a number, a text, None, a "
            "selector or an embedding of vision_data.frames"
        )
    return value


class MediaReader:
    """Gives prompts back from the tables of a ``MediaWriter``."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        blobs: Sequence[Tensor] = tables["blobs"]
        self.blobs = [blob.numpy().tobytes() for blob in blobs]
        self.media = [self.medium(entry) for entry in tables["media"]]

    def prompt(self, plain: Sequence[Any]) -> Prompt:
        """Messages with their media."""
        return tuple(
            Message(role, tuple(part if isinstance(part, str) else self.media[part] for part in parts))
            for role, parts in plain
        )

    def medium(self, entry: Mapping[str, Any]) -> Media:
        """A reference from its fields."""
        kind: type[Media] = {"Image": Image, "Video": Video}[entry["kind"]]
        values = {name: self.field(value) for name, value in entry.items() if name != "kind"}
        return kind(**values)

    def field(self, value: Any) -> Any:
        """Bytes, selectors and transforms are told by a mapping; all else stands for itself."""
        if not isinstance(value, Mapping):
            return value
        if "transforms" in value:
            return from_plain(value["transforms"])
        return self.blobs[value["blob"]] if "blob" in value else untold(value)


def selector(name: str, values: Mapping[str, Any]) -> FrameSelector:
    """Make a frame selector again.

    Raises:
        CheckpointError: no selector of this name has been imported.
    """
    known = {kind.__name__: kind for kind in descendants(FrameSelector)}  # type: ignore[type-abstract]
    if name not in known:
        raise CheckpointError(
            f"the buffer holds a video whose frames were chosen by {name!r}; known are {', '.join(sorted(known))}: "
            "import the module that defines it first"
        )
    return known[name](**{field: untold(value) for field, value in values.items()})


def untold(value: Any) -> Any:
    """The way back from ``told``."""
    if not isinstance(value, Mapping):
        return value
    if "items" in value:
        return tuple(untold(item) for item in value["items"])
    if "embedding" in value:
        kind = vars(frames).get(value["embedding"])
        if not isinstance(kind, type):
            raise CheckpointError(
                f"the buffer holds an embedding {value['embedding']!r} that this version does not know"
            )
        return kind(**{field: untold(inner) for field, inner in value["fields"].items()})
    return selector(value["selector"], value["fields"])


def descendants(kind: type[FrameSelector]) -> Iterator[type[FrameSelector]]:
    """All subclasses that are loaded."""
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)
