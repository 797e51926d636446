"""Recipes by name: the one place where a word becomes an object."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from mmreason.cli.options import Options
from mmreason.cli.suggest import CommandError, unknown
from mmreason.errors import RecipeError

if TYPE_CHECKING:
    from mmreason.recipe import Recipe

GROUP = "mmreason.recipes"
"""Entry points of this group name tables: recipe name to a function that returns a ``Recipe``."""

Build = Callable[..., "Recipe"]


def known_recipes() -> dict[str, Build]:
    """Load every table that an installed package offers.

    Raises:
        RecipeError: two tables have a recipe of the same name.
    """
    found: dict[str, Build] = {}
    for entry in entry_points(group=GROUP):
        for name, build in entry.load().items():
            if name in found and found[name] is not build:
                raise RecipeError(f"two packages bring a recipe {name!r}; the second is {entry.value}: uninstall one")
            found[name] = build
    return found


def find_recipe(name: str) -> Build:
    """Give the function that builds a recipe.

    Raises:
        CommandError: there is none of this name.
    """
    known = known_recipes()
    if not known:
        raise CommandError(f"no recipes are installed, so there is no {name!r}; install mmreason with pip")
    if name not in known:
        raise CommandError(unknown("recipe", name, known))
    return known[name]


def split(words: Sequence[str], command: str) -> tuple[str, list[str]]:
    """Take the recipe's name from the front.

    Raises:
        CommandError: the first word is an option, or there is none.
    """
    if not words or words[0].startswith("-"):
        names = ", ".join(known_recipes()) or "none installed"
        raise CommandError(f"name the recipe first: mmreason {command} RECIPE [options]; there are: {names}")
    return words[0], list(words[1:])


def recipe_options(build: Build, without: Sequence[str] = ()) -> Options:
    """Give a recipe's keywords as options."""
    return Options("recipe", build, without)


def shared(build: Build, run: Sequence[str]) -> list[str]:
    """Keywords that a recipe has in common with the run's own options, such as ``seed``: given once, told to both."""
    return [name for name in inspect.signature(build).parameters if name in run]


def build_recipe(build: Build, keywords: dict[str, Any]) -> Recipe:
    """Call the function.

    Raises:
        RecipeError: it gave something else than a recipe.
    """
    from mmreason.recipe import Recipe

    recipe = build(**keywords)
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"the recipe {build.__name__!r} gave a {type(recipe).__name__}, expected a Recipe")
    return recipe


def about(build: Build) -> str:
    """Give the first sentence of the module that a recipe stands in: its title and paper."""
    module = inspect.getmodule(build)
    return ((module and inspect.getdoc(module)) or inspect.getdoc(build) or "").partition("\n")[0]


def listing() -> str:
    """Give every recipe with its first sentence, as lines of text."""
    known = known_recipes()
    width = max(map(len, known), default=0)
    return "\n".join(f"  {name:{width}}  {about(build)}" for name, build in sorted(known.items())) or "  none installed"
