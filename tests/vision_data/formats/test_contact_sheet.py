from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageFont
import pytest

from vision_data.errors import MediaError
from vision_data.formats import read
from vision_data.formats.contact_sheet import CELL, contact_sheet, wrapped
from vision_data.media import Image
from vision_data.messages import user

DATA = Path(__file__).parents[2] / "data"


def test_pictures_and_boxes_are_drawn(tmp_path: Path) -> None:
    records = list(read(DATA / "mmreason/tasks.jsonl"))
    path = contact_sheet(records, tmp_path / "new" / "sheet.png", columns=3, title="five records")
    with PIL.Image.open(path) as sheet:
        assert sheet.width >= 3 * CELL[0]
        pixels = np.asarray(sheet.convert("RGB"))
    for colour in ((216, 30, 44), (31, 79, 216), (31, 157, 58)):
        assert (np.abs(pixels.astype(int) - colour).sum(-1) < 30).sum() > 500
    plain = [replace(record, gold=None) for record in records]
    with PIL.Image.open(contact_sheet(plain, tmp_path / "plain.png", columns=3, title="five records")) as sheet:
        assert (np.asarray(sheet) != pixels).any()


def test_a_picture_that_is_gone_is_told_and_the_rest_is_drawn(tmp_path: Path) -> None:
    record = next(read(DATA / "trl/train.jsonl"))
    gone = replace(record, messages=(user(Image(str(tmp_path / "gone.png")), "Which?"),))
    assert contact_sheet([gone, record], tmp_path / "sheet.png").is_file()


def test_lines_fit_their_width() -> None:
    font = PIL.ImageFont.load_default(12)
    text = "a very long question " * 40 + "x" * 500
    lines = wrapped(text, font, 200, 4)
    assert len(lines) == 4
    assert lines[-1].endswith("...")
    assert all(font.getlength(line) <= 200 for line in lines)
    assert wrapped("", font, 200, 3) == [""]
    assert wrapped("one\n\ntwo", font, 200, 3) == ["one", "two"]


def test_nothing_to_draw_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="at least 1"):
        contact_sheet([], tmp_path / "sheet.png")
