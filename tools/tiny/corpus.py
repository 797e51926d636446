"""Sample text from which the byte-level BPE of mmreason-tiny is learned.

The transit corpus comes from the generator. The other families here are text only: the tokenizer has to know their
words, tags and layouts before any model of theirs exists, because a tokenizer that changes later would invalidate every
checkpoint.
"""

from __future__ import annotations

import random
from collections.abc import Callable

_COLOURS = ("red", "blue", "green", "yellow", "orange", "purple", "black", "brown", "pink", "gray", "cyan", "white")
_SHAPES = ("circle", "square", "triangle", "star", "cross", "diamond", "disc", "ring")
_WORDS = ("left", "right", "above", "below", "larger", "smaller", "first", "second", "last", "before", "after")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August")
_STEMS = ("item", "total", "value", "count", "price", "name", "result", "index")


def _box(rng: random.Random) -> str:
    left, top = rng.randrange(100), rng.randrange(100)
    return f"[{left}, {top}, {left + rng.randrange(8, 40)}, {top + rng.randrange(8, 40)}]"


def _counting(rng: random.Random) -> str:
    colour, shape = rng.choice(_COLOURS), rng.choice(_SHAPES)
    number = rng.randrange(1, 7)
    boxes = ", ".join(f'{{"bbox_2d": {_box(rng)}, "label": "{colour} {shape}"}}' for _ in range(number))
    return (
        f"How many {colour} {shape}s are in the image? Give the boxes as JSON, then the number.\n<think> I see "
        f"{number} {colour} {shape}s. </think>\n```json\n[{boxes}]\n```\n<answer>{number}</answer>"
    )


def _chart(rng: random.Random) -> str:
    rows = [f"{month},{rng.randrange(200)},{rng.random() * 90:.1f}" for month in _MONTHS[: rng.randrange(3, 8)]]
    return (
        "Which month has the highest value in the bar chart? What is the difference?\n"
        f"month,{rng.choice(_STEMS)},share\n"
        + "\n".join(rows)
        + f"\nThe maximum is {rng.choice(_MONTHS)}, so the answer is \\boxed{{{rng.randrange(200)}}}. 45% of 120 = 54."
    )


def _code(rng: random.Random) -> str:
    name, other = rng.sample(_STEMS, 2)
    return (
        f"```python\nimport matplotlib.pyplot as plt\n\ndef get_{name}({other}: list[int]) -> int:\n"
        f"    {name} = {rng.randrange(9)}\n    for i in range(len({other})):\n        if {other}[i] > {name}:\n"
        f"            {name} += {other}[i]\n    return {name}\n\nplt.plot(x, y, color='{rng.choice(_COLOURS)}')\n"
        f"print(get_{name}([1, 2, 3]))\n```"
    )


def _arithmetic(rng: random.Random) -> str:
    a, b, c = rng.randrange(100), rng.randrange(100), rng.randrange(2, 12)
    return (
        f"Compute {a} + {b} * {c}. Think step by step.\n<think>{b} * {c} = {b * c}. {a} + {b * c} = {a + b * c}. "
        f"So x = {a + b * c}.</think><answer>{a + b * c}</answer> The answer is \\boxed{{{a + b * c}}}."
    )


def _yes_no(rng: random.Random) -> str:
    first, second = rng.sample(_COLOURS, 2)
    return (
        f"Is the {first} {rng.choice(_SHAPES)} {rng.choice(_WORDS)} of the {second} {rng.choice(_SHAPES)}? "
        f"Answer yes or no.\n<think> The {first} one is {rng.choice(_WORDS)}. Wait, let me check again. </think>"
        f"<answer>{rng.choice(('yes', 'no'))}</answer> (A) Yes (B) No\nA. {first}\nB. {second}\nC. None\nD. Both"
    )


def _video(rng: random.Random) -> str:
    return (
        f"In the video, what happens after the {rng.choice(_COLOURS)} {rng.choice(_SHAPES)} moves "
        f"{rng.choice(_WORDS)}? <time>{rng.randrange(60)}.{rng.randrange(10)}s</time> "
        f"Frame {rng.randrange(16)}: it enters, collides and exits. "
        f"Which event comes first? The objects bounce. <answer>{rng.choice('ABCD')}</answer>"
    )


def _screen(rng: random.Random) -> str:
    action = rng.choice(("click", "type", "scroll", "drag", "press", "wait"))
    return (
        f"Click the search button. Thought: the target is on the {rng.choice(_WORDS)}.\nAction: {action}(start_box="
        f'\'({rng.randrange(999)},{rng.randrange(999)})\')\n{{"action": "{action}", "coordinate": '
        f'[{rng.randrange(999)}, {rng.randrange(999)}], "text": "open"}} finished()'
    )


def _preference(rng: random.Random) -> str:
    return (
        f"Response {rng.choice(('1', '2'))} is better because it is more accurate, helpful and grounded in the image. "
        f"Score: {rng.randrange(1, 11)}/10. Step {rng.randrange(1, 6)}: the reasoning is correct. "
        f"Verdict: [[{rng.choice('AB')}]]"
    )


def _route(rng: random.Random) -> str:
    lines = rng.sample(_COLOURS, 2)
    stops = rng.sample("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 3)
    sections = [
        f"Route Name: {line.capitalize()} Line\nDeparture Stop: {first}\nArrival Stop: {second}\n"
        f"Number of Via Stops: {rng.randrange(4)}\nVia Stops: {rng.choice('ABCDEFG')}, {rng.choice('HIJKLMN')}"
        for line, first, second in zip(lines, stops[:2], stops[1:], strict=True)
    ]
    return "\n--\n".join(sections)


def _prose(rng: random.Random) -> str:
    return " ".join(rng.choice(_SENTENCES) for _ in range(3))


_SENTENCES = (
    "Let me look at the image and describe what I see.",
    "Which object is the same size and colour as this one?",
    "Please choose one of the following options and explain your reasoning.",
    "Therefore the final answer should be checked against the question.",
    "However, that would not be consistent with the table and the figure.",
    "There are more people near the entrance than inside the building.",
    "The window, the menu and the icon are on the left side of the screen.",
    "If each box holds five apples, how many apples are there altogether?",
    "Because the angle is ninety degrees, the triangle has a known area and length.",
    "Write the code that draws this chart, with its title, labels and legend.",
    "First find the smallest number, then add it to the largest and divide by two.",
    "The child gives the ball to another player, who throws it over the wall.",
    "Do not repeat the question; give only the most likely choice.",
    "Its shape changes between frames, so something must have moved behind it.",
    "From the map we know which station comes next and where to change trains.",
)

_FAMILIES: tuple[Callable[[random.Random], str], ...] = (
    _counting,
    _chart,
    _code,
    _arithmetic,
    _yes_no,
    _video,
    _screen,
    _preference,
    _route,
    _prose,
)


def future_families(seed: int, per_family: int = 250) -> list[str]:
    """Texts of the task families that do not have a generator yet.

    Args:
        seed: equal seeds give equal texts.
        per_family: texts of each of the ten families.
    """
    rng = random.Random(seed)
    return [family(rng) for family in _FAMILIES for _ in range(per_family)]
