from __future__ import annotations

import json
import pickle
from dataclasses import dataclass, field, fields, is_dataclass

import PIL.Image
import pytest

import vision_data.transforms as room
from vision_data import MediaError
from vision_data.coordinates import THOUSAND, UNIT, Box, Point, Space
from vision_data.transforms import Compose, Transform, from_plain, to_plain

BOX = Box(0.1, 0.2, 0.30000000000000004, 1, UNIT)
EXAMPLES = (
    room.Blackout((1, 2, 3)),
    room.Blur(1.5),
    room.Compose((room.Flip(), room.Compose((room.Blur(),)))),
    room.Crop(BOX),
    room.DrawBoxes((BOX,), ("cat",), ((1, 2, 3),), 3),
    room.Flip("vertical"),
    room.GaussianNoise(12.5, 99),
    room.Letterbox(20, 30, (9, 9, 9)),
    room.MaskBoxes((BOX, BOX.to(THOUSAND)), True),
    room.MaskPatches(0.25, 14, 3),
    room.Resize(30, 20),
    room.Rotate(270),
    room.SetOfMark((BOX, Box(0, 0, 5, 5, Space(640, 480))), tint=0.25),
    room.SmartResize(28, None, 100_000),
    room.Zoom(BOX, 0.2, 10, 300),
)


def test_there_is_an_example_of_each():
    kinds = {getattr(room, name) for name in room.__all__}
    assert {type(t) for t in EXAMPLES} == {k for k in kinds if isinstance(k, type) and issubclass(k, Transform)} - {
        Transform
    }


@pytest.mark.parametrize("transform", EXAMPLES, ids=lambda t: type(t).__name__)
def test_laws_of_every_transform(transform):
    """Frozen, hashable, told whole by repr, the same after pickling and after a way through JSON."""
    assert is_dataclass(transform)
    assert hash(transform) == hash(type(transform)(*(getattr(transform, f.name) for f in fields(transform))))
    assert eval(repr(transform), vars(room) | {"Box": Box, "Space": Space}) == transform
    assert pickle.loads(pickle.dumps(transform)) == transform
    assert from_plain(json.loads(json.dumps(to_plain(transform)))) == transform
    picture = PIL.Image.effect_noise((60, 50), 60).convert("RGB")
    assert transform(picture).tobytes() == transform(picture).tobytes()


def test_lists_are_made_tuples_so_that_a_transform_can_be_a_key():
    made = room.MaskBoxes([BOX, BOX], colour=[1, 2, 3])
    assert made == room.MaskBoxes((BOX, BOX), colour=(1, 2, 3))
    assert {room.Compose([room.Blur()]): 1}[room.Compose((room.Blur(),))] == 1


def test_points_and_whole_rows():
    row = (room.Blur(2.0), Point(1, 2, Space(3, 4)), None)
    assert from_plain(json.loads(json.dumps(to_plain(row)))) == row


@dataclass(frozen=True)
class Tinted(Transform):
    """Somebody's own."""

    colours: tuple[tuple[int, int, int], ...] = ((1, 2, 3),)

    def apply(self, picture):
        return picture.copy()


@dataclass(frozen=True)
class Sloppy(Transform):
    """Holds what cannot be a key."""

    values: list[int] = field(default_factory=list)

    def apply(self, picture):
        return picture.copy()


def test_transforms_of_ones_own():
    assert from_plain(to_plain(Tinted())) == Tinted()
    assert Compose((Tinted(),))(PIL.Image.new("RGB", (3, 3))).size == (3, 3)
    with pytest.raises(MediaError, match="cannot be hashed"):
        Compose((Sloppy(),))
    with pytest.raises(MediaError, match="holds a list"):
        to_plain(Sloppy())


def test_unknown_kinds_and_fields_are_refused():
    with pytest.raises(MediaError, match=r"kind 'Melt', expected one of.*import the module"):
        from_plain({"is": "Melt"})
    with pytest.raises(MediaError, match=r"transform Blur: .*written by another version"):
        from_plain({"is": "Blur", "strength": 3})
    with pytest.raises(MediaError, match="reaches out"):
        from_plain(
            {
                "is": "Box",
                "left": 0,
                "top": 0,
                "right": 2,
                "bottom": 1,
                "space": {"is": "Space", "width": 1, "height": 1},
            }
        )
