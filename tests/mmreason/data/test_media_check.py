from __future__ import annotations

import base64
from functools import partial
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from mmreason.data.media_check import MediaCheck
from vision_data import Box, Image, MediaError, Space, Uniform, Video, from_text, user
from vision_data.transforms import Blur, Crop, GaussianNoise, Resize

TOO_LARGE = (Resize(100_000, 100_000),)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A root with pictures, whole and damaged, and a picture beside it."""
    root = tmp_path / "root"
    (root / "frames").mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    for name in ("a.png", "frames/frame_1.png", "frames/frame_2.png", "../secret.png"):
        PIL.Image.fromarray(noise).save(root / name)
    (root / "cut.png").write_bytes((root / "a.png").read_bytes()[:1000])
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    return root


@pytest.fixture
def movie(home: Path) -> Path:
    cv2 = pytest.importorskip("cv2")
    pytest.importorskip("decord")
    path = home / "movie.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (64, 48))
    for level in range(12):
        writer.write(np.full((48, 64, 3), 20 * level, np.uint8))
    writer.release()
    return path


def test_files_must_be_there(home: Path) -> None:
    check = MediaCheck()
    check((user(Image(home / "a.png"), Image(home / "cut.png"), "?"),))
    for medium in (Image(home / "gone.png"), Video((str(home / "gone.png"),)), Video(str(home / "gone.mp4"))):
        with pytest.raises(MediaError, match=r"gone\.\w+' does not exist"):
            check((user(medium),))


def test_pictures_are_decoded_when_asked_for(home: Path) -> None:
    check = MediaCheck(decode=True)
    check((user(Image(home / "a.png")),))
    for medium in (Image(home / "cut.png"), Video((str(home / "a.png"), str(home / "cut.png")))):
        with pytest.raises(MediaError, match=r"cut\.png' is damaged or cut off"):
            check((user(medium),))
    with pytest.raises(MediaError, match="damaged base64"):
        check((user(Image("data:image/png;base64,%%%")),))


def test_transforms_are_part_of_what_is_checked(home: Path) -> None:
    check = MediaCheck(decode=True)
    path = home / "a.png"
    fits = Crop(Box(0, 0, 8, 8, Space(32, 32)))
    check((user(Image(path), Image(path, transforms=(fits, Blur(2.0)))),))
    for medium in (Image(path, transforms=TOO_LARGE), Video((str(path),), transforms=TOO_LARGE)):
        with pytest.raises(MediaError, match=r"a\.png.*Resize would make"):
            check((user(medium),))
    MediaCheck(decode=False)((user(Image(path, transforms=TOO_LARGE)),))


def test_each_distinct_picture_is_decoded_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import vision_data.image as module

    loaded, load = [], module.load_image
    monkeypatch.setattr(module, "load_image", lambda ref: loaded.append(ref) or load(ref))
    check, path = MediaCheck(decode=True), str(home / "a.png")
    for _ in range(3):
        check((user(Image(path, max_pixels=784), Image(path, min_pixels=784), Video((path, path))),))
    assert loaded == [Image(path)]
    check((user(Image(path, transforms=(Blur(1.0),)), Video((path, path), transforms=(Blur(1.0),))),))
    assert len(loaded) == 2
    check((user(Video((path, path), transforms=(GaussianNoise(0.1),))),))
    assert len(loaded) == 4  # each frame has a noise of its own
    assert len(check.fine) == 4


def test_video_files(movie: Path) -> None:
    check = MediaCheck(decode=True)
    check((user(Video(str(movie), Uniform(4))),))
    with pytest.raises(MediaError, match="would make a picture of 100000x100000"):
        check((user(Video(str(movie), transforms=TOO_LARGE)),))
    broken = movie.with_name("broken.mp4")
    broken.write_bytes(movie.read_bytes()[:500])
    MediaCheck()((user(Video(str(broken))),))
    with pytest.raises(MediaError, match=r"broken\.mp4"):
        check((user(Video(str(broken))),))


def test_folders_of_frames(home: Path) -> None:
    check = MediaCheck(decode=True)
    check((user(Video(str(home / "frames"))),))
    assert {Path(str(medium.source)).name for medium in check.fine} == {"frame_1.png", "frame_2.png"}
    (home / "frames" / "frame_3.png").write_bytes(b"rubbish")
    with pytest.raises(MediaError, match=r"frame_3\.png"):
        check((user(Video(str(home / "frames"))),))


def test_videos_that_may_be_damaged_in_parts(home: Path) -> None:
    sources = (str(home / "a.png"), str(home / "cut.png"))
    check = MediaCheck(decode=True)
    check((user(Video(sources, on_damage="partial")),))
    with pytest.raises(MediaError, match="none of its frames"):
        check((user(Video(sources[1:], on_damage="partial")),))
    with pytest.raises(MediaError, match="damaged or cut off"):
        check((user(Video(sources)),))


@pytest.mark.parametrize("decode", [False, True])
def test_nothing_may_lie_outside_the_root(decode: bool, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = partial(MediaCheck(decode), root=home)
    inline = "data:image/png;base64," + base64.b64encode((home / "a.png").read_bytes()).decode()
    check(from_text("<image>?", ["a.png"], root=home))
    check((user(Image(inline)),))
    outside = ["../secret.png", "link.png", str(home.parent / "secret.png"), f"file://{home.parent}/secret.png"]
    for name in outside:
        for prompt in (from_text("<image>?", [name], root=home), from_text("<video>?", videos=[[name]], root=home)):
            MediaCheck(decode)(prompt)  # fine as long as no root is given
            with pytest.raises(MediaError, match="outside the data root"):
                check(prompt)
    with pytest.raises(MediaError, match="outside the data root"):
        check((user(Video(str(home.parent))),))
    check((user(Video(str(home / "frames"))),))
    (home / "frames" / "frame_9.png").symlink_to(home.parent / "secret.png")
    with pytest.raises(MediaError, match=r"frame_9\.png' lies outside the data root"):
        check((user(Video(str(home / "frames"))),))
    # A relative root, and sources that stand under it as data sets have them.
    monkeypatch.chdir(home.parent)
    check = partial(MediaCheck(decode), root=Path("root"))
    check(from_text("<image>?", ["a.png"], root=Path("root")))
    with pytest.raises(MediaError, match="outside the data root"):
        check(from_text("<image>?", ["../secret.png"], root=Path("root")))
