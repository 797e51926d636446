"""Coloured shapes to count, with the exact box of each. Not from a paper."""

from __future__ import annotations

import json
import math
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from vision_data.errors import MediaError
from vision_data.generators.folder import whole_folder
from vision_data.generators.seeds import derive, rng_for, spread

KINDS = ("circle", "square", "triangle", "star")
COLOURS = {
    "red": "#d81e2c",
    "blue": "#1f4fd8",
    "green": "#1f9d3a",
    "yellow": "#f2c200",
    "purple": "#7b2fbf",
    "black": "#202020",
}
SPLITS = ("train", "test")
SIZES = (112, 448)
"""Smallest and largest side of a picture, pixels."""
MAX_SHAPES = 12

_BOXED = "Answer only a number in \\boxed{}."
_PLAIN = "Answer only a number."
_FINE = 4
_MARGIN = 2
_PLURAL = {kind: f"{kind}s" for kind in KINDS} | {"": "shapes"}


@dataclass(frozen=True)
class Shape:
    """One shape; `box` is left, top, right, bottom in pixels, the last two just outside."""

    kind: str
    colour: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Scene:
    """A square white picture of `size` pixels with shapes that don't touch."""

    seed: int
    split: str
    size: int
    shapes: tuple[Shape, ...]


def make_scene(seed: int, size: int = 112, num_shapes: tuple[int, int] = (1, 6), split: str = "train") -> Scene:
    """The scene of a seed; no arrangement of shapes is in both splits.

    Args:
        seed: any whole number.
        size: side in pixels, 112 to 448.
        num_shapes: fewest and most shapes, within 1 to 12.
        split: train or test.

    Raises:
        MediaError: an argument is out of range.
    """
    if split not in SPLITS:
        raise MediaError(f"shapes: unknown split {split!r}; use train or test")
    if not SIZES[0] <= size <= SIZES[1]:
        raise MediaError(f"shapes: size must be {SIZES[0]} to {SIZES[1]} pixels, got {size}")
    if not 1 <= num_shapes[0] <= num_shapes[1] <= MAX_SHAPES:
        raise MediaError(f"shapes: num_shapes must be an ordered pair within 1 to {MAX_SHAPES}, got {num_shapes}")
    rng = rng_for("shapes", split, seed, size, num_shapes)
    while True:
        shapes = _scatter(rng, size, rng.randint(*num_shapes))
        # Every arrangement belongs to one split by its checksum.
        if shapes is not None and zlib.crc32(repr(sorted(map(repr, shapes))).encode()) % 2 == SPLITS.index(split):
            return Scene(seed, split, size, shapes)


