"""Pictures of a run in a page that needs no other file: small, each kept once, and never more than it can bear."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mmreason.inspector.model import InspectorError, Medium, Picture, SampleView
from mmreason.inspector.run_files import inside, is_picture
from mmreason.inspector.views.html import Html, el
from vision_data.errors import MediaError

if TYPE_CHECKING:
    import PIL.Image

SIDE = 640
"""Pixels of the longer side of a picture; larger ones are made smaller."""
ROOM = 12 << 20
"""Bytes of all pictures of a page together."""
MOST_FILE = 64 << 20
"""Bytes of a file that is opened."""


class Album:
    """Collects pictures while a page is written; each is read and written anew, so nothing else of its file is kept.

    Args:
        home: the run's folder; no file outside is read.
        room: bytes of all pictures together; further ones are left out.
        name: begins the ids, where several albums stand in one page.
    """

    def __init__(self, home: Path, room: int = ROOM, name: str = "p") -> None:
        self.home, self.room, self.name = home, room, name
        self.known: dict[str, tuple[str, int, int]] = {}
        self.kept: list[Html] = []
        self.left_out = 0

    def src(self, path: str) -> str:
        """Give the place of a picture in the page; nothing where it cannot be shown."""
        return self.entry(path)[0]

    def entry(self, path: str) -> tuple[str, int, int]:
        """Place, width and height."""
        if path not in self.known:
            self.known[path] = self.put(path)
        return self.known[path]

    def put(self, path: str) -> tuple[str, int, int]:
        """Read a picture and keep it."""
        found = read(self.home, path)
        if found is None:
            return "", 0, 0
        data, kind = encoded(found)
        if len(data) > self.room:
            self.left_out += 1
            return "", 0, 0
        self.room -= len(data)
        name = f"{self.name}{len(self.kept) + 1}"
        held = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
        self.kept.append(el("image", id=name, href=held, width=1, height=1, preserveAspectRatio="none"))
        return f"#{name}", found.width, found.height

    def sized(self, view: SampleView) -> SampleView:
        """Tell the true shape of every picture, whatever the trace says, so that what is drawn on it fits."""
        return replace(view, media=tuple(self.medium(medium) for medium in view.media))

    def medium(self, medium: Medium) -> Medium:
        """One medium with the shapes of its pictures."""
        return replace(medium, pictures=tuple(self.picture(picture) for picture in medium.pictures))

    def picture(self, picture: Picture) -> Picture:
        """One picture with its shape: its own size where that is told, if it fits."""
        place, width, height = self.entry(picture.path) if picture.path else ("", 0, 0)
        if not place or abs(picture.width * height - picture.height * width) <= max(picture.width, picture.height):
            return picture if picture.width > 0 < picture.height else replace(picture, width=width, height=height)
        return replace(picture, width=width, height=height)

    def defs(self) -> Html:
        """The pictures themselves, to stand once in the page."""
        return el("svg", el("defs", *self.kept), class_="defs", aria_hidden="true")


def read(home: Path, path: str) -> PIL.Image.Image | None:
    """Read a picture of the folder, made small; None where there is none that may be shown."""
    from vision_data.image import Limits, load_image

    try:
        file = inside(home, path)
        if not is_picture(path) or not is_picture(file.name):
            return None
        found = load_image(str(file), limits=Limits(max_bytes=MOST_FILE))
    except (InspectorError, MediaError, OSError):
        return None
    found.thumbnail((SIDE, SIDE))
    return found


def encoded(picture: PIL.Image.Image) -> tuple[bytes, str]:
    """Write a picture as PNG or JPEG, whichever is smaller: drawings are the one, photographs the other."""
    sharp, smooth = io.BytesIO(), io.BytesIO()
    picture.save(sharp, "PNG")
    picture.save(smooth, "JPEG", quality=85)
    if sharp.tell() <= 1.5 * smooth.tell():
        return sharp.getvalue(), "png"
    return smooth.getvalue(), "jpeg"
