"""Read pictures of any common kind into plain RGB."""

from __future__ import annotations

import functools
import io
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import PIL.Image
from PIL import ExifTags

from vision_data.arrays import is_array, picture_of
from vision_data.errors import MediaError
from vision_data.flatten import stored, to_rgb
from vision_data.media import Image, brief
from vision_data.sources import file_path, inline_bytes, is_inline, is_web_address
from vision_data.transforms.base import MOST_PIXELS

if TYPE_CHECKING:
    from vision_data.fetch import Fetch
    from vision_data.transforms import Transform

# PostScript and its kin are left out because Pillow hands them to another program; TGA because it has no mark
# of its own, so that any rubbish passes for it; icons because the picture inside is decoded unseen.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "DIB", "TIFF", "PPM", "JPEG2000", "AVIF")

# What Pillow's readers raise on damaged files, found by fuzzing them.
_DAMAGE = (
    OSError,
    RuntimeError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)
_TURNS: dict[object, PIL.Image.Transpose] = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
_BOMBS = (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning)
# Of pixels that take more than 11 bytes each while they are decoded fewer are allowed; measured, the worst mode counts.
_DEARER = {"WEBP": 1.7, "AVIF": 2.0, "JPEG2000": 2.75}
_CMYK_DEARER = 1.25
_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_LENGTH = 256, 257, 322, 323
# A usual progressive JPEG has ten scans; each costs as much as a picture, however few its bytes are.
_MOST_SCANS = 100
_MOST_READS = 200_000


@dataclass(frozen=True)
class Limits:
    """How large a picture may be, looked at before it is decoded, so that no small file takes all memory or time.

    With these defaults no file takes more than 1 GiB. Pillow's own limit, ``PIL.Image.MAX_IMAGE_PIXELS``, holds
    besides them.

    Attributes:
        max_pixels: most pixels, width times height; where decoding takes more memory fewer, of JPEG 2000 a third.
        max_bytes: most bytes of the file.

    Raises:
        MediaError: one is below 1.
    """

    max_pixels: int = MOST_PIXELS
    max_bytes: int = 1 << 28

    def __post_init__(self) -> None:
        if self.max_pixels < 1 or self.max_bytes < 1:
            raise MediaError(f"{self}: expected max_pixels and max_bytes of 1 or more")


def load_image(ref: Any, *, fetch: Fetch | None = None, limits: Limits = Limits()) -> PIL.Image.Image:
    """Read a picture as RGB, 8 bits a channel, the way up in which it was taken.

    The EXIF orientation is applied; transparency is laid on white; 16 bits a channel keep the high byte; the first
    picture of an animation is taken. Then the transforms of an ``Image`` are applied, in order. Its pixel budget is
    not applied here (see ``resize.fit``).

    Args:
        ref: an ``Image``, what its source may be, a PIL image, or an array or torch tensor (see ``arrays.picture_of``).
        fetch: allows ``ref`` to be an ``http://`` or ``https://`` address, and says what the download may cost; None
            fetches nothing.
        limits: what is too large to be decoded.

    Returns:
        A new image of mode RGB.

    Raises:
        MediaError: the file is missing, empty, damaged, cut off, too large or no image, or a transform cannot take it;
            the message names it.
    """
    if is_array(ref):
        ref = picture_of(ref)
    if isinstance(ref, PIL.Image.Image):
        return _plain(ref, f"an image of mode {ref.mode}")
    is_remote = fetch is not None and is_web_address(ref)
    name = brief(ref) if is_remote else ""
    if fetch is not None and is_remote:
        ref = fetch(ref)
    if not isinstance(ref, Image):
        ref = Image(ref)
    name = name or brief(ref.source)
    plain = _plain(_open(ref.source, name, limits), name)
    return _transformed(plain, ref.transforms, name) if ref.transforms else plain


def fetch_image(url: str, fetch: Fetch, limits: Limits = Limits()) -> bytes:
    """Download a picture, and see that it is one before anything is done with it.

    Raises:
        MediaError: it is not at a web address, cannot be fetched (see ``Fetch``), or is no image; the message names it.
    """
    if not is_web_address(url):
        raise MediaError(f"{brief(url)} is no web address; expected one that begins with http:// or https://")
    content = fetch(url)
    _open(content, brief(url), limits)
    return content


def to_png(picture: Any) -> bytes:
    """Write a PIL image, an array or a torch tensor (see ``arrays.picture_of``) as the bytes of a PNG file, in RGB.

    Raises:
        MediaError: it is something else, or an array of another shape or type.
    """
    if not isinstance(picture, PIL.Image.Image) and not is_array(picture):
        remedy = "; a file is given as Image(path)" if isinstance(picture, str | bytes | os.PathLike) else ""
        raise MediaError(f"a picture is a {type(picture).__name__}, expected a PIL image, array or tensor{remedy}")
    buffer = io.BytesIO()
    # Level 1 takes a fifth of the time of the default and the file is only a few percent larger.
    load_image(picture).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def _transformed(plain: PIL.Image.Image, transforms: tuple[Transform, ...], name: str) -> PIL.Image.Image:
    """Apply the transforms of a reference."""
    from vision_data.transforms import transformed

    try:
        return transformed(plain, transforms)
    except MediaError as error:
        raise MediaError(f"{name}: {error}") from None


