"""Refuses a recipe that cannot run, or would learn nothing, before any weights are loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from mmreason.credit.gpg import GroupPolicyGradient
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.credit.whitened import BatchNorm, Whitened
from mmreason.data.formats import FormatTasks
from mmreason.data.media_check import MediaCheck
from mmreason.data.preference_pairs import PreferencePairs
from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.records import BadRecord, collect
from mmreason.data.task_jsonl import TaskJsonl
from mmreason.data.text_formats import TextRecords
from mmreason.errors import RecipeError
from mmreason.ledger import Ledger
from mmreason.losses.base import CreditLoss
from mmreason.models.families import encoder_for
from mmreason.models.family import Encoder
from mmreason.models.loading import load_config, load_processor
from mmreason.models.specs import Policy
from mmreason.models.store import MediaStore
from mmreason.recipe import Recipe, Stage
from mmreason.signals import check, parts, roles
from mmreason.types import Task

CENTRED = (GroupNorm, GroupPolicyGradient, LeaveOneOut, BatchNorm, Whitened)
"""Advantages that compare a completion with the others of its group."""

FileSpec = ReasonMapRecords | TaskJsonl | FormatTasks | PreferencePairs | TextRecords
"""Task specs that read a file of records."""


def validate(recipe: Recipe) -> None:
    """Check everything that can be known from the recipe alone.

    Raises:
        RecipeError: the first thing that is wrong, with the remedy.
    """
    check(recipe.stages, "recipe.stages")
    check(recipe.exams, "recipe.exams")
    has_work(recipe)
    has_roles(recipe)
    for stage in recipe.stages:
        has_something_to_learn(stage)
        compares_something(stage)
    fits_budget(recipe)
    has_device(recipe)


def has_work(recipe: Recipe) -> None:
    """Refuse a recipe in which no step is ever made."""
    if not recipe.stages and not recipe.exams:
        raise RecipeError(f"recipe {recipe.name!r} has neither stages nor exams: there is nothing to do")
    if recipe.stages and not any(stage.steps for stage in recipe.stages):
        names = ", ".join(stage.name for stage in recipe.stages)
        raise RecipeError(f"recipe {recipe.name!r}: every stage ({names}) has 0 steps; give --steps 1 or more")


def has_roles(recipe: Recipe) -> None:
    """Refuse a recipe that asks somebody whom it does not bring."""
    loaded = {role for role, _ in recipe.models}
    if missing := roles(recipe.stages, recipe.exams) - loaded:
        raise RecipeError(
            f"recipe {recipe.name!r} asks {', '.join(sorted(r.name for r in missing))}, but brings only "
            f"{', '.join(sorted(r.name for r in loaded)) or 'no model'}: add the role to Recipe.models"
        )


def has_something_to_learn(stage: Stage) -> None:
    """Refuse a stage whose losses spend credit that no reward gives."""
    if stage.steps and not stage.rewards and any(isinstance(loss, CreditLoss) for loss in stage.losses):
        names = ", ".join(type(loss).__name__ for loss in stage.losses if isinstance(loss, CreditLoss))
        raise RecipeError(f"stage {stage.name!r}: {names} spends credit, but the stage has no rewards to earn it by")


def compares_something(stage: Stage) -> None:
    """Refuse groups whose completions have nobody to be compared with."""
    num, temperature = getattr(stage.rollout, "num", None), getattr(stage.rollout, "temperature", None)
    credits = sorted({type(part).__name__ for part in parts(stage.losses) if isinstance(part, CENTRED)})
    if not credits or not stage.steps:
        return
    by = " and ".join(credits)
    if num == 1:
        raise RecipeError(
            f"stage {stage.name!r}: group size 1 with {by} teaches nothing, since each reward is compared with the "
            "others of its group; use a group size of 2 or more (8 is usual)"
        )
    if temperature == 0:
        raise RecipeError(
            f"stage {stage.name!r}: at temperature 0 the {num} completions of a group are equal and {by} has nothing "
            "to compare; sample with a temperature above 0"
        )


def fits_budget(recipe: Recipe, prompt: int = 0) -> None:
    """Refuse completions that no forward could hold, however the batch is cut.

    Args:
        recipe: its policies have the budgets.
        prompt: tokens of the shortest prompt, where it is known.

    Raises:
        RecipeError: naming the numbers.
    """
    for role, spec in recipe.models:
        for stage in (*recipe.stages, *recipe.exams):
            limit = getattr(stage.rollout, "limit", None)
            if not isinstance(spec, Policy) or limit is None or getattr(stage.rollout, "by", None) != role:
                continue
            if prompt + limit > spec.budget:
                what = f"a prompt of {prompt} tokens and a completion" if prompt else "a completion"
                raise RecipeError(
                    f"stage {stage.name!r}: {what} of up to {limit} tokens does not fit the token budget of "
                    f"{spec.budget} for one forward (Policy.budget); lower the limit or raise the budget"
                )


def has_device(recipe: Recipe) -> None:
    """Refuse a GPU that is not there."""
    for role, spec in recipe.models:
        device = str(getattr(spec, "device", "auto"))
        if device not in ("auto", "cpu") and not device.startswith("cuda"):
            raise RecipeError(f"{role.name}: unknown device {device!r}; use auto, cpu or cuda")
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise RecipeError(f"{role.name}: device {device!r} was asked for, but torch sees no GPU; use --device cpu")


def check_models(recipe: Recipe) -> None:
    """Read the configuration of every checkpoint that the recipe names.

    Raises:
        CheckpointError: a folder is missing or holds no model.
        RecipeError: an architecture is not supported.
    """
    for _, spec in recipe.models:
        if isinstance(spec, Policy):
            load_config(spec.model)


def file_specs(recipe: Recipe) -> list[FileSpec]:
    """List everything in the recipe that reads records from a file; each once."""
    found = (p for p in parts((recipe.stages, recipe.exams)) if isinstance(p, FileSpec))
    return list(dict.fromkeys(found))


def check_data(recipe: Recipe, most: int = 256) -> list[Task]:
    """Read all records that the recipe names and decode pictures, so that nothing is met an hour into the run.

    Args:
        recipe: its stages and exams.
        most: how many different pictures of a file are decoded; of the others only the files must be there.

    Returns:
        The first task of every file.

    Raises:
        DataError: a file is missing or empty, or a record is bad and the reader does not skip; with file and line.
    """
    return [collect(spec.path, decoding(spec, most), spec.on_bad_record)[0][0] for spec in file_specs(recipe)]


def decoding(spec: FileSpec, most: int) -> Iterator[Task | BadRecord]:
    """Walk through a file, and decode pictures until so many different ones were fine."""
    check = MediaCheck(decode=most > 0)
    for item in spec.walk(check):
        check.decode = len(check.fine) < most
        yield item


def check_lengths(recipe: Recipe, tasks: Sequence[Task]) -> None:
    """Encode a prompt of each file, without any weights, and refuse what neither budget nor context can hold.

    Raises:
        RecipeError: naming the numbers.
    """
    for role, spec in recipe.models:
        if isinstance(spec, Policy) and tasks:
            encoder = encoder_of(spec)
            shortest = min(len(encoder.encode(task.prompt)) for task in tasks)
            fits_budget(recipe, shortest)
            for stage in (*recipe.stages, *recipe.exams):
                limit = getattr(stage.rollout, "limit", 0) if getattr(stage.rollout, "by", None) == role else 0
                if shortest + limit > encoder.max_context:
                    raise RecipeError(
                        f"stage {stage.name!r}: a prompt of {shortest} tokens and a completion of up to {limit} are "
                        f"more than the context of {spec.model}, {encoder.max_context}; lower the limit or max_pixels"
                    )


def encoder_of(spec: Policy) -> Encoder:
    """The encoder that a policy will have, pixel limits included."""
    processor = load_processor(spec.model)
    for edge, pixels in (("shortest_edge", spec.min_pixels), ("longest_edge", spec.max_pixels)):
        if pixels is not None and hasattr(processor, "image_processor"):
            processor.image_processor.size[edge] = processor.video_processor.size[edge] = pixels
    return encoder_for(processor, load_config(spec.model), MediaStore(1 << 20), Ledger())
