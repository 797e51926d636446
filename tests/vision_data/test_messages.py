from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data import (
    Every,
    Fps,
    Image,
    MediaError,
    Message,
    Uniform,
    Video,
    assistant,
    from_qwen,
    from_text,
    media_of,
    system,
    text_of,
    to_qwen,
    user,
)
from vision_data.frames import NFrames

A, B, V = Image("a.png"), Image("b.png"), Video("v.mp4")


def test_helpers_and_views():
    prompt = (system("Be brief."), user(A, "Which ", V, "line?"), assistant("B"))
    assert [message.role for message in prompt] == ["system", "user", "assistant"]
    assert media_of(prompt) == (A, V)
    assert text_of(prompt) == "Be brief.\nWhich line?\nB"
    assert hash(prompt) == hash((system("Be brief."), user(A, "Which ", V, "line?"), assistant("B")))


def test_message_takes_text_and_lists():
    assert Message("user", "hello").content == ("hello",)
    assert Message("user", ["hello", A]).content == ("hello", A)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Message("human", ("x",)), "'human', expected one of system, user, assistant, tool"),
        (lambda: user(3), "a part is a int"),
        (lambda: user(PIL.Image.new("RGB", (2, 2))), r"Image\.of"),
    ],
)
def test_bad_messages_are_refused(make, words):
    with pytest.raises(MediaError, match=words):
        make()


def test_markers_are_replaced_in_order():
    (message,) = from_text("<image>What is in <video> and <image>?", ["a.png", B], ["v.mp4"])
    assert message == user(A, "What is in ", V, " and ", B, "?")


def test_text_between_markers_is_kept_to_the_letter():
    (message,) = from_text("<image>\n<image> \nGo.", ["a.png", "b.png"])
    assert message.content == (A, "\n", B, " \nGo.")


def test_without_markers_media_come_first():
    assert from_text("Where?", ["a.png"], ["v.mp4"]) == (user(A, V, "\nWhere?"),)


def test_without_media_markers_are_text():
    assert from_text("What does the <video> tag do? <image>") == (user("What does the <video> tag do? <image>"),)


@pytest.mark.parametrize(
    ("text", "images", "videos", "words"),
    [
        ("<image><image>", ["a.png"], [], r"2 place\(s\) for <image> and the row has 1 image\(s\)"),
        ("<image>", ["a.png", "b.png"], [], r"1 place\(s\) for <image> and the row has 2 image\(s\)"),
        ("<image>", [], ["v.mp4"], r"1 place\(s\) for <image> and the row has 0 image\(s\)"),
        ("<image>", ["a.png"], ["v.mp4"], r"0 place\(s\) for <video> and the row has 1 video\(s\)"),
        ("x", ["http://host/a.png"], [], "image 0: .*network"),
        ("x", [None], [], "image 0: .*NoneType"),
        ("x", [], [7], "video 0: a video is a int"),
    ],
)
def test_counts_and_sources_that_do_not_fit_are_refused(text, images, videos, words):
    with pytest.raises(MediaError, match=words):
        from_text(text, images, videos)


@given(st.lists(st.sampled_from(["<image>", "<video>", "x", " ", "\n", "<", "image>"]), max_size=12))
def test_markers_law(bits):
    text = "".join(bits)
    images = [f"{i}.png" for i in range(text.count("<image>"))]
    videos = [f"{i}.mp4" for i in range(text.count("<video>"))]
    prompt = from_text(text, images, videos)
    assert [media.source for media in media_of(prompt) if isinstance(media, Image)] == images
    assert [media.source for media in media_of(prompt) if isinstance(media, Video)] == videos
    if images or videos:
        assert text_of(prompt) == text.replace("<image>", "").replace("<video>", "")


selectors = st.one_of(
    st.none(),
    st.builds(Uniform, st.integers(0, 49).map(lambda half: 2 * half + 1)),
    st.builds(NFrames, st.integers(2, 99), st.integers(1, 3)),
    st.builds(Fps, st.floats(0.1, 30), st.integers(1, 8), st.integers(8, 99), st.integers(1, 3)),
    st.just(Every()),
)
budgets = st.one_of(st.none(), st.integers(1000, 2000))
images = st.builds(Image, st.one_of(st.text("ab/.", min_size=1), st.binary(min_size=1)), budgets)
videos = st.one_of(
    st.builds(Video, st.text("ab/.", min_size=1), selectors, budgets, st.none(), st.sampled_from([None, 1.5])),
    st.builds(Video, st.tuples(st.just("a.png"), st.just("b.png")), selectors, fps=st.floats(0.5, 8)),
)
messages = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.lists(st.one_of(st.text(), images, videos), max_size=4).map(tuple),
)


def decoded(part):
    """Bytes travel as a data URI: what comes back reads the same."""
    from vision_data.sources import inline_bytes, is_inline

    if isinstance(part, Image) and isinstance(part.source, str) and is_inline(part.source):
        return Image(inline_bytes(part.source), part.min_pixels, part.max_pixels)
    return part


@given(st.lists(messages, max_size=3).map(tuple))
def test_qwen_round_trip(prompt):
    back = from_qwen(to_qwen(prompt))
    assert tuple(Message(m.role, tuple(map(decoded, m.content))) for m in back) == prompt


