"""Our cutting of films into patches is the processor's, bit for bit; the encoder takes over what was read ahead."""

from __future__ import annotations

import copy
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY
from mmreason.errors import RecipeError
from mmreason.models.loading import TINY, load_processor
from mmreason.models.media import film_by_processor, film_patches
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Policy
from mmreason.run import Run
from tests.mmreason.models.scene import SYSTEM, opened, picture
from vision_data.errors import MediaError
from vision_data.frames import Uniform
from vision_data.generators.films import write_mp4
from vision_data.media import Image, Video
from vision_data.messages import Prompt, user
from vision_data.selection_cache import SelectionCache


@pytest.fixture(scope="module")
def processor() -> Any:
    return load_processor(TINY).video_processor


def noise(frames: int, height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(frames)
    return torch.randint(0, 256, (frames, height, width, 3), generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize(("frames", "height", "width"), [(1, 28, 28), (2, 28, 56), (5, 84, 28), (8, 112, 140)])
def test_patches_of_a_film_equal_the_processor_s(processor: Any, frames: int, height: int, width: int) -> None:
    ours, grid = film_patches(processor, noise(frames, height, width))
    theirs, wanted = film_by_processor(processor, noise(frames, height, width))
    assert grid == wanted
    assert ours.dtype == theirs.dtype
    assert torch.equal(ours, theirs)


def test_every_value_of_a_byte_is_normalised_to_the_same_bits(processor: Any) -> None:
    ramp = (torch.arange(28 * 28 * 2 * 3) % 256).to(torch.uint8).view(2, 28, 28, 3)
    assert torch.equal(film_patches(processor, ramp)[0], film_by_processor(processor, ramp)[0])


@pytest.mark.parametrize(
    "settings", [{"do_normalize": False}, {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.9, 0.8, 0.7]}]
)
def test_the_processor_s_settings_hold(processor: Any, settings: dict[str, Any]) -> None:
    other = copy.deepcopy(processor)
    for name, value in settings.items():
        setattr(other, name, value)
    ours, theirs = film_patches(other, noise(4, 56, 56))[0], film_by_processor(other, noise(4, 56, 56))[0]
    assert torch.equal(ours, theirs)


def ready(model: LanguageModel, *prompts: Prompt) -> None:
    """Prepare, and wait until everything that can be read ahead is read."""
    model.prepare(prompts)
    for thread in [t for t in threading.enumerate() if t.name == "read-ahead"]:
        thread.join(30)


def test_what_was_read_ahead_is_taken_over_with_the_same_counts_and_pixels(film: Path) -> None:
    prompt = (SYSTEM, user(picture(0), Video(str(film), Uniform(4)), picture(0), "?"))
    plain, _ = opened(Policy(model=TINY, workers=0))
    model, run = opened(Policy(model=TINY, workers=2))
    ready(model, prompt)
    assert run.ledger.counts["media_decoded"] == 0
    assert not model.runner.store.entries
    assert len(model.runner.encoder.ahead.done) == 2
    ours, theirs = model.runner.encode(prompt), plain.runner.encode(prompt)
    assert ours.ids.tolist() == theirs.ids.tolist()
    assert ours.spans == theirs.spans
    assert run.ledger.counts["media_decoded"] == run.ledger.counts["processor_runs"] == 2
    assert not model.runner.encoder.ahead.done
    for number, span in enumerate(ours.spans):
        pixels = (m.runner.encoder.pixels(prompt, span, number) for m in (model, plain))
        assert torch.equal(*pixels)
    assert run.ledger.counts["media_decoded"] == 2
    ready(model, prompt)
    assert not model.runner.encoder.ahead.done
    assert "seconds/stall" in run.ledger.snapshot()


def test_pixels_that_were_let_go_are_read_ahead_again_unless_their_features_are_there() -> None:
    prompt = (SYSTEM, user(picture(0), "?"))
    for freeze, wanted in (((), 1), (("vision",), 0)):
        model, _ = opened(Policy(model=TINY, freeze=freeze))
        span = model.runner.encode(prompt).spans[0]
        with torch.no_grad():
            model.runner.features([(prompt, 0)])
        model.runner.store.drop(lambda key, gone=span.key: key == gone)
        ready(model, prompt)
        assert len(model.runner.encoder.ahead.done) == wanted


def test_a_damaged_medium_is_named_when_it_is_asked_for_and_not_before() -> None:
    bad, good = (SYSTEM, user(Image(b"no picture"), "?")), (SYSTEM, user(picture(1), "?"))
    model, run = opened()
    ready(model, bad, good)
    model.runner.encode(good)
    with pytest.raises(MediaError, match="is not an image"):
        model.runner.encode(bad)
    ready(model, bad)
    ready(model)  # the hint was wrong
    assert run.ledger.counts["media_unused"] == 0


def test_a_text_starts_no_thread() -> None:
    model, _ = opened()
    before = threading.active_count()
    model.prepare([(SYSTEM, user("What is 1 + 1?"))])
    assert threading.active_count() == before


def test_media_that_wait_have_their_share_of_the_host_memory() -> None:
    for workers in (0, 2):
        encoder = Policy(model=TINY, host_bytes=1000, workers=workers).open(Run({})).runner.encoder
        assert (encoder.store.max_bytes, encoder.ahead.max_bytes) == (750, 250)


def test_a_negative_number_of_workers_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"Policy\.workers must be at least 0 threads, got -1"):
        Policy(model=TINY, workers=-1)


def test_a_part_lets_go_of_every_medium_when_told() -> None:
    model, run = opened()
    prompt = (SYSTEM, user(picture(0), "?"))
    model.runner.encode(prompt)
    run.models[POLICY].forget()
    assert not model.runner.encoder.known
    assert not model.runner.encoder.spans
    model.runner.encode(prompt)
    assert run.ledger.counts["media_decoded"] == 2


def test_clips_that_are_kept_on_disk_are_not_decoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film.mp4"
    write_mp4(path, noise(12, 56, 84).numpy(), 4.0)
    cache = SelectionCache(str(tmp_path / "clips"))
    prompt: Prompt = (user(Video(str(path), Uniform(4)), "What is it?"),)
    first = Policy(model=TINY, clips=cache).open(Run(models={}))
    want = first.runner.encoder.make(prompt)
    assert len(list((tmp_path / "clips").iterdir())) == 1
    monkeypatch.setattr("vision_data.video._load", lambda *_: pytest.fail("decoded again"))
    again = Policy(model=TINY, clips=cache).open(Run(models={}))
    assert torch.equal(again.runner.encoder.make(prompt).ids, want.ids)
    with pytest.raises(pytest.fail.Exception, match="decoded again"):
        Policy(model=TINY).open(Run(models={})).runner.encoder.make(prompt)
