"""Clips on disk: found by content, bounded, whole or not there, whoever else writes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision_data.make_videos import encode
from vision_data import Every, MediaError, Uniform, Video, load_video
from vision_data.selection_cache import SelectionCache, clip_key
from vision_data.transforms import GaussianNoise
from vision_data.video_backends import AvReader

pytest.importorskip("av")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return encode(tmp_path_factory.mktemp("cached") / "film.mp4", "mpeg4")


@pytest.fixture
def cache(tmp_path):
    return SelectionCache(str(tmp_path / "cache"))


def held(cache):
    return sorted(Path(cache.folder).glob("*"))


def same(one, two):
    np.testing.assert_array_equal(one.frames, two.frames)
    return all(
        getattr(one, name) == getattr(two, name)
        for name in ("indices", "timestamps", "fps", "num_frames", "duration", "reasons")
    )


def test_a_clip_comes_back_as_it_was_and_nothing_is_decoded(film, cache, monkeypatch):
    ref = Video(str(film), Uniform(4), start=0.5, max_pixels=9000)
    plain = load_video(ref, 28)
    assert same(load_video(ref, 28, cache=cache), plain)
    monkeypatch.setattr(AvReader, "__init__", None)
    again = load_video(ref, 28, cache=cache)
    assert same(again, plain)
    assert again.frames.flags.writeable
    assert len(held(cache)) == 1


def test_copies_under_other_names_are_the_same_clip(film, cache, tmp_path):
    (tmp_path / "copy.avi").write_bytes(film.read_bytes())
    load_video(Video(str(film), Uniform(4)), cache=cache)
    load_video(Video(str(tmp_path / "copy.avi"), Uniform(4)), cache=cache)
    assert len(held(cache)) == 1


def test_whatever_changes_the_clip_changes_its_key(film, frame_files, tmp_path):
    ref = Video(str(film), Uniform(4))
    changed = [
        replace(ref, frames=Uniform(5)), replace(ref, start=1.0), replace(ref, end=1.0), replace(ref, min_pixels=9),
        replace(ref, max_pixels=9), replace(ref, on_damage="partial"), replace(ref, frames=Every()),
        replace(ref, transforms=(GaussianNoise(seed=1),)), replace(ref, transforms=(GaussianNoise(seed=2),)),
        Video(frame_files), Video(frame_files[:1]), Video(frame_files[::-1]), Video(frame_files, fps=3.0),
    ]  # fmt: skip
    keys = {clip_key(ref, 28), clip_key(ref, None), clip_key(ref, 28, ["decord"]), *(clip_key(r, 28) for r in changed)}
    assert len(keys) == len(changed) + 3
    before = clip_key(Video(str(tmp_path)), 28)
    (tmp_path / "frame_2.png").write_bytes((tmp_path / "frame_3.png").read_bytes())
    assert clip_key(Video(str(tmp_path)), 28) != before


def test_a_file_that_changes_is_read_again(tmp_path, cache):
    path = encode(tmp_path / "a.mp4", "mpeg4", num=8)
    load_video(path, cache=cache)
    os.utime(encode(path, "mpeg4", num=12), ns=(1, 1))
    assert load_video(path, cache=cache).num_frames == 12


def test_clips_unused_for_longest_go_first(film, cache):
    small = replace(cache, max_bytes=3 * 64 * 96 * 3 * 2 + 3000)
    for i, num in enumerate((1, 2, 3)):
        load_video(Video(str(film), Uniform(2), start=num / 12), cache=small)
        for path in held(small):
            os.utime(path, (path.stat().st_mtime - 10,) * 2)
        assert len(held(small)) == i + 1
    first = Video(str(film), Uniform(2), start=1 / 12)
    load_video(first, cache=small)  # now the one used last
    load_video(Video(str(film), Uniform(2), start=4 / 12), cache=small)
    assert len(held(small)) == 3
    names = [path.name.partition(".")[0] for path in held(small)]
    assert clip_key(first, None, ["av", "decord"]) in names
    assert clip_key(replace(first, start=2 / 12), None, ["av", "decord"]) not in names
    assert sum(path.stat().st_size for path in held(small)) <= small.max_bytes


def test_a_clip_larger_than_the_whole_cache_is_not_kept(film, cache):
    assert load_video(Video(str(film), Uniform(4)), cache=replace(cache, max_bytes=1000)).frames.shape[0] == 4
    assert held(cache) == []


@settings(max_examples=40)
@given(st.data())
def test_damaged_clips_are_found_out_and_written_again(film, tmp_path_factory, data):
    cache = SelectionCache(str(tmp_path_factory.mktemp("spoiled")))
    ref = Video(str(film), Uniform(2))
    plain = load_video(ref, cache=cache)
    (path,) = held(cache)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        spoiled = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
        spoiled = content
    path.write_bytes(spoiled)
    assert same(load_video(ref, cache=cache), plain)
    assert bytes(spoiled) != path.read_bytes()
    assert same(load_video(ref, cache=cache), plain)


def test_what_a_killed_process_left_is_removed(film, cache):
    load_video(Video(str(film), Uniform(2)), cache=cache)
    left, fresh = (Path(cache.folder) / f"{name * 64}.clip.12-34" for name in "ab")
    for path, age in ((left, 7200), (fresh, 60)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    load_video(Video(str(film), Uniform(3)), cache=cache)
    assert not left.exists()
    assert fresh.exists()


def test_failures_are_not_kept(tmp_path, cache):
    (tmp_path / "a.mp4").write_bytes(b"rubbish")
    for _ in range(2):
        with pytest.raises(MediaError, match=r"a\.mp4"):
            load_video(tmp_path / "a.mp4", cache=cache)
    assert held(cache) == []


def test_a_folder_that_cannot_be_written_is_said(film, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MediaError, match=r"the cache '.*file/cache' cannot be written"):
        load_video(film, cache=SelectionCache(str(tmp_path / "file" / "cache")))
    with pytest.raises(MediaError, match="max_bytes is 0"):
        SelectionCache("x", max_bytes=0)


WORK = """
import random, sys
from pathlib import Path
from vision_data import Uniform, Video, load_video
from vision_data.selection_cache import SelectionCache
film, folder, limit, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rng, cache = random.Random(seed), SelectionCache(folder, max_bytes=limit)
plain = {}
for _ in range(60):
    ref = Video(film, Uniform(rng.choice((1, 2, 3, 4))), start=rng.choice((0.5, 1.0)))
    if ref not in plain:
        plain[ref] = load_video(ref)
    clip = load_video(ref, cache=cache)
    assert (clip.frames == plain[ref].frames).all() and clip.indices == plain[ref].indices
    if rng.random() < 0.2:  # somebody damages a clip while others read it
        for path in sorted(Path(folder).glob("*.clip"))[:1]:
            try:
                path.write_bytes(path.read_bytes()[:-100])
            except FileNotFoundError:
                pass
"""


def test_several_processes_share_a_folder(film, cache):
    limit = 6 * 64 * 96 * 3 + 3000
    started = [
        subprocess.Popen([sys.executable, "-c", WORK, str(film), cache.folder, str(limit), str(seed)])
        for seed in range(3)
    ]
    assert [process.wait(timeout=120) for process in started] == [0, 0, 0]
    left = held(cache)
    assert left
    assert all(path.suffix == ".clip" for path in left)
    load_video(Video(str(film), Uniform(1)), cache=replace(cache, max_bytes=limit))
    assert sum(path.stat().st_size for path in held(cache)) <= limit
