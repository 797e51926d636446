"""Selectors that look at small frames before they choose."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, Picked, spread
from vision_data.frames.footage import Footage, timed, unseen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Proxies:
    """Small frames that a selector looks at.

    Attributes:
        indices: N ascending numbers among the frames offered.
        timestamps: N seconds.
        frames: ``[N, h, w, 3]`` of uint8, RGB.
        offered: frames there were to look at.
    """

    indices: tuple[int, ...]
    timestamps: tuple[float, ...]
    frames: npt.NDArray[np.uint8]
    offered: int

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def luma(self) -> npt.NDArray[np.float32]:
        """Brightness ``[N, h, w]`` in 0 to 255."""
        from vision_data.frames.measures import luma

        return luma(self.frames)

    def features(self, embed: Callable[[Any], Any]) -> npt.NDArray[np.float64]:
        """Embed the frames as rows ``[N, D]``; see ``vision_data.frames.embedding``."""
        from vision_data.frames.embedding import embedded

        return embedded(embed, self.frames)

    def picked(self, place: int, reason: str, score: float | None = None) -> Picked:
        """Choose the proxy at ``place``."""
        return Picked(self.indices[place], reason, None if score is None else float(score))


@dataclass(frozen=True)
class LookingSelector(FrameSelector):
    """Choose after a look at small frames.

    Looked at are ``proxy_fps`` frames a second, evenly spaced: at least two for each frame wanted, at most
    ``max_proxies`` unless that is fewer.

    Attributes:
        num: most frames chosen.
        proxy_fps: frames looked at for each second of video, above 0.
        max_proxies: most frames looked at.
        proxy_pixels: most pixels of a frame that is looked at.
    """

    num: int = 16
    proxy_fps: float = field(default=4.0, kw_only=True)
    max_proxies: int = field(default=256, kw_only=True)
    proxy_pixels: int = field(default=128 * 72, kw_only=True)

    def __post_init__(self) -> None:
        name = type(self).__name__
        for what in ("num", "max_proxies", "proxy_pixels"):
            if getattr(self, what) < 1:
                raise MediaError(f"{name}: {what} is {getattr(self, what)}, expected at least 1")
        if not 0 < self.proxy_fps < float("inf"):
            raise MediaError(f"{name}: proxy_fps is {self.proxy_fps}, expected a finite rate above 0")

    def proxies(self, num_frames: int, fps: float) -> list[int]:
        """Name the frames to look at: ascending numbers, each at most once, at least one."""
        steady = min(int(num_frames / fps * self.proxy_fps), self.max_proxies)
        return spread(max(steady, 2 * self.num), num_frames)

    @abstractmethod
    def choose(self, proxies: Proxies) -> list[Picked]:
        """Choose among the frames looked at, in order of time, at least one."""

    def choose_from(self, footage: Footage) -> list[Picked]:
        """Look, then choose."""
        indices = self.proxies(len(footage), footage.fps)
        return self.choose(
            Proxies(
                indices=tuple(indices),
                timestamps=tuple(footage.timestamps[i] for i in indices),
                frames=footage.look(indices, self.proxy_pixels),
                offered=len(footage),
            )
        )

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class; refused, for there is nothing to look at."""
        return pick_unseen(self, num_frames, fps)


def pick_unseen(selector: FrameSelector, num_frames: int, fps: float) -> list[int]:
    """Choose by numbers and steady times alone, for selectors that override ``choose_from``.

    Raises:
        MediaError: the selector, or a part of it, has to look at frames.
    """
    footage = Footage(timed(num_frames, fps), fps, unseen(type(selector).__name__))
    return [picked.index for picked in selector.choose_from(footage)]
