"""Every question that a scene allows, with its answer and the things that the answer rests on. Not from a paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vision_data.generators.scenes.outdoor import ICONS, plural
from vision_data.generators.scenes.scene import Scene, Thing
from vision_data.generators.scenes.settings import Place

_VOWELS = "aeiou"


@dataclass(frozen=True)
class Asked:
    """One question.

    Attributes:
        question: the sentence.
        answer: a number in digits, yes, no, or a word of the scene.
        evidence: indices of the things that the answer rests on.
        wrong: other words that could be the answer, all of them wrong; empty for numbers and for yes and no.
    """

    question: str
    answer: str
    evidence: tuple[int, ...] = ()
    wrong: tuple[str, ...] = ()


def nouns(scene: Scene) -> dict[int, str]:
    """Things that can be named by kind alone, or by colour and kind, so that no other thing is meant."""
    kinds = Counter(thing.kind for thing in scene.things)
    both = Counter((thing.colour, thing.kind) for thing in scene.things)
    named = {}
    for at, thing in enumerate(scene.things):
        if kinds[thing.kind] == 1:
            named[at] = thing.kind
        elif both[thing.colour, thing.kind] == 1:
            named[at] = f"{thing.colour} {thing.kind}"
    return named


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in _VOWELS else 'a'} {noun}"


def _of(scene: Scene, *kinds: str) -> tuple[int, ...]:
    return tuple(at for at, thing in enumerate(scene.things) if thing.kind in kinds)


def _at(scene: Scene, place: Place) -> tuple[int, ...]:
    return tuple(at for at, thing in enumerate(scene.things) if thing.place == place.name)


def counting(scene: Scene) -> list[Asked]:
    """How many of a kind, of a colour and kind, of a kind in a place, and things in a place; 0 among the answers."""
    setting = scene.surroundings
    asked = []
    for kind in setting.kinds:
        found = _of(scene, kind)
        asked.append(_count(f"How many {plural(kind)} are there?", found))
        for colour in ICONS[kind].colours:
            hits = tuple(at for at in found if scene.things[at].colour == colour)
            if hits or found:
                asked.append(_count(f"How many {colour} {plural(kind)} are there?", hits))
        for place in setting.places:
            hits = tuple(at for at in found if scene.things[at].place == place.name)
            if kind in place.kinds and (hits or found):
                asked.append(_count(f"How many {plural(kind)} are {place.phrase}?", hits))
    for place in setting.places:
        hits = _at(scene, place)
        asked.append(_count(f"How many things are {place.phrase}?", hits))
    return asked


def _count(question: str, found: tuple[int, ...]) -> Asked:
    return Asked(question, str(len(found)), found)


def relation(scene: Scene) -> list[Asked]:
    """Left, right, above, below, between two things that lie wholly apart in that direction; yes and no."""
    asked = []
    named = nouns(scene)
    for one in named:
        for other in named:
            box, base = scene.things[one].visible_box, scene.things[other].visible_box
            if one == other:
                continue
            for axis, words in ((0, ("left of", "right of")), (1, ("above", "below"))):
                if box[axis + 2] <= base[axis]:
                    truth = words[0]
                elif base[axis + 2] <= box[axis]:
                    truth = words[1]
                else:
                    continue
                for word in words:
                    question = f"Is the {named[one]} {word} the {named[other]}?"
                    asked.append(Asked(question, "yes" if word == truth else "no", (one, other)))
    return asked


def what(scene: Scene) -> list[Asked]:
    """What is in a place where exactly one thing is."""
    asked = []
    for place in scene.surroundings.places:
        found = _at(scene, place)
        if len(found) == 1:
            truth = scene.things[found[0]].kind
            wrong = tuple(kind for kind in scene.surroundings.kinds if kind != truth)
            asked.append(Asked(f"What is {place.phrase}?", truth, found, wrong))
    return asked


def where(scene: Scene) -> list[Asked]:
    """In which place a thing is."""
    phrases = {place.name: place.phrase for place in scene.surroundings.places}
    asked = []
    for at, noun in nouns(scene).items():
        truth = phrases[scene.things[at].place]
        wrong = tuple(phrase for phrase in phrases.values() if phrase != truth)
        asked.append(Asked(f"Where is the {noun}?", truth, (at,), wrong))
    return asked


def colour(scene: Scene) -> list[Asked]:
    """The colour of the only thing of a kind, or of the only one of its kind in a place."""
    asked = []
    for at, thing in enumerate(scene.things):
        place = scene.surroundings.place(thing.place).phrase
        same = [other for other in scene.things if other.kind == thing.kind]
        wrong = tuple(name for name in ICONS[thing.kind].colours if name != thing.colour)
        if len(same) == 1:
            asked.append(Asked(f"What colour is the {thing.kind}?", thing.colour, (at,), wrong))
        elif sum(other.place == thing.place for other in same) == 1:
            asked.append(Asked(f"What colour is the {thing.kind} {place}?", thing.colour, (at,), wrong))
    return asked


def exists(scene: Scene) -> list[Asked]:
    """Whether there is a thing of a kind, or of a colour and a kind."""
    asked = []
    for kind in scene.surroundings.kinds:
        found = _of(scene, kind)
        asked.append(Asked(f"Is there {_a(kind)}?", "yes" if found else "no", found))
        for colour in ICONS[kind].colours:
            hits = tuple(at for at in found if scene.things[at].colour == colour)
            if found:
                asked.append(Asked(f"Is there {_a(f'{colour} {kind}')}?", "yes" if hits else "no", hits))
    return asked


def more(scene: Scene) -> list[Asked]:
    """Whether there are more of one kind than of another; both are there, and not equally often."""
    counts = Counter(thing.kind for thing in scene.things)
    asked = []
    for one in counts:
        for other in counts:
            if counts[one] != counts[other]:
                found = _of(scene, one, other)
                answer = "yes" if counts[one] > counts[other] else "no"
                asked.append(Asked(f"Are there more {plural(one)} than {plural(other)}?", answer, found))
    return asked


def neighbour(scene: Scene) -> list[Asked]:
    """What stands next to a thing, on its left or right, in the same place."""
    asked = []
    named = nouns(scene)
    for place in scene.surroundings.places:
        row = sorted(_at(scene, place), key=_left(scene.things))
        for one, other in pairwise(row):
            for base, found, side in ((one, other, "right"), (other, one, "left")):
                truth = scene.things[found].kind
                wrong = tuple(kind for kind in scene.surroundings.kinds if kind != truth)
                if base in named:
                    question = f"What is the first thing to the {side} of the {named[base]} {place.phrase}?"
                    asked.append(Asked(question, truth, (base, found), wrong))
    return asked


def _left(things: Sequence[Thing]) -> Callable[[int], tuple[int, int]]:
    return lambda at: (things[at].box[0], things[at].box[2])
