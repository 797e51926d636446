"""``mmreason explain RECIPE``: what a recipe does, stage by stage. No model is loaded."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from mmreason.cli.options import parse
from mmreason.cli.recipes import about, build_recipe, find_recipe, listing, recipe_options, split
from mmreason.cli.screen import show, table

if TYPE_CHECKING:
    from rich.tree import Tree

    from mmreason.asks import Role
    from mmreason.recipe import Recipe, Stage
    from mmreason.rewards.base import Term

SHORT = 3
"""Items of a list that are told; more are counted."""


def command(words: list[str]) -> int:
    """Explain a recipe."""
    if words[:1] in (["-h"], ["--help"]):
        sys.stdout.write(f"usage: mmreason explain RECIPE [recipe options]\n\nrecipes:\n{listing()}\n")
        return 0
    name, rest = split(words, "explain")
    build = find_recipe(name)
    (given,) = parse([recipe_options(build)], rest, f"mmreason explain {name}", about(build))
    explain(build_recipe(build, given))
    return 0


def explain(recipe: Recipe) -> None:
    """Print everything a recipe is made of."""
    show(f"{recipe.name}: {recipe.paper}" if recipe.paper else recipe.name, "", models(recipe), plan(recipe))
    tables: dict[tuple[Term, ...], list[str]] = {}
    for stage in (*recipe.stages, *recipe.exams):
        if stage.rewards:
            tables.setdefault(stage.rewards, []).append(stage.name)
    for rewards, names in tables.items():
        show(terms(rewards, "rewards" if len(tables) == 1 else f"rewards of {', '.join(names)}"))
    for names, stage in alike(recipe.stages):
        show(stage_tree("a step of " + ", ".join(names), stage, recipe.models), "")
    for names, stage in alike(recipe.exams):
        show(stage_tree("exam " + ", ".join(names), stage, recipe.models), "")


def models(recipe: Recipe) -> Any:
    """Who plays which role."""
    rows = table("models", "role", "played by", "settings")
    for role, spec in recipe.models:
        rows.add_row(role.name, type(spec).__name__, settings(spec) or "-")
    return rows


def plan(recipe: Recipe) -> Any:
    """The stages in order, and the exams around them."""
    names = ("", "name", "steps", "groups", "completions", "tasks")
    rows = table("order", *names, right=("steps", "groups", "completions"))
    before = [("exam before", exam) for exam in recipe.exams]
    stages = [(f"stage {i}", stage) for i, stage in enumerate(recipe.stages, 1)]
    after = [("exam after", exam) for exam in recipe.exams]
    for kind, stage in [*before, *stages, *after]:
        num = getattr(stage.rollout, "num", None)
        tasks = describe(stage.tasks)
        rows.add_row(kind, stage.name, str(stage.steps), str(stage.groups), str(num or "-"), tasks)
    return rows


def alike(stages: tuple[Stage, ...]) -> Iterator[tuple[list[str], Stage]]:
    """Stages that differ in name, tasks and length only, told once."""
    kinds: dict[Stage, list[Stage]] = {}
    for stage in stages:
        kinds.setdefault(replace(stage, name="", tasks=stages[0].tasks, steps=1), []).append(stage)
    for same in kinds.values():
        yield [stage.name for stage in same], same[0]


def stage_tree(title: str, stage: Stage, models: Sequence[tuple[Role, Any]] = ()) -> Tree:
    """What happens in a step, in the order in which it happens."""
    from rich.text import Text
    from rich.tree import Tree

    from mmreason.cli.waves import passes

    branches = {
        "rollout": [describe(stage.rollout, whole=True)],
        "filters": [describe(x) for x in stage.filters] + [f"up to {stage.rounds} draws"] * (stage.rounds > 1),
        "model calls": [f"{i}. {text}" for i, text in enumerate(passes(stage, models), 1)],
        "losses": [loss_line(loss) for loss in stage.losses],
        "updates": updates(stage),
        "kept": [describe(x) for x in stage.keep],
        "metrics": [describe(x) for x in stage.metrics],
        "surveys": [f"every {s.every} steps: {s.stage.name} on {describe(s.stage.tasks)}" for s in stage.surveys],
    }
    tree = Tree(Text(title, style="bold"))
    for name, lines in branches.items():
        if lines:
            branch = tree.add(Text(name, style="cyan"))
            for line in lines:
                branch.add(Text(line))
    return tree


def terms(rewards: tuple[Term, ...], title: str) -> Any:
    """The reward table's columns."""
    rows = table(title, "term", "weight", "computed by", "source", "what it is", right=("weight",))
    for term in rewards:
        inner = innermost(term.reward)
        weight = f"{term.weight:g}" if isinstance(term.weight, int | float) else describe(term.weight)
        rows.add_row(term.name, weight, describe(term.reward), source_of(inner), sentence(inner))
    return rows


