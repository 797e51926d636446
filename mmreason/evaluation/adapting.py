"""Lets a suite ask and read as a checkpoint's contract says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from importlib import import_module
from types import FunctionType
from typing import Any, TypeVar, cast

from mmreason.data.sources import TaskSpec
from mmreason.errors import CheckpointError
from mmreason.evaluation.contract import FILE, Contract, reader_of
from mmreason.evaluation.suite import Suite, find, names
from mmreason.naming import name_of
from mmreason.rewards.base import Reward
from mmreason.rewards.grit.chain import ChainBoxes
from mmreason.signals import parts

T = TypeVar("T")
READERS = "mmreason.parsing."
"""Where functions that read answers live; a contract names no others."""


@dataclass(frozen=True)
class Adapted:
    """A suite and its questions under a contract, and what the user should know of it."""

    suite: Suite
    tasks: TaskSpec
    follows: tuple[str, ...] = ()
    """What the contract has decided."""
    warnings: tuple[str, ...] = ()


def suite_for(contract: Contract) -> str | None:
    """Name the suite that asks what a recipe was trained on; None where there is none.

    Of several suites of one recipe it is the one that scores by the same kind of reward.
    """
    mine = [name for name in names() if contract.recipe in find(name).recipes]
    kind = contract.accuracy.partition("(")[0]
    same = [name for name in mine if type(find(name).rewards[0].reward).__qualname__ == kind]
    return next(iter((*same, *mine)), None)


def adapted(suite: Suite, tasks: TaskSpec, contract: Contract) -> Adapted:
    """Put questions with the words, frames and pixels of training, and read answers and boxes as then.

    Raises:
        CheckpointError: the contract says something that the suite's spec refuses.
    """
    follows, warnings = [], []
    try:
        asked = formed(tasks, contract.form)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{FILE}: its form cannot be used ({' '.join(str(error).split())})") from None
    if asked != tasks:
        follows.append("prompt and media settings")
    if contract.coordinates and any(isinstance(part, ChainBoxes) for part in parts(suite.rewards)):
        boxes = ChainBoxes(said=cast(Any, contract.coordinates))
        if (changed := exchanged(suite, boxes)) != suite:
            suite = changed
            follows.append(f"boxes in {contract.coordinates} coordinates")
    first = suite.rewards[0].reward
    assert isinstance(first, Reward)
    if contract.extractor and contract.extractor != reader_of(first):
        function = function_named(contract.extractor)
        if function is not None and hasattr(first, "extract"):
            term = replace(suite.rewards[0], reward=replace(cast(Any, first), extract=function))
            suite = replace(suite, rewards=(term, *suite.rewards[1:]), extract=function)
            follows.append(f"answers read by {contract.extractor.rpartition('.')[2]}")
        else:
            warnings.append(
                f"this suite reads answers by {reader_of(first).rpartition('.')[2]}, the checkpoint was trained with "
                f"{contract.extractor.rpartition('.')[2]} (mmreason_eval.json)"
            )
    return Adapted(suite, asked, tuple(follows), tuple(warnings))


def formed(spec: T, form: Mapping[str, Any]) -> T:
    """Give the spec whose type a contract's form names, here or further in, that form's values."""
    if not is_dataclass(spec) or isinstance(spec, type) or not form:
        return spec
    whole: Any = spec
    if type(spec).__qualname__ == form.get("_type"):
        known = {f.name for f in fields(whole)}
        told = {name: value for name, value in form.items() if name in known}
        return cast(T, replace(whole, **{name: value_of(value, getattr(whole, name)) for name, value in told.items()}))
    inner = getattr(whole, "of", None)
    if isinstance(inner, tuple):
        of: Any = tuple(
            (pair[0], formed(pair[1], form)) if isinstance(pair, tuple) else formed(pair, form) for pair in inner
        )
    else:
        of = formed(inner, form)
    return cast(T, spec if of == inner else replace(whole, of=of))


def value_of(told: Any, now: Any) -> Any:
    """Read a described value; ``now`` is what stands there, which a value of an unknown kind leaves as it is."""
    if isinstance(told, list):
        return tuple(value_of(item, None) for item in told)
    if not isinstance(told, Mapping):
        return told
    if "_type" not in told:
        return now
    kind: Any = type(now)
    if kind.__qualname__ != told["_type"]:
        import vision_data.frames

        kind = getattr(vision_data.frames, str(told["_type"]), None)
    if not isinstance(kind, type) or not is_dataclass(kind):
        return now
    known = {f.name for f in fields(kind) if f.init}
    given = {name: value_of(value, getattr(now, name, None)) for name, value in told.items() if name in known}
    return kind(**given)


def function_named(name: str) -> Callable[[str], str | None] | None:
    """Find a function of ``mmreason.parsing`` by its dotted name; None for anything else."""
    module, _, word = name.rpartition(".")
    if not module.startswith(READERS):
        return None
    try:
        found = getattr(import_module(module), word, None)
    except ImportError:
        return None
    return found if isinstance(found, FunctionType) and found.__module__ == module else None


def exchanged(root: T, new: object) -> T:
    """Put ``new`` in the place of everything of its own type under ``root``."""
    if type(root) is type(new):
        return new
    if isinstance(root, tuple):
        return cast(T, tuple(exchanged(item, new) for item in root)) if type(root) is tuple else root
    if not is_dataclass(root) or isinstance(root, type):
        return root
    whole: Any = root
    changed = {f.name: exchanged(getattr(whole, f.name), new) for f in fields(whole) if f.init}
    if all(name_of(getattr(whole, name)) == name_of(value) for name, value in changed.items()):
        return root
    return cast(T, replace(whole, **changed))