def test_to_qwen_writes_the_keys_of_qwen_vl_utils():
    clip = Video("v.mp4", Fps(1.0, max_frames=32), max_pixels=9000, start=1.0, end=3.5)
    written = to_qwen((user("Look", Image("a.png", 100, 2000), clip, Video("w.mp4", Uniform(8))),))
    assert written == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look"},
                {"type": "image", "image": "a.png", "min_pixels": 100, "max_pixels": 2000},
                {
                    "type": "video", "video": "v.mp4", "max_pixels": 9000, "fps": 1.0, "min_frames": 4,
                    "max_frames": 32, "video_start": 1.0, "video_end": 3.5,
                },
                {"type": "video", "video": "w.mp4", "nframes": 8},
            ],
        }
    ]  # fmt: skip


def test_a_count_of_frames_is_read_as_qwen_vl_utils_counts_it():
    video = {"type": "video", "video": "v.mp4", "nframes": 7}
    assert from_qwen([{"role": "user", "content": [video]}]) == (user(Video("v.mp4", NFrames(7))),)
    (told,) = to_qwen((user(Video("v.mp4", Uniform(8)), Video("v.mp4", Uniform(7)), Video("v.mp4", NFrames(7, 1))),))
    even, odd, single = told["content"]
    assert even["nframes"] == 8
    assert (odd["frames"], single["frames"]) == (Uniform(7), NFrames(7, 1))


def test_the_rate_of_a_folder_and_what_damage_means_travel_along():
    videos = user(Video("frames/", fps=8.0), Video("v.mp4", on_damage="partial"))
    assert from_qwen(to_qwen((videos,))) == (videos,)


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image", "image": "a.png"},
        {"type": "image", "path": "a.png"},
        {"image": "a.png"},
        {"type": "image_url", "image_url": {"url": "a.png"}},
        {"type": "image", "image": {"bytes": None, "path": "a.png"}},
        {"type": "image", "image": "a.png", "text": None, "video": None},
    ],
)
def test_spellings_of_an_image(part):
    assert from_qwen([{"role": "user", "content": [part, {"type": "text", "text": "hi"}]}]) == (user(A, "hi"),)


def test_image_in_memory_and_bytes():
    picture = PIL.Image.fromarray(np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    parts = [{"type": "image", "image": picture}, {"type": "image", "image": {"bytes": b"xyz", "path": "gone.png"}}]
    assert media_of(from_qwen([{"role": "user", "content": parts}])) == (Image.of(picture), Image(b"xyz"))


def test_content_from_a_parquet_file_is_an_array():
    parts = np.array([{"type": "image", "image": "a.png", "text": None}, {"type": "text", "text": "hi"}], object)
    assert from_qwen(np.array([{"role": "user", "content": parts}], object)) == (user(A, "hi"),)


def test_root_is_put_before_relative_paths_only():
    inline = "data:image/png;base64,AAAA"
    parts = [
        {"image": "a.png"},
        {"image": "/abs/a.png"},
        {"image": "file:///abs/a.png"},
        {"image": inline},
        {"video": "v.mp4"},
        {"video": ["1.png", "/abs/2.png"]},
    ]
    found = media_of(from_qwen([{"role": "user", "content": parts}], root=Path("/data")))
    assert [media.source for media in found] == [
        "/data/a.png", "/abs/a.png", "file:///abs/a.png", inline, "/data/v.mp4", ("/data/1.png", "/abs/2.png"),
    ]  # fmt: skip


def test_columns_fill_typed_places_and_markers_over_several_messages():
    rows = [
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "one"}]},
        {"role": "assistant", "content": "ok"},
        {"role": "user", "content": "<image> and <video>"},
    ]
    assert from_qwen(rows, images=["a.png", "b.png"], videos=["v.mp4"]) == (
        user(A, "one"),
        assistant("ok"),
        user(B, " and ", V),
    )


def test_columns_without_places_go_to_the_first_user_message():
    rows = [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "user", "content": "r"}]
    assert from_qwen(rows, images=["a.png"]) == (system("s"), user(A, "\nq"), user("r"))


@pytest.mark.parametrize(
    ("rows", "columns", "words"),
    [
        ([{"role": "user", "content": [{"type": "image"}]}], {}, "1 place.* and the row has 0 image"),
        ([{"role": "user", "content": [{"image": "a.png"}]}], {"images": ["b.png"]}, "media of their own"),
        ([{"role": "system", "content": "s"}], {"images": ["b.png"]}, "no user message"),
        ([{"role": "human", "content": "s"}], {}, "message 0: role is 'human'"),
        ([{"content": "s"}], {}, "message 0: expected a dictionary with role"),
        (["text"], {}, "message 0: expected a dictionary"),
        ([{"role": "user"}], {}, "message 0: content is None"),
        ([{"role": "user", "content": [{"type": "audio", "audio": "a"}]}], {}, "message 0, part 0: type is 'audio'"),
        ([{"role": "user", "content": ["a", {"image": ""}]}], {}, "message 0, part 1: .*empty"),
        ([{"role": "user", "content": [{"image": "a", "resized_height": 28}]}], {}, "image has resized_height"),
        ([{"role": "user", "content": [{"video": "a", "nframes": 4, "fps": 2}]}], {}, "nframes and fps"),
        ([{"role": "user", "content": [{"video": "a", "nframes": "many"}]}], {}, "message 0, part 0: .*nframes 'many'"),
        ([{"role": "user", "content": [{"video": 3}]}], {}, "a video is a int"),
        ([{"role": "user", "content": [{"video": [3]}]}], {}, "a source is a int"),
    ],
)
def test_malformed_rows_are_refused_with_their_place(rows, columns, words):
    with pytest.raises(MediaError, match=words):
        from_qwen(rows, **columns)