def _scatter(rng: random.Random, size: int, count: int) -> tuple[Shape, ...] | None:
    """Shapes at random places, or None when one found no room."""
    shapes: list[Shape] = []
    for _ in range(count):
        for _ in range(50):
            side = rng.randint(size // 8, size // 4)
            left, top = (rng.randint(_MARGIN, size - side - _MARGIN) for _ in range(2))
            box = (left, top, left + side, top + side)
            if all(_apart(box, other.box) for other in shapes):
                shapes.append(Shape(rng.choice(KINDS), rng.choice(tuple(COLOURS)), box))
                break
        else:
            return None
    return tuple(shapes)


def _apart(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    gap = 2 * _MARGIN
    across = one[0] >= other[2] + gap or other[0] >= one[2] + gap
    return across or one[1] >= other[3] + gap or other[1] >= one[3] + gap


def _star() -> list[tuple[float, float]]:
    """A five-pointed star stretched to fill the unit square."""
    radii = [(1.0, 0.42)[at % 2] for at in range(10)]
    points = [(math.sin(at * math.pi / 5) * r, -math.cos(at * math.pi / 5) * r) for at, r in enumerate(radii)]
    low_x, low_y = (min(point[axis] for point in points) for axis in range(2))
    high_x, high_y = (max(point[axis] for point in points) for axis in range(2))
    return [((x - low_x) / (high_x - low_x), (y - low_y) / (high_y - low_y)) for x, y in points]


_POLYGONS = {"triangle": [(0.5, 0.0), (1.0, 1.0), (0.0, 1.0)], "star": _star()}


def render(scene: Scene) -> Image.Image:
    """The picture, RGB; every shape fills its box exactly."""
    side = scene.size * _FINE
    picture = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(picture)
    for shape in scene.shapes:
        left, top, right, bottom = (edge * _FINE for edge in shape.box)
        fill = COLOURS[shape.colour]
        frame = (left, top, right - 1, bottom - 1)
        if shape.kind == "circle":
            draw.ellipse(frame, fill=fill)
        elif shape.kind == "square":
            draw.rectangle(frame, fill=fill)
        else:
            width, height = right - left - 1, bottom - top - 1
            draw.polygon([(left + x * width, top + y * height) for x, y in _POLYGONS[shape.kind]], fill=fill)
    return picture.reduce(_FINE)


def _matching(scene: Scene, colour: str, kind: str) -> list[Shape]:
    """Shapes of a colour and a kind; an empty word matches all."""
    return [shape for shape in scene.shapes if colour in ("", shape.colour) and kind in ("", shape.kind)]


def questions(scene: Scene, seed: int, count: int = 1, boxed: bool = True) -> list[dict[str, Any]]:
    r"""Up to `count` different counting questions, by colour, by kind, by both or over all shapes.

    These four forms come equally often, and within a form the counts that the scene offers, 0 included.

    A record holds question, answer (int), type `counting`, colour and kind asked for (empty for any), `objects` (kind,
    colour and box of every shape), `boxes` (of the shapes that count), width, height and an empty `figure`.

    Args:
        scene: what the questions are about.
        seed: any whole number.
        count: how many questions.
        boxed: whether the answer is asked for in `\boxed{}` or plain.

    Raises:
        MediaError: `count` is not positive.
    """
    if count < 1:
        raise MediaError(f"shapes: count must be at least 1, got {count}")
    rng = rng_for("shape questions", scene.split, scene.seed, scene.size, seed)
    colours, kinds = ("", *COLOURS), ("", *KINDS)
    forms = [
        [(colour, kind) for colour in cs for kind in ks] for cs in (("",), colours[1:]) for ks in (("",), kinds[1:])
    ]
    records: list[dict[str, Any]] = []
    for form in spread(rng, forms, count):
        by_answer: dict[int, list[tuple[str, str]]] = {}
        for colour, kind in form:
            if all((record["colour"], record["kind"]) != (colour, kind) for record in records):
                by_answer.setdefault(len(_matching(scene, colour, kind)), []).append((colour, kind))
        if by_answer:
            records.append(_record(scene, *rng.choice(by_answer[rng.choice(sorted(by_answer))]), boxed))
    return records


def _record(scene: Scene, colour: str, kind: str, boxed: bool) -> dict[str, Any]:
    what = f"{colour} {_PLURAL[kind]}".strip()
    found = _matching(scene, colour, kind)
    return {
        "question": f"How many {what} are there? {_BOXED if boxed else _PLAIN}",
        "answer": len(found),
        "type": "counting",
        "colour": colour,
        "kind": kind,
        "boxed": boxed,
        "figure": "",
        "width": scene.size,
        "height": scene.size,
        "objects": [{"kind": shape.kind, "colour": shape.colour, "box": list(shape.box)} for shape in scene.shapes],
        "boxes": [list(shape.box) for shape in found],
    }


def explain(record: dict[str, Any], scene: Scene, seed: int, slip: float = 0.0) -> str:
    """A short worked answer: the shapes that count, from left to right, then the number.

    With probability `slip` each, a shape is overlooked, and the final number is one off.

    Raises:
        MediaError: `slip` is outside [0, 1].
    """
    if not 0 <= slip <= 1:
        raise MediaError(f"shapes trace: slip is a probability from 0 to 1, got {slip}")
    rng = rng_for("shape trace", scene.split, scene.seed, record["question"], seed)
    found = sorted(_matching(scene, record["colour"], record["kind"]), key=lambda shape: shape.box)
    seen = [f"{shape.colour} {shape.kind}" for shape in found if rng.random() >= slip]
    count = len(seen)
    if rng.random() < slip:
        count = max(0, count + rng.choice((-1, 1)))
    answer = f"\\boxed{{{count}}}" if record["boxed"] else str(count)
    return f"{', '.join(seen) or 'none'}. {answer}"


def write_dataset(
    out: Path,
    num_scenes: int,
    seed: int,
    size: int = 112,
    num_shapes: tuple[int, int] = (1, 6),
    split: str = "train",
    per_scene: int = 2,
    boxed: bool = True,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write `images/*.png` and `records.jsonl` (`figure` relative to `out`), and give the path of the latter.

    The folder appears when everything is written. `progress` is called with the number of scenes done.

    Raises:
        MediaError: an argument is out of range, or `out` is not empty and `overwrite` is off.
    """
    if num_scenes < 1:
        raise MediaError(f"shapes data set: num_scenes must be at least 1, got {num_scenes}")
    with whole_folder(Path(out), overwrite=overwrite) as folder:
        (folder / "images").mkdir()
        with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
            for index in range(num_scenes):
                scene = make_scene(derive("dataset", seed, index), size, num_shapes, split)
                figure = f"images/{index:05d}.png"
                render(scene).save(folder / figure)
                for number, record in enumerate(questions(scene, scene.seed, per_scene, boxed)):
                    record |= {
                        "id": f"{split}-shapes-{index:05d}-{number}",
                        "figure": figure,
                        "scene_seed": scene.seed,
                    }
                    file.write(json.dumps(record) + "\n")
                if progress is not None:
                    progress(index + 1)
    return Path(out) / "records.jsonl"


__all__: Sequence[str] = ("Scene", "Shape", "explain", "make_scene", "questions", "render", "write_dataset")
