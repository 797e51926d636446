"""Where a scene plays, and which things may stand where. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass

_SMALL = ("mug", "book", "flower", "lamp", "clock", "vase", "apple", "bottle", "gift", "ball", "cat")
_KITCHEN = ("mug", "bottle", "apple", "vase", "flower", "clock", "book", "cat")
_FLOOR = ("cat", "dog", "ball", "gift", "umbrella", "flower", "book")
_SKY = ("bird", "balloon", "kite")
_PAVEMENT = ("bench", "mailbox", "tree", "dog", "cat", "bicycle", "umbrella")
_GRASS = ("tree", "bench", "dog", "cat", "ball", "flower", "bicycle", "umbrella")


@dataclass(frozen=True)
class Place:
    """A strip of the picture on which things stand; all measures are shares of the picture's side.

    Attributes:
        name: as in `on the shelf`.
        word: on or in.
        left: where the strip begins.
        right: where it ends.
        feet: highest and lowest line on which things stand (equal for a board); hanging things end there.
        kinds: what may be there.
    """

    name: str
    word: str
    left: float
    right: float
    feet: tuple[float, float]
    kinds: tuple[str, ...]

    @property
    def phrase(self) -> str:
        """`on the shelf`, `in the sky`."""
        return f"{self.word} the {self.name}"


@dataclass(frozen=True)
class Setting:
    """A kind of surroundings with its places from top to bottom."""

    name: str
    places: tuple[Place, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Everything that may be there, each once."""
        return tuple(dict.fromkeys(kind for place in self.places for kind in place.kinds))

    def place(self, name: str) -> Place:
        """The place of that name."""
        return next(place for place in self.places if place.name == name)


SETTINGS = {
    "room": Setting(
        "room",
        (
            Place("shelf", "on", 0.05, 0.95, (0.3, 0.3), _SMALL),
            Place("table", "on", 0.05, 0.62, (0.62, 0.62), _SMALL),
            Place("floor", "on", 0.03, 0.97, (0.89, 0.97), _FLOOR),
        ),
    ),
    "kitchen": Setting(
        "kitchen",
        (
            Place("shelf", "on", 0.36, 0.95, (0.29, 0.29), _KITCHEN),
            Place("counter", "on", 0.03, 0.97, (0.6, 0.6), _KITCHEN),
            Place("floor", "on", 0.03, 0.97, (0.94, 0.98), ("cat", "dog", "ball", "bottle")),
        ),
    ),
    "street": Setting(
        "street",
        (
            Place("sky", "in", 0.03, 0.97, (0.22, 0.38), _SKY),
            Place("pavement", "on", 0.03, 0.97, (0.68, 0.71), _PAVEMENT),
            Place("road", "on", 0.02, 0.98, (0.93, 0.97), ("car", "bus", "car", "bicycle")),
        ),
    ),
    "park": Setting(
        "park",
        (
            Place("sky", "in", 0.03, 0.8, (0.22, 0.38), _SKY),
            Place("grass", "on", 0.03, 0.97, (0.66, 0.7), _GRASS),
            Place("pond", "in", 0.14, 0.86, (0.92, 0.94), ("duck", "boat", "duck")),
        ),
    ),
}
