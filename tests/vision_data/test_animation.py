"""GIF, PNG and WebP that move are videos, each picture for its own time."""

from __future__ import annotations

import numpy as np
import PIL.Image
import pytest

from tests.vision_data.make_videos import animated
from vision_data import Every, MediaError, Uniform, Video, load_video, probe_video
from vision_data.frames import SceneChange

KINDS = ("GIF", "PNG", "WEBP")


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def path(kind, tmp_path):
    path = tmp_path / f"moves.{kind.lower()}"
    path.write_bytes(animated(kind, seconds=[0.05, 0.1, 0.2, 0.05, 0.1, 0.5]))
    return path


def shades(clip):
    return [int(frame[8, 8, 0]) for frame in clip.frames]


def test_every_picture_has_its_own_time(path):
    clip = load_video(Video(str(path), Every()))
    assert shades(clip) == [0, 40, 80, 120, 160, 200]
    assert clip.timestamps == pytest.approx([0.0, 0.05, 0.15, 0.35, 0.4, 0.5])
    assert (clip.num_frames, clip.duration, clip.fps) == (6, 1.0, 6.0)
    info = probe_video(path)
    assert (info.num_frames, info.width, info.height, info.duration) == (6, 24, 16, 1.0)


def test_pictures_are_chosen_by_number_and_by_time(path):
    assert shades(load_video(Video(str(path), Uniform(3)))) == [0, 80, 200]
    assert load_video(Video(str(path), Every(), start=0.1, end=0.4)).indices == (2, 3, 4)
    assert load_video(Video(str(path), SceneChange(3, proxy_fps=9.0))).indices


def test_the_name_of_the_file_does_not_matter(kind, tmp_path):
    (tmp_path / "clip.mp4").write_bytes(animated(kind))
    assert load_video(Video(str(tmp_path / "clip.mp4"), Every())).num_frames == 6


def test_pictures_without_a_time_are_shown_for_a_tenth_of_a_second(tmp_path):
    (tmp_path / "a.gif").write_bytes(animated("GIF", num=4, seconds=0))
    assert load_video(Video(str(tmp_path / "a.gif"), Every())).timestamps == pytest.approx([0, 0.1, 0.2, 0.3])


def test_see_through_pictures_are_laid_on_white(tmp_path):
    clear = [PIL.Image.new("RGBA", (8, 8), (255, 0, 0, shade)) for shade in (0, 255)]
    clear[0].save(tmp_path / "a.png", save_all=True, append_images=clear[1:], duration=100)
    frames = load_video(Video(str(tmp_path / "a.png"), Every())).frames
    np.testing.assert_array_equal(frames[:, 0, 0], [[255, 255, 255], [255, 0, 0]])


@pytest.mark.parametrize("still", ["PNG", "WEBP"])
def test_one_picture_is_no_video(still, tmp_path):
    PIL.Image.new("RGB", (8, 8)).save(tmp_path / "clip.mp4", still)
    with pytest.raises(MediaError, match=r"clip\.mp4' is not a video but one picture; give it as Image"):
        load_video(tmp_path / "clip.mp4")


def test_a_gif_of_one_picture_is_a_video_of_one_frame(tmp_path):
    (tmp_path / "a.gif").write_bytes(animated("GIF", num=1))
    assert load_video(tmp_path / "a.gif").frames.shape == (1, 16, 24, 3)


def test_damage(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(MediaError, match=path.name):
        load_video(Video(str(path), Every()))
    if path.suffix == ".webp":  # which Pillow gives whole or not at all
        return
    clip = load_video(Video(str(path), Every(), on_damage="partial"))
    assert 0 < len(clip.indices) < 6
    assert shades(clip) == [40 * number for number in clip.indices]
