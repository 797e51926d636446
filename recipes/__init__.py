"""One paper a file; installed as ``mmreason_recipes``. The command line finds a recipe by its name in ``RECIPES``.

Other packages add theirs with an entry point of the group ``mmreason.recipes`` that names such a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .rewardmap import rewardmap

RECIPES: Mapping[str, Callable[..., Any]] = {"rewardmap": rewardmap}
"""Name to the function that builds the recipe from its keywords."""
