"""Which of two pictures is better, as JSON: ``{"image_1": 1, "image_2": 0}``."""

from __future__ import annotations

import json
import re

from mmreason.parsing.answer_block import answer_block
from mmreason.parsing.json_text import BadJson, read_json
from mmreason.parsing.think_answer import parse_think_answer

KEYS = ("image_1", "image_2")
_NUMBERED = re.compile(r"\b((?:image|picture|photo)[ _]?#?)([12])\b", re.IGNORECASE)
_ORDINAL = re.compile(r"\b(?:[Ff]irst|[Ss]econd)(?=\s+(?:image|picture|photo|one)\b)")
_OTHER = {"first": "second", "second": "first", "First": "Second", "Second": "First"}


def decision_text(preferred: int) -> str:
    """Write a decision for picture 1 or 2.

    >>> decision_text(2)
    '{"image_1": 0, "image_2": 1}'
    """
    return json.dumps({key: int(preferred == number) for number, key in enumerate(KEYS, start=1)})


def read_decision(text: str) -> int | None:
    r"""Give the picture that a completion decides for: 1 or 2; None where it does not decide.

    What follows the thought, or stands in the last answer tag there, must be JSON with both keys and no others, one of
    them 1 and the other 0.

    >>> read_decision('<think>Blue.</think><answer>{"image_1": 0, "image_2": 1}</answer>')
    2
    >>> read_decision('{"image_1": 1, "image_2": 1}'), read_decision("<think>image 1"), read_decision("1")
    (None, None, None)
    """
    try:
        said = read_json((answer_block(text) or "").strip())
    except BadJson:
        return None
    if not isinstance(said, dict) or said.keys() != set(KEYS) or not all(type(x) is int for x in said.values()):
        return None
    marks = [said[key] for key in KEYS]
    return marks.index(1) + 1 if sorted(marks) == [0, 1] else None


def chain_of(text: str) -> str:
    """Give the reasoning as written, without the decision; empty where no think block is closed, or it is blank.

    It ends where an answer begins, also inside of the block. A verdict in words stays.

    >>> chain_of("<think> Blue, so image 2. </think><answer>{}</answer>"), chain_of("<think> Blue"), chain_of("Blue")
    (' Blue, so image 2. ', '', '')
    """
    chain = parse_think_answer(text).think if "</think>" in text else None
    return chain if chain and chain.strip() else ""


def verdict_in(text: str) -> int | None:
    """Give the picture that a text names last, 1 or 2; None for a text that names neither.

    >>> verdict_in("Image 1 is red. So image 2 is better."), verdict_in("The first one."), verdict_in("")
    (2, 1, None)
    """
    named = [(found.start(), int(found[2])) for found in _NUMBERED.finditer(text)]
    named += [(found.start(), 1 if found[0].lower() == "first" else 2) for found in _ORDINAL.finditer(text)]
    return max(named)[1] if named else None


def exchange_names(text: str) -> str:
    """Let a text about two pictures speak of each where it spoke of the other; what names neither stays.

    Known are "image 1", "picture_2", "photo #1" and "the first image", "the second one".

    >>> exchange_names("Image 1: red. The second picture is blue, so image_2 of the 2 wins.")
    'Image 2: red. The first picture is blue, so image_1 of the 2 wins.'
    """
    text = _NUMBERED.sub(lambda found: f"{found[1]}{3 - int(found[2])}", text)
    return _ORDINAL.sub(lambda found: _OTHER[found[0]], text)
