"""Read pictures of any common kind into plain RGB."""

from __future__ import annotations

import functools
import io
import os
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
from PIL import ExifTags

from vision_data.errors import MediaError
from vision_data.media import Image, brief
from vision_data.sources import file_path, inline_bytes, is_inline

if TYPE_CHECKING:
    from vision_data.transforms import Transform

# PostScript and its kin are left out because Pillow hands them to another program; TGA because it has no mark
# of its own, so that any rubbish passes for it.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "DIB", "TIFF", "PPM", "JPEG2000", "AVIF", "ICO")

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


def load_image(ref: Image | str | os.PathLike[str] | bytes | PIL.Image.Image) -> PIL.Image.Image:
    """Read a picture as RGB, 8 bits a channel, the way up in which it was taken.

    The EXIF orientation is applied; transparency is laid on white; 16-bit grey keeps its high byte; the first
    picture of an animation is taken. Then the transforms of an ``Image`` are applied, in order. Its pixel budget is
    not applied here (see ``resize.fit``).

    Args:
        ref: an ``Image``, what its source may be, or a PIL image.

    Returns:
        A new image of mode RGB.

    Raises:
        MediaError: the file is missing, empty, damaged, cut off, too large or no image, or a transform cannot take it;
            the message names it.
    """
    if isinstance(ref, PIL.Image.Image):
        return _convert(ref, f"an image of mode {ref.mode}")
    if not isinstance(ref, Image):
        ref = Image(ref if isinstance(ref, str | bytes) else os.fspath(ref))
    name = brief(ref.source)
    with _open(ref.source) as picture:
        plain = _convert(picture, name)
    return _transformed(plain, ref.transforms, name) if ref.transforms else plain


def _transformed(plain: PIL.Image.Image, transforms: tuple[Transform, ...], name: str) -> PIL.Image.Image:
    """Apply the transforms of a reference."""
    from vision_data.transforms import transformed

    try:
        return transformed(plain, transforms)
    except MediaError as error:
        raise MediaError(f"{name}: {error}") from None


def to_png(picture: Any) -> bytes:
    """Write a PIL image, or an array ``[H, W]`` or ``[H, W, 3 or 4]`` of uint8, as the bytes of a PNG file.

    Raises:
        MediaError: it is something else, or an array of another shape or type.
    """
    if not isinstance(picture, PIL.Image.Image):
        picture = _from_array(picture)
    else:
        picture = _convert(picture, f"an image of mode {picture.mode}")
    buffer = io.BytesIO()
    # Level 1 takes a fifth of the time of the default and the file is only a few percent larger.
    picture.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def _from_array(array: Any) -> PIL.Image.Image:
    if not hasattr(array, "__array__"):
        raise MediaError(f"a picture is a {type(array).__name__}, expected a PIL image or an array of uint8")
    pixels = np.asarray(array)
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or channels not in (1, 3, 4) or 0 in pixels.shape:
        raise MediaError(
            f"a picture is an array {list(pixels.shape)} of {pixels.dtype}, expected [H, W] or [H, W, 3 or 4] of uint8"
        )
    return PIL.Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.ndim == 3 and channels == 1 else pixels))


def _open(source: str | bytes) -> PIL.Image.Image:
    """Open without decoding; who is not an image is refused here."""
    name = brief(source)
    if isinstance(source, str):
        content = inline_bytes(source) if is_inline(source) else None
        target: Any = file_path(source) if content is None else io.BytesIO(content)
    else:
        target = io.BytesIO(source)
    try:
        return PIL.Image.open(target, formats=_formats())
    except PIL.UnidentifiedImageError:
        raise MediaError(
            f"{name} is not an image, or its first bytes are damaged; expected one of {', '.join(_formats())}"
        ) from None
    except _BOMBS as error:
        raise _too_large(name, error) from None
    except _DAMAGE as error:
        raise _damaged(name, error) from None


@functools.cache
def _formats() -> tuple[str, ...]:
    """List those of ``FORMATS`` which this build of Pillow can read."""
    PIL.Image.init()
    return tuple(name for name in FORMATS if name in PIL.Image.OPEN)


def _convert(picture: PIL.Image.Image, name: str) -> PIL.Image.Image:
    """Decode and bring to RGB."""
    try:
        picture.load()
        turn = _TURNS.get(_orientation(picture))
        plain = _to_rgb(picture if turn is None else _turned(picture, turn), name)
    except MediaError:
        raise
    except _BOMBS as error:
        raise _too_large(name, error) from None
    except _DAMAGE as error:
        raise _damaged(name, error) from None
    # What was applied must not be applied again when the result is loaded once more.
    plain.info = {}
    return plain


def _orientation(picture: PIL.Image.Image) -> object:
    """Read the EXIF orientation; a damaged EXIF block has none, as in every viewer."""
    try:
        return picture.getexif().get(ExifTags.Base.Orientation)
    except _DAMAGE:
        return None


def _turned(picture: PIL.Image.Image, turn: PIL.Image.Transpose) -> PIL.Image.Image:
    turned = picture.transpose(turn)
    turned.format = picture.format
    return turned


def _to_rgb(picture: PIL.Image.Image, name: str) -> PIL.Image.Image:
    """Bring any mode to RGB; always a new image."""
    if picture.mode.startswith("I;16") or (picture.mode == "I" and picture.format == "PNG"):
        high_byte = (np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return PIL.Image.fromarray(high_byte).convert("RGB")
    if picture.mode in ("I", "F"):
        raise MediaError(
            f"{name} has {picture.mode!r} pixels (32 bits, range unknown); save it with 8 or 16 bits a channel"
        )
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        paper = PIL.Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return PIL.Image.alpha_composite(paper, layer).convert("RGB")
    return picture.copy() if picture.mode == "RGB" else picture.convert("RGB")


def _too_large(name: str, error: Warning | Exception) -> MediaError:
    return MediaError(
        f"{name} is too large to be decoded safely ({error}); "
        "make it smaller, or raise PIL.Image.MAX_IMAGE_PIXELS if you trust it"
    )


def _damaged(name: str, error: Exception) -> MediaError:
    return MediaError(f"{name} is damaged or cut off ({error}); copy or write the file again, or leave the record out")
