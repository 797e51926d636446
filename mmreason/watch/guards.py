"""The guards of every run, and how the command line changes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast, get_args

from mmreason.errors import RecipeError
from mmreason.watch.dominant_term import DominantTerm
from mmreason.watch.entropy import Entropy
from mmreason.watch.flat_groups import FlatGroups
from mmreason.watch.guard import Action, Guard
from mmreason.watch.hollow_thoughts import HollowThoughts
from mmreason.watch.kl import Kl
from mmreason.watch.length_drift import LengthDrift
from mmreason.watch.not_finite import NotFinite
from mmreason.watch.repetition import Repetition
from mmreason.watch.reward_against_exam import RewardAgainstExam
from mmreason.watch.truncated import Truncated

DEFAULT: tuple[Guard, ...] = (
    NotFinite(),
    Kl(),
    Entropy(),
    FlatGroups(),
    Truncated(),
    LengthDrift(),
    RewardAgainstExam(),
    Repetition(),
    HollowThoughts(),
    DominantTerm(),
)
"""All of them warn, but for numbers that are none, which end the run."""


def changed(words: Sequence[str], guards: Sequence[Guard] = DEFAULT) -> tuple[Guard, ...]:
    """Take guards out or change what they do.

    Args:
        words: ``name=off``, ``name=warn``, ``name=stop`` or ``name=raise``; ``all`` stands for every guard. Later ones
            win.
        guards: to begin with.

    Raises:
        RecipeError: no such guard, or no such action.

    >>> [(guard.name(), guard.action) for guard in changed(["all=off", "kl=stop"])]
    [('kl', 'stop')]
    """
    actions: dict[str, str] = {guard.name(): guard.action for guard in guards}
    for word in words:
        name, given, action = word.partition("=")
        if not given or action not in ("off", *get_args(Action)):
            raise RecipeError(f"--guard: expected NAME=off, warn, stop or raise, got {word!r}")
        if name != "all" and name not in actions:
            raise RecipeError(f"--guard: there is no guard {name!r}; there are {', '.join(actions)}, and all")
        actions |= dict.fromkeys(actions if name == "all" else [name], action)
    kept = [guard for guard in guards if actions[guard.name()] != "off"]
    return tuple(replace(guard, action=cast(Action, actions[guard.name()])) for guard in kept)
