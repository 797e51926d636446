"""Every kind of stored pixel against what it means."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest

from vision_data import MediaError, load_image
from vision_data import flatten as module


def colours(content):
    return [tuple(pixel) for pixel in np.asarray(load_image(content)).reshape(-1, 3).tolist()]


def greys(content):
    pixels = colours(content)
    assert all(len(set(pixel)) == 1 for pixel in pixels)
    return [pixel[0] for pixel in pixels]


def encoded(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width, depth, colour, row, *extra):
    """A PNG of one row, written by hand for what Pillow cannot write."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, depth, colour, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" + row))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + pixels + chunk(b"IEND", b"")


def clear(*levels):
    return chunk(b"tRNS", struct.pack(f">{len(levels)}H", *levels))


def tiff(width, bits, photometric, data, samples=1, kind=1, extra=None):
    """A TIFF of one row, raw."""
    long, short = 4, 3
    tags = [
        (256, long, [width]), (257, long, [1]), (258, short, [bits] * samples), (259, short, [1]),
        (262, short, [photometric]), (273, long, None), (277, short, [samples]), (278, long, [1]),
        (279, long, [len(data)]), (339, short, [kind] * samples),
    ]  # fmt: skip
    tags += [] if extra is None else [(338, short, [extra])]
    behind, out = 8 + 2 + 12 * len(tags) + 4, b"II*\0" + struct.pack("<IH", 8, len(tags))
    heap = b"".join(struct.pack(f"<{len(v)}H", *v) for _, t, v in tags if v and t == short and len(v) > 2)
    used = behind
    for tag, code, values in sorted(tags):
        if values is None:
            body = struct.pack("<I", behind + len(heap))
        elif code == short and len(values) > 2:
            body = struct.pack("<I", used)
            used += 2 * len(values)
        else:
            body = struct.pack(f"<{len(values)}{'I' if code == long else 'H'}", *values)
        out += struct.pack("<HHI", tag, code, len(values or [0])) + body.ljust(4, b"\0")
    return out + bytes(4) + heap + data


def le(*levels):
    return struct.pack(f"<{len(levels)}H", *levels)


def be(*levels):
    return struct.pack(f">{len(levels)}H", *levels)


def test_16_bit_grey_keeps_its_high_byte():
    levels = np.array([[0, 255, 256, 0x7FFF, 0xFFFF]], np.uint16)
    for kind in ("PNG", "TIFF"):
        assert greys(encoded(PIL.Image.fromarray(levels), kind)) == [0, 0, 1, 127, 255]
    assert greys(b"P5\n2 1\n65535\n" + be(0x1234, 0xFFFF)) == [0x12, 255]


def test_deep_greys_of_other_scales():
    assert greys(tiff(2, 16, 0, le(0x0000, 0xFF00))) == [255, 0]  # white is zero
    assert greys(tiff(2, 12, 1, b"\xff\xf0\x00")) == [255, 0]


def test_16_bits_of_colour_keep_their_high_byte():
    assert colours(png(1, 16, 2, be(0xFF00, 0x80FF, 0))) == [(255, 128, 0)]
    assert colours(png(2, 16, 6, be(0xFF00, 0x80FF, 0, 0xFFFF, 1, 2, 3, 0))) == [(255, 128, 0), (255, 255, 255)]
    assert colours(png(2, 16, 4, be(0x8000, 0xFFFF, 0x8000, 0))) == [(128, 128, 128), (255, 255, 255)]
    assert colours(tiff(1, 16, 2, le(0xFF00, 0x80FF, 0), 3)) == [(255, 128, 0)]
    alpha = tiff(2, 16, 2, le(0xFF00, 0x80FF, 0, 0xFFFF, 1, 2, 3, 0), 4, extra=2)
    assert colours(alpha) == [(255, 128, 0), (255, 255, 255)]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (png(2, 16, 0, be(0x1234, 0x1235), clear(0x1234)), [255, 0x12]),
        (png(2, 8, 0, b"\x12\x80", clear(0x12)), [255, 128]),
        (png(2, 8, 0, b"\x12\x80", clear(0xFF12)), [255, 128]),  # only the low bits of the level count
        (png(2, 4, 0, b"\x3f", clear(3)), [255, 255]),
        (png(2, 4, 0, b"\x3f", clear(15)), [51, 255]),
        (png(4, 2, 0, b"\x1b", clear(1)), [0, 255, 170, 255]),
        (png(2, 1, 0, b"\x40", clear(0)), [255, 255]),
        (png(2, 1, 0, b"\x40", clear(1)), [0, 255]),
    ],
)
def test_transparent_levels_of_grey_pngs(content, wanted):
    assert greys(content) == wanted


def test_transparent_colours_and_palettes():
    key = clear(0x1234, 0x5678, 0x9ABC)
    assert colours(png(2, 16, 2, be(0x1234, 0x5678, 0x9ABC, 0x8000, 0, 0), key)) == [(255, 255, 255), (128, 0, 0)]
    assert colours(png(2, 8, 2, bytes([1, 2, 3, 4, 5, 6]), clear(1, 2, 3))) == [(255, 255, 255), (4, 5, 6)]
    palette = chunk(b"PLTE", bytes([255, 0, 0, 0, 0, 255])), chunk(b"tRNS", bytes([0, 128]))
    assert colours(png(2, 8, 3, b"\0\1", *palette)) == [(255, 255, 255), (127, 127, 255)]
    assert colours(png(2, 4, 3, b"\x01", *palette)) == [(255, 255, 255), (127, 127, 255)]
    assert colours(png(2, 8, 3, b"\0\1", palette[0])) == [(255, 0, 0), (0, 0, 255)]