class _Frugal(io.BytesIO):
    """The content of a file, for readers that may ask only so often: some go through a file byte by byte."""

    left = _MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise ValueError("its header or its parts are without end")
        return super().read(size)


def _open(source: str | bytes, name: str, limits: Limits) -> PIL.Image.Image:
    """Open without decoding; what is not an image, or too large, is refused here."""
    content = _content(source, name, limits)
    with _named(name):
        try:
            picture = PIL.Image.open(stream := _Frugal(content), formats=_formats())
        except PIL.UnidentifiedImageError:
            raise MediaError(_unknown(content, name)) from None
        stream.left = _MOST_READS + 4 * picture.width * picture.height
        _check_size(picture, name, limits)
        _check_whole(picture)
        if picture.format in ("JPEG", "MPO") and (scans := content.count(b"\xff\xda")) > _MOST_SCANS:
            raise MediaError(f"{name} has {scans} scans, expected at most {_MOST_SCANS}; save it again as usual")
    return picture


def _content(source: str | bytes, name: str, limits: Limits) -> bytes:
    """Read a source as bytes, but not more of them than allowed."""
    content = source if isinstance(source, bytes) else b""
    if isinstance(source, str) and is_inline(source):
        content = inline_bytes(source)
    elif isinstance(source, str):
        try:
            with file_path(source).open("rb") as file:
                content = file.read(limits.max_bytes + 1)
        except OSError as error:
            raise MediaError(f"{name} cannot be read ({error.strerror}); check the file and its permissions") from None
    if len(content) > limits.max_bytes:
        raise MediaError(
            f"{name} has more than {limits.max_bytes} bytes and is not decoded; save it smaller or compressed, "
            "or raise Limits(max_bytes=...) if you trust it"
        )
    return content


def _check_size(picture: PIL.Image.Image, name: str, limits: Limits) -> None:
    """Refuse what would take too much memory."""
    tags = getattr(picture, "tag_v2", {})
    tile = tags.get(_TILE_WIDTH, 0), tags.get(_TILE_LENGTH, 0)
    width, height = max(picture.size, tile if all(isinstance(side, int) for side in tile) else (0, 0), key=_area)
    weight = _DEARER.get(picture.format or "", _CMYK_DEARER if picture.mode == "CMYK" else 1.0)
    most = int(limits.max_pixels / weight)
    if width * height > most:
        raise MediaError(
            f"{name} is too large to be decoded safely ({width}x{height} pixels, expected at most {most} in all for "
            f"{picture.format}); make it smaller, or raise Limits(max_pixels=...) if you trust it"
        )


def _check_whole(picture: PIL.Image.Image) -> None:
    """Refuse a TIFF with fewer strips than its height needs: the rest would come out black."""
    tiles, tags = getattr(picture, "tile", None), getattr(picture, "tag_v2", {})
    if tiles and picture.format == "TIFF":
        width, height = (max(tile[1][edge] for tile in tiles) for edge in (2, 3))
        # Not picture.size, which Pillow gives as the picture stands once it is upright.
        if width < tags[_WIDTH] or height < tags[_HEIGHT]:
            raise ValueError(f"has {width}x{height} of {tags[_WIDTH]}x{tags[_HEIGHT]} pixels")


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _unknown(content: bytes, name: str) -> str:
    """Say what is wrong with content that no reader takes."""
    if content[:4] in (b"II*\0", b"MM\0*"):
        return (
            f"{name} is a damaged TIFF, or one with pixels that cannot be read (64 bits, or floats in colour); "
            "save it with 8 or 16 bits a channel"
        )
    return f"{name} is not an image, or its first bytes are damaged; expected one of {', '.join(_formats())}"


@functools.cache
def _formats() -> tuple[str, ...]:
    """List those of ``FORMATS`` which this build of Pillow can read."""
    PIL.Image.init()
    return tuple(name for name in FORMATS if name in PIL.Image.OPEN)


def _plain(picture: PIL.Image.Image, name: str) -> PIL.Image.Image:
    """Decode, bring to RGB and turn upright."""
    if 0 in picture.size:
        raise MediaError(f"{name} has no pixels ({picture.width}x{picture.height})")
    with _named(name):
        how = stored(picture)
        picture.load()
        turn = _TURNS.get(_orientation(picture))
        plain = to_rgb(picture, how, name)
        # What was applied must not be applied again when the result is loaded once more.
        plain.info = {}
        # Of a picture that nobody else holds, the first copy goes before the third is made.
        del picture
        return plain if turn is None else plain.transpose(turn)


def _orientation(picture: PIL.Image.Image) -> object:
    """Read the EXIF orientation; a damaged EXIF block has none, as in every viewer."""
    try:
        return picture.getexif().get(ExifTags.Base.Orientation)
    except _DAMAGE:
        return None


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Put what a reader complains of into one line that names the file."""
    try:
        yield
    except MediaError:
        raise
    except _BOMBS as error:
        raise MediaError(
            f"{name} is too large to be decoded safely ({error}); "
            "make it smaller, or raise PIL.Image.MAX_IMAGE_PIXELS if you trust it"
        ) from None
    except MemoryError:
        raise MediaError(f"{name} takes more memory to decode than there is; make it smaller") from None
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:200]
        raise MediaError(
            f"{name} is damaged or cut off ({reason}); copy or write the file again, or leave the record out"
        ) from None
