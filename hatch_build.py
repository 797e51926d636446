"""Build hook: let an editable install import the folder ``recipes/`` as ``mmreason_recipes``.

Hatchling can point an editable install at a folder only under the folder's own name, so the hook adds a package of one
file whose search path is the folder in the working tree. Wheels don't need it: they hold a copy (see pyproject.toml).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STAND_IN = '''\
"""Stands in for the recipes of an editable install: runs and searches the folder in the working tree."""

from pathlib import Path

__path__ = [{folder!r}]
__file__ = str(Path(__path__[0], "__init__.py"))
exec(compile(Path(__file__).read_text(encoding="utf-8"), __file__, "exec"))
'''


class RecipesHook(BuildHookInterface[Any]):
    """Adds the stand-in to editable installs only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the stand-in and name it in the build; ``version`` is "editable" or "standard"."""
        if version != "editable":
            return
        stand_in = Path(tempfile.mkdtemp(prefix="mmreason-"), "__init__.py")
        text = STAND_IN.format(folder=str(Path(self.root, "recipes")))
        stand_in.write_text(text, encoding="utf-8")
        build_data["force_include_editable"] = {str(stand_in): "mmreason_recipes/__init__.py"}
