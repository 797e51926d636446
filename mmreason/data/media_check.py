"""See that the media of a prompt are there, before anything is trained on them."""

from __future__ import annotations

from vision_data.media import Image
from vision_data.messages import Prompt, media_of
from vision_data.sources import file_path, inline_bytes, is_inline


class MediaCheck:
    """Checks media while a data set is read, each distinct picture once.

    Args:
        decode: Also decode every picture, which finds damaged files at the price of reading them all.
    """

    def __init__(self, decode: bool = False) -> None:
        self.decode = decode
        self.fine: set[str | bytes] = set()

    def __call__(self, prompt: Prompt) -> None:
        """Check one prompt.

        Raises:
            MediaError: a file is missing, base64 is damaged, or a picture cannot be decoded.
        """
        for medium in media_of(prompt):
            sources = medium.source if isinstance(medium.source, tuple) else (medium.source,)
            for source in sources:
                if source not in self.fine:
                    self._check(source, isinstance(medium, Image) or isinstance(medium.source, tuple))
                    self.fine.add(source)

    def _check(self, source: str | bytes, is_picture: bool) -> None:
        if isinstance(source, str):
            if is_inline(source):
                inline_bytes(source)
            else:
                file_path(source)
        if self.decode and is_picture:
            from vision_data.image import load_image

            load_image(Image(source))
