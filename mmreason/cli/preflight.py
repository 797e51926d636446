"""What ``mmreason data check`` is told to do: how the file is read, for which rewards, with which model."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mmreason.asks import POLICY
from mmreason.cli.reading import reader_for
from mmreason.cli.recipes import build_recipe, find_recipe, known_recipes
from mmreason.cli.suggest import CommandError
from mmreason.data.formats import FormatTasks
from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.models.loading import TINY
from mmreason.models.specs import Policy
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Reward
from mmreason.signals import parts
from mmreason.validate import FileSpec

if TYPE_CHECKING:
    from mmreason.cli.check_data import CheckOptions

NATURAL = "rewardmap"
"""The recipe that reads ReasonMap records, where none is named."""


@dataclass(frozen=True)
class Reading:
    """One way in which the file is read, and the reward terms of the stages that read it so."""

    spec: FileSpec
    terms: tuple[tuple[str, Reward], ...] = ()


@dataclass(frozen=True)
class Preflight:
    """All that is checked."""

    readings: tuple[Reading, ...]
    policy: Policy | None
    """Whose processor, context and token budget the prompts are held against; None leaves this out."""
    others: tuple[Any, ...] = ()
    """Specs of the other roles."""
    num: int = 0
    """Completions of a prompt; 0 where no recipe says it."""
    limit: int = 0
    """Tokens of the longest completion."""


def preflight(options: CheckOptions) -> Preflight:
    """Plan the check: as the named recipe would read the file, or by the file's own format.

    Raises:
        CommandError: no such recipe, or one that takes no data.
        DataError: the file is of no known format.
    """
    if options.recipe is not None:
        return of_recipe(options, options.recipe)
    spec = reader_for(options.path, options.question, options.format, options.root, options.outside, options.boxes)
    if isinstance(spec, ReasonMapRecords) and NATURAL in known_recipes():
        return of_recipe(options, NATURAL, spec)
    return Preflight((Reading(spec),), chosen_model(options, None))


def of_recipe(options: CheckOptions, name: str, spec: FileSpec | None = None) -> Preflight:
    """Build the recipe on the file; with ``spec`` its way of reading replaces that of the recipe's stages."""
    build = find_recipe(name)
    takes = inspect.signature(build).parameters
    if "data" not in takes:
        raise CommandError(f"recipe {name!r} takes no --data, so there is nothing to check; leave --recipe out")
    given = {"data": options.path, "preset": options.preset, "steps": 1}  # steps, or it counts the records first
    recipe = build_recipe(build, {key: value for key, value in given.items() if key in takes})
    if spec is not None:
        every = tuple(term for stage in recipe.stages for term in rewards_of(stage))
        readings: tuple[Reading, ...] = (Reading(spec, tuple(dict(every).items())),)
    else:
        readings = tuple(readings_of(recipe, options))
    if not readings:
        raise CommandError(f"recipe {name!r} reads no records from --data; leave --recipe out")
    policy = dict(recipe.models).get(POLICY)
    rollouts = [stage.rollout for stage in recipe.stages]
    return Preflight(
        readings,
        chosen_model(options, policy if isinstance(policy, Policy) else None),
        tuple(other for role, other in recipe.models if role != POLICY),
        max((int(getattr(rollout, "num", 0)) for rollout in rollouts), default=0),
        max((int(getattr(rollout, "limit", 0)) for rollout in rollouts), default=0),
    )


def readings_of(recipe: Recipe, options: CheckOptions) -> Iterable[Reading]:
    """Every way in which some stage reads the file, with the terms of these stages."""
    found: dict[FileSpec, dict[str, Reward]] = {}
    for stage in recipe.stages:
        for spec in parts(stage.tasks):
            if isinstance(spec, FileSpec) and str(spec.path) == options.path:
                found.setdefault(as_asked(spec, options), {}).update(rewards_of(stage))
    return [Reading(spec, tuple(terms.items())) for spec, terms in found.items()]


def as_asked(spec: FileSpec, options: CheckOptions) -> FileSpec:
    """Format, data root and box space of the command line, where the reader knows such things."""
    if not isinstance(spec, FormatTasks):
        return spec
    told = {"format": options.format, "root": options.root, "outside": options.outside, "boxes": options.boxes}
    plain = {"format": "auto", "root": None, "outside": False, "boxes": None}
    return replace(spec, **{name: value for name, value in told.items() if value != plain[name]})  # type: ignore[arg-type]


def rewards_of(stage: Stage) -> list[tuple[str, Reward]]:
    """Reward terms of a stage that are one number per completion."""
    return [(term.name, term.reward) for term in stage.rewards if isinstance(term.reward, Reward)]


def chosen_model(options: CheckOptions, policy: Policy | None) -> Policy | None:
    """The model named on the command line, else the recipe's, else the embedded one; its configuration is read."""
    from mmreason.models.loading import load_config

    if options.model == "none":
        return None
    base = policy or Policy(model=TINY)
    found = base if options.model is None else replace(base, model=options.model)
    load_config(found.model)
    return found
