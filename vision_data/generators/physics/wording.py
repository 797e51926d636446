"""How questions, options and answers of physics videos are put into words."""

from __future__ import annotations

from collections.abc import Sequence

from vision_data.generators.physics.certain import Statement
from vision_data.generators.physics.world import World

LETTERS = "ABCDEFGH"


def happens(world: World, statement: Statement) -> str:
    """A statement as an option."""
    names = [world.name(body) for body in statement.bodies]
    if statement.kind == "exit":
        return f"the {names[0]} leaves the scene"
    return f"the {names[0]} collides with the {names[1]}"


def asked(question: str, options: Sequence[str], multiple: bool) -> str:
    """The whole text that a model is asked: the video's place, the question, lettered options, form of the answer."""
    if not options:
        return f"<video>\n{question}\nAnswer with one word or number."
    lines = [f"{letter} {option}" for letter, option in zip(LETTERS, options, strict=False)]
    form = 'Answer with all letters that apply, separated by ",".' if multiple else "Answer with one letter."
    return "\n".join(("<video>", question, *lines, form))


def partners(world: World, body: int) -> tuple[str, str]:
    """Whom an object collides with, and the negation."""
    text = "Which of these {} with the {} in the video?"
    return text.format("collides", world.name(body)), text.format("does not collide", world.name(body))


def predictive(world: World) -> tuple[str, str]:
    """What comes after the video, and the negation."""
    text = "Which of these will {}happen within {:g} seconds after the video ends?"
    seconds = round(world.horizon - world.level.duration, 3)
    return text.format("", seconds), text.format("not ", seconds)


def counterfactual(world: World, without: int) -> tuple[str, str]:
    """What the video would show without an object, and the negation."""
    text = "If the {} were taken away, which of these would {}happen before the video ends?"
    return text.format(world.name(without), ""), text.format(world.name(without), "not ")


def explanatory(world: World, pair: tuple[int, ...]) -> tuple[str, str]:
    """What made a collision happen, and the negation."""
    text = "Which of these is {}responsible for " + meeting(world, pair) + "?"
    return text.format(""), text.format("not ")


def presence(world: World, body: int) -> str:
    """An object as a possible cause."""
    return f"the presence of the {world.name(body)}"


def meeting(world: World, pair: tuple[int, ...]) -> str:
    """A collision as a possible cause."""
    one, other = (world.name(body) for body in pair)
    return f"the collision of the {one} with the {other}"
