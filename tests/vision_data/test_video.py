from __future__ import annotations

import struct
import subprocess
import sys
import wave
from dataclasses import dataclass

import numpy as np
import PIL.Image
import pytest

from vision_data import (
    Every,
    Fps,
    FrameSelector,
    Image,
    MediaError,
    Uniform,
    Video,
    load_video,
    probe_video,
    smart_resize,
)
from vision_data.frames import Chain, FarthestPoint, KeyFrames, SceneChange, Sharpest, TimeRange

pytest.importorskip("decord")


@dataclass(frozen=True)
class Fixed(FrameSelector):
    numbers: tuple[int, ...]

    def pick(self, num_frames, fps):
        return list(self.numbers)


def numbers(clip, read_number):
    return [read_number(frame) for frame in clip.frames]


def test_probe(video_40):
    info = probe_video(video_40)
    assert (info.num_frames, info.width, info.height) == (40, 128, 64)
    assert info.fps == pytest.approx(10)
    assert info.duration == pytest.approx(4.0)


@pytest.mark.parametrize(
    "selector", [Every(), Uniform(2), Uniform(7), Fps(2.0), Fixed((39,)), Fixed((0, 1, 38, 39)), Fixed((5, 17, 18))]
)
def test_the_right_frames_are_decoded(video_40, read_number, selector):
    clip = load_video(Video(str(video_40), selector))
    assert list(clip.indices) == selector.pick(40, 10.0)
    assert numbers(clip, read_number) == list(clip.indices)
    assert clip.frames.shape == (len(clip.indices), 64, 128, 3)
    assert clip.frames.dtype == np.uint8
    assert clip.timestamps == pytest.approx([index / 10 for index in clip.indices])
    assert (clip.num_frames, clip.duration) == (40, pytest.approx(4.0))


@pytest.mark.parametrize(
    "selector",
    [SceneChange(4), Sharpest(3), FarthestPoint(4), KeyFrames(2), Chain((TimeRange(1, 2), Sharpest(3)))],
    ids=lambda selector: type(selector).__name__,
)
def test_selectors_that_look_choose_among_the_frames_of_the_window(video_40, frame_files, read_number, selector):
    clip = load_video(Video(str(video_40), selector, start=1.0, end=3.0))
    assert numbers(clip, read_number) == list(clip.indices)
    assert all(10 <= index <= 30 for index in clip.indices)
    assert len(clip.reasons) == len(clip.indices) > 0
    assert all(clip.reasons)
    files = load_video(Video(tuple(frame_files), selector, fps=10.0)) if not isinstance(selector, Chain) else clip
    assert len(files.reasons) == len(files.indices) > 0


def test_colours_come_in_the_order_red_green_blue(tmp_path):
    cv2 = pytest.importorskip("cv2")
    path = tmp_path / "red.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (64, 64))
    for _ in range(4):
        writer.write(np.full((64, 64, 3), (0, 0, 255), np.uint8))
    writer.release()
    red, _, blue = load_video(path).frames[0, 32, 32].tolist()
    assert red > 200
    assert blue < 50


def test_rate_is_that_of_the_chosen_frames(video_40):
    # 8 of 4 seconds; second_per_grid_ts of two merged frames is 2 / 2.0 = 1 s.
    assert load_video(Video(str(video_40), Fps(2.0))).fps == pytest.approx(2.0)
    assert load_video(Video(str(video_40), Uniform(4))).fps == pytest.approx(1.0)
    assert load_video(Video(str(video_40), Every())).fps == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (None, None, 0, 39),
        (1.0, 2.0, 10, 20),
        (1.01, 1.99, 11, 19),
        (3.5, None, 35, 39),
        (None, 0.3, 0, 3),
        (2.0, 99.0, 20, 39),
    ],
)
def test_start_and_end_bound_what_is_chosen_from(video_40, read_number, start, end, first, last):
    clip = load_video(Video(str(video_40), Uniform(3), start=start, end=end))
    assert (clip.indices[0], clip.indices[-1]) == (first, last)
    assert numbers(clip, read_number) == list(clip.indices)
    assert clip.fps == pytest.approx(3 / (last - first + 1) * 10)
    assert clip.num_frames == 40


@pytest.mark.parametrize(("start", "end"), [(4.5, None), (9.0, 10.0), (1.01, 1.05)])
def test_a_window_without_frames_is_refused(video_40, start, end):
    with pytest.raises(MediaError, match=r"numbers\.mp4' has no frame between start .* lie between 0 and 3\.9"):
        load_video(Video(str(video_40), start=start, end=end))


@pytest.mark.parametrize("picked", [(), (3, 2), (2, 2), (-1, 3), (0, 40)])
def test_a_selector_that_breaks_the_law_is_named(video_40, picked):
    with pytest.raises(MediaError, match="Fixed"):
        load_video(Video(str(video_40), Fixed(picked)))


def test_frames_are_resized_as_they_come(video_40, read_number):
    clip = load_video(Video(str(video_40), Uniform(20), min_pixels=784, max_pixels=4000), factor=28)
    assert clip.frames.shape[1:3] == smart_resize(64, 128, 28, 784, 4000) == (28, 84)
    assert numbers(clip, read_number) == list(clip.indices)


