"""Statements about a physics video with what is surely true of each: causes, future, and what if. Not from a paper.

The kinds are those of CLEVRER; TW-GRPO (arXiv:2505.24718) trains on sets of answers and on negated questions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from vision_data.generators.physics import wording
from vision_data.generators.physics.certain import Statement, truth
from vision_data.generators.physics.world import World, log


@dataclass(frozen=True)
class Claims:
    """One topic: options by text, each surely true or false.

    Attributes:
        question: as it is asked, and its negation.
        subtype: partners, explanatory, predictive or counterfactual.
        options: text to truth.
        wanted: texts that make the question worth asking; one of them is always an option. Empty for no wish.
        evidence: ground truth of the question, as JSON.
    """

    question: tuple[str, str]
    subtype: str
    options: dict[str, bool]
    wanted: tuple[str, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)


def _statements(bodies: list[int]) -> list[Statement]:
    leaving = [Statement("exit", (body,)) for body in bodies]
    return leaving + [Statement("collision", pair) for pair in combinations(bodies, 2)]


def partners(world: World) -> list[Claims]:
    """Whom each object collides with in the video."""
    hits = [event["objects"] for event in world.seen() if event["type"] == "collision"]
    numbers, found = range(len(world.bodies)), []
    for body in numbers:
        met = {other for pair in hits for other in pair if body in pair}
        options = {f"the {world.name(other)}": other in met for other in numbers if other != body}
        found.append(Claims(wording.partners(world, body), "partners", options))
    return found


def predictive(world: World) -> list[Claims]:
    """What the objects that are there when the video ends do soon after."""
    end, variants = world.level.duration, world.variants()
    there = [at for at in range(len(world.bodies)) if variants[0].state(at, end + world.slack) is not None]
    options = {}
    for statement in _statements(there):
        sure = truth(variants, statement, end, world.horizon, world.slack)
        if sure is not None:
            options[wording.happens(world, statement)] = sure
    future = {"horizon": world.horizon, "future": log(world, variants[0], end, world.horizon)}
    return [Claims(wording.predictive(world), "predictive", options, (), future)]


def counterfactual(world: World) -> list[Claims]:
    """What the video would show without each of the objects."""
    end, found = world.level.duration, []
    for gone in range(len(world.bodies)):
        variants, options, changed = world.variants(without=(gone,)), {}, []
        for statement in _statements([at for at in range(len(world.bodies)) if at != gone]):
            sure = truth(variants, statement, 0.0, end, world.slack)
            if sure is None:
                continue
            text = wording.happens(world, statement)
            options[text] = sure
            if sure != truth(world.variants(), statement, 0.0, end, world.slack):
                changed.append(text)
        evidence = {"without": gone, "counterfactual": log(world, variants[0], 0.0, end)}
        found.append(Claims(wording.counterfactual(world, gone), "counterfactual", options, tuple(changed), evidence))
    return found


def explanatory(world: World) -> list[Claims]:
    """What made each collision happen.

    An object or an earlier collision is responsible if the pair does not collide without it. It is not if they still
    do and no chain of collisions leads from it to theirs. Where these two views differ, the option is not offered.
    """
    hits = [event for event in world.simulate().events if event.kind == "collision"]
    hits = [event for event in hits if event.time <= world.level.duration]
    found = []
    for at, hit in enumerate(hits):
        if sum(other.bodies == hit.bodies for other in hits) > 1:
            continue
        bodies, earlier = _chain([event.bodies for event in hits[:at]], hit.bodies)
        options = {}
        for body in range(len(world.bodies)):
            if body not in hit.bodies:
                blame = _blame(world, hit.bodies, (body,), (), body in bodies)
                options[wording.presence(world, body)] = blame
        for pair in {event.bodies: None for event in hits if event.bodies != hit.bodies}:
            blame = _blame(world, hit.bodies, (), (pair,), pair in earlier)
            options[wording.meeting(world, pair)] = blame
        sure = {text: value for text, value in options.items() if value is not None}
        question = wording.explanatory(world, hit.bodies)
        found.append(Claims(question, "explanatory", sure, (), {"collision": list(hit.bodies)}))
    return found


def _chain(before: list[tuple[int, ...]], pair: tuple[int, ...]) -> tuple[set[int], set[tuple[int, ...]]]:
    """Objects and collisions from which a chain of earlier collisions (in order) leads to a pair's."""
    bodies, links = set(pair), set()
    for earlier in reversed(before):
        if bodies & set(earlier):
            bodies |= set(earlier)
            links.add(earlier)
    return bodies, links


def _blame(
    world: World, pair: tuple[int, ...], without: tuple[int, ...], ghosts: tuple[Any, ...], linked: bool
) -> bool | None:
    """Whether the pair needs what is taken away; None where that is not clear."""
    still = truth(world.variants(without, ghosts), Statement("collision", pair), 0.0, world.level.duration, world.slack)
    if still is None or still == linked:
        return None
    return not still
