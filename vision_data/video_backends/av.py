"""Videos by PyAV: decord's frames to the bit, sooner, from more kinds of files, and never a damaged one."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision_data.containers import bytes_missing
from vision_data.errors import MediaError
from vision_data.frames.shrink import proxy_size
from vision_data.stack import ahead
from vision_data.video_backends.base import (
    MAX_FRAME_PIXELS,
    CannotOpen,
    FileReader,
    Frames,
    LeftToOthers,
    NotInstalled,
    check_frame_size,
    damaged,
    not_a_video,
    only_sound,
)
from vision_data.video_backends.damage import Damage
from vision_data.video_backends.disposable import is_disposable
from vision_data.video_backends.frame_table import FrameTable, Place, certain, frame_table
from vision_data.video_backends.runs import Run, key_before, runs
from vision_data.video_backends.upright import upright

if TYPE_CHECKING:
    from av import VideoFrame

# What FFmpeg may take a file for; the rest are pictures, devices and lists of other files.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h263,h264,hevc,vc1,ivf,obu,flv,live_flv,asf,"
    "ogg,mxf,nut,rm,dv,gxf,wtv,swf,wav,w64,mp3,flac,aac,aiff,amr,ac3"
)
# Containers with a time for every frame; in others FFmpeg reckons it, and a jump may miss by a frame.
_STAMPED = frozenset(("mov", "mp4", "matroska", "webm", "mpegts", "flv", "asf", "ogg", "ivf", "nut"))
_OPEN_TRANSFORM = ("mpeg4", "mjpeg", "msmpeg4", "h263", "flv")
_OLDEST = 17
# Threads of one decoder: it takes frames in parallel, so more would only hold more of them.
_MOST_THREADS = 4


class AvReader(FileReader):
    """See the module.

    Frames that a damaged one was needed for count as damaged too, until the next frame that is stored whole.

    The numbers that models are used to are decord's. So the pixels that FFmpeg's versions round differently are left to
    it, unless ``insist`` or ``partial``: more than 8 bits a channel (many levels), and codecs whose standard leaves the
    inverse transform open (one level, in one value of some ten million).
    """

    package = "av"

    def __init__(self, path: Path, name: str, *, partial: bool = False, insist: bool = False) -> None:
        self.path, self.name, self.partial = path, name, partial
        self.container: Any = None
        self.threads = _threads()
        try:
            import av
        except ImportError:
            raise NotInstalled(f"{name} cannot be read because PyAV is not installed; pip install av") from None
        if int(av.__version__.split(".")[0]) < _OLDEST:
            raise NotInstalled(f"{name} cannot be read by PyAV {av.__version__}; pip install 'av>={_OLDEST}'")
        self.errors = (av.error.FFmpegError, UnicodeDecodeError)
        try:
            self._open()
            self.table = self._table()
            if not (insist or partial) and self._is_rounded() and self._is_sound():
                raise LeftToOthers(f"{name} should be read by decord, so that its pixels are those of qwen-vl-utils")
        except BaseException:
            self.close()
            raise
        self.times, self.fps = self.table.times, self.table.fps
        self.duration = len(self.times) / self.fps

    def keys(self) -> Sequence[int]:
        """See the base class."""
        return self.table.whole

    def read(self, numbers: Sequence[int], max_pixels: int | None = None) -> Iterator[tuple[int, Frames]]:
        """See the base class; stretches of the file that do not build on each other are decoded side by side."""
        stretches = runs(numbers, self.table.whole)
        num = min(_threads(), len(stretches) // 2)
        if num < 2 or self.partial or not self.table.jumps:
            yield from self._shown(numbers, max_pixels)
            return
        twins = [self._twin() for _ in range(num)]
        lanes = [
            ahead(twin._shown([number for run in stretches[i::num] for number in run.numbers], max_pixels))
            for i, twin in enumerate(twins)
        ]
        try:
            heads = [[next(lane)] for lane in lanes]  # every lane is at work from here on
            for place, run in enumerate(stretches):
                head, lane = heads[place % num], lanes[place % num]
                for _ in run.numbers:
                    yield head.pop() if head else next(lane)
        finally:
            for lane, twin in zip(lanes, twins, strict=True):
                lane.close()
                twin.close()

    def _shown(self, numbers: Sequence[int], max_pixels: int | None) -> Iterator[tuple[int, Frames]]:
        """Decode one after the other."""
        from av.video.reformatter import VideoReformatter

        convert = VideoReformatter()
        for number, frame in self._decoded(numbers):
            yield number, _rgb(convert, frame, max_pixels)

    def _twin(self) -> AvReader:
        """Another reader of the same file, with one thread: a decoder's own threads wait for each other."""
        twin = copy.copy(self)
        twin.container, twin.threads = None, 1
        twin._open()
        return twin

    def sound(self, numbers: Sequence[int]) -> Iterator[int]:
        """See the base class."""
        twin = self._twin()  # one thread: another reader decodes the same at the same time
        try:
            for number, _ in twin._decoded(numbers):
                yield number
        finally:
            twin.close()

    def close(self) -> None:
        """See the base class."""
        container, self.container = self.container, None
        if container is not None:
            container.close()

    def _open(self) -> None:
        """Open the file, again if it is open, at its beginning."""
        import av

        self.close()
        allowed = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
        try:
            self.container = av.open(str(self.path.absolute()), options=allowed, metadata_errors="replace")
        except self.errors as error:
            raise MediaError(not_a_video(self.name, _told(error))) from None
        self.stream: Any = self.container.streams.best("video")
        if self.stream is None or self.stream.disposition & av.stream.Disposition.attached_pic:
            sound = self.container.streams.audio
            raise MediaError(only_sound(self.name) if sound else not_a_video(self.name, "no pictures in it"))
        codec = self.stream.codec_context
        if codec is None:
            raise CannotOpen(f"{self.name}: FFmpeg has no decoder for its pictures; convert it to mp4 (H.264)")
        check_frame_size(self.name, codec.width, codec.height)
        codec.options = {"max_pixels": str(MAX_FRAME_PIXELS)}
        codec.thread_type, codec.thread_count = "AUTO", self.threads

    def _is_rounded(self) -> bool:
        """Tell whether the pixels depend on the version of FFmpeg, and decord finds the right frames."""
        codec = self.stream.codec_context
        if codec.name in _OPEN_TRANSFORM:
            return not codec.has_b_frames  # else decord takes neighbours for some frames
        return codec.format is not None and any(part.bits > 8 for part in codec.format.components)

    def _is_sound(self) -> bool:
        """Tell whether the file is what it says, for decord ends the process over headers that lie."""
        told = (0, len(self.table.times))
        return self.stream.frames in told and self.stream.codec_context.width > 0 and not bytes_missing(self.path)

    def _is_exact(self) -> bool:
        """Tell whether the container holds the time of every frame; AVI does where frames are decoded as shown."""
        kinds = set(self.container.format.name.split(","))
        return bool(kinds & _STAMPED) or ("avi" in kinds and not self.stream.codec_context.has_b_frames)

    def _table(self) -> FrameTable:
        """Read where the frames are, without decoding any."""
        places: list[Place] = []
        cut = self.partial and bytes_missing(self.path) > 0
        try:
            for packet in self.container.demux(self.stream):
                if packet.size and not packet.is_discard:
                    places.append(Place(packet.pts, packet.dts, packet.is_keyframe))
        except self.errors as error:
            if not self.partial:
                raise MediaError(not_a_video(self.name, _told(error))) from None
            cut = True
        if cut:
            places = certain(places)
        if not places:
            raise MediaError(not_a_video(self.name, "no frames in it"))
        rate = self.stream.average_rate or self.stream.guessed_rate
        table = frame_table(places, self.stream.time_base, rate, exact=self._is_exact())
        if table is None:
            raise MediaError(not_a_video(self.name, "it does not tell how many frames a second"))
        return table

    def _decoded(self, numbers: Sequence[int]) -> Iterator[tuple[int, VideoFrame]]:
        """Decode; a frame that does not come out clean is tried again from farther back, without shortcuts."""
        whole = self.table.whole
        for run in runs(numbers, whole):
            left = list(run.numbers)
            for number, frame in self._pass(run, self.table.jumps):
                if frame is None:
                    break
                left.remove(number)
                yield number, frame
            if not left:
                continue
            back = key_before(max(key_before(left[0], whole) - 1, 0), whole)
            for number, frame in self._pass(Run(back, tuple(left)), False):
                if frame is not None:
                    left.remove(number)
                    yield number, frame
                elif not self.partial:
                    break
            if left and not self.partial:
                raise damaged(self.name, f"frame {left[0]} at {self.times[left[0]]:g} s", "it cannot be decoded")

    def _pass(self, run: Run, shortcuts: bool) -> Iterator[tuple[int, VideoFrame | None]]:
        """Decode from a whole frame on; None where a wanted frame is damaged or is not there."""
        marks, damage, count = self.table.marks, Damage(self.table), 0
        wanted = list(run.numbers)
        sure = {marks[number] for number in wanted}
        for packet in self._packets(run.key):
            codec = self.stream.codec_context  # a new one where the file had to be opened again
            if (
                shortcuts
                and packet.pts not in sure
                and is_disposable(codec.name, bytes(packet), codec.extradata or b"")
            ):
                continue
            mark, frames = packet.pts if self.table.jumps else count, []
            try:
                frames = packet.decode()
            except self.errors:
                damage.at(mark, codec.thread_count)
            if packet.is_corrupt:
                damage.at(mark)
            for frame in frames:
                mark, count = frame.pts if self.table.jumps else count, count + 1
                while wanted and mark is not None and marks[wanted[0]] < mark:
                    yield wanted.pop(0), None
                clean = damage.spares(mark, frame)
                if wanted and marks[wanted[0]] == mark:
                    yield wanted.pop(0), frame if clean else None
                if not wanted:
                    return

    def _packets(self, key: int) -> Iterator[Any]:
        """Jump to a whole frame and give the packets from there, or from before it; damage ends them."""
        table = self.table
        try:
            # Some containers look for the time of showing, others for that of decoding.
            for target in (table.marks[key], table.starts[key]) if table.jumps else ():
                self.container.seek(target, stream=self.stream)
                packets = self.container.demux(self.stream)
                first = next(packets)
                if first.pts is not None and first.pts <= table.marks[key]:
                    yield first
                    yield from packets
                    return
            self._open()
            yield from self.container.demux(self.stream)
        except self.errors:
            return


def _rgb(convert: Any, frame: VideoFrame, max_pixels: int | None) -> Frames:
    """Give the pixels of a frame the way up in which it was taken."""
    from av.video.reformatter import Interpolation

    if max_pixels is None:
        plain = convert.reformat(frame, format="rgb24", threads=1)
    else:
        height, width = proxy_size(frame.height, frame.width, max_pixels)
        plain = convert.reformat(frame, width, height, "rgb24", interpolation=Interpolation.AREA, threads=1)
    return upright(plain.to_ndarray(), frame)


def _threads() -> int:
    """Take as many threads as torch was given; one where there is no torch."""
    torch = sys.modules.get("torch")
    return 1 if torch is None else min(_MOST_THREADS, int(torch.get_num_threads()))


def _told(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).splitlines()[0][:160]
