from __future__ import annotations

import base64
import io
import math
import struct
import subprocess
import sys
import zlib

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_data import Box, Image, MediaError, Space, load_image
from vision_data.image import Limits
from vision_data.transforms import Crop, Resize

# Red, green / blue, white: shows every turn and flip.
CORNERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)
LARGE = CORNERS.repeat(16, 0).repeat(24, 1)


def corners(image):
    """The colours at the four corners, as 2 by 2 pixels; lossy formats are rounded."""
    pixels = np.asarray(image).astype(int)
    return ((pixels[[[2], [-3]], [[2, -3]]] + 32) // 255).tolist()


def colours(image):
    return [tuple(pixel) for pixel in np.asarray(image).reshape(-1, 3).tolist()]


WANTED = (CORNERS // 255).tolist()


def encoded(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width, height, depth, colour, rows):
    """Write a PNG by hand, for what Pillow cannot write."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "JPEG2000"])
def test_every_source_of_every_format(kind, tmp_path):
    content = encoded(PIL.Image.fromarray(LARGE), kind)
    path = tmp_path / "no_extension"
    path.write_bytes(content)
    uri = "data:image/any;base64," + base64.b64encode(content).decode()
    for source in [path, str(path), f"file://{path}", content, uri, Image(content), Image(str(path))]:
        image = load_image(source)
        assert image.mode == "RGB"
        assert image.size == (48, 32)
        assert corners(image) == WANTED


def test_bare_base64_is_read():
    content = encoded(PIL.Image.fromarray(LARGE), "JPEG")
    assert corners(load_image(base64.b64encode(content).decode())) == WANTED


def test_a_wrong_extension_does_not_matter(tmp_path):
    (tmp_path / "really_png.jpg").write_bytes(encoded(PIL.Image.fromarray(LARGE), "PNG"))
    assert corners(load_image(tmp_path / "really_png.jpg")) == WANTED


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied_once(orientation, kind):
    # How a camera would store the picture so that the tag brings it upright again (EXIF 2.32, 4.6.4).
    flips = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90",
             7: "TRANSVERSE", 8: "ROTATE_270"}  # fmt: skip
    stored = PIL.Image.fromarray(LARGE)
    if orientation in flips:
        stored = stored.transpose(PIL.Image.Transpose[flips[orientation]])
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    image = load_image(encoded(stored, kind, exif=exif))
    assert image.size == (48, 32)
    assert corners(image) == WANTED
    assert corners(load_image(image)) == WANTED


def test_a_damaged_exif_block_has_no_orientation():
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    content = encoded(PIL.Image.fromarray(LARGE), "JPEG", exif=exif)
    assert load_image(content).size == (32, 48)
    assert load_image(content.replace(b"MM\0*", b"rubb").replace(b"II*\0", b"rubb")).size == (48, 32)


@pytest.mark.parametrize(("mode", "pixel"), [("RGBA", (255, 0, 0, 0)), ("LA", (0, 0)), ("RGBA", (0, 0, 0, 0))])
def test_transparency_is_laid_on_white(mode, pixel):
    content = encoded(PIL.Image.new(mode, (4, 3), pixel), "PNG")
    assert set(colours(load_image(content))) == {(255, 255, 255)}


def test_half_transparency_is_mixed_with_white():
    content = encoded(PIL.Image.new("RGBA", (1, 1), (255, 0, 0, 128)), "PNG")
    red, green, blue = load_image(content).getpixel((0, 0))
    assert red == 255
    assert green == blue == pytest.approx(127, abs=1)


def test_palettes_with_and_without_transparency():
    palette = PIL.Image.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putdata([0, 1])
    assert colours(load_image(encoded(palette, "PNG"))) == [(255, 0, 0), (0, 0, 255)]
    for kind in ("PNG", "GIF"):
        assert colours(load_image(encoded(palette, kind, transparency=0))) == [(255, 255, 255), (0, 0, 255)]


def test_transparent_colour_of_an_rgb_png():
    content = encoded(PIL.Image.fromarray(CORNERS), "PNG", transparency=(255, 0, 0))
    assert load_image(content).getpixel((0, 0)) == (255, 255, 255)
    assert load_image(content).getpixel((1, 0)) == (0, 255, 0)


def test_an_animation_shows_its_first_picture():
    first, second = PIL.Image.new("RGB", (8, 8), (255, 0, 0)), PIL.Image.new("RGB", (8, 8), (0, 0, 255))
    content = encoded(first, "GIF", save_all=True, append_images=[second])
    assert load_image(content).getpixel((4, 4)) == (255, 0, 0)


def test_an_image_in_memory_is_left_alone():
    given_image = PIL.Image.fromarray(LARGE)
    loaded = load_image(given_image)
    loaded.putpixel((0, 0), (9, 9, 9))
    assert given_image.getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "JPEG2000"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_cut_off_file_is_refused(kind, share, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = encoded(PIL.Image.fromarray(noise), kind)
    path = tmp_path / "cut.img"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(MediaError, match=r"cut\.img.*(damaged|not an image)"):
        load_image(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes"),
        (b"hello, this is text", "is not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n", "is not an image"),
        (b"<svg xmlns='a'/>", "is not an image"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "damaged|not an image"),
    ],
)
def test_what_is_no_image_is_named(content, words, tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=words) as caught:
        load_image(path)
    assert "photo.png" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(MediaError, match=r"gone\.png' does not exist"):
        load_image(tmp_path / "gone.png")
    with pytest.raises(MediaError, match="is a folder"):
        load_image(tmp_path)


@pytest.mark.parametrize("pillow_limit", [None, 100])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_not_decoded_whatever_the_limit_of_pillow(pillow_limit, monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", pillow_limit)
    with pytest.raises(MediaError, match="too large to be decoded safely") as caught:
        load_image(png(60_000, 60_000, 8, 0, b"\0"))
    assert ("PIL.Image.MAX_IMAGE_PIXELS" in str(caught.value)) == (pillow_limit is not None)


def test_limits_can_be_set():
    content = encoded(PIL.Image.fromarray(LARGE), "PNG")
    assert load_image(content, limits=Limits(max_pixels=48 * 32, max_bytes=len(content))).size == (48, 32)
    with pytest.raises(MediaError, match=r"48x32 pixels, expected at most 1535 in all for PNG"):
        load_image(content, limits=Limits(max_pixels=48 * 32 - 1))
    with pytest.raises(MediaError, match=rf"more than {len(content) - 1} bytes"):
        load_image(content, limits=Limits(max_bytes=len(content) - 1))
    with pytest.raises(MediaError, match="1 or more"):
        Limits(max_pixels=0)


@pytest.mark.parametrize(("kind", "share"), [("WEBP", 1.7), ("JPEG2000", 2.75), ("AVIF", 2.0), ("PNG", 1.0)])
def test_decoders_that_take_more_memory_are_given_fewer_pixels(kind, share):
    content = encoded(PIL.Image.fromarray(LARGE), kind)
    assert load_image(content, limits=Limits(max_pixels=math.ceil(48 * 32 * share))).size == (48, 32)
    with pytest.raises(MediaError, match="too large"):
        load_image(content, limits=Limits(max_pixels=int(48 * 32 * share) - 1))


PEAK = """
import sys, warnings
warnings.simplefilter("ignore")
from vision_data import load_image
print(load_image(sys.argv[1]).size)
print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize(
    ("kind", "mode", "pixels", "options"),
    [
        ("PNG", "RGBA", 89_478_485, {}),
        ("JPEG", "RGB", 89_478_485, {"progressive": True, "subsampling": 0}),
        ("JPEG", "CMYK", 71_582_788, {"progressive": True}),
        ("WEBP", "RGBA", 52_634_402, {"method": 0, "lossless": True}),
    ],
)
def test_the_largest_pictures_take_less_than_a_gibibyte(kind, mode, pixels, options, tmp_path):
    side = math.isqrt(pixels)
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "large"
    PIL.Image.new(mode, (side, side)).save(path, kind, exif=exif, **options)
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    size, kilobytes = done.stdout.splitlines()
    assert size == f"({side}, {side})"
    assert int(kilobytes) < 1 << 20


def test_odd_shapes_are_read():
    for size in ((1, 1), (20_000, 1), (1, 20_000)):
        for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"):
            if kind != "WEBP" or max(size) < 16_384:
                picture = PIL.Image.new("RGB", size, (255, 255, 255))
                assert load_image(encoded(picture, kind)).size == size


def test_a_file_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    path = tmp_path / "locked.png"
    path.write_bytes(encoded(PIL.Image.fromarray(LARGE), "PNG"))

    def locked(self, mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", locked)
    with pytest.raises(MediaError, match=r"locked\.png' cannot be read \(Permission denied\)"):
        load_image(path)


def test_pictures_without_pixels_are_refused():
    with pytest.raises(MediaError, match=r"no pixels \(0x5\)"):
        load_image(PIL.Image.new("RGB", (0, 5)))
    with pytest.raises(MediaError, match="no pixels"):
        Image.of(PIL.Image.new("RGB", (5, 0)))


@pytest.mark.parametrize("ref", [42, None, ["a.png"], {"path": "a.png"}])
def test_another_kind_of_argument_is_refused(ref):
    with pytest.raises(MediaError, match=f"source is a {type(ref).__name__}"):
        load_image(ref)


def test_transforms_that_do_not_fit_name_the_file(tmp_path):
    path = tmp_path / "small.png"
    path.write_bytes(encoded(PIL.Image.fromarray(LARGE), "PNG"))
    crop = Crop(Box(100, 100, 200, 200, Space(1000, 1000)))
    assert load_image(Image(path, transforms=(crop,))).size < (48, 32)
    with pytest.raises(MediaError, match=r"small\.png.*Resize"):
        load_image(Image(path, transforms=(Resize(100_000, 100_000),)))


SAMPLES = [
    encoded(PIL.Image.fromarray(LARGE), kind, **options)
    for kind, options in [("PNG", {}), ("JPEG", {}), ("GIF", {}), ("WEBP", {}), ("BMP", {}), ("TIFF", {})]
]


@settings(max_examples=150)
@given(
    st.sampled_from(SAMPLES),
    st.floats(0, 1),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
)
@pytest.mark.filterwarnings("ignore")
def test_damage_anywhere_gives_an_image_or_one_clear_line(content, cut, changes):
    damaged = bytearray(content[: 1 + int(cut * len(content))])
    for place, value in changes:
        damaged[place % len(damaged)] = value
    try:
        outcome = load_image(bytes(damaged)).mode
    except MediaError as error:
        outcome = str(error)
    assert "\n" not in outcome