def loss_line(loss: Any) -> str:
    """A loss with its source."""
    source = source_of(loss)
    return describe(loss, whole=True) + ("   (" + source.replace("\n", ", ") + ")") * (source != "-")


def updates(stage: Stage) -> list[str]:
    """How the step's groups become optimiser steps."""
    if not stage.losses:
        return []
    size = min(stage.minibatch or stage.groups, stage.groups)
    num = -(-stage.groups // size) * stage.epochs
    text = f"{num} optimiser step{'s' * (num > 1)} a step, each on {size} groups"
    return [text + (f", {stage.epochs} passes over the rollouts" if stage.epochs > 1 else "")]


def innermost(value: Any) -> Any:
    """What a wrapper such as ``Times`` wraps: the thing that is measured."""
    inner = getattr(value, "of", None)
    return innermost(inner) if is_dataclass(inner) else value


def source_of(value: Any) -> str:
    """ArXiv ids that a class cites, or else its module."""
    from mmreason.catalogue import own_doc, papers_in

    found = papers_in(own_doc(type(value))) or papers_in(inspect.getdoc(inspect.getmodule(type(value))) or "")
    return "\n".join(f"arXiv:{paper}" for paper in found) or "-"


def sentence(value: Any) -> str:
    """First sentence of a class's docstring without its citations."""
    from mmreason.catalogue import first_sentence, own_doc

    return first_sentence(own_doc(type(value))).replace("``", "")


def settings(spec: Any, whole: bool = False) -> str:
    """Fields that differ from their defaults, or all that say something; a lone ``of`` goes without its name."""
    told = [f for f in fields(spec) if differs(spec, f) or (whole and getattr(spec, f.name) not in (None, (), ""))]
    alone = len(told) == 1 and told[0].name == "of"
    return ", ".join(("" if alone else f"{f.name}=") + describe(getattr(spec, f.name)) for f in told)


def differs(spec: Any, f: Field[Any]) -> bool:
    """Say whether a field is not at its default."""
    value = getattr(spec, f.name)
    if f.default is not MISSING:
        return bool(value != f.default)
    return f.default_factory is MISSING or bool(value != f.default_factory())


def describe(value: Any, whole: bool = False) -> str:
    """Write a value as its call, defaults left out; ``whole`` keeps its own, but not those of what it holds.

    >>> from mmreason.rollouts.sample import Sample
    >>> describe(Sample(num=8, limit=96))
    'Sample(limit=96)'
    """
    from mmreason.asks import Role

    if isinstance(value, Role):
        return value.name
    if is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__name__}({settings(value, whole)})"
    if isinstance(value, tuple):
        inner = ", ".join(describe(x) for x in value[:SHORT])
        return f"{inner} and {len(value) - SHORT} more" if len(value) > SHORT else inner
    if callable(value):
        return str(getattr(value, "__name__", value))
    return f"{value:g}" if isinstance(value, float) else str(value)
