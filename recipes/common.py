"""What recipes share: the policy of a preset, one pass over the data, a supervised start, the usual refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from mmreason.asks import REFERENCE, Role
from mmreason.data.sources import Shuffled, TaskSpec
from mmreason.errors import RecipeError
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.models.ema_after import EmaAfter
from mmreason.models.optim import AdamW
from mmreason.models.optim_cold_start import ColdStartAdamW
from mmreason.models.specs import Lora, Policy
from mmreason.recipe import Stage
from mmreason.rollouts.demonstrations import Demonstrations
from mmreason.rollouts.sample import Sample
from mmreason.slots import Metric, ModelSpec

HUB = "Qwen/Qwen2.5-VL-{}-Instruct"
COLD = "cold_start"
"""Name of a supervised start."""


def policy(
    preset: str,
    model: str | None,
    embedded: str,
    optim: AdamW,
    lora: int | None = None,
    freeze: tuple[str, ...] = (),
    device: str = "auto",
) -> Policy:
    """The model that learns: an embedded one in single precision, or Qwen2.5-VL under bf16 and checkpointing."""
    tiny = preset == "tiny"
    return Policy(
        model=model or (embedded if tiny else HUB.format(preset.upper())),
        **precision(tiny, lora),
        device=device,
        lora=Lora(rank=lora, alpha=2 * lora) if lora else None,
        freeze=freeze,
        optim=optim,
        checkpointing=not tiny,
        budget=16_384 if tiny else 65_536,
    )


def precision(tiny: bool, lora: int | None) -> dict[str, Any]:
    """``dtype`` and ``autocast``: products in bf16 but for tiny; so are weights that do not learn, below an adapter."""
    if tiny:
        return {}
    return {"dtype": "bfloat16"} if lora else {"autocast": "bfloat16"}


def epoch(recipe: str, tasks: TaskSpec, data: str | None, steps: int | None, groups: int, otherwise: int) -> int:
    """Steps as given; for generated tasks the preset's; else one pass over the data.

    Raises:
        RecipeError: the data do not fill a step.
    """
    if steps is not None or data is None:
        return otherwise if steps is None else steps
    num = len(tasks.load_tasks(Path())[0])
    if num < groups:
        raise RecipeError(f"{recipe}: {data} has {num} tasks, fewer than {groups} groups a step")
    return num // groups


def cold_start(tasks: TaskSpec, data: str | None, groups: int, steps: int) -> tuple[Stage, ...]:
    """Supervised steps on generated thoughts, so that the embedded model knows this world; not for your own data."""
    if data is not None or not steps:
        return ()
    return (
        Stage(
            name=COLD,
            tasks=Shuffled(tasks),
            rollout=Demonstrations(field="demonstrations"),
            steps=steps,
            groups=groups,
            losses=(CrossEntropy(),),
        ),
    )


def cosine(lr: float, steps: int, start: tuple[Stage, ...], cold_lr: float = 1.5e-3) -> ColdStartAdamW:
    """The tiny models' optimiser: faster in the supervised start, then a cosine to a tenth.

    ``cold_lr`` of the start is for a world that the model does not know; one that it knows and only answers with other
    habits wants a fifth of it.
    """
    cold = sum(stage.steps for stage in start)
    total = max(steps, 1)
    return ColdStartAdamW(lr=lr, schedule="cosine", total=total, floor=0.1, cold_steps=cold, cold_lr=cold_lr)


def after_start() -> tuple[tuple[Role, ModelSpec], ...]:
    """A reference that stays as the policy is after its supervised start."""
    return ((REFERENCE, EmaAfter(role=REFERENCE, decay=1.0, stages=(COLD,))),)


def exam_pair(greedy: Stage, limit: int, tiny: bool, sampled: tuple[Metric, ...]) -> tuple[Stage, ...]:
    """The greedy exam; for tiny also four samples of each question, with these metrics."""
    held_out = replace(greedy, name="held_out", rollout=Sample(num=4, limit=limit), metrics=sampled)
    return (held_out, greedy) if tiny else (greedy,)


def refuse(
    recipe: str, preset: str, data: str | None, needs: str, cold_steps: int | None, *choices: tuple[str, str, object]
) -> None:
    """Refuse what could not run.

    Args:
        recipe: its name.
        preset: which one.
        data: what was given.
        needs: what a real preset needs to be given.
        cold_steps: steps of a supervised start, as given.
        choices: name, value and ``Literal`` of keywords that are one of a few words.

    Raises:
        RecipeError: what, and what to give instead.
    """
    for name, value, kind in choices:
        if value not in get_args(kind):
            raise RecipeError(f"{recipe}: {name} must be one of {', '.join(get_args(kind))}, got {value!r}")
    if preset != "tiny" and data is None:
        raise RecipeError(f"{recipe}: preset {preset} needs --data, {needs}")
    if cold_steps and data is not None:
        raise RecipeError(f"{recipe}: your data have no demonstrations to start from; leave --cold-steps out")
