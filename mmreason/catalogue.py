"""Finds every method by walking the rooms: what ``mmreason methods`` lists and ``docs/methods.md`` is made from."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

ROOMS = (
    "mmreason.data",
    "mmreason.rollouts",
    "mmreason.probes",
    "mmreason.filters",
    "mmreason.rewards",
    "mmreason.credit",
    "mmreason.losses",
    "mmreason.schedules",
    "mmreason.inference",
    "mmreason.metrics",
    "mmreason.judges",
    "vision_data.frames",
    "vision_data.transforms",
)
"""Packages (or single modules) whose public classes are methods; one that does not exist is left out."""

ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})(?:v\d+)?")
OWN = "Not from a paper."
"""What a docstring says where there is nothing to cite."""


@dataclass(frozen=True, order=True)
class Method:
    """A public class of a room, as its docstring describes it."""

    room: str
    """Dotted name of the package it lives in."""
    name: str
    module: str
    doc: str
    """Its own docstring; empty if it has none."""

    @property
    def papers(self) -> tuple[str, ...]:
        """ArXiv ids that the docstring cites, each once."""
        return papers_in(self.doc)

    @property
    def cited(self) -> bool:
        """It says where it comes from."""
        return bool(self.papers) or OWN in self.doc

    @property
    def summary(self) -> str:
        """First line of the docstring without the citation, which has a column of its own."""
        return first_sentence(self.doc)


def papers_in(doc: str) -> tuple[str, ...]:
    """Give the arXiv ids that a text cites, each once.

    >>> papers_in("RLOO, arXiv:2402.14740v2: against its siblings (see arXiv:2402.14740).")
    ('2402.14740',)
    """
    return tuple(dict.fromkeys(ARXIV.findall(doc)))


def first_sentence(doc: str) -> str:
    """Give the first line of a docstring without its citations.

    >>> first_sentence("RLOO, arXiv:2402.14740: against its siblings. Not from a paper.")
    'RLOO: against its siblings.'
    """
    line = doc.strip().partition("\n")[0].replace(OWN, "")
    line = re.sub(rf"(?:,? |(?<=\()){ARXIV.pattern}", "", line)
    return re.sub(r" ?\(\)", "", line).strip()


def modules(room: str) -> Iterator[ModuleType]:
    """Walk the room and all public modules under it; nothing if there is no such room."""
    try:
        package = importlib.import_module(room)
    except ModuleNotFoundError as error:
        if error.name == room:
            return
        raise
    yield package
    for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"{room}."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            yield importlib.import_module(found.name)


def is_method(cls: type) -> bool:
    """A public, concrete, frozen dataclass that can be called or opened, or that fills in an abstract class of ours."""
    params = vars(cls).get("__dataclass_params__")
    if cls.__name__.startswith("_") or params is None or not params.frozen or inspect.isabstract(cls):
        return False
    ours = [base for base in cls.__mro__ if base.__module__.startswith(("mmreason", "vision_data"))]
    fills_in = any(inspect.isabstract(base) for base in ours)
    return fills_in or any(name in vars(base) for base in ours for name in ("__call__", "open"))


def own_doc(cls: type) -> str:
    """Give the docstring of this very class: not an inherited one, nor the signature that a dataclass puts there."""
    doc = inspect.cleandoc(vars(cls).get("__doc__") or "")
    return "" if doc.startswith(f"{cls.__name__}(") else doc


def methods(rooms: Sequence[str] = ROOMS) -> list[Method]:
    """List every method of every room, in the order of the rooms and then by name."""
    found = []
    for room in rooms:
        in_room = [
            Method(room, cls.__name__, module.__name__, own_doc(cls))
            for module in modules(room)
            for _, cls in inspect.getmembers(module, inspect.isclass)
            if cls.__module__ == module.__name__ and is_method(cls)
        ]
        found += sorted(in_room)
    return found
