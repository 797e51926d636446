"""One picture that shows some records of a data set: their media, question and answer. Needs Pillow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from vision_data.errors import MediaError
from vision_data.formats.record import Boxes, Record
from vision_data.image import load_image
from vision_data.media import Image, Media, Video
from vision_data.messages import media_of, text_of

CELL = (320, 330)
"""Width and height of the place of one record, pixels."""
_PICTURE = 180
_LINE = 15
_GAP = 8
_FRAMES = 3
_INK, _PALE, _EDGE, _RIGHT, _WRONG = "#1a1a1a", "#7a7a7a", "#cccccc", "#17692b", "#a01818"


def contact_sheet(records: Sequence[Record], path: Path, columns: int = 4, title: str = "") -> Path:
    """Draw records side by side and write a PNG.

    A cell shows up to three media (of a video three frames), the id, the question and the answer; a medium that
    cannot be drawn is told in its place, and the others are drawn.

    Args:
        records: what to show.
        path: the PNG to write.
        columns: cells in a row.
        title: a line above.

    Raises:
        MediaError: there is nothing to show, or ``columns`` is not positive.
    """
    if not records or columns < 1:
        raise MediaError(f"contact sheet: {len(records)} record(s) in {columns} column(s), expected at least 1 of each")
    columns = min(columns, len(records))
    head = 2 * _GAP + _LINE if title else 0
    rows = math.ceil(len(records) / columns)
    sheet = PIL.Image.new("RGB", (columns * CELL[0] + _GAP, head + rows * CELL[1] + _GAP), "white")
    draw = PIL.ImageDraw.Draw(sheet)
    if title:
        font = PIL.ImageFont.load_default(14)
        draw.text((_GAP, _GAP), wrapped(title, font, sheet.width - 2 * _GAP, 1)[0], _INK, font)
    for number, record in enumerate(records):
        left, top = number % columns * CELL[0] + _GAP, head + number // columns * CELL[1] + _GAP
        _cell(sheet, draw, record, left, top)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return path


def _cell(sheet: PIL.Image.Image, draw: PIL.ImageDraw.ImageDraw, record: Record, left: int, top: int) -> None:
    """Draw one record."""
    width, height = CELL[0] - _GAP, CELL[1] - _GAP
    draw.rectangle((left, top, left + width - 1, top + height - 1), outline=_EDGE)
    inner, font = width - 2 * _GAP, PIL.ImageFont.load_default(12)
    media = media_of(record.messages)
    pictures, failed = _thumbnails(media)
    if pictures and isinstance(record.gold, Boxes) and isinstance(media[0], Image):
        _outline(pictures[0], record.gold)
    if pictures:
        _strip(sheet, pictures, left + _GAP, top + _GAP, inner)
    y = top + _GAP + (_PICTURE + _GAP if media else 0)
    if failed:
        draw.text((left + _GAP, y - _LINE - _GAP), wrapped(failed, font, inner, 1)[0], _WRONG, font)
    draw.text((left + _GAP, y), wrapped(_head(record), font, inner, 1)[0], _PALE, font)
    room = (top + height - _GAP - y) // _LINE - 2
    for line in wrapped(text_of(record.messages), font, inner, room):
        y += _LINE
        draw.text((left + _GAP, y), line, _INK, font)
    answer = "no answer" if record.gold is None else f"answer: {record.gold.text or 'none of the options'}"
    draw.text((left + _GAP, y + _LINE), wrapped(answer, font, inner, 1)[0], _RIGHT, font)


def _head(record: Record) -> str:
    return f"{record.meta.id}  {record.problem_type}".strip()


def _thumbnails(media: Sequence[Media]) -> tuple[list[PIL.Image.Image], str]:
    """Load small pictures of the media, and say what could not be loaded."""
    pictures: list[PIL.Image.Image] = []
    failed = ""
    for medium in media[:_FRAMES]:
        try:
            pictures += [load_image(medium)] if isinstance(medium, Image) else _frames(medium, _FRAMES)
        except MediaError as error:
            failed = str(error)
    return pictures[:_FRAMES], failed


def _outline(picture: PIL.Image.Image, gold: Boxes) -> None:
    """Draw the boxes that are the answer; not those in pixels of a size that only the model knows."""
    if gold.space == "resized":
        return
    width, height = {"unit": (1.0, 1.0), "thousand": (1000.0, 1000.0)}.get(gold.space, picture.size)
    across, down = picture.width / width, picture.height / height
    thick = max(1, round(max(picture.size) / 150))
    for left, top, right, bottom in gold.boxes:
        edges = (left * across, top * down, right * across - 1, bottom * down - 1)
        if edges[0] <= edges[2] and edges[1] <= edges[3]:
            PIL.ImageDraw.Draw(picture).rectangle(edges, outline=_RIGHT, width=thick)


def _frames(video: Video, num: int) -> list[PIL.Image.Image]:
    """Take a few frames, spread over the video."""
    from vision_data.frames import Uniform
    from vision_data.video import load_video

    clip = load_video(Video(video.source, Uniform(num), start=video.start, end=video.end, fps=video.fps))
    return [PIL.Image.fromarray(frame) for frame in clip.frames]


def _strip(sheet: PIL.Image.Image, pictures: Sequence[PIL.Image.Image], left: int, top: int, width: int) -> None:
    """Lay pictures side by side, each as large as its share of the room allows; small ones are enlarged."""
    share = (width - (len(pictures) - 1) * 4) // len(pictures)
    for number, picture in enumerate(pictures):
        scale = min(share / picture.width, _PICTURE / picture.height)
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        small = picture.resize(size, PIL.Image.Resampling.LANCZOS)
        x, y = left + number * (share + 4) + (share - size[0]) // 2, top + (_PICTURE - size[1]) // 2
        sheet.paste(small, (x, y))
        PIL.ImageDraw.Draw(sheet).rectangle((x, y, x + size[0] - 1, y + size[1] - 1), outline=_EDGE)


Font = PIL.ImageFont.ImageFont | PIL.ImageFont.FreeTypeFont


def wrapped(text: str, font: Font, width: int, most: int) -> list[str]:
    """Break text into at most ``most`` lines of ``width`` pixels; what is left out is told by three dots."""
    lines: list[str] = []
    for paragraph in text[:2000].splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width:
                lines, longer = [*lines, line], word
            line = longer
        lines += [line] if line else []
    lines = lines or [""]
    kept = [_clipped(line, font, width) for line in lines[: max(1, most)]]
    if len(lines) > len(kept):
        kept[-1] = _clipped(kept[-1] + " ...", font, width)
    return kept


def _clipped(line: str, font: Font, width: int) -> str:
    """Cut a line that is too long, with three dots."""
    if font.getlength(line) <= width:
        return line
    line = line.removesuffix(" ...")
    while line and font.getlength(f"{line}...") > width:
        line = line[:-1]
    return f"{line}..."
