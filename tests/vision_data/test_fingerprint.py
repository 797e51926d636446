from __future__ import annotations

import subprocess
import sys

import numpy as np
import PIL.Image
import pytest

from vision_data import Fps, Image, Uniform, load_image, pixel_hash

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)


def test_names_formats_and_containers_play_no_part(tmp_path):
    picture = PIL.Image.fromarray(PIXELS)
    names = ["a.png", "b.png", "c.bmp", "d.tiff"]
    for name in names:
        picture.save(tmp_path / name)
    hashes = {pixel_hash(load_image(tmp_path / name), max_pixels=9) for name in names}
    hashes |= {pixel_hash(picture, max_pixels=9), pixel_hash(PIXELS, max_pixels=9)}
    hashes |= {pixel_hash(load_image(Image.of(picture)), max_pixels=9)}
    hashes |= {pixel_hash(PIXELS[::-1, ::-1][::-1, ::-1], max_pixels=9)}
    assert len(hashes) == 1


def test_modes_with_the_same_look_are_the_same():
    grey = PIL.Image.fromarray(PIXELS[..., 0])
    looks = [grey, grey.convert("RGB"), grey.convert("RGBA"), grey.convert("P")]
    assert len({pixel_hash(look) for look in looks}) == 1


def test_pixels_shape_type_and_settings_tell_apart():
    changed = PIXELS.copy()
    changed[5, 4, 2] ^= 1
    hashes = [
        pixel_hash(PIXELS),
        pixel_hash(changed),
        pixel_hash(PIXELS.reshape(5, 6, 3)),
        pixel_hash(PIXELS.view(np.int8)),
        pixel_hash(PIXELS, max_pixels=784),
        pixel_hash(PIXELS, max_pixels=785),
        pixel_hash(PIXELS, max_pixels=None),
        pixel_hash(PIXELS, min_pixels=784),
        pixel_hash(PIXELS, frames=Uniform(4)),
        pixel_hash(PIXELS, frames=Fps(4)),
        pixel_hash(PIXELS, times=(0.0, 0.5)),
        pixel_hash(PIXELS, times=(0.0, 0.25)),
    ]
    assert len(set(hashes)) == len(hashes)


def test_order_of_settings_plays_no_part():
    assert pixel_hash(PIXELS, a=1, b="x") == pixel_hash(PIXELS, b="x", a=1)
    assert pixel_hash(PIXELS, a=np.int64(1)) == pixel_hash(PIXELS, a=1)


def test_other_processes_agree():
    code = (
        "import numpy as np; from vision_data import pixel_hash, Uniform;"
        "print(pixel_hash(np.arange(12, dtype=np.uint8), frames=Uniform(3), name='a'))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert other == pixel_hash(np.arange(12, dtype=np.uint8), frames=Uniform(3), name="a")


@pytest.mark.parametrize("setting", [object(), {1, 2}, lambda: 0])
def test_settings_without_a_stable_text_are_refused(setting):
    with pytest.raises(TypeError, match="a setting is a"):
        pixel_hash(PIXELS, setting=setting)


def test_what_has_no_pixels_is_refused():
    with pytest.raises(TypeError, match=r"takes a PIL image"):
        pixel_hash(object())
