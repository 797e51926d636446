"""The media of a trace line, as far as they lie in the run's folder and are pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from mmreason.inspector.jsonl import items, mapping, number, text, whole
from mmreason.inspector.model import InspectorError, Medium, Picture
from mmreason.inspector.run_files import inside, is_picture

LARGEST = 10**6
"""Pixels of a side that is believed."""


def media_of(home: Path, value: object) -> tuple[Medium, ...]:
    """Read the media of a line, in the prompt's order; of lines of the first version too."""
    return tuple(medium_of(home, told) for told in items(value))


def medium_of(home: Path, told: object) -> Medium:
    """One medium: an object, or in the first version a path or a list of the paths of frames."""
    if isinstance(told, str):
        told = {"kind": "image", "path": told}
    elif isinstance(told, list):
        told = {"kind": "video", "frames": [{"path": path} for path in told]}
    of = mapping(told)
    if of.get("kind") != "video":
        return Medium("image", (picture_of(home, of),), source=text(of.get("name")))
    frames = tuple(frame_of(home, mapping(frame), at) for at, frame in enumerate(items(of.get("frames")), start=1))
    seconds = number(of.get("seconds"))
    return Medium(
        kind="video",
        pictures=frames,
        selector=text(of.get("selector")),
        source=text(of.get("name")),
        seconds=seconds if seconds >= 0 else None,
        note="" if frames else "no frames were kept",
    )


def picture_of(home: Path, told: Mapping[str, Any]) -> Picture:
    """One picture; without a path where there is none that may be shown, and the label says why."""
    path, name = told.get("path"), text(told.get("name"))
    label = ""
    if isinstance(path, str):
        label, path = shown(home, path)
    else:
        label, path = f"not kept: {name}" if name else "not kept", ""
    second = number(told.get("second"))
    return Picture(
        path=path,
        width=size(told.get("width")),
        height=size(told.get("height")),
        label=label,
        second=second if second >= 0 else None,
        reason=text(told.get("reason")),
    )


def frame_of(home: Path, told: Mapping[str, Any], at: int) -> Picture:
    """One frame of a video, called by its place."""
    found = picture_of(home, told)
    return replace(found, label=f"frame {at}") if found.path else found


def shown(home: Path, path: str) -> tuple[str, str]:
    """Give a picture's label and its path; the path is empty where it may not be shown."""
    try:
        inside(home, path)
    except InspectorError as error:
        return f"not shown: {error}", ""
    if not is_picture(path):
        return f"not shown: {PurePosixPath(path).name} is no picture", ""
    return PurePosixPath(path).name, path


def size(value: object) -> int:
    """Pixels of a side; 0 for what cannot be one."""
    found = whole(value)
    return found if 0 < found <= LARGEST else 0
