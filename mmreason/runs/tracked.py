"""What trackers share: the numbers of an entry, a run that keeps its name, and packages that may be missing."""

from __future__ import annotations

import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mmreason.errors import RecipeError
from mmreason.recipe import Recipe
from mmreason.runs.description import described
from mmreason.runs.sinks import Entry


def numbers(entry: Entry) -> dict[str, float]:
    """Metrics under their own names, costs under ``costs/``, and ``seconds``; what was not measured is left out."""
    told = {**entry.metrics, **{f"costs/{name}": value for name, value in entry.costs.items()}}
    return {name: value for name, value in (told | {"seconds": entry.seconds}).items() if value == value}


class Tracked:
    """A sink that hands the numbers to a tracker's package, which opens its run with the first of them.

    A resumed run goes on under the name that its checkpoint remembers; numbers of steps that it makes again are the
    same ones again.

    Args:
        package: what must be installed.

    Raises:
        RecipeError: it is not.
    """

    def __init__(self, package: str) -> None:
        if find_spec(package) is None:
            raise RecipeError(f"--track {package}: the package {package} is not installed; pip install {package}")
        self.name = ""
        self.run: Any = None

    def begin(self, recipe: Recipe, home: Path, done: int) -> None:
        """Remember what the tracker is told; a run that goes on is named by ``load_state_dict``."""
        self.recipe, self.home, self.config = recipe.name, home, {"recipe": described(recipe)}
        self.name = f"{home.name}-{secrets.token_hex(4)}"

    def log(self, entry: Entry) -> None:
        """Add a point to each curve, over the run's steps."""
        if self.run is None:
            self.run = self.open()
        self.run.log(numbers(entry), step=entry.step)

    def open(self) -> Any:
        """Open the tracker's run, or go on with the one of this name."""
        raise NotImplementedError

    def close(self) -> None:
        """Flush."""
        if self.run is not None:
            self.run.finish()
            self.run = None

    def state_dict(self) -> dict[str, Any]:
        """Under which name the tracker knows the run."""
        return {"name": self.name}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on under that name."""
        self.name = state.get("name", self.name)
