"""Let any selector choose, and keep what it chose together with the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, Picked
from vision_data.frames.footage import Footage, Keys, Look, timed, unseen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Selection:
    """The frames that were chosen.

    Attributes:
        indices: T ascending numbers among the frames offered.
        timestamps: T seconds.
        reasons: T sentences for a person.
        scores: T numbers that the frames were ranked by, None where nothing was ranked.
        looked: numbers of the frames that were decoded in small in order to choose.
    """

    indices: tuple[int, ...]
    timestamps: tuple[float, ...]
    reasons: tuple[str, ...]
    scores: tuple[float | None, ...]
    looked: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.indices)

    def rows(self) -> list[dict[str, Any]]:
        """One mapping a frame, ready for JSON or a table."""
        columns = zip(self.indices, self.timestamps, self.reasons, self.scores, strict=True)
        return [{"index": i, "seconds": t, "reason": why, "score": s} for i, t, why, s in columns]


def select(
    selector: FrameSelector,
    num_frames: int,
    fps: float,
    look: Look | None = None,
    timestamps: Sequence[float] | None = None,
    keys: Keys | None = None,
) -> Selection:
    """Choose among the frames ``0 .. num_frames - 1`` of a video.

    Args:
        selector: any selector.
        num_frames: frames there are, at least 1.
        fps: average frames per second, above 0.
        look: decodes a few frames in small, see ``Look``; None means that nobody can look. ``look_in`` makes one
            of an array. A frame is asked for once at each size, however many parts of a selector look at it.
        timestamps: seconds of each frame; None means ``number / fps``.
        keys: tells which frames a video file stores whole, see ``Keys``; None means each of them.

    Raises:
        MediaError: the selector has to look and cannot, it chose what is not there, or ``look`` gave no frames of
            one size; the message says which.
    """
    times = timed(num_frames, fps, timestamps)
    seen = _Seen(unseen(type(selector).__name__) if look is None else look)
    picked = selector.choose_from(Footage(times, fps, seen, keys))
    _check(selector, picked, num_frames)
    return Selection(
        indices=tuple(p.index for p in picked),
        timestamps=tuple(times[p.index] for p in picked),
        reasons=tuple(p.reason for p in picked),
        scores=tuple(p.score for p in picked),
        looked=seen.numbers(),
    )


def _check(selector: FrameSelector, picked: Sequence[Picked], num_frames: int) -> None:
    """Refuse a choice of nothing, out of order, twice, or out of range."""
    indices = [p.index for p in picked]
    if not indices or sorted(set(indices)) != indices or not 0 <= indices[0] <= indices[-1] < num_frames:
        raise MediaError(
            f"{selector!r} picked {indices[:8]} of {num_frames} frames, expected ascending numbers in that range"
        )


class _Seen:
    """A ``Look`` that asks for each frame once at each size."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.frames: dict[int, dict[int, npt.NDArray[np.uint8]]] = {}

    def __call__(self, indices: list[int], pixels: int) -> npt.NDArray[np.uint8]:
        import numpy as np

        have = self.frames.setdefault(pixels, {})
        if wanted := [i for i in indices if i not in have]:
            have |= zip(wanted, self.fresh(wanted, pixels), strict=True)
        shapes = {have[i].shape for i in indices}
        if len(shapes) > 1:
            raise MediaError(f"frames of {sorted(shapes)} in one video, expected frames of one size")
        return np.stack([have[i] for i in indices])

    def fresh(self, indices: list[int], pixels: int) -> npt.NDArray[np.uint8]:
        """Look at frames not seen yet and check what came."""
        import numpy as np

        frames = np.asarray(self.look(indices, pixels))
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[::3] != (len(indices), 3):
            raise MediaError(
                f"looking at {len(indices)} frames gave an array {list(frames.shape)} of {frames.dtype}, "
                f"expected [{len(indices)}, h, w, 3] of uint8"
            )
        return frames

    def numbers(self) -> tuple[int, ...]:
        """All frames seen at any size."""
        return tuple(sorted(set().union(*self.frames.values())))
