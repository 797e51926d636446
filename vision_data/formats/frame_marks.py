"""Which frames of a video a record means: told by number and by time, so that "8 frames" cannot mean others later."""

from __future__ import annotations

import math

from vision_data.errors import MediaError
from vision_data.formats.record import FrameMarks
from vision_data.media import Video

# Seconds by which a frame may miss the edge of the window, as in vision_data.video.
_SLACK = 1e-3


def marks_of(video: Video) -> FrameMarks | None:
    """Give the frames of a list; None for a file, which must be opened to know (see ``marks_in_file``)."""
    return None if isinstance(video.source, str) else _chosen(video, len(video.source), video.fps)


def marks_in_file(video: Video) -> FrameMarks | None:
    """Open a video file, and give the frames that its own selector chooses, at the file's average rate.

    None where the row leaves the choice to the model's settings, or where the selector has to look at pictures.

    Raises:
        MediaError: the file cannot be read.
    """
    from vision_data.video import probe_video

    info = probe_video(str(video.source))
    return None if video.frames is None else _chosen(video, info.num_frames, info.fps)


def _chosen(video: Video, num: int, fps: float) -> FrameMarks | None:
    first, last = video.start or 0.0, math.inf if video.end is None else video.end
    window = [i for i in range(num) if first - _SLACK <= i / fps <= last + _SLACK]
    if not window:
        raise MediaError(f"the video has no frame between start {video.start} and end {video.end} seconds")
    try:
        picked = video.selector.pick(len(window), fps)
    except MediaError:
        return None
    except (TypeError, ValueError, OverflowError):
        raise MediaError(f"frames are chosen by {video.selector!r}, expected plain numbers in it") from None
    return FrameMarks(tuple(window[i] for i in picked), tuple(round(window[i] / fps, 6) for i in picked))
