"""``mmreason train RECIPE --plan``: what a run takes, and whether it fits, before anything is loaded."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from mmreason.cli.screen import show, table
from mmreason.cli.suggest import CommandError

if TYPE_CHECKING:
    from mmreason.plan.planned import Planned, Sizes
    from mmreason.recipe import Recipe

STAND_IN = tuple(
    {"id": str(i), "prompt": [{"role": "user", "content": f"What is {i} + 1?"}], "solution": str(i + 1)}
    for i in range(256)
)
"""Records that a recipe is built on where it needs data and none are given."""


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """What a run takes, told without loading it.

    Args:
        plan: print parameters, memory by role, tokens, arithmetic and time of a step, and end; code 2 if it cannot fit.
        gpus: how many share the run.
        memory: GiB of each.
        gpu: whose data sheet the time is estimated from.
        text_tokens: of a prompt without its media.
        media_tokens: of a prompt's pictures or video; 1280 is a picture of a million pixels, and 0 is none.
    """

    plan: bool = False
    gpus: int = 1
    memory: float = 80.0
    gpu: Literal["h200", "h100", "a100"] = "h100"
    text_tokens: int = 300
    media_tokens: int = 1280

    def __post_init__(self) -> None:
        """Refuse what is no machine."""
        for name, least in (("gpus", 1), ("text_tokens", 1), ("media_tokens", 0)):
            if getattr(self, name) < least:
                option = name.replace("_", "-")
                raise CommandError(f"--{option}: expected at least {least}, got {getattr(self, name)}")
        if not self.memory > 0:
            raise CommandError(f"--memory: expected GiB of one GPU, got {self.memory:g}")


def built(build: Callable[..., Recipe], keywords: dict[str, Any]) -> Recipe:
    """Build a recipe to be planned; a large preset's data may be missing, for a plan does not count them.

    Raises:
        CommandError: this recipe has to look into data of its own kind.
    """
    from mmreason.cli.recipes import build_recipe
    from mmreason.errors import DataError

    takes = inspect.signature(build).parameters
    if "data" not in takes or keywords.get("data") is not None or keywords.get("preset") == "tiny":
        return build_recipe(build, keywords)
    steps = {"steps": 1} if "steps" in takes and keywords.get("steps") is None else {}
    try:
        with TemporaryDirectory() as folder:
            data = Path(folder) / "stand-in.jsonl"
            data.write_text("".join(f"{json.dumps(record)}\n" for record in STAND_IN))
            return build_recipe(build, keywords | {"data": str(data)} | steps)
    except DataError:
        raise CommandError(f"{build.__name__} is built from what its data hold: give --data with --plan too") from None


def plan_recipe(recipe: Recipe, options: PlanOptions) -> int:
    """Print the plan; gives the exit code."""
    from mmreason.plan.planned import Sizes, planned

    sizes = Sizes(options.gpus, options.memory * 2**30, options.gpu, options.text_tokens, options.media_tokens)
    found = planned(recipe, sizes)
    show(*report(recipe, found, sizes))
    if found.fits:
        show(f"fits: {gib(found.memory.peak)} of {options.memory:g} GiB on each GPU")
        return 0
    sys.stdout.flush()
    sys.stderr.write(
        f"error: does not fit: {gib(found.memory.peak)} on each of {options.gpus} GPU(s) of {options.memory:g} GiB, "
        f"of them {', '.join(f'{name} {gib(value)}' for name, value in largest(found))}\n"
    )
    for remedy in found.remedies or ["none of these settings fits: take more or larger GPUs, or a smaller model"]:
        sys.stderr.write(f"remedy: {remedy}\n")
    return 2


def report(recipe: Recipe, found: Planned, sizes: Sizes) -> list[Any]:
    """Tables of a plan."""
    from mmreason.runs.start_up import short

    counts = ("trainable", "frozen")
    parts = table("", "component", *counts, right=counts)
    for part in found.of.components:
        parts.add_row(part.name, short(part.learns), short(part.num - part.learns))
    parts.add_section()
    parts.add_row("all", short(found.of.learns), short(found.of.num - found.of.learns))
    columns = [level.name for level in found.levels]
    memory = table("", "role", *columns, right=columns)
    for role in found.levels[0].memory.lines():
        memory.add_row(role, *(number(level.memory.lines()[role]) for level in found.levels))
    memory.add_section()
    memory.add_row("while learning", *(number(lv.memory.always + lv.memory.learning) for lv in found.levels))
    memory.add_row("while sampling", *(number(lv.memory.always + lv.memory.sampling) for lv in found.levels))
    return [
        f"{recipe.name}: parameters of {found.of.model}", parts,
        f"GiB on each of {sizes.gpus} GPU(s), by what is spread over them", memory,
        f"this run: {found.chosen}", "",
        f"a step of stage {found.stage} on {sizes.gpus} {found.device.name}", work(found),
        *found.assumptions, "",
    ]  # fmt: skip


def work(found: Planned) -> Any:
    """Tokens, operations, traffic and time of a step."""
    step, flops, time = found.step, found.flops, found.seconds
    rows = table("", "what", "how much", "of it")
    told = {
        "prompt tokens": (step.prompt_tokens, f"{step.groups} prompts of {step.text} text + {step.media} media"),
        "completion tokens": (step.completion_tokens, f"{step.groups * step.num} of up to {step.limit} each"),
        "packed tokens": (step.packed_tokens, f"{step.repeated_tokens:,} with a prompt for each completion"),
        "optimiser steps": (found.updates, f"{found.forwards} forward(s) of each GPU in one"),
    }
    for name, (num, text) in told.items():
        rows.add_row(name, f"{num:,}", text)
    rows.add_row("operations", f"{flops.total:.2e}", shares(flops, flops.total))
    rows.add_row("received", f"{found.sent / 1e9:.1f} GB", "gradients and weights, by each GPU")
    rows.add_row("time", f"{time.total:.0f} s", ", ".join(f"{name} {x:.0f} s" for name, x in asdict(time).items() if x))
    return rows


def shares(of: Any, whole: float) -> str:
    """Fields of a dataclass as shares of their sum."""
    return ", ".join(f"{name} {value / whole:.0%}" for name, value in asdict(of).items() if value)


def largest(found: Planned) -> list[tuple[str, float]]:
    """The three roles that take most."""
    return sorted(found.memory.lines().items(), key=lambda pair: -pair[1])[:3]


def number(value: float) -> str:
    """GiB in a few digits; a dash for nothing."""
    size = value / 2**30
    return "-" if not value else f"{size:.1f}" if size >= 0.1 else f"{size:.2g}"


def gib(value: float) -> str:
    """A size for a sentence."""
    return f"{value / 2**30:.1f} GiB"
