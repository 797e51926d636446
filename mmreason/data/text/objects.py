"""Counting things, and things whose properties change."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.vocabulary import COLOURS, PEOPLE, THINGS, plural

SIZES = ("small", "medium-sized", "large")
MATERIALS = ("wooden", "glass", "metal", "paper")
KINDS = ("box", "ball", "lamp", "vase", "key", "cup", "ring", "bell")
Object = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ObjectCounting(Family):
    """SynLogic's object counting, arXiv:2505.19641: how many things of a category somebody has in the end.

    From 4 kinds of things and 1 change at level 1 to 13 kinds and 10 changes at level 10.

    Args:
        kinds: kinds of things at the start, 2 to 25; None as the level says.
        changes: things bought, lost or given away, 0 to 40; None as the level says.
    """

    kinds: int | None = None
    changes: int | None = None

    name: ClassVar[str] = "object_counting"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw a store and what happens to it."""
        num = dial(self.kinds, 3 + self.level, 2, 25, "ObjectCounting: kinds")
        changes = dial(self.changes, self.level, 0, 40, "ObjectCounting: changes")
        who, other = rng.sample(PEOPLE, 2)
        things = [(thing, category) for category, every in THINGS.items() for thing in every]
        has = {thing: rng.randint(1, 9) for thing, _ in rng.sample(things, num)}
        told = [f"{who} has {', '.join(plural(thing, count) for thing, count in has.items())}."]
        for _ in range(changes):
            thing = rng.choice(list(has))
            count = rng.randint(1, 5)
            if rng.random() < 0.5 and has[thing] >= count:
                has[thing] -= count
                told.append(
                    rng.choice((f"{who} loses {{}}.", f"{who} gives {{}} to {other}.")).format(plural(thing, count))
                )
            else:
                has[thing] += count
                told.append(
                    rng.choice((f"{who} buys {{}}.", f"{other} gives {{}} to {who}.")).format(plural(thing, count))
                )
        category = dict(things)[rng.choice(list(has))]
        value = sum(count for thing, count in has.items() if thing in THINGS[category])
        return Puzzle(
            question=f"{' '.join(told)}\nHow many {category} does {who} have now? Answer with the number.",
            answer=str(value),
            record={"value": value},
        )


@dataclass(frozen=True, kw_only=True)
class ObjectProperties(Family):
    """SynLogic's object properties, arXiv:2505.19641: how many things have a property after some changes.

    From 4 things and 2 changes at level 1 to 13 things and 11 changes at level 10.

    Args:
        objects: things at the start, 2 to 30; None as the level says.
        changes: 0 to 40; None as the level says.
    """

    objects: int | None = None
    changes: int | None = None

    name: ClassVar[str] = "object_properties"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw things and what happens to them."""
        num = dial(self.objects, 3 + self.level, 2, 30, "ObjectProperties: objects")
        changes = dial(self.changes, 1 + self.level, 0, 40, "ObjectProperties: changes")
        objects = [drawn_object(rng) for _ in range(num)]
        told = [f"On a table there are {', '.join(map(described, objects))}."]
        told += [happened(rng, objects) for _ in range(changes)]
        colour, size = rng.choice(COLOURS), rng.choice(SIZES)
        if rng.random() < 0.5:
            asked, value = (
                f"are {colour} or {size} (or both)",
                sum(thing["colour"] == colour or thing["size"] == size for thing in objects),
            )
        else:
            asked, value = f"are not {colour}", sum(thing["colour"] != colour for thing in objects)
        return Puzzle(
            question=f"{' '.join(told)}\nHow many things on the table {asked} now? Answer with the number.",
            answer=str(value),
            record={"value": value},
        )


def drawn_object(rng: random.Random) -> Object:
    """Draw a thing."""
    return {
        "size": rng.choice(SIZES),
        "colour": rng.choice(COLOURS),
        "material": rng.choice(MATERIALS),
        "kind": rng.choice(KINDS),
    }


def described(thing: Object) -> str:
    """Tell what a thing is like."""
    return f"a {thing['size']} {thing['colour']} {thing['material']} {thing['kind']}"


def happened(rng: random.Random, objects: list[Object]) -> str:
    """Change the things on the table; gives the sentence that tells it."""
    colour, other = rng.sample(COLOURS, 2)
    size, material = rng.choice(SIZES), rng.choice(MATERIALS)
    match rng.randrange(4):
        case 0:
            for thing in objects:
                thing["colour"] = other if thing["colour"] == colour else thing["colour"]
            return f"All {colour} things are painted {other}."
        case 1:
            objects[:] = [thing for thing in objects if thing["size"] != size or thing["material"] != material]
            return f"All things that are both {size} and {material} are taken away."
        case 2:
            objects.append(drawn_object(rng))
            return f"Somebody puts {described(objects[-1])} on the table."
        case _:
            for thing in objects:
                thing["size"] = size if thing["material"] == material else thing["size"]
            return f"All {material} things are exchanged for {size} ones that are the same otherwise."