def test_without_a_budget_frames_get_that_of_qwen(video_40):
    height, width = load_video(Video(str(video_40), Uniform(2)), factor=28).frames.shape[1:3]
    assert height * width >= 128 * 784
    assert height % 28 == width % 28 == 0


def test_list_of_frames(frame_files, read_number):
    clip = load_video(Video(frame_files, fps=4.0))
    assert numbers(clip, read_number) == [0, 1, 2, 3, 4, 5]
    assert clip.timestamps == (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
    assert (clip.fps, clip.num_frames, clip.duration) == (4.0, 6, 1.5)


def test_list_of_frames_can_be_thinned_cut_and_resized(frame_files, read_number):
    clip = load_video(Video(frame_files, Uniform(2), start=0.5, end=2.0, fps=2.0), factor=28)
    assert clip.indices == (1, 4)
    assert numbers(clip, read_number) == [1, 4]
    assert clip.fps == pytest.approx(1.0)
    assert clip.frames.shape[1] % 28 == 0


def test_only_chosen_frames_of_a_list_are_read(frame_files, tmp_path):
    gone = (frame_files[0], str(tmp_path / "gone.png"), frame_files[2])
    assert load_video(Video(gone, Uniform(2))).indices == (0, 2)
    with pytest.raises(MediaError, match=r"gone\.png"):
        load_video(Video(gone))


def test_frames_of_two_sizes_are_refused(frame_files, tmp_path):
    PIL.Image.new("RGB", (10, 20)).save(tmp_path / "small.png")
    with pytest.raises(MediaError, match="frame 1 has 10x20 pixels and the first 128x64"):
        load_video(Video((frame_files[0], str(tmp_path / "small.png"))))


def test_a_turned_video_is_shown_upright(video_40, tmp_path):
    content = bytearray(video_40.read_bytes())
    # The matrix of the track header (ISO/IEC 14496-12, 8.3.2, version 0): a quarter turn, as phones write it.
    matrix = content.find(b"tkhd") + 4 + 40
    content[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    path = tmp_path / "turned.mp4"
    path.write_bytes(content)
    info = probe_video(path)
    assert (info.width, info.height) == (64, 128)
    assert load_video(Video(str(path), Uniform(2))).frames.shape == (2, 128, 64, 3)


def test_another_bridge_of_decord_does_not_matter(video_40):
    decord = pytest.importorskip("decord")
    pytest.importorskip("torch")
    with decord.bridge.use_torch():
        clip = load_video(Video(str(video_40), Uniform(3)))
        assert probe_video(video_40).width == 128
    assert isinstance(clip.frames, np.ndarray)
    assert clip.indices == (0, 20, 39)


def test_file_scheme(video_40):
    assert load_video(f"file://{video_40}").num_frames == 40


def sound_only(path):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8000))


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda path, whole: path.touch(), "0 bytes"),
        (lambda path, whole: path.mkdir(), "is a folder"),
        (lambda path, whole: None, "does not exist"),
        (lambda path, whole: path.write_text("no video\n" * 99), "not a video"),
        (lambda path, whole: path.write_bytes(whole[: len(whole) // 2]), "not a video"),
        (lambda path, whole: path.write_bytes(whole[:20]), "not a video"),
        (lambda path, whole: PIL.Image.new("RGB", (9, 9)).save(path, "PNG"), "not a video"),
        (lambda path, whole: sound_only(path), "only sound"),
    ],
)
@pytest.mark.parametrize("read", [load_video, probe_video])
def test_what_is_no_video_is_named(write, words, read, video_40, tmp_path):
    path = tmp_path / "clip.mp4"
    write(path, video_40.read_bytes())
    with pytest.raises(MediaError, match=words) as caught:
        read(path)
    assert "clip.mp4" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_damaged_frames_are_refused_and_never_replaced(video_40, tmp_path):
    content = bytearray(video_40.read_bytes())
    middle = content.find(b"mdat") + (content.find(b"moov") - content.find(b"mdat")) // 2
    content[middle : middle + 300] = bytes(range(50)) * 6
    path = tmp_path / "damaged.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"damaged\.mp4"):
        load_video(Video(str(path), Every()))


def test_text_that_holds_a_video_is_refused():
    with pytest.raises(MediaError, match="write it to a file"):
        load_video(Video("data:video/mp4;base64,AAAA"))


def test_without_readers_frames_are_read_and_files_refused(video_40, frame_files):
    code = (
        "import sys; sys.modules['decord'] = sys.modules['av'] = None\n"
        "from vision_data import Video, load_video, MediaError\n"
        f"print(load_video(Video({frame_files!r})).num_frames)\n"
        f"try: load_video({str(video_40)!r})\n"
        "except MediaError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, message = done.stdout.strip().splitlines()
    assert count == "6"
    assert "pip install av" in message


def test_image_bytes_are_no_video_frames():
    with pytest.raises(MediaError, match="Video frame"):
        Video((b"bytes",))
    assert Image(b"bytes").source == b"bytes"
