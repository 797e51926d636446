"""The media of traces below the run's folder: pictures as they are, videos as small pictures of the chosen frames."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmreason.naming import name_of
from mmreason.runs.atomic import new_file
from vision_data.errors import MediaError
from vision_data.media import Image, Video, brief
from vision_data.messages import Prompt, media_of
from vision_data.sources import file_path, inline_bytes, is_inline

if TYPE_CHECKING:
    from vision_data.video import Clip

ENDINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif", b"RIFF": ".webp", b"BM": ".bmp"}
FRAME_PIXELS, FRAME_QUALITY = 256 * 256, 80
"""Most pixels of a kept frame, and the quality of its JPEG: about 8 kB."""
FRAMES = 64
"""Frames of a clip that are kept at most, evenly over those that were chosen."""


class MediaStore:
    """Finds or keeps what a prompt shows.

    Args:
        home: the run's folder. Pictures outside it are copied once, by content, to ``media/``.
        clips: videos of which frames are kept; of further ones only the name. Videos themselves are never copied.
    """

    def __init__(self, home: Path, clips: int = 1000) -> None:
        self.home, self.most = home, clips
        self.stored: dict[str | bytes, dict[str, Any]] = {}
        self.shown: dict[str, dict[str, Any]] = {}
        """What is told of a video, by its key."""
        self.clips: set[str] = set()
        """Keys of the videos of which frames are kept."""

    def entries(self, prompt: Prompt) -> list[dict[str, Any]]:
        """Tell about every medium, in the prompt's order."""
        return [self.image(m) if isinstance(m, Image) else self.video(m) for m in media_of(prompt)]

    def image(self, medium: Image) -> dict[str, Any]:
        """One picture, as the model sees it.

        One that is gone by now is told by its name: a trace is no reason to stop a run.
        """
        try:
            source = as_seen(medium) if medium.transforms else medium.source
            content = source.encode() if isinstance(source, str) else source
            # A picture in memory is remembered by its hash, or the run would hold every one that it ever saw.
            key = source if isinstance(source, str) and len(source) < 4096 else hashlib.sha256(content).digest()
            if key not in self.stored:
                self.stored[key] = self.sized(self.store(source))
            return {"kind": "image"} | self.stored[key]
        except (MediaError, OSError):
            return {"kind": "image", "name": brief(medium.source)}

    def sized(self, path: str) -> dict[str, Any]:
        """A picture's path with its size, as far as its header can be read."""
        size = size_of(self.home / path)
        return {"path": path} | ({"width": size[0], "height": size[1]} if size else {})

    def store(self, source: str | bytes) -> str:
        """Find or copy a file, or write bytes to one; gives its path below the run's folder."""
        if isinstance(source, str) and not is_inline(source):
            file = file_path(source)
            inside = os.path.relpath(file.resolve(), self.home.resolve())
            if not inside.startswith(".."):
                return Path(inside).as_posix()
            with open(file, "rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            target = self.home / "media" / f"{digest[:32]}{file.suffix.lower()}"
            if not target.exists():
                with new_file(target) as draft:
                    shutil.copyfile(file, draft)
        else:
            content = source if isinstance(source, bytes) else inline_bytes(source)
            ending = next((e for start, e in ENDINGS.items() if content.startswith(start)), ".img")
            target = self.home / "media" / f"{hashlib.sha256(content).hexdigest()[:32]}{ending}"
            if not target.exists():
                with new_file(target) as draft:
                    draft.write_bytes(content)
        return target.relative_to(self.home).as_posix()

    def video(self, medium: Video) -> dict[str, Any]:
        """The frames that the selector chose, with time and reason; the name alone where there is no room for more."""
        key = hashlib.sha256(name_of(medium).encode()).hexdigest()[:32]
        if key not in self.shown:
            self.shown[key] = self.watched(medium, key)
        return self.shown[key]

    def watched(self, medium: Video, key: str) -> dict[str, Any]:
        """Decode a video, once."""
        source = medium.source
        name = Path(source).name if isinstance(source, str) and not is_inline(source) else brief(source)
        told: dict[str, Any] = {"kind": "video", "name": name, "selector": name_of(medium.selector)}
        if key not in self.clips and len(self.clips) >= self.most:
            return told
        from vision_data.video import load_video

        try:
            clip = load_video(replace(medium, min_pixels=1, max_pixels=FRAME_PIXELS), factor=10)
        except (MediaError, OSError):
            return told
        self.clips.add(key)
        return told | {"seconds": round(clip.duration, 3), "frames": self.frames(clip, key)}

    def frames(self, clip: Clip, key: str) -> list[dict[str, Any]]:
        """Write the frames that are not there yet."""
        out = []
        for at in thinned(len(clip.indices), FRAMES):
            path = f"media/{key}-{clip.indices[at]:06d}.jpg"
            height, width = clip.frames[at].shape[:2]
            if not (self.home / path).exists():
                self.save(clip.frames[at], self.home / path)
            told = {"path": path, "width": width, "height": height, "second": round(clip.timestamps[at], 3)}
            out.append(told | ({"reason": clip.reasons[at]} if clip.reasons else {}))
        return out

    def save(self, frame: Any, target: Path) -> None:
        """Write one frame as JPEG."""
        from PIL import Image as Pictures

        with new_file(target) as draft:
            Pictures.fromarray(frame).save(draft, "JPEG", quality=FRAME_QUALITY)

    def state_dict(self) -> list[str]:
        """Of which videos frames are kept."""
        return sorted(self.clips)

    def load_state_dict(self, state: Sequence[str]) -> None:
        """Keep frames of the same videos as before."""
        self.clips, self.shown = set(state), {}


def thinned(num: int, most: int) -> list[int]:
    """Places of at most ``most`` of ``num`` things, evenly, first and last included.

    >>> thinned(3, 5), thinned(9, 3)
    ([0, 1, 2], [0, 4, 8])
    """
    return list(range(num)) if num <= most else [round(i * (num - 1) / (most - 1)) for i in range(most)]


def size_of(path: Path) -> tuple[int, int] | None:
    """Width and height of a picture by its header; None where it cannot be read."""
    from PIL import Image as Pictures
    from PIL import UnidentifiedImageError

    try:
        with Pictures.open(path) as picture:
            return picture.size
    except (OSError, UnidentifiedImageError, ValueError, Pictures.DecompressionBombError):
        return None


def as_seen(medium: Image) -> bytes:
    """PNG of a picture as the model sees it, its transforms applied."""
    from io import BytesIO

    from vision_data.image import load_image

    out = BytesIO()
    load_image(medium).save(out, "PNG")
    return out.getvalue()