def test_one_bit_and_grey():
    assert greys(encoded(PIL.Image.new("1", (1, 1), 1), "PNG")) == [255]
    assert greys(encoded(PIL.Image.new("L", (1, 1), 77), "PNG")) == [77]
    assert greys(tiff(8, 1, 1, b"\xaa")) == [255, 0] * 4
    assert greys(tiff(8, 1, 0, b"\xaa")) == [0, 255] * 4


def test_kinds_of_tiff():
    assert colours(tiff(2, 8, 5, bytes([0, 255, 255, 0, 0, 0, 0, 255]), 4)) == [(255, 0, 0), (0, 0, 0)]
    assert colours(tiff(1, 16, 5, le(0, 0xFFFF, 0xFFFF, 0), 4)) == [(255, 0, 0)]
    assert greys(tiff(2, 8, 1, bytes([128, 0, 128, 255]), 2, extra=2)) == [255, 128]
    associated = tiff(1, 8, 2, bytes([128, 0, 0, 128]), 4, extra=1)
    assert colours(associated) == [(255, 127, 127)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (tiff(1, 32, 1, struct.pack("<f", 0.5), kind=3), "'F' pixels"),
        (tiff(1, 32, 1, struct.pack("<I", 70_000)), "'I' pixels"),
        (tiff(1, 16, 1, struct.pack("<h", -5), kind=2), "'I' pixels"),
        (tiff(1, 64, 1, struct.pack("<d", 0.5), kind=3), "cannot be read"),
        (tiff(1, 32, 2, struct.pack("<fff", 0.5, 0.5, 0.5), 3, kind=3), "cannot be read"),
        (b"Pf\n1 1\n-1.0\n" + struct.pack("<f", 0.5), "'F' pixels"),
    ],
)
def test_pixels_of_unknown_range_are_refused(content, words):
    with pytest.raises(MediaError, match=rf"{words}.*save it with 8 or 16 bits a channel"):
        load_image(content)


def cmyk_jpeg(stored, transform):
    """A JPEG of four channels as stored; the Adobe mark says 0 for inverted CMYK, 2 for YCCK; None leaves it out."""
    # Pillow inverts what it writes, as Adobe does.
    content = encoded(PIL.Image.new("CMYK", (16, 16), tuple(255 - level for level in stored)), "JPEG", quality=100)
    place = content.index(b"\xff\xee")
    assert content[place + 4 : place + 9] == b"Adobe"
    if transform is None:
        return content[:place] + content[place + 16 :]
    return content[: place + 15] + bytes([transform]) + content[place + 16 :]


@pytest.mark.parametrize(
    ("stored", "transform", "wanted"),
    [
        ((255, 0, 0, 255), 0, (255, 0, 0)),  # no cyan, all magenta and yellow, no black, inverted
        ((255, 255, 255, 0), 0, (0, 0, 0)),
        ((255, 0, 0, 255), None, (255, 0, 0)),  # without a mark it is taken for Adobe's, as everywhere
        ((179, 171, 0, 255), 2, (255, 0, 0)),  # Y, Cb, Cr of the inks: cyan is 0, magenta and yellow are full
        ((105, 212, 235, 255), 2, (0, 255, 0)),
        ((0, 128, 128, 255), 2, (255, 255, 255)),
        ((0, 128, 128, 0), 2, (0, 0, 0)),
    ],
)
def test_cmyk_jpegs(stored, transform, wanted):
    assert load_image(cmyk_jpeg(stored, transform)).getpixel((8, 8)) == pytest.approx(wanted, abs=4)


@pytest.mark.parametrize(
    "mode", ["LA", "PA", "RGBA", "RGBa", "La", "CMYK", "YCbCr", "HSV", "LAB", "P", "L", "1", "RGBX"]
)
def test_every_mode_in_memory(mode):
    image = load_image(PIL.Image.new(mode, (3, 2)))
    assert (image.mode, image.size) == ("RGB", (3, 2))


@pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B"])
def test_deep_greys_in_memory(mode):
    picture = PIL.Image.new(mode, (2, 1))
    picture.putpixel((1, 0), 0xAB00)
    assert np.asarray(load_image(picture))[0, :, 0].tolist() == [0, 0xAB]


def test_strips_make_no_difference(monkeypatch):
    rng = np.random.default_rng(0)
    pictures = [
        PIL.Image.fromarray(rng.integers(0, 256, (37, 23, 4), dtype=np.uint8)),
        PIL.Image.fromarray(rng.integers(0, 65_536, (37, 23), dtype=np.uint16)),
        PIL.Image.fromarray(rng.integers(0, 256, (37, 23, 3), dtype=np.uint8)).quantize(16),
    ]
    pictures[2].info["transparency"] = 3
    whole = [np.asarray(load_image(picture)) for picture in pictures]
    for strip in (1, 23, 24, 100):
        monkeypatch.setattr(module, "_STRIP", strip)
        for picture, wanted in zip(pictures, whole, strict=True):
            np.testing.assert_array_equal(np.asarray(load_image(picture)), wanted)
    layer = np.asarray(pictures[0]).astype(float)
    mixed = layer[..., :3] * layer[..., 3:] / 255 + 255 - layer[..., 3:]
    assert np.abs(whole[0] - mixed).max() <= 1
