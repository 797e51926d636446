"""See that the media of a prompt are there, before anything is trained on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from vision_data.errors import MediaError
from vision_data.frames import Uniform
from vision_data.media import Image, Media, Video, brief
from vision_data.messages import Prompt, media_of
from vision_data.sources import file_path, inline_bytes, inside, is_inline, under


class MediaCheck:
    """Checks media while a data set is read, each distinct one once.

    Args:
        decode: Also decode every picture and one frame of every video file, and make their transforms, which finds
            damaged files and crops that lie outside, at the price of reading them all.
    """

    def __init__(self, decode: bool = False) -> None:
        self.decode = decode
        self.fine: set[Media] = set()

    def __call__(self, prompt: Prompt, root: Path | None = None) -> None:
        """Check one prompt.

        Args:
            prompt: Its media are checked.
            root: Folder outside of which no file may lie, by its path or by a link; None allows any.

        Raises:
            MediaError: a file is missing or lies outside the root, base64 is damaged, a picture or video cannot be
                decoded, or a transform cannot take it.
        """
        for medium in media_of(prompt):
            if root is not None:
                _confine(medium, root)
            seen = 0
            for part in _parts(medium):
                if root is not None and part is not medium:
                    _confine(part, root)  # a link in a folder of frames
                try:
                    if part not in self.fine:
                        self._check(part)
                        self.fine.add(part)
                    seen += 1
                except MediaError:
                    if not _partial(medium):
                        raise
            if not seen:
                raise MediaError(f"{brief(medium.source)}: none of its frames can be read; leave the record out")

    def _check(self, part: Media) -> None:
        """Check one picture or video file."""
        if isinstance(part.source, str):
            if is_inline(part.source):
                inline_bytes(part.source)
            else:
                file_path(part.source)
        if not self.decode:
            return
        if isinstance(part, Image):
            from vision_data.image import load_image

            load_image(part)
        else:
            from vision_data.video import load_video, probe_video

            probe_video(part) if _partial(part) else load_video(part)


def _confine(medium: Media, root: Path) -> None:
    """Refuse a medium of which a file leads out of the root."""
    sources = medium.source if isinstance(medium.source, tuple) else (medium.source,)
    for source in sources:
        if isinstance(source, str) and not is_inline(source):
            inside(root, str(under("", source).absolute()))


def _parts(medium: Media) -> Iterator[Media]:
    """Give a picture, a video file, or each frame of several pictures: what is checked by itself."""
    if isinstance(medium, Image):
        yield Image(medium.source, transforms=medium.transforms)
        return
    from vision_data.frame_folder import folder_of, frame_files

    sources = medium.source
    if isinstance(sources, str):
        folder = folder_of(sources)
        if folder is None:
            yield replace(medium, frames=Uniform(1), min_pixels=None, max_pixels=None)
            return
        sources = frame_files(folder, brief(medium.source))
    for number, frame in enumerate(sources):
        yield Image(frame, transforms=tuple(change.for_frame(number) for change in medium.transforms))


def _partial(medium: Media) -> bool:
    """Tell whether a medium may be damaged in parts."""
    return isinstance(medium, Video) and medium.on_damage == "partial"
