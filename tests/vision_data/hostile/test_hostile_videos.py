"""Whatever lies in a video file: read, or refused in one line that names it; no crash, no hang, under 1 GiB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .make_hostile_videos import write

pytest.importorskip("av")

# Reads files under a limit of memory and of seconds for each, and says of each what became of it.
READ_ALL = """
import json, resource, signal, sys
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
from vision_data import Every, MediaError, Video, load_video, probe_video
said = {}
for path in json.load(sys.stdin):
    signal.alarm(20)
    told = []
    for ref in (Video(path), Video(path, Every(), on_damage="partial")):
        try:
            clip = load_video(ref)
            told.append(f"{len(clip.indices)} of {clip.num_frames}")
            assert len(clip.indices) == len(clip.timestamps) == len(clip.frames) == len(clip.reasons)
        except MediaError as error:
            told.append(f"MediaError: {error}")
    said[path] = told
# not ru_maxrss, which begins with the size of the process that started this one
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(json.dumps([said, peak]))
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Folder, what is expected of its files, and what became of them, with and without on_damage="partial"."""
    folder = tmp_path_factory.mktemp("hostile videos")
    expected = write(folder)
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL], input=json.dumps([str(folder / name) for name in expected]),
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said, peak = json.loads(done.stdout)
    return folder, expected, {Path(path).name: told for path, told in said.items()}, peak


def test_the_corpus_is_the_same_every_time(corpus, tmp_path):
    folder, expected, _, _ = corpus
    assert write(tmp_path) == expected
    for name in expected:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name
    assert len(expected) > 300


def test_every_file_is_read_or_refused_in_one_line_that_names_it(corpus):
    _, expected, said, _ = corpus
    for name, kind in expected.items():
        for text in said[name]:
            if text.startswith("MediaError"):
                assert name in text, f"{name}: {text}"
                assert "\n" not in text
                assert len(text) < 600
        assert kind == "either" or said[name][0].startswith("MediaError") == (kind == "refused"), (name, said[name])


def test_what_is_whole_is_read_the_same_in_both_ways(corpus):
    _, expected, said, _ = corpus
    for name, kind in expected.items():
        if kind == "read":
            _, total = said[name][1].split(" of ")
            assert said[name][1] == f"{total} of {total}"
        if not said[name][0].startswith("MediaError"):
            assert not said[name][1].startswith("MediaError"), (name, said[name])


def test_memory_stays_below_a_gibibyte(corpus):
    assert corpus[3] < 2**20  # KiB


@pytest.mark.parametrize("on_damage", ["stop", "partial"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "missing"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind, on_damage):
    path = {"device": Path("/dev/zero")}.get(kind, tmp_path / "a.mp4")
    if kind == "pipe":
        os.mkfifo(path)
    if kind == "folder":
        path.mkdir()
    code = (
        "import sys\nfrom vision_data import MediaError, Video, load_video\n"
        "try: load_video(Video(sys.argv[1], on_damage=sys.argv[2]))\nexcept MediaError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), on_damage], capture_output=True, text=True, timeout=60
    )
    assert str(path) in done.stdout
