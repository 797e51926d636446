from __future__ import annotations

import pickle

import numpy as np
import PIL.Image
import pytest

from vision_data import Image, MediaError, Video, from_qwen, load_image, load_video, media_of, to_qwen, user
from vision_data.coordinates import UNIT, Box
from vision_data.fingerprint import pixel_hash
from vision_data.prompts import with_transforms
from vision_data.transforms import Blackout, Blur, Crop, GaussianNoise, Resize

HALF = Crop(Box(0, 0, 0.5, 1, UNIT))


@pytest.fixture
def grain():
    pixels = np.random.RandomState(0).randint(0, 256, (40, 60, 3)).astype(np.uint8)
    return PIL.Image.fromarray(pixels)


def test_transforms_are_part_of_a_picture(grain):
    plain = Image.of(grain)
    changed = Image(plain.source, transforms=(HALF, Blur(2)))
    assert changed != plain
    assert changed == Image(plain.source, transforms=[HALF, Blur(2)])
    assert len({changed, plain, Image(plain.source, transforms=(Blur(2), HALF))}) == 3
    assert pickle.loads(pickle.dumps(changed)) == changed
    assert "Crop(box=Box(0, 0, 0.5, 1, Space(1, 1)))" in repr(changed)
    assert "transforms" not in repr(plain)


def test_they_are_applied_when_it_is_loaded(grain):
    source = Image.of(grain).source
    changed = Image(source, transforms=(HALF, Blur(2)))
    assert load_image(changed).tobytes() == Blur(2)(HALF(grain)).tobytes()
    assert pixel_hash(load_image(changed)) != pixel_hash(load_image(Image(source)))
    assert load_image(Image(source)).tobytes() == grain.tobytes()


def test_what_is_no_transform_is_refused(grain):
    source = Image.of(grain).source
    with pytest.raises(MediaError, match=r"Image: 'blur' is no transform, expected one such as Crop\(box\)"):
        Image(source, transforms=("blur",))
    with pytest.raises(MediaError, match="Video: 3 is no transform"):
        Video("a.mp4", transforms=3)
    with pytest.raises(MediaError, match=r"bytes>: Resize would make a picture of 99999x99999"):
        load_image(Image(source, transforms=(Resize(99_999, 99_999),)))


def test_frames_of_a_video_are_changed_one_by_one(frame_files):
    noisy = Video(frame_files, transforms=(HALF, GaussianNoise(40, 1)))
    plain, changed = load_video(Video(frame_files)).frames, load_video(noisy).frames
    assert changed.shape == (6, 64, 64, 3)
    noise = changed.astype(int) - plain[:, :, :64]
    assert not (noise[0] == noise[1]).all()
    assert (changed == load_video(noisy).frames).all()


def test_every_medium_of_a_prompt(grain):
    prompt = (user(Image.of(grain), "and", Video("a.mp4", transforms=(HALF,))), user("text"))
    changed = with_transforms(prompt, Blackout())
    assert [medium.transforms for medium in media_of(changed)] == [(Blackout(),), (HALF, Blackout())]
    assert [part for part in changed[0].content if isinstance(part, str)] == ["and"]
    assert changed[1] == prompt[1]


def test_other_readers_get_the_changed_picture(grain):
    prompt = (user(Image(Image.of(grain).source, max_pixels=9999, transforms=(HALF,)), "What is it?"),)
    (back,) = media_of(from_qwen(to_qwen(prompt)))
    assert back.max_pixels == 9999
    assert back.transforms == ()
    assert load_image(back).tobytes() == HALF(grain).tobytes()
    with pytest.raises(MediaError, match="has transforms, which qwen-style messages cannot hold"):
        to_qwen((user(Video("a.mp4", transforms=(HALF,))),))
