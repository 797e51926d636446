"""Two readers give the same numbers, those of qwen-vl-utils; each stands in for the other."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from tests.vision_data.make_videos import encode, every_frame
from vision_data import Every, Fps, FrameSelector, MediaError, Uniform, Video, load_video, probe_video
from vision_data.frames import NFrames, SceneChange, Sharpest
from vision_data.video_backends import AvReader, DecordReader

pytest.importorskip("av")
pytest.importorskip("decord")

STAMPS = [0, 40, 90, 100, 250, 260, 270, 500, 740, 800, 1000, 1100] + [1200 + 83 * i for i in range(24)]
# Containers, codecs and colours that both read alike.
ALIKE = {
    "mpeg4.mp4": {"codec": "mpeg4"},
    "h264.mp4": {},
    "h264.mkv": {},
    "h264.mov": {},
    "h264.flv": {},
    "h265.mp4": {"codec": "libx265", "options": {"x265-params": "log-level=none:open-gop=0"}},
    "vp8.webm": {"codec": "libvpx"},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "mjpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "odd.mp4": {"pixels": "yuv444p", "size": (95, 63)},
    "rec709.mp4": {"tags": {"colorspace": 1}},
    "full range.mp4": {"tags": {"color_range": 2}},
    "varying.mp4": {"times": STAMPS},
    "varying.mkv": {"times": STAMPS},
    "late.mp4": {"times": [1000 + 80 * i for i in range(36)]},
    "ntsc.mkv": {"rate": Fraction(30000, 1001)},
    "turned.mp4": {"turn": 90},
    "upside down.mp4": {"turn": 180},
    "turned left.mov": {"turn": -90},
}


@dataclass(frozen=True)
class Fixed(FrameSelector):
    numbers: tuple[int, ...]

    def pick(self, num_frames, fps):
        return list(self.numbers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("readers")


@pytest.fixture(scope="module", params=ALIKE)
def film(request, folder):
    return encode(folder / request.param, **ALIKE[request.param])


def both(ref):
    return load_video(ref, readers=(AvReader,)), load_video(ref, readers=(DecordReader,))


@pytest.mark.parametrize("chosen", [Every(), Uniform(5), Fixed((1, 2, 17, 30, 35)), Fixed((23,))], ids=repr)
def test_both_readers_give_the_same_clip(film, chosen):
    ours, other = both(Video(str(film), chosen))
    np.testing.assert_array_equal(ours.frames, other.frames)
    assert (ours.indices, ours.fps, ours.num_frames, ours.duration, ours.reasons) == (
        other.indices, other.fps, other.num_frames, other.duration, other.reasons,
    )  # fmt: skip
    assert ours.timestamps == pytest.approx(other.timestamps, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("open group.mp4", {"options": {"x264-params": "open-gop=1:keyint=10"}}),
        ("open group 265.mp4", {"codec": "libx265", "options": {"x265-params": "log-level=none:open-gop=1"}}),
        ("pyramid.mkv", {"options": {"bf": "5", "x264-params": "b-pyramid=normal:keyint=30"}}),
        ("stream.ts", {}),
        ("reordered.avi", {}),
        ("programme.mpg", {"codec": "mpeg2video", "rate": 25}),
        ("wmv.wmv", {"codec": "wmv2"}),
        ("lossless.mkv", {"codec": "ffv1"}),
        ("fragments.mp4", {"container": {"movflags": "frag_keyframe+empty_moov"}}),
        ("bidirectional.mp4", {"codec": "mpeg4", "options": {"bf": "2"}}),
        ("bidirectional.avi", {"codec": "mpeg4", "options": {"bf": "2"}}),
    ],
)
def test_frames_picked_are_those_met_one_after_the_other(folder, name, settings):
    """Also where decord picks a neighbour, or reads nothing at all."""
    film = encode(folder / name, **settings)
    frames = every_frame(film)
    for numbers in ((0,), (35,), (7, 8, 22), (9, 10, 11, 31), tuple(range(36))):
        clip = load_video(Video(str(film), Fixed(numbers)))
        assert clip.indices == numbers
        for number, frame in zip(numbers, clip.frames, strict=True):
            np.testing.assert_array_equal(frame, frames[number])


def test_only_needed_frames_are_decoded(folder, monkeypatch):
    film = encode(folder / "long.mp4", num=120)
    clip, passes = Video(str(film), Fixed((50, 100))), []
    decode = AvReader._pass
    monkeypatch.setattr(
        AvReader, "_pass", lambda self, run, quick: passes.append((run, quick)) or decode(self, run, quick)
    )
    assert load_video(clip).indices == (50, 100)
    assert [(run.key, run.numbers, quick) for run, quick in passes] == [(48, (50,), True), (96, (100,), True)]


def test_stretches_side_by_side_give_what_one_after_the_other_gives(folder, monkeypatch):
    path = encode(folder / "many.mp4", options={"g": "6"}, num=96)
    with AvReader(path, "many") as reader:
        assert len(reader.keys()) >= 8
        chosen = [1, 4, 20, 21, 40, 55, 70, 71, 90]
        plain = list(reader._shown(chosen, None))
        monkeypatch.setattr("vision_data.video_backends.av._threads", lambda: 3)
        threads = threading.active_count()
        lanes = list(reader.read(chosen))
        stopped = reader.read(chosen)
        next(stopped)
        stopped.close()
        assert threading.active_count() == threads
    assert [number for number, _ in lanes] == chosen
    for (_, ours), (_, other) in zip(lanes, plain, strict=True):
        np.testing.assert_array_equal(ours, other)


def test_damage_in_one_stretch_is_told_from_side_by_side(folder, monkeypatch):
    path = encode(folder / "hurt.mp4", options={"g": "6"}, num=96)
    raw = bytearray(path.read_bytes())
    at = raw.find(b"mdat") + len(raw) // 2
    raw[at : at + 400] = bytes(400)
    path.write_bytes(bytes(raw))
    monkeypatch.setattr("vision_data.video_backends.av._threads", lambda: 2)
    threads = threading.active_count()
    with pytest.raises(MediaError, match="damaged or cut off"):
        load_video(Video(str(path), Uniform(24)), readers=(AvReader,))
    assert threading.active_count() == threads


def test_times_are_those_of_the_file_where_the_rate_varies(folder):
    clip = load_video(Video(str(encode(folder / "stamps.mkv", times=STAMPS)), Every(), start=0.25, end=1.0))
    assert clip.indices == (4, 5, 6, 7, 8, 9, 10)
    assert clip.timestamps == pytest.approx([0.25, 0.26, 0.27, 0.5, 0.74, 0.8, 1.0])


@pytest.mark.parametrize("selector", [SceneChange(4), Sharpest(4)], ids=lambda s: type(s).__name__)
def test_selectors_look_at_small_frames(folder, selector, monkeypatch):
    film, seen = encode(folder / "looked.mp4"), []
    read = AvReader.read

    def watched(self, numbers, max_pixels=None):
        for number, frame in read(self, numbers, max_pixels):
            seen.append((max_pixels, frame.shape))
            yield number, frame

    monkeypatch.setattr(AvReader, "read", watched)
    load_video(Video(str(film), type(selector)(4, proxy_pixels=24 * 16)))
    assert {shape for pixels, shape in seen if pixels} == {(16, 24, 3)}
    assert sum(pixels is None for pixels, _ in seen) <= 4


def test_turned_frames_keep_their_pixels(folder):
    frames = every_frame(encode(folder / "straight.mp4"))
    turned = load_video(Video(str(encode(folder / "quarter.mp4", turn=90)), Fixed((5,))), readers=(AvReader,))
    np.testing.assert_array_equal(turned.frames[0], np.rot90(frames[5], 1))


@pytest.mark.parametrize(
    ("name", "settings"), [("deep.mp4", {"pixels": "yuv420p10le"}), ("open.mp4", {"codec": "mpeg4"})]
)
def test_what_ffmpeg_s_versions_round_differently_is_read_by_decord(folder, monkeypatch, name, settings):
    film, read = encode(folder / name, **settings), []
    batch = DecordReader._batch
    monkeypatch.setattr(DecordReader, "_batch", lambda self, numbers: read.extend(numbers) or batch(self, numbers))
    assert load_video(Video(str(film), Uniform(3))).indices == tuple(read) == (0, 18, 35)
    assert load_video(Video(str(film), Uniform(3)), readers=(AvReader,)).indices == (0, 18, 35)
    assert load_video(Video(str(film), Uniform(3), on_damage="partial")).indices == (0, 18, 35)
    assert len(read) == 3


def test_each_reader_stands_in_for_the_other(folder):
    newer = encode(folder / "newer.mp4", "libsvtav1", options={"svtav1-params": "lp=1"})
    with pytest.raises(MediaError, match=r"newer\.mp4"):
        load_video(newer, readers=(DecordReader,))
    assert load_video(newer, readers=(DecordReader, AvReader)).num_frames == 36
    assert probe_video(newer).num_frames == 36


@pytest.mark.parametrize(
    ("missing", "words"),
    [("av", "36"), ("decord", "36"), ("av decord", "cannot be read because PyAV is not installed; pip install av")],
)
def test_one_reader_is_enough(folder, missing, words):
    film = encode(folder / "any.mp4")
    code = (
        f"import sys\nfor name in {missing.split()!r}: sys.modules[name] = None\n"
        "from vision_data import MediaError, load_video\n"
        f"try: print(load_video({str(film)!r}).num_frames)\n"
        "except MediaError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert words in done.stdout


def test_a_reader_that_is_too_old_is_told(folder, monkeypatch):
    film = encode(folder / "old.mp4", num=4)
    monkeypatch.setattr("av.__version__", "14.0.1")
    assert load_video(film).num_frames == 4
    with pytest.raises(MediaError, match=r"old\.mp4' cannot be read by PyAV 14\.0\.1; pip install 'av>=17'"):
        load_video(film, readers=(AvReader,))


@pytest.mark.parametrize("name", ["mpeg4.mp4", "h264.mkv", "vp9.webm"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"frames": NFrames(6)}, {"nframes": 6}),
        ({"frames": NFrames(7)}, {"nframes": 7}),
        ({"frames": Fps(3.0)}, {"fps": 3.0}),
        ({"frames": Fps(), "start": 0.5, "end": 2.2}, {"video_start": 0.5, "video_end": 2.2}),
        ({"frames": NFrames(4), "start": 1.1, "max_pixels": 9000}, {"nframes": 4, "video_start": 1.1}),
        ({"frames": NFrames(4), "end": 99.0}, {"nframes": 4, "video_end": 99.0}),
    ],
)
def test_numbers_are_those_of_qwen_vl_utils(folder, qwen_vision, monkeypatch, name, ours, theirs):
    film = encode(folder / f"qwen {name}", **ALIKE[name])
    monkeypatch.setattr(qwen_vision, "FORCE_QWENVL_VIDEO_READER", "decord")
    qwen_vision.get_video_reader_backend.cache_clear()
    pixels = {"min_pixels": 2000, "max_pixels": ours.get("max_pixels", 20000)}
    (frames, told), rate = qwen_vision.fetch_video(
        {"video": str(film), **theirs, **pixels}, return_video_sample_fps=True, return_video_metadata=True
    )
    clip = load_video(Video(str(film), **{**ours, **pixels}), factor=28)
    np.testing.assert_array_equal(clip.frames, frames.numpy().transpose(0, 2, 3, 1))
    assert (list(clip.indices), clip.fps) == (told["frames_indices"], rate)
