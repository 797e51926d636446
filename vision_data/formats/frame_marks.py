"""Which frames of a video a record means: told by number and by time, so that "8 frames" cannot mean others later."""

from __future__ import annotations

from collections.abc import Sequence

from vision_data.errors import MediaError
from vision_data.formats.record import FrameMarks
from vision_data.media import Video
from vision_data.time_window import window


def marks_of(video: Video) -> FrameMarks | None:
    """Give the frames of a list; None for a file, which must be opened to know (see ``marks_in_file``)."""
    return None if isinstance(video.source, str) else _chosen(video, _steady(len(video.source), video.fps), video.fps)


def marks_in_file(video: Video) -> FrameMarks | None:
    """Open a video file, and give the frames that its own selector chooses, at the file's average rate.

    None where the row leaves the choice to the model's settings, or where the selector has to look at pictures.

    Raises:
        MediaError: the file cannot be read.
    """
    from vision_data.video import probe_video

    info = probe_video(str(video.source))
    return None if video.frames is None else _chosen(video, _steady(info.num_frames, info.fps), info.fps)


def _steady(num: int, fps: float) -> list[float]:
    return [i / fps for i in range(num)]


def _chosen(video: Video, times: Sequence[float], fps: float) -> FrameMarks | None:
    offered = window(times, fps, video.start, video.end)
    if not offered:
        raise MediaError(f"the video has no frame between start {video.start} and end {video.end} seconds")
    try:
        picked = video.selector.pick(len(offered), fps)
    except MediaError:
        return None
    except (TypeError, ValueError, OverflowError):
        raise MediaError(f"frames are chosen by {video.selector!r}, expected plain numbers in it") from None
    return FrameMarks(tuple(offered[i] for i in picked), tuple(round(times[offered[i]], 6) for i in picked))
