"""A video that is damaged is refused, or shows what can be read of it at its own numbers and times."""

from __future__ import annotations

import struct
import wave
from dataclasses import dataclass

import numpy as np
import pytest

from tests.vision_data.make_videos import encode, every_frame
from vision_data import Every, FrameSelector, MediaError, Uniform, Video, load_video, probe_video
from vision_data.frames import SceneChange
from vision_data.video_backends import AvReader, DecordReader

pytest.importorskip("av")


@dataclass(frozen=True)
class Fixed(FrameSelector):
    numbers: tuple[int, ...]

    def pick(self, num_frames, fps):
        return list(self.numbers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("damage")


@pytest.fixture(scope="module")
def whole(folder):
    """36 frames, each twelfth stored whole, the table of frames in front of them."""
    return encode(folder / "whole.mp4", container={"movflags": "faststart"})


def places(path):
    """Where each packet lies, in order of showing."""
    import av

    with av.open(str(path)) as file:
        return [(p.pos, p.size) for p in sorted((p for p in file.demux(video=0) if p.size), key=lambda p: p.pts)]


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv", "cut.avi", "cut.webm"])
def test_a_video_that_is_cut_off_is_refused_or_shown_as_far_as_it_goes(folder, whole, name):
    codec = {"avi": "mpeg4", "webm": "libvpx"}.get(name[4:], "libx264")
    full = whole if name == "cut.mp4" else encode(folder / f"whole of {name}", codec)
    path = folder / name
    at, size = sorted(places(full))[22]
    path.write_bytes(full.read_bytes()[: at + size // 2])
    for read in (load_video, probe_video):
        with pytest.raises(MediaError, match=rf"{name}.*its end is damaged or cut off \(\d+ bytes are missing"):
            read(path)
    clip = load_video(Video(str(path), Every(), on_damage="partial"))
    assert 15 <= len(clip.indices) <= clip.num_frames < 36
    frames = every_frame(full)
    for number, frame in zip(clip.indices, clip.frames, strict=True):
        np.testing.assert_array_equal(frame, frames[number])
    assert clip.timestamps == pytest.approx([number / 12 for number in clip.indices], abs=1e-3)
    assert len(clip.reasons) == len(clip.indices)


@pytest.fixture(scope="module")
def spoiled(folder, whole):
    """The fourteenth frame, on which those up to the next whole frame are built, is rubbish."""
    found = places(whole)
    order = sorted(range(36), key=lambda number: found[number][0])
    at, size = found[order[order.index(12) + 1]]
    content = bytearray(whole.read_bytes())
    content[at + 5 : at + size] = bytes(i % 251 for i in range(size - 5))
    path = folder / "spoiled.mp4"
    path.write_bytes(content)
    return path


def test_frames_built_on_a_damaged_one_are_damaged(whole, spoiled):
    frames = every_frame(whole)
    with pytest.raises(MediaError, match=r"spoiled\.mp4': frame \d+ at 1\.\d+ s is damaged.*on_damage=\"partial\""):
        load_video(Video(str(spoiled), Every()))
    clip = load_video(Video(str(spoiled), Every(), on_damage="partial"))
    assert set(range(12)) | set(range(24, 36)) <= set(clip.indices)
    assert len(clip.indices) < 30
    for number, frame in zip(clip.indices, clip.frames, strict=True):
        np.testing.assert_array_equal(frame, frames[number])
    assert clip.num_frames == 36
    assert clip.fps == pytest.approx(len(clip.indices) / 36 * 12)


def test_damage_elsewhere_does_not_matter(spoiled):
    assert load_video(Video(str(spoiled), Fixed((0, 5, 11, 24, 35)))).indices == (0, 5, 11, 24, 35)


def test_selectors_that_look_get_over_damage(spoiled):
    clip = load_video(Video(str(spoiled), SceneChange(4, proxy_fps=12.0), on_damage="partial"))
    assert clip.indices
    with pytest.raises(MediaError, match=r"spoiled\.mp4"):
        load_video(Video(str(spoiled), SceneChange(4, proxy_fps=12.0)))


def test_when_no_chosen_frame_can_be_read_the_video_is_refused(spoiled):
    with pytest.raises(MediaError, match=r"spoiled\.mp4' gave none of the 2 chosen frames"):
        load_video(Video(str(spoiled), Fixed((20, 21)), on_damage="partial"))


def test_decord_leaves_out_what_it_cannot_read(spoiled):
    pytest.importorskip("decord")
    clip = load_video(Video(str(spoiled), Uniform(6), on_damage="partial"), readers=(DecordReader,))
    assert set(clip.indices) <= {0, 7, 14, 21, 28, 35}


def test_pictures_that_cannot_be_read_are_left_out(frame_files, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    files = (frame_files[0], str(tmp_path / "bad.png"), str(tmp_path / "gone.png"), frame_files[3])
    assert load_video(Video(files, fps=4.0, on_damage="partial")).timestamps == (0.0, 0.75)
    with pytest.raises(MediaError, match=r"bad\.png"):
        load_video(Video(files))


def test_a_wrong_number_of_frames_in_the_header_does_not_matter(folder):
    path = encode(folder / "counted.avi", "mpeg4")
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"avih", 24), (b"strh", 40)):
        struct.pack_into("<I", content, content.find(mark) + offset, 100_000)
    path.write_bytes(content)
    assert probe_video(path).num_frames == 36
    assert load_video(Video(str(path), Every())).indices == tuple(range(36))


def test_wrong_endings_do_not_matter(folder, whole):
    (folder / "really mp4.avi").write_bytes(whole.read_bytes())
    assert probe_video(folder / "really mp4.avi").num_frames == 36


def test_zero_frames_and_sound_alone(folder):
    import av

    empty, sound = folder / "empty.mkv", folder / "sound.wav"
    with av.open(str(empty), "w") as file:
        stream = file.add_stream("mpeg4", rate=8)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        file.start_encoding()
    with wave.open(str(sound), "wb") as told:
        told.setparams((1, 2, 8000, 0, "NONE", ""))
        told.writeframes(bytes(8000))
    with pytest.raises(MediaError, match=r"empty\.mkv' is not a video"):
        load_video(empty)
    with pytest.raises(MediaError, match=r"sound\.wav' has no pictures, only sound"):
        load_video(sound)


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n#EXT-X-VERSION:3\nother.ts\n", "ffconcat version 1.0\nfile other.mp4\n", "<MPD></MPD>"]
)
def test_lists_of_files_open_no_other_file(folder, whole, text):
    path = folder / "list.mp4"
    path.write_text(text.replace("other.mp4", whole.name))
    with pytest.raises(MediaError, match=r"list\.mp4' is not a video but a list of other files"):
        load_video(path)


def test_frames_too_large_are_refused(folder):
    path = encode(folder / "huge.avi", "rawvideo", num=2)
    content = bytearray(path.read_bytes())
    struct.pack_into("<ii", content, content.find(b"strf") + 12, 12000, 12000)
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"huge\.avi' has frames of 12000x12000 pixels, expected at most"):
        load_video(path, readers=(AvReader,))


def test_on_damage_is_a_word_of_two():
    with pytest.raises(MediaError, match="on_damage is 'skip', expected 'stop' or 'partial'"):
        Video("a.mp4", on_damage="skip")
