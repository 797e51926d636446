"""Short worked answers about small charts, as code or directly, by a teacher who errs as often as asked."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmreason.data.chart_prompts import Mode
from mmreason.errors import DataError, RecipeError
from mmreason.seeds import seed_of

TAUGHT = ("lookup", "difference", "comparison", "extreme", "appearance")
"""Types of questions that can be worked out here."""
COLOURS = ("blue", "orange", "green", "red", "purple", "brown", "pink", "grey")
MOST = 10
"""Largest value that is misread for another."""


def code_of(table: Mapping[str, Sequence[Any]]) -> str:
    r"""Write a table as a block of code.

    >>> code_of({"Letter": ["D"], "Value": [7]})
    '```python\nchart_data = pd.DataFrame({"Letter": ["D"], "Value": [7]})\n```\n'
    """
    columns = ", ".join(f'"{name}": [{", ".join(map(_literal, cells))}]' for name, cells in table.items())
    return f"```python\nchart_data = pd.DataFrame({{{columns}}})\n```\n"


def _literal(cell: Any) -> str:
    return f'"{cell}"' if isinstance(cell, str) else repr(cell)


@dataclass(frozen=True)
class ChartTeacher:
    r"""Writes ``num`` demonstrations for a question about a chart of one value column: a mode, a thought, a box.

    The mode is ``<CODE>`` with the table written as code, or ``<DIRECT>``; it is the one that suits the question (the
    record's ``programmable``) with probability ``fit``, else the other: the choice that Code-as-Thought
    (arXiv:2509.09286) learns. With probability ``slip`` a value or colour is misread; in the mode that does not suit
    the question with ``slip + blind``. Thought and answer follow from what was read, in code also the table. Texts
    depend on the task's id, the teacher and nothing else.

    Raises:
        RecipeError: a number is out of range.
    """

    num: int = 2
    slip: float = 0.0
    blind: float = 0.0
    fit: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no number of texts or no probability."""
        chances = (self.slip, self.blind, self.slip + self.blind, self.fit)
        if self.num < 1 or not all(0 <= chance <= 1 for chance in chances):
            raise RecipeError(
                "ChartTeacher needs num >= 1, and slip, blind, their sum and fit from 0 to 1, "
                f"got {self.num}, {self.slip}, {self.blind} and {self.fit}"
            )

    def texts(self, id: str, record: Mapping[str, Any], mode: Mode = "adaptive") -> list[str]:
        """Give the demonstrations of a task.

        Args:
            id: of the task.
            record: with ``question``, ``type``, ``programmable``, ``table`` of names and values, and ``answer``.
            mode: ``code`` or ``direct`` allow no other.

        Raises:
            DataError: the question is none of those that can be worked out.
        """
        seeds = [seed_of(self.seed, "teacher", id, i) for i in range(self.num)]
        return [self.text(random.Random(seed), record, mode) for seed in seeds]

    def text(self, rng: random.Random, record: Mapping[str, Any], mode: Mode = "adaptive") -> str:
        """One demonstration."""
        label = bool(record["programmable"])
        as_code = label == (rng.random() < self.fit) if mode == "adaptive" else mode == "code"
        suits = as_code == label
        errs = rng.random() < self.slip + (0.0 if suits else self.blind)
        seen = _Seen.of(record)
        if errs:
            seen = seen.misread(rng)
        thought, answer = seen.worked(as_code)
        start = f"<CODE>\n{code_of(seen.table())}" if as_code else "<DIRECT> "
        return f"{start}{thought} \\boxed{{{answer}}}"


@dataclass(frozen=True)
class _Seen:
    """What somebody reads off the chart, and what is asked."""

    type: str
    question: str
    heads: tuple[str, str]
    values: dict[str, int]
    colour: str

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> _Seen:
        """Read it as it is."""
        heads, columns = tuple(record["table"]), list(record["table"].values())
        if record["type"] not in TAUGHT or len(heads) != 2 or not all(isinstance(x, int) for x in columns[1]):
            raise DataError(
                f"no worked answer for type {record['type']!r} on columns {', '.join(heads)}; expected one of "
                f"{', '.join(TAUGHT)} and one column of whole numbers, or no teacher"
            )
        values = dict(zip(columns[0], columns[1], strict=True))
        return cls(record["type"], record["question"], (heads[0], heads[1]), values, str(record["answer"]))

    def table(self) -> dict[str, list[Any]]:
        """As the data frame has it."""
        return {self.heads[0]: list(self.values), self.heads[1]: list(self.values.values())}

    def named(self) -> list[str]:
        """The names in the question, in order."""
        return [word for word in re.findall(r"\w+", self.question) if word in self.values]

    def chosen(self) -> str:
        """The name that answers a comparison or a search for an extreme."""
        pick = min if "smallest" in self.question else max
        return pick(self.named() or list(self.values), key=lambda name: self.values[name])

    def misread(self, rng: random.Random) -> _Seen:
        """Read one thing wrong: the colour, or a value that the question is about; the answer changes if it can."""
        if self.type == "appearance":
            colour = rng.choice([word for word in COLOURS if word != self.colour])
            return _Seen(self.type, self.question, self.heads, self.values, colour)
        name = rng.choice(self.named()) if self.type in ("lookup", "difference") else self.chosen()
        others = [number for number in range(1, MOST + 1) if number != self.values[name]]
        seen = [_Seen(self.type, self.question, self.heads, {**self.values, name: other}, "") for other in others]
        answer = self.worked(True)[1]
        return rng.choice([other for other in seen if other.worked(True)[1] != answer] or seen)

    def worked(self, as_code: bool) -> tuple[str, object]:
        """Thought and answer."""
        if self.type == "appearance":
            return f"It is {self.colour}.", self.colour
        if self.type == "lookup":
            [name] = self.named()
            return f"{name} is {self.values[name]}.", self.values[name]
        if self.type == "difference":
            one, other = (self.values[name] for name in self.named())
            return f"{one} - {other} = {one - other}.", one - other
        name = self.chosen()
        word = "smallest" if "smallest" in self.question else "largest"
        thought = f"{self.values[name]} at {name}." if as_code else f"{name} is {word}."
        return thought, self.values[name] if self.question.startswith("What") else name
