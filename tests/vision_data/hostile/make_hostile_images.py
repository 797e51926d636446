"""Write pictures that are damaged, lie about themselves or want all memory: the same bytes in every run.

Usage: ``python tests/vision_data/hostile/make_hostile_images.py FOLDER``
"""

from __future__ import annotations

import io
import os
import random
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import PIL.Image

SIZE = (40, 30)
KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "png": ("PNG", {}),
    "jpg": ("JPEG", {}),
    "progressive.jpg": ("JPEG", {"progressive": True}),
    "gif": ("GIF", {}),
    "webp": ("WEBP", {}),
    "lossless.webp": ("WEBP", {"lossless": True}),
    "bmp": ("BMP", {}),
    "tif": ("TIFF", {}),
    "lzw.tif": ("TIFF", {"compression": "tiff_lzw"}),
    "deflate.tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    "jpeg.tif": ("TIFF", {"compression": "jpeg"}),
    "ppm": ("PPM", {}),
    "jp2": ("JPEG2000", {}),
    "avif": ("AVIF", {"speed": 10}),
}
PNG, JPEG, TIFF = "png", "jpg", "tif"
# Places within the first bytes where headers of these formats end, and shares of the whole.
CUTS = (1, 2, 3, 4, 8, 12, 16, 20, 24, 29, 33, 41, 54, 100)
SHARES = (0.25, 0.5, 0.75, 0.95)


def good() -> dict[str, bytes]:
    """One whole picture of each kind, with noise in it so that every byte counts."""
    rng = random.Random(0)
    picture = PIL.Image.frombytes("RGB", SIZE, rng.randbytes(SIZE[0] * SIZE[1] * 3))
    files = {}
    for name, (kind, options) in KINDS.items():
        buffer = io.BytesIO()
        try:
            picture.save(buffer, kind, **options)
        except (KeyError, OSError):
            continue  # not in this build of Pillow
        files[name] = buffer.getvalue()
    return files


def cut() -> Iterator[tuple[str, bytes]]:
    """Files that end too early."""
    for name, content in good().items():
        for end in sorted({*CUTS, *(int(len(content) * share) for share in SHARES)}):
            if end < len(content) - 16:
                yield f"cut_{end}.{name}", content[:end]
        yield f"empty.{name}", b""


def noise() -> Iterator[tuple[str, bytes]]:
    """Random bytes, alone and after a true beginning."""
    rng = random.Random(1)
    for name, content in good().items():
        yield f"noise.{name}", rng.randbytes(2000)
        yield f"noise_after_8.{name}", content[:8] + rng.randbytes(2000)
        yield f"noise_after_64.{name}", content[:64] + rng.randbytes(2000)
    for name in ("png", "jpg", "txt", "gif"):
        yield f"text.{name}", b"<html><body>404 Not Found</body></html>\n"
        yield f"zeros.{name}", bytes(1000)


def chunk(name: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, packed: bytes, extra: bytes = b"", depth: int = 8, colour: int = 0) -> bytes:
    """Write a PNG by hand."""
    head = struct.pack(">IIBBBBB", width & 0xFFFFFFFF, height & 0xFFFFFFFF, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def tiff(tags: dict[int, tuple[int, int, int]], data: bytes = b"") -> bytes:
    """Write a little-endian TIFF of one directory; a tag's value of -1 is the place of ``data``."""
    start = 8 + 2 + 12 * len(tags) + 4
    out = b"II*\0" + struct.pack("<IH", 8, len(tags))
    for tag, (kind, count, value) in sorted(tags.items()):
        value = start if value == -1 else value
        out += struct.pack("<HHI", tag, kind, count) + struct.pack("<I" if kind == 4 else "<Hxx", value)
    return out + bytes(4) + data


def grey_tiff(width: int, height: int, data: bytes, **tags: tuple[int, int, int]) -> bytes:
    """A grey TIFF of one strip; further tags are named ``t`` and their number."""
    plain = {
        256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1), 273: (4, 1, -1),
        277: (3, 1, 1), 278: (4, 1, height), 279: (4, 1, len(data)),
    }  # fmt: skip
    return tiff({**plain, **{int(name[1:]): value for name, value in tags.items()}}, data)


