"""What a judge is asked and what it says: the same for a served model, a local one and a rule."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mmreason.asks import Request, Role, Sampling
from mmreason.errors import RecipeError
from mmreason.types import Completion, Task
from vision_data.messages import Message, Prompt, text_of

LISTENER = Role("listener")
NAN = float("nan")

Template: TypeAlias = Callable[[Task, Completion], "Prompt | None"]
"""Writes what a judge is asked about a completion; None where there is nothing to ask. A module-level function."""
Parser: TypeAlias = Callable[[str], "float | None"]
"""Reads a judge's reply; None where it cannot be read. A module-level function."""


@dataclass(frozen=True)
class Verdict:
    """A judge's reply."""

    text: str
    """Without the beginning that was given."""
    logprobs: tuple[float, ...] = ()
    """One per option of the request, in nats; NaN where it could not be told."""


@dataclass(frozen=True, eq=False)
class Judge(Request["Verdict | None"]):
    """Ask for a text, or for the log-probs of how it begins. The reply is None where nobody answered.

    A prompt whose last message is the assistant's is gone on from, as if the model had begun so.
    """

    prompt: Prompt
    limit: int = 64
    """New tokens at most; 0 asks for log-probs alone."""
    sampling: Sampling = Sampling(temperature=0.0)
    seed: int = 0
    options: tuple[str, ...] = ()
    """Beginnings of the reply whose log-probs are wanted."""
    task: Task | None = None
    """What is judged, for rules; it never leaves the process."""
    completion: Completion | None = None

    def __post_init__(self) -> None:
        """Refuse an option that any reply begins with."""
        if not all(option.strip() for option in self.options):
            raise RecipeError(f"Judge.options is {self.options!r}, expected texts that are not blank")


def question(template: Template, task: Task, completion: Completion) -> Prompt | None:
    """Write what is asked; None where there is nothing to ask.

    Raises:
        RecipeError: the template gave something that is no prompt.
    """
    found = template(task, completion)
    if found is not None and not (isinstance(found, tuple) and found and all(isinstance(m, Message) for m in found)):
        raise RecipeError(
            f"{called(template)} gave a {type(found).__name__}, expected messages such as (user('...'),), or None"
        )
    return found


def called(function: Callable[..., object]) -> str:
    """Name a function, or an object that is called like one."""
    return str(getattr(function, "__name__", repr(function)))


def begun(prompt: Prompt) -> tuple[Prompt, str]:
    """Split a prompt into what is asked and how the reply begins."""
    if prompt and prompt[-1].role == "assistant":
        return prompt[:-1], text_of(prompt[-1:])
    return prompt, ""


def looked_up(top: Mapping[str, float], options: Sequence[str]) -> tuple[float, ...]:
    """Log-probs of options as first tokens, from the list of most likely tokens that a server gives.

    Tokens that differ in white space around them are one option. An option that is not in the list while another one
    is gets the most that it can have: the least that is listed, or the mass that the list leaves over. All NaN where
    none is listed.

    >>> [round(x, 3) for x in looked_up({"1": -0.1, " 1": -4.0, "0": -2.5}, ("1", "0"))]
    [-0.08, -2.5]
    """
    masses = [sum(math.exp(x) for token, x in top.items() if token.strip() == option.strip()) for option in options]
    if not any(masses):
        return (NAN,) * len(options)
    rest = max(1.0 - sum(map(math.exp, top.values())), 0.0)
    most = min(rest, *map(math.exp, top.values()))
    return tuple(math.log(mass or most) if mass or most else -math.inf for mass in masses)


def two_way(first: float, other: float) -> float:
    """Softmax over two log-probs or logits: the share of the first; NaN where one is NaN, or both have no mass.

    >>> round(two_way(2.0, 0.0), 6), two_way(-1.0, -1.0)
    (0.880797, 0.5)
    """
    if math.isnan(first) or math.isnan(other) or first == other == -math.inf:
        return NAN
    gap = other - first
    return 1 / (1 + math.exp(gap)) if gap < 700 else 0.0
