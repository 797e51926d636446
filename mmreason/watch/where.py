"""Where a thread of this process stands, told from outside it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

OURS = str(Path(__file__).parent.parent)
MEETING = (f"{OURS}/ranks.py", "torch/distributed/distributed_c10d.py", "deepspeed/comm/comm.py")
"""Ends of the files in which a rank waits for the others."""


def frames_of(thread: int) -> list[FrameType]:
    """Frames of a thread, the innermost first; none where it has ended."""
    out, frame = [], sys._current_frames().get(thread)
    while frame is not None:
        out.append(frame)
        frame = frame.f_back
    return out


def place_of(thread: int) -> str:
    """The innermost line of ours that a thread stands in: ``models/sampler.py:96 generate``."""
    for frame in frames_of(thread):
        file = frame.f_code.co_filename
        if file.startswith(OURS):
            return f"{file[len(OURS) + 1 :]}:{frame.f_lineno} {frame.f_code.co_name}"
    return ""


def meets(thread: int) -> bool:
    """Say whether a thread waits for other ranks; in ``by_first`` the first one works meanwhile."""
    codes = {frame.f_code for frame in frames_of(thread)}
    return any(code.co_filename.endswith(MEETING) and code.co_name != "by_first" for code in codes)
