"""Recipes by name, from every package that brings some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mmreason.cli import recipes
from mmreason.cli.recipes import about, build_recipe, find_recipe, known_recipes, shared, split
from mmreason.cli.suggest import CommandError
from mmreason.errors import RecipeError


class Entry:
    """An entry point."""

    def __init__(self, value: str, table: dict[str, Callable[..., Any]]) -> None:
        self.value, self.table = value, table

    def load(self) -> dict[str, Callable[..., Any]]:
        return self.table


def one(*, seed: int = 0, width: int = 1) -> str:
    """First. Second."""
    return f"{seed}{width}"


def two() -> None:
    """Another."""


def install(monkeypatch: pytest.MonkeyPatch, *entries: Entry) -> None:
    monkeypatch.setattr(recipes, "entry_points", lambda group: entries if group == "mmreason.recipes" else ())


def test_ours_are_there() -> None:
    assert find_recipe("rewardmap").__name__ == "rewardmap"
    assert about(find_recipe("rewardmap")).startswith("RewardMap (arXiv:2510.02240)")


def test_tables_of_several_packages_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Entry("a:T", {"one": one}), Entry("b:T", {"two": two}))
    assert known_recipes() == {"one": one, "two": two}


def test_two_recipes_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Entry("a:T", {"one": one}), Entry("b:T", {"one": two}))
    with pytest.raises(RecipeError, match="'one'; the second is b:T"):
        known_recipes()


def test_no_recipes_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    with pytest.raises(CommandError, match="install mmreason with pip"):
        find_recipe("rewardmap")


def test_the_name_comes_first() -> None:
    assert split(["rewardmap", "--steps", "2"], "train") == ("rewardmap", ["--steps", "2"])
    with pytest.raises(CommandError, match="name the recipe first: mmreason explain RECIPE"):
        split(["--steps", "2"], "explain")


def test_keywords_in_common_are_given_once() -> None:
    assert shared(one, ["name", "seed"]) == ["seed"]


def test_a_function_that_gives_no_recipe_is_refused() -> None:
    with pytest.raises(RecipeError, match="'one' gave a str, expected a Recipe"):
        build_recipe(one, {"seed": 3})
