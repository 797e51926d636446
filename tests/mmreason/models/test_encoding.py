"""A prompt is encoded once and exactly as transformers would have it; what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from packaging.version import Version

from mmreason.asks import POLICY, Tokenise
from mmreason.errors import DataError, RecipeError
from mmreason.models.encoded import MediaSpan, expand
from mmreason.models.policy import LanguageModel
from mmreason.models.qwen_vl import rope_positions
from tests.mmreason.models.scene import SYSTEM, clip, opened, picture
from vision_data.errors import MediaError
from vision_data.frames import Fps, Uniform
from vision_data.image import load_image
from vision_data.media import Image, Video
from vision_data.messages import Message, Prompt, media_of, user
from vision_data.video import load_video

WHOLE_SECONDS = Version(version("transformers")) < Version("5.23")
"""transformers cut the seconds between two frames to a whole number; the model was trained with fractions."""
KINDS = ("text", "image", "larger", "several", "video", "both")


def by_transformers(model: LanguageModel, prompt: Prompt) -> tuple[dict[str, Any], torch.Tensor]:
    """Processor output and M-RoPE positions [3, P] that transformers makes of the same messages."""
    from transformers.video_utils import VideoMetadata

    encoder = model.runner.encoder
    images = [load_image(m) for m in media_of(prompt) if isinstance(m, Image)]
    clips = [load_video(m) for m in media_of(prompt) if isinstance(m, Video)]
    metadata = [
        VideoMetadata(total_num_frames=c.num_frames, fps=c.num_frames / c.duration, frames_indices=list(c.indices))
        for c in clips
    ]
    videos = {
        "videos": [torch.from_numpy(c.frames).permute(0, 3, 1, 2) for c in clips],
        "video_metadata": metadata, "do_sample_frames": False, "cap_pixels_per_frame": True,
    }  # fmt: skip
    text = encoder.template(prompt)
    out = encoder.processor(text=[text], images=images or None, return_tensors="pt", **(videos if clips else {}))
    if not images and not clips:
        return out, torch.arange(out["input_ids"].shape[1]).expand(3, -1)
    given = {k: out[k] for k in ("image_grid_thw", "video_grid_thw", "second_per_grid_ts") if k in out}
    inner = model.runner.body.base.model
    return out, inner.get_rope_index(out["input_ids"], mm_token_type_ids=out["mm_token_type_ids"], **given)[0][:, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_processor_and_the_rope_index_of_transformers(
    model: LanguageModel, asked: dict[str, Prompt], kind: str
) -> None:
    encoded = model.runner.encode(asked[kind])
    out, positions = by_transformers(model, asked[kind])
    assert encoded.ids.tolist() == out["input_ids"][0].tolist()
    if not (WHOLE_SECONDS and kind in ("video", "both")):
        assert encoded.positions.tolist() == positions.tolist()
        assert encoded.next_position == int(positions.max()) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_equal_the_processor_s(model: LanguageModel, asked: dict[str, Prompt], kind: str) -> None:
    encoded, (out, _) = model.runner.encode(asked[kind]), by_transformers(model, asked[kind])
    for name, pixels in (("image", "pixel_values"), ("video", "pixel_values_videos")):
        mine = [
            model.runner.encoder.pixels(asked[kind], span, i)
            for i, span in enumerate(encoded.spans)
            if span.kind == name
        ]
        assert (pixels in out) == bool(mine)
        if mine:
            assert torch.equal(torch.cat(mine), out[pixels])


def test_a_large_clip_has_the_sizes_and_the_very_pixels_of_qwen_vl_utils(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    utils = pytest.importorskip("qwen_vl_utils").vision_process
    monkeypatch.setattr(utils, "get_video_reader_backend", lambda: "decord")
    path = str(clip(tmp_path / "wide.mp4", 12, (200, 120)))
    model = opened()[0]
    for low, high in ((3136, 200704), (3136, 12544), (40000, 60000)):
        asked = Video(path, frames=Fps(fps=4.0), min_pixels=low, max_pixels=high)
        theirs = utils.fetch_video({"video": path, "fps": 4.0, "min_pixels": low, "max_pixels": high})
        prompt = (user(asked, "?"),)
        span = model.runner.encode(prompt).spans[0]
        assert span.grid == (len(theirs) // 2, theirs.shape[2] // 14, theirs.shape[3] // 14)
        out = model.runner.encoder.processor.video_processor(
            videos=[theirs], do_resize=False, do_sample_frames=False, cap_pixels_per_frame=True, return_tensors="pt"
        )
        assert torch.equal(model.runner.encoder.pixels(prompt, span, 0), out["pixel_values_videos"])


@pytest.mark.skipif(WHOLE_SECONDS, reason="needs the rope index of transformers 5.23")
@pytest.mark.parametrize("seconds", [0.5, 2 / 3, 0.8333333333333334, 5 / 3, 1.1])
@pytest.mark.parametrize("rate", [2, 25])
def test_time_positions_fall_on_the_same_side_of_every_border_as_in_transformers(
    model: LanguageModel, seconds: float, rate: int
) -> None:
    inner = model.runner.body.base.model
    span = MediaSpan("video", 0, 40 * 4, (40, 4, 4), "", seconds)
    config = inner.config.vision_config
    before, config.tokens_per_second = config.tokens_per_second, rate
    try:
        wanted, _ = inner.get_rope_index(
            torch.zeros(1, 162, dtype=torch.long), mm_token_type_ids=torch.tensor([[2] * 160 + [0] * 2]),
            video_grid_thw=torch.tensor([[40, 4, 4]]), second_per_grid_ts=torch.tensor([seconds]),
        )  # fmt: skip
    finally:
        config.tokens_per_second = before
    found, after = rope_positions(162, [span], 2, float(rate))
    assert found.tolist() == wanted[:, 0].tolist()
    assert after == int(found.max()) + 1


def test_positions_of_a_worked_example() -> None:
    # two text tokens, a picture of 1 x 4 x 6 patches merged 2 by 2 (2 x 3 tokens), one text token
    found, after = rope_positions(9, [MediaSpan("image", 2, 6, (1, 4, 6), "")], 2, 2.0)
    assert found.tolist() == [[0, 1, 2, 2, 2, 2, 2, 2, 5], [0, 1, 2, 2, 2, 3, 3, 3, 5], [0, 1, 2, 3, 4, 2, 3, 4, 5]]
    assert after == 6
    assert rope_positions(0, [], 2, 2.0)[1] == 0
    # three pairs of frames, 1.5 seconds apart: Qwen2.5-VL counts two a second, Qwen2-VL counts the pairs
    film = MediaSpan("video", 0, 3, (3, 2, 2), "", 1.5)
    assert rope_positions(4, [film], 2, 2.0)[0].tolist() == [[0, 3, 6, 1], [0, 0, 0, 1], [0, 0, 0, 1]]
    assert rope_positions(4, [film], 2, 2.0)[1] == 7
    assert rope_positions(4, [film], 2, None)[0].tolist() == [[0, 1, 2, 1], [0, 0, 0, 1], [0, 0, 0, 1]]


def test_a_span_covers_its_placeholders_and_nothing_else(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    for prompt in asked.values():
        encoded = model.runner.encode(prompt)
        inside = torch.zeros(len(encoded), dtype=torch.bool)
        for span in encoded.spans:
            assert span.length == np.prod(span.grid) // 4
            inside[span.start : span.start + span.length] = True
        placeholders = torch.tensor(list(model.runner.encoder.placeholders))
        assert torch.equal(inside, torch.isin(encoded.ids, placeholders))
    spans = model.runner.encode(asked["video"]).spans
    assert spans[0].frames == (0, 6, 12, 17, 23)
    assert spans[0].timestamps == pytest.approx([i / 8 for i in spans[0].frames])


def test_equal_prompts_and_equal_media_are_encoded_once(film: Path) -> None:
    model, run = opened()
    one, two, video = picture(5), picture(6), Video(str(film), frames=Uniform(4))
    for _ in range(2):
        model.runner.encode((SYSTEM, user(one, "a")))
        model.runner.encode((SYSTEM, user(one, "b", two, one)))
        model.runner.encode((user(picture(5), video, "c"),))  # equal bytes, another object
    assert run.ledger.counts["media_decoded"] == run.ledger.counts["processor_runs"] == 3


def test_a_picture_says_its_own_pixel_budget(model: LanguageModel) -> None:
    large = picture(2, 280, 280)
    small = replace(large, max_pixels=56 * 56)
    spans = model.runner.encode((user(large, small, "?"),)).spans
    assert [span.grid for span in spans] == [(1, 20, 20), (1, 4, 4)]
    assert spans[0].key != spans[1].key
    with pytest.raises(MediaError, match=r"min_pixels 1000000 is more than max_pixels 200704"):
        model.runner.encode((user(replace(large, min_pixels=1_000_000), "?"),))


@pytest.mark.parametrize("token", ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"])
@pytest.mark.parametrize("with_image", [True, False])
def test_a_media_token_in_the_text_is_refused_by_name(model: LanguageModel, token: str, with_image: bool) -> None:
    media = [picture(0)] if with_image else []
    prompt = (SYSTEM, user(*media, f"what does {token} mean?"))
    with pytest.raises(DataError, match=r"message 1 \(user\): the text holds the media token") as caught:
        model.runner.encode(prompt)
    assert repr(token) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_text_to_learn_from_must_not_hold_one_either(model: LanguageModel) -> None:
    with pytest.raises(DataError, match="image_pad"):
        model.answer([Tokenise(POLICY, "see <|image_pad|> here")])


def test_counts_and_kinds_that_do_not_match_are_refused() -> None:
    names = {5: "image", 6: "video"}
    span = MediaSpan("image", 0, 3, (1, 2, 6), "x")
    ids, placed = expand([1, 5, 2, 5], [span, span], names, "record 7")
    assert ids == [1, 5, 5, 5, 2, 5, 5, 5]
    assert [s.start for s in placed] == [1, 5]
    for wrong in ([1, 5, 2], [5, 5, 5], [5, 6], []):
        with pytest.raises(DataError, match="record 7: the prompt has media placeholders"):
            expand(wrong, [span, span], names, "record 7")


def test_what_no_forward_could_take_is_refused_with_both_numbers(
    model: LanguageModel, asked: dict[str, Prompt]
) -> None:
    long = (user("word " * 4200),)
    model.runner.budget = 10**6
    with pytest.raises(RecipeError, match=r"has \d{4} tokens, more than the model.s context of 4096"):
        model.runner.encode(long)
    model.runner.budget = 20
    size = len(model.runner.encoder.encode(asked["image"]))
    with pytest.raises(RecipeError, match=rf"has {size} tokens, more than the token budget of 20"):
        model.runner.encode(asked["image"])


def test_a_strip_is_refused_by_the_name_of_the_medium(model: LanguageModel) -> None:
    with pytest.raises(MediaError, match=r"Image\(.*2010x10 pixels"):
        model.runner.encode((user(Image.of(np.zeros((10, 2010, 3), np.uint8)), "?"),))


def test_a_template_that_refuses_is_a_line(model: LanguageModel) -> None:
    processor = model.runner.encoder.processor
    old, processor.chat_template = processor.chat_template, "{{ raise_exception('roles must alternate') }}"
    try:
        with pytest.raises(DataError, match=r"'user tool'.*roles must alternate"):
            model.runner.encode((user("a question nobody asked before"), Message("tool", ("b",))))
    finally:
        processor.chat_template = old
