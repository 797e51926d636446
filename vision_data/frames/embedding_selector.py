"""Selectors that hold an embedding."""

from __future__ import annotations

from dataclasses import dataclass, field

from vision_data.errors import MediaError
from vision_data.frames.embedding import Embed, check_embed, written
from vision_data.frames.looking import LookingSelector
from vision_data.frames.thumbnail import Thumbnail


@dataclass(frozen=True, repr=False)
class EmbeddingSelector(LookingSelector):
    """Choose by vectors of the frames.

    Attributes:
        embed: turns frames into vectors; see ``vision_data.frames.embedding`` for what it may be.
        proxy_pixels: most pixels of a frame that is embedded.
    """

    embed: Embed = field(default=Thumbnail(), kw_only=True)
    proxy_pixels: int = field(default=224 * 224, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_embed(type(self).__name__, self.embed)

    def __repr__(self) -> str:
        return written(self)


@dataclass(frozen=True, repr=False)
class QuerySelector(EmbeddingSelector):
    """Choose by how near the vectors of the frames are to the vector of a text.

    Attributes:
        query: what to look for, usually the question without its options.
        embed: turns frames and texts into vectors of one space, such as ``DualEncoder`` or ``QwenFeatures``.
    """

    query: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        name = type(self).__name__
        if not isinstance(self.query, str) or not self.query.strip():
            raise MediaError(f"{name}: query is {self.query!r}, expected a text to look for")
        if isinstance(self.embed, Thumbnail):
            raise MediaError(
                f"{name}: {self.embed!r} embeds no texts; give embed, which turns frames and texts into vectors of one "
                "space, such as DualEncoder"
            )