def endless_zeros(megabytes: int) -> bytes:
    """Deflated zeros, a thousandth as long as what they unpack to."""
    packer = zlib.compressobj(9)
    head = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (megabytes - 1) + packer.flush()


def sizes() -> Iterator[tuple[str, bytes]]:
    """Headers with sizes that cannot be."""
    some = zlib.compress(bytes(64))
    for width, height in (
        (0, 5),
        (5, 0),
        (0, 0),
        (-1, 5),
        (5, -1),
        (2**31 - 1, 1),
        (2**31 - 1, 2**31 - 1),
        (90_000, 1000),
    ):
        yield f"size_{width}x{height}.png", png(width, height, some)
    jpeg, bmp, gif = good()[JPEG], good()["bmp"], good()["gif"]
    place = jpeg.index(b"\xff\xc0") + 5
    for width, height in ((0, 30), (40, 0), (65_500, 65_500)):
        yield f"size_{width}x{height}.jpg", jpeg[:place] + struct.pack(">HH", height, width) + jpeg[place + 4 :]
    yield "size_65500x65500.gif", gif[:6] + struct.pack("<HH", 65_500, 65_500) + gif[10:]
    for width, height in ((0, 30), (-40, 30), (40, -(2**31)), (2**31 - 1, 2**31 - 1)):
        yield f"size_{width}x{height}.bmp", bmp[:18] + struct.pack("<ii", width, height) + bmp[26:]
    for width, height in ((0, 5), (5, 0), (2**32 - 1, 2**32 - 1)):
        yield f"size_{width}x{height}.tif", grey_tiff(width, height, bytes(25))
    for text in ("-4 4", "0 4", "99999999999 99999999999", "x y", "4"):
        yield f"size_{text.replace(' ', 'x')}.ppm", f"P6\n{text}\n255\n".encode() + bytes(48)


def bombs() -> Iterator[tuple[str, bytes]]:
    """Small files that want much memory or time."""
    dot, zeros = zlib.compress(b"\0\0"), endless_zeros(2048)
    yield "bomb_pixels.png", png(30_000, 30_000, zeros, colour=6)
    yield "bomb_text.png", png(1, 1, dot, chunk(b"zTXt", b"k\0\0" + zeros))
    yield "bomb_utf8.png", png(1, 1, dot, chunk(b"iTXt", b"k\0\1\0\0\0" + zeros))
    yield "bomb_profile.png", png(1, 1, dot, chunk(b"iCCP", b"k\0\0" + zeros))
    texts = (chunk(b"zTXt", b"k%d\0\0" % i + zlib.compress(bytes(1 << 20))) for i in range(200))
    yield "bomb_texts.png", png(1, 1, dot, b"".join(texts))
    yield "bomb_chunks.png", png(1, 1, dot, chunk(b"prVt", b"") * 400_000)
    yield "bomb_length.png", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**32 - 1) + b"tEXt" + bytes(64)
    jpeg, progressive = good()[JPEG], good()["progressive.jpg"]
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    yield "bomb_scans.jpg", progressive[:-2] + scan * 2000 + progressive[-2:]
    yield "bomb_fill.jpg", jpeg[:2] + b"\xff" * 3_000_000 + jpeg[2:]
    yield "bomb_comments.jpg", jpeg[:2] + b"\xff\xfe\x00\x02" * 400_000 + jpeg[2:]
    gif = good()["gif"]
    screen = 13 + 3 * (2 << (gif[10] & 7))
    yield "bomb_comment.gif", gif[:screen] + b"\x21\xfe" + b"\1c" * 400_000 + b"\0" + gif[screen:]
    for width, length in ((32_000, 32_000), (2**31 - 16, 16)):
        tile = {"t322": (4, 1, width), "t323": (4, 1, length), "t324": (4, 1, -1), "t325": (4, 1, len(zeros))}
        yield f"bomb_tile_{width}.tif", grey_tiff(10, 10, zeros, t259=(3, 1, 8), **tile)
    yield "bomb_count.tif", grey_tiff(10, 10, bytes(100), t273=(4, 2**28, 8), t279=(4, 2**28, 8))
    yield "bomb_height.tif", grey_tiff(50, 1_000_000, bytes(2000), t278=(4, 1, 40))
    yield "bomb_spaces.ppm", b"P6\n" + b" " * 3_000_000
    yield "bomb_remarks.ppm", b"P6\n" + b"#x\n" * 1_000_000
    yield "bomb_icon.ico", icon(png(13_000, 13_000, zeros, colour=6))
    jp2 = good().get("jp2")
    if jp2:
        place = jp2.index(b"ihdr") + 4
        yield "bomb_box.jp2", jp2[:place] + struct.pack(">II", 60_000, 60_000) + jp2[place + 8 :]


