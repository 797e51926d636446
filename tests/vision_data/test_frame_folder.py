"""A folder of pictures is a video, in the order that a person would put them."""

from __future__ import annotations

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data import Fps, MediaError, Uniform, Video, load_video, probe_video
from vision_data.frame_folder import folder_of, natural


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "my frames"
    folder.mkdir()
    for i in (0, 1, 2, 9, 10, 11, 100):
        PIL.Image.new("RGB", (16, 8), (2 * i,) * 3).save(folder / f"frame_{i}.png")
    return folder


def shades(clip):
    return [int(frame[0, 0, 0]) // 2 for frame in clip.frames]


def test_pictures_come_in_the_order_of_their_numbers(folder):
    clip = load_video(Video(str(folder), Uniform(7), fps=4.0))
    assert shades(clip) == [0, 1, 2, 9, 10, 11, 100]
    assert clip.timestamps == (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
    assert clip.duration == 1.75


def test_other_files_are_no_frames(folder):
    (folder / "labels.json").write_text("[]")
    (folder / ".frame_3.png").write_bytes(b"")
    (folder / "frame_5.png").mkdir()
    PIL.Image.new("RGB", (16, 8), (6,) * 3).save(folder / "FRAME_3.PNG")
    assert shades(load_video(Video(str(folder), Uniform(8)))) == [0, 1, 2, 3, 9, 10, 11, 100]


def test_folders_are_named_in_every_way(folder):
    for source in (str(folder), f"file://{folder}", f"file://{str(folder).replace(' ', '%20')}", f"{folder}/"):
        assert probe_video(source).num_frames == 7
        assert folder_of(source) is not None
    assert folder_of("no/such/folder") is folder_of("a\0b") is None


def test_selection_and_window(folder):
    clip = load_video(Video(str(folder), Fps(1.0, min_frames=2), start=0.5, end=1.5, fps=4.0))
    assert clip.indices == (2, 6)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(MediaError, match="is a folder without pictures"):
        load_video(tmp_path)


@given(st.lists(st.from_regex(r"[a-b]?[0-9]{0,3}[.]?[a-b]?", fullmatch=True), unique=True))
def test_order_is_total_and_numbers_count(names):
    ordered = sorted(names, key=natural)
    names.reverse()
    assert sorted(names, key=natural) == ordered
    numbers = [int(name) for name in ordered if name.isdigit()]
    assert numbers == sorted(numbers)
