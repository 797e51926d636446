"""Completions and transit tasks for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch

from mmreason.types import Completion, Task
from vision_data.messages import user

METRO = {"Line A": ["Elm", "Oak", "Pine", "Ash"], "Line B": ["Pine", "Fir", "Yew"], "Line C": ["Elm", "Yew"]}

QUESTIONS = {
    "TorF1": "Are stations Elm and Ash on the same line? Answer only yes or no in \\boxed{}.",
    "TorF2": "Is station Elm on Line A? Answer only yes or no in \\boxed{}.",
    "Counting1": "How many stops lie between Elm and Ash? A) 3 B) 2 C) 1 D) 0 Answer only one of ABCD in \\boxed{}.",
    "Counting2": "How many lines stop at Pine? Answer only a number in \\boxed{}.",
    "Counting3": "How many lines are on the map? Answer only a number in \\boxed{}.",
    "planning": (
        "Plan the best route from Elm to Yew. Answer with one block per line, separated by a line with --:\n"
        "Route Name: Line x\nDeparture Stop: xx Station\nArrival Stop: xx Station"
    ),
}
GOLD = {"TorF1": 1, "TorF2": 1, "Counting1": 1, "Counting2": 2, "Counting3": 3, "planning": None}

MakeTask = Callable[..., Task]
Say = Callable[[str], Completion]


@pytest.fixture
def transit() -> MakeTask:
    """A task of a type on the three-line map of the method's worked example; fields may be overridden."""

    def make(kind: str = "planning", **fields: Any) -> Task:
        record: Mapping[str, Any] = {
            "type": kind,
            "station_1": "Elm",
            "station_2": "Yew" if kind == "planning" else "Ash",
            "metro": METRO,
            "difficulty_city": "hard",
            "difficulty_question": "middle" if kind == "planning" else "easy",
            "question_transfer_count": 1 if kind == "planning" else 0,
            "answer": GOLD[kind],
            **fields,
        }
        return Task(id=f"{kind}-0", prompt=(user(QUESTIONS[kind]),), answer=str(record["answer"]), record=record)

    return make


@pytest.fixture
def say() -> Say:
    """A completion with this text."""

    def make(text: str) -> Completion:
        return Completion(
            text=text, tokens=torch.zeros(1, dtype=torch.int64), logprobs=torch.zeros(1), wrote=torch.ones(1) > 0
        )

    return make


@pytest.fixture
def hostile() -> list[str]:
    """What a policy that looks for loopholes, or is broken, may write; the questions are added by the tests."""
    return [
        "",
        " \n\t ",
        "A B C D",
        "yes no",
        "yes or no",
        "\\boxed{yes or no}",
        "\\boxed{yes, no}",
        "\\boxed{A, B, C, D}",
        "\\boxed{ABCD}",
        "\\boxed{0, 1, 2, 3}",
        "The answer is A or B or C or D.",
        "The answer is yes and no.",
        "\\boxed{}",
        "\\boxed{\u0661}",
        "\\boxed{\u00b9}",
        "\\boxed{" + "9" * 100_000 + "}",
        "\\boxed{" * 10_000,
        "\\boxed{" + "{" * 10_000 + "1" + "}" * 10_000 + "}",
        "x" * 1_000_000,
        "--" * 100_000,
        "\x00\ud800\uffff",
        "Route Name: Line A, Line B, Line C\nDeparture Stop: Elm, Yew\nArrival Stop: Elm, Yew",
        "Route Name: *\nDeparture Stop: *\nArrival Stop: *",
        "Route Name:\nDeparture Stop:\nArrival Stop:",
    ]
