"""Contact sheets of the generated worlds for the docs: ``python -m tools.sheets docs/images/worlds``.

Each world is drawn anew with a few records, so that the pictures show what this code draws.
"""

from __future__ import annotations

import inspect
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from mmreason.cli.makers import MAKERS
from vision_data.formats.contact_sheet import contact_sheet
from vision_data.formats.read import Reader
from vision_data.formats.record import Record

NUM = 8
"""Records on a sheet."""
COLOURS = 128
"""Of a sheet's palette: a quarter of the bytes of a full-colour PNG, and no difference that a reader would see."""


def sheet(name: str, make: Callable[..., None], folder: Path) -> Path:
    """Draw a world and lay some of its records out."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / name
        make(out=out, num=NUM, seed=3, **({"level": "easy"} if name == "transit" else {}))
        records = [item for item in Reader(out) if isinstance(item, Record)]
        step = len(records) // NUM
        shown = [records[(i * step + i) % len(records)] for i in range(NUM)]  # one further each time: other types too
        path = contact_sheet(shown, folder / f"{name}.png", title=name)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    return path


def main(folder: Path) -> None:
    """Write one sheet for each world."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MAKERS.items():
        if "num" in inspect.signature(make).parameters:
            path = sheet(name, make, folder)
            print(f"{path} {path.stat().st_size >> 10} KiB")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images/worlds"))
