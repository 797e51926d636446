"""Which frames a damaged packet has spoiled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vision_data.video_backends.frame_table import FrameTable

if TYPE_CHECKING:
    from av import VideoFrame


class Damage:
    """Damaged packets since the last whole frame, and so the frames that were decoded after the first of them."""

    def __init__(self, table: FrameTable) -> None:
        self.table = table
        self.since, self.last = math.inf, -math.inf

    def at(self, mark: int | None, late: int = 1) -> None:
        """Note a damaged packet: this one or, as decoders that work in parallel tell it later, one of ``late``."""
        place = self.table.order.get(-1 if mark is None else mark, len(self.table.order))
        self.since, self.last = min(self.since, place - late + 1), max(self.last, place)

    def spares(self, mark: int | None, frame: VideoFrame) -> bool:
        """Tell whether a frame that has been decoded is as it should be."""
        place = self.table.order.get(-1 if mark is None else mark, math.inf)
        if frame.key_frame and self.table.jumps and place > self.last:
            self.since = math.inf
        if frame.is_corrupt:
            self.at(mark)
        return place < self.since
