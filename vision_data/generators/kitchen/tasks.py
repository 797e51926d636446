"""Dishes to make, seen and unseen, and where the foods are kept. Not from a paper.

The domains of the unseen tasks are those by which SEED-Bench-R1 (arXiv:2503.24376) reports its third level.
"""

from __future__ import annotations

from typing import NamedTuple

Need = tuple[str, tuple[str, ...]]
"""A food, and what is done to it, in order."""

STORES = {
    "tomato": "shelf",
    "cucumber": "fridge",
    "carrot": "fridge",
    "egg": "fridge",
    "potato": "shelf",
    "fish": "fridge",
    "lemon": "shelf",
    "apple": "shelf",
    "bread": "shelf",
    "corn": "shelf",
    "mushroom": "fridge",
    "cheese": "fridge",
}

_RAW, _COOKED, _BAKED = ("wash", "cut"), ("wash", "cut", "cook"), ("wash", "cut", "bake")


class Task(NamedTuple):
    """A dish: what is to stand on the table in the end."""

    name: str
    domain: str
    needs: tuple[Need, ...]


SEEN = (
    Task("tomato salad", "daily life", (("tomato", _RAW),)),
    Task("cucumber salad", "daily life", (("cucumber", _RAW),)),
    Task("carrot soup", "daily life", (("carrot", _COOKED),)),
    Task("a baked potato", "daily life", (("potato", ("wash", "bake")),)),
    Task("a fried egg", "daily life", (("egg", ("cook",)),)),
    Task("roast carrots", "daily life", (("carrot", ("wash", "bake")),)),
    Task("fried potatoes", "daily life", (("potato", _COOKED),)),
    Task("mixed salad", "daily life", (("tomato", _RAW), ("cucumber", _RAW))),
    Task("fish with lemon", "daily life", (("fish", ("cook",)), ("lemon", ("cut",)))),
    Task("fish and potatoes", "daily life", (("fish", ("bake",)), ("potato", ("wash", "cook")))),
    Task("egg with tomato", "daily life", (("egg", ("cook",)), ("tomato", ("wash", "bake")))),
    Task("vegetable stew", "daily life", (("carrot", _COOKED), ("potato", _COOKED))),
    Task("fish soup", "daily life", (("fish", ("cut", "cook")), ("carrot", _COOKED))),
    Task("egg salad", "daily life", (("egg", ("cook",)), ("cucumber", _RAW))),
    Task("fish dinner", "daily life", (("fish", ("cook",)), ("potato", ("wash", "bake")), ("lemon", ("cut",)))),
    Task("big salad", "daily life", (("tomato", _RAW), ("cucumber", _RAW), ("carrot", _RAW))),
    Task("farmer's breakfast", "daily life", (("egg", ("cook",)), ("potato", _COOKED), ("tomato", _RAW))),
)
UNSEEN = (
    Task("apple slices", "daily life", (("apple", _RAW),)),
    Task("cheese toast", "daily life", (("bread", ("cut", "bake")), ("cheese", ("cut",)))),
    Task("egg and mushrooms", "daily life", (("egg", ("cook",)), ("mushroom", _COOKED))),
    Task("a full breakfast", "daily life", (("egg", ("cook",)), ("bread", ("bake",)), ("apple", _RAW))),
    Task("a baked apple", "hobbies", (("apple", ("wash", "bake")),)),
    Task("mushroom tart", "hobbies", (("mushroom", _BAKED), ("cheese", ("cut", "bake")))),
    Task("apple jam", "hobbies", (("apple", _COOKED), ("lemon", ("wash", "cut", "cook")))),
    Task("a cheese board", "hobbies", (("cheese", ("cut",)), ("apple", _RAW), ("bread", ("cut",)))),
    Task("boiled corn", "recreation", (("corn", ("wash", "cook")),)),
    Task("a picnic", "recreation", (("bread", ("cut",)), ("tomato", _RAW))),
    Task("a barbecue", "recreation", (("corn", ("wash", "bake")), ("fish", ("bake",)))),
    Task("a camping meal", "recreation", (("corn", ("wash", "cook")), ("mushroom", _COOKED), ("egg", ("cook",)))),
    Task("canteen soup", "work", (("mushroom", _COOKED),)),
    Task("an office lunch", "work", (("cheese", ("cut",)), ("cucumber", _RAW))),
    Task("a buffet", "work", (("bread", ("cut",)), ("corn", ("wash", "cook")))),
    Task("a staff dinner", "work", (("potato", _BAKED), ("corn", ("wash", "cook")), ("cheese", ("cut",)))),
)
_WORDS = {"wash": "washed", "cut": "cut", "cook": "cooked", "bake": "baked"}


def describe(task: Task) -> str:
    """The goal in words: what must stand on the table."""
    parts = []
    for food, processes in task.needs:
        words = [_WORDS[process] for process in processes]
        listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
        parts.append(f"{food} ({listed})")
    return f"serve {task.name}: {', '.join(parts)}"
