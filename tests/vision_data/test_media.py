from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from vision_data import Every, Fps, Image, MediaError, Uniform, Video, load_image


@pytest.mark.parametrize(
    "ref",
    [
        Image("a.png", max_pixels=784),
        Image(b"\x89PNG"),
        Video("a.mp4", Uniform(4), start=1.0),
        Video(("a.png", "b.png"), fps=4.0),
    ],
)
def test_references_are_values(ref):
    twin = pickle.loads(pickle.dumps(ref))
    assert twin == ref
    assert hash(twin) == hash(ref)
    assert len({ref, twin}) == 1


def test_settings_and_kind_tell_references_apart():
    refs = [
        Image("a"), Image("b"), Image("a", min_pixels=1), Image("a", max_pixels=1), Image(b"a"),
        Video("a"), Video(("a",)), Video("a", Uniform(2)), Video("a", Uniform(3)), Video("a", end=2.0),
    ]  # fmt: skip
    assert len(set(refs)) == len(refs)


def test_repr_is_short_and_tells_what_was_set():
    assert repr(Image(bytes(10_000), max_pixels=784)) == "Image(<10000 bytes>, max_pixels=784)"
    assert len(repr(Image("data:image/png;base64," + "A" * 100_000))) < 120
    assert len(repr(Video(tuple(f"frame_{i}.png" for i in range(1000))))) < 120
    assert repr(Video("a.mp4", Uniform(4))) == "Video('a.mp4', frames=Uniform(num=4))"
    assert eval(repr(Image("a.png", 4, 8)), {"Image": Image}) == Image("a.png", 4, 8)


def test_paths_and_buffers_become_text_and_bytes():
    assert Image(Path("dir/a.png")).source == "dir/a.png"
    assert Image(bytearray(b"abc")) == Image(b"abc")
    assert Video(["a.png", Path("b.png")]).source == ("a.png", "b.png")


def test_selector_in_force():
    assert Video("a.mp4").selector == Fps()
    assert Video(("a.png", "b.png")).selector == Every()
    assert Video(("a.png", "b.png"), Uniform(1)).selector == Uniform(1)


@pytest.mark.parametrize("source", ["http://host/a.png", "HTTPS://host/a.png", "s3://bucket/a.png", "hf://a/b.png"])
@pytest.mark.parametrize("kind", [Image, Video])
def test_network_is_refused_with_the_remedy(source, kind):
    with pytest.raises(MediaError, match="download it first"):
        kind(source)


@pytest.mark.parametrize(("source", "asked"), [("http://host/a.png", True), ("s3://bucket/a.png", False)])
def test_only_what_can_be_fetched_is_said_to_be(source, asked):
    with pytest.raises(MediaError) as caught:
        Image(source)
    assert ("Image.fetched" in str(caught.value)) == asked
    with pytest.raises(MediaError) as caught:
        Video(source)
    assert "Image.fetched" not in str(caught.value)


def test_network_is_refused_among_frames():
    with pytest.raises(MediaError, match="on a network"):
        Video(("a.png", "http://host/b.png"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Image(""), "empty"),
        (lambda: Image(b""), "no bytes"),
        (lambda: Image(None), "NoneType"),
        (lambda: Image(PIL.Image.new("RGB", (2, 2))), r"Image\.of"),
        (lambda: Image("a.png", min_pixels=10, max_pixels=9), "min_pixels 10 and max_pixels 9"),
        (lambda: Image("a.png", max_pixels=0), "max_pixels 0"),
        (lambda: Video(()), "list of frames is empty"),
        (lambda: Video(b"bytes"), "bytes"),
        (lambda: Video("a.mp4", frames=16), "expected a selector"),
        (lambda: Video("a.mp4", start=2, end=2), "start 2 and end 2"),
        (lambda: Video("a.mp4", start=-1), "start -1"),
        (lambda: Video("a.mp4", start=float("nan")), "start nan"),
        (lambda: Video(("a.png",), fps=0), "fps is 0"),
        (lambda: Image.of("a.png"), "expected a PIL image"),
        (lambda: Image.of("a.png"), r"a file is given as Image\(path\)"),
        (lambda: Image.of(np.full((4, 4, 3), 1.5, np.float32)), "expected floats from 0 to 1"),
        (lambda: Image.of(np.zeros((5, 8, 8), np.uint8)), r"\[5, 8, 8\]"),
        (lambda: Image.of(np.zeros((0, 4, 3), np.uint8)), r"\[0, 4, 3\]"),
    ],
)
def test_bad_values_are_refused(make, words):
    with pytest.raises(MediaError, match=words):
        make()


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 3)])
def test_arrays_in_memory_keep_their_pixels(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    ref = Image.of(pixels, max_pixels=784)
    assert isinstance(ref.source, bytes)
    assert ref.max_pixels == 784
    loaded = np.asarray(load_image(ref))
    np.testing.assert_array_equal(loaded, np.broadcast_to(pixels.reshape(5, 7, -1), (5, 7, 3)))


def test_pictures_in_memory_are_equal_when_their_pixels_are():
    picture = PIL.Image.new("RGB", (4, 3), (1, 2, 3))
    assert Image.of(picture) == Image.of(np.asarray(picture))
    assert Image.of(np.asarray(picture)[:, ::2]) == Image.of(picture.resize((2, 3)))
