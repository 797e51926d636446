"""The run's folder: who may write there, and the record of what was started."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from mmreason.errors import CheckpointError, RecipeError
from mmreason.recipe import Recipe
from mmreason.runs.atomic import PREFIX, write_text
from mmreason.runs.checkpoint import same_recipe
from mmreason.runs.description import described, pretty
from mmreason.runs.lock import FILE

PACKAGES = ("mmreason", "torch", "transformers", "peft", "tokenizers", "safetensors", "numpy", "pillow")
RECORD = ("recipe.txt", "recipe.json", "versions.json")


def create(home: Path, recipe: Recipe, seed: int) -> None:
    """Begin a new run in a folder that is missing, empty, or of a run that never came to its first step.

    Raises:
        RecipeError: something is in it already.
    """
    if home.exists() and not is_blank(home):
        raise RecipeError(
            f"{home} is not empty: give --resume to go on with the run in it, or another --name to start a new one"
        )
    begin(home, recipe, seed)


def is_blank(home: Path) -> bool:
    """Say whether nothing can be lost here: no file at all, or only the record of a start and generated data."""
    if not home.is_dir():
        return False
    names = [path.name for path in home.iterdir() if not path.name.startswith((PREFIX, FILE))]
    return not names or (RECORD[0] in names and set(names) <= {*RECORD, "data", "alive"})


def begin(home: Path, recipe: Recipe, seed: int) -> None:
    """Write the record of what is started; ``versions.json`` comes last and shows that all of it is there."""
    home.mkdir(parents=True, exist_ok=True)
    write_text(home / "recipe.txt", pretty(recipe) + "\n")
    write_json(home / "recipe.json", described(recipe))
    write_json(home / "versions.json", versions(seed))


def reopen(home: Path, recipe: Recipe, seed: int) -> list[str]:
    """Go on in a folder; where no run has made a step yet, one is begun.

    Returns:
        Packages and settings that have changed since the run was started, one text each.

    Raises:
        CheckpointError: it was started with another recipe or seed, or the record of that is damaged.
        RecipeError: the folder holds something else than a run.
    """
    if not home.exists() or is_blank(home):
        begin(home, recipe, seed)
        return []
    if not (home / "versions.json").is_file():
        raise RecipeError(f"{home} holds no run that could be resumed (no versions.json); give another --name")
    same_recipe(read_json(home / "recipe.json"), recipe, home)
    before, now = read_json(home / "versions.json"), versions(seed)
    if before.get("seed") != seed:
        raise CheckpointError(
            f"{home} was started with seed {before.get('seed')}, this run has seed {seed}: "
            "resume with the same seed, or start a new run under another name"
        )
    watched = [*PACKAGES, "python", "threads", "platform", "revision"]
    return [
        f"{name} was {before.get(name)}, is {now.get(name)}" for name in watched if before.get(name) != now.get(name)
    ]


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({type(error).__name__}); it is part of the run's record, start a new run"
        ) from None


def versions(seed: int) -> dict[str, Any]:
    """What the numbers of a run may depend on besides its recipe."""
    return {name: installed(name) for name in PACKAGES} | {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "threads": torch.get_num_threads(),
        "seed": seed,
        "revision": revision(),
        "command": sys.argv,
    }


def installed(package: str) -> str | None:
    """Version of a package, None where it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def revision() -> str | None:
    """Git revision of the code that runs, with ``+`` where it has changes; None outside a checkout."""
    here = Path(__file__).parent
    told = []
    tracked = ["ls-files", "--error-unmatch", Path(__file__).name]
    for question in (tracked, ["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"]):
        try:
            ran = subprocess.run(["git", *question], cwd=here, capture_output=True, text=True, timeout=10, check=True)
        except (OSError, subprocess.SubprocessError):
            return None
        told.append(ran.stdout.strip())
    return told[1] + ("+" if told[2] else "")