def icon(content: bytes) -> bytes:
    """A Windows icon that says 16 by 16 and holds something else."""
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(content), 22) + content


def fine() -> Iterator[tuple[str, bytes]]:
    """Odd files that are good pictures all the same."""
    dot = zlib.compress(b"\0\0")
    yield "one_pixel.png", png(1, 1, dot)
    yield "wide.png", png(20_000, 1, zlib.compress(bytes(20_001)))
    yield "tall.png", png(1, 20_000, zlib.compress(bytes(40_000)))
    yield "more_than_pixels.png", png(1, 1, endless_zeros(512))
    for name, other in ((PNG, "jpg"), (JPEG, "png"), (TIFF, "gif"), ("gif", "txt"), ("webp", "jpeg"), ("bmp", "")):
        yield f"really_{name}.{other}", good()[name]


def names_outside(root: Path, secret: Path) -> list[str]:
    """Make links and special files in ``root``, and list ways to name what must not be opened from there."""
    (root / "link.png").symlink_to(secret)
    (root / "linked").symlink_to(secret.parent, target_is_directory=True)
    (root / "zero.png").symlink_to("/dev/zero")
    (root / "sub").mkdir(exist_ok=True)
    up, name = os.path.relpath(secret, root), secret.name
    return [
        "link.png", f"linked/{name}", "zero.png", up, f"sub/../{up}", f"./sub/../../{secret.parent.name}/{name}",
        str(secret), f"file://{secret}", f"file://localhost{secret}", f"file://{secret.parent}/%73ecret.png",
        f"{root}/{up}", f"file://{root}/{up}", "/dev/zero", "/dev/stdin", "/proc/self/mem", f"~/{name}",
        f"~root/{name}",
    ]  # fmt: skip


def special(root: Path) -> list[str]:
    """Make what is in ``root`` and is no file, and list it."""
    os.mkfifo(root / "pipe.png")
    (root / "folder.png").mkdir()
    (root / "loop.png").symlink_to("loop.png")
    (root / "dangling.png").symlink_to("gone.png")
    return ["pipe.png", "folder.png", "loop.png", "dangling.png", "gone.png", "pipe.png/x.png", "a\0b.png", "x" * 5000]


def write(folder: Path) -> dict[str, str]:
    """Write everything and give what is expected of each file: ``refused``, ``fine``, or ``either`` for noise."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for kind, files in (("refused", (cut, sizes, bombs)), ("either", (noise,)), ("fine", (fine,))):
        for name, content in (item for make in files for item in make()):
            (folder / name).write_bytes(content)
            expected[name] = kind
    return expected


if __name__ == "__main__":
    print(len(write(Path(sys.argv[1]))), "files written")  # noqa: T201
