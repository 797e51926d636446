"""What the tabs of the inspector share: the opened runs, and what may be asked of live checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from mmreason.inspector.links import Place
from mmreason.inspector.opened import Opened

if TYPE_CHECKING:
    from mmreason.inspector.live import Desk
    from mmreason.inspector.live_question import Drawer
    from mmreason.recipe import Recipe


@dataclass(frozen=True)
class Room:
    """Everything the page is made from.

    Attributes:
        runs: that are open.
        desk: holds the live checkpoint.
        drawer: draws questions of recipes.
        checkpoints: that are offered, the first is the usual one.
        load_recipes: gives the recipes by name, to score live answers with; it takes seconds, so it is asked late.
        recipe: the one that is chosen at first; empty for none.
        live: folder to which live answers are written.
        any_checkpoint: others than those offered may be typed: folders of this machine, hub ids.
        most_bytes: of an uploaded file.
    """

    runs: Opened
    desk: Desk
    drawer: Drawer
    live: Path
    checkpoints: tuple[str, ...] = ("mmreason-tiny",)
    load_recipes: Callable[[], Mapping[str, Callable[[], Recipe]]] = dict
    recipe: str = ""
    any_checkpoint: bool = True
    most_bytes: int = 100 << 20

    @cached_property
    def recipes(self) -> Mapping[str, Callable[[], Recipe]]:
        """Recipes by name."""
        return self.load_recipes()

    def visitor(self, session: str) -> str:
        """Name of the folder of a visitor's live answers, opened when it is first asked for.

        Args:
            session: a secret of the visitor's page.
        """
        name = f"live-{sha256(session.encode()).hexdigest()[:16]}"
        if name not in self.runs.hidden:
            (self.live / name / "traces").mkdir(parents=True, exist_ok=True)
            self.runs.hide(name, self.live / name)
        return name

    def leave(self, session: str) -> None:
        """Forget a visitor: his answers and pictures are removed."""
        name = f"live-{sha256(session.encode()).hexdigest()[:16]}"
        if self.runs.hidden.pop(name, None) is not None:
            rmtree(self.live / name, ignore_errors=True)

    @property
    def start(self) -> Place:
        """Where somebody stands who has no link: the first run, or the live tab where there is none."""
        names = list(self.runs)
        return Place(names[0]) if names else Place(tab="live")
