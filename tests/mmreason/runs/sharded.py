"""What ``test_processes_sharded`` starts on one process and on two: recorded rollouts, learned from in every way."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from safetensors.torch import save_file

from mmreason import engine
from mmreason.asks import EMA, POLICY, REFERENCE, Entropy, Generate, LogProb, Row, Sampling, Score
from mmreason.engine import Silent
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.models.optim import AdamW
from mmreason.models.specs import Ema, Frozen, Lora, Policy
from mmreason.ranks import Processes, join, leave
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.rollouts.sample import Sample
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorded import recorded
from mmreason.runs.recorder import Saving
from mmreason.types import Across, Alone, Batch, Task
from tests.mmreason.fakes import Even, LiveTasks
from vision_data.media import Image
from vision_data.messages import Prompt, user

KINDS = ("none", "zero1", "zero2", "zero3")


def question(number: int) -> Prompt:
    """Even ones are text, odd ones show pictures: the first of two ranks gets no picture. Lengths differ widely."""
    if number % 2 == 0:
        return (user("How many? " * (1 + 9 * (number % 3))),)
    rng = np.random.default_rng(number)
    pictures = [Image.of(rng.integers(0, 255, (56 * size, 84, 3), dtype=np.uint8)) for size in range(1, 2 + number % 3)]
    return (user(*pictures, "How many?"),)


@dataclass(frozen=True)
class Ragged:
    """Questions of all kinds."""

    def open(self, run: Any) -> LiveTasks:
        return LiveTasks([Task(id=f"q{i}", prompt=question(i)) for i in range(7)])


@dataclass(frozen=True)
class First:
    """Keeps the groups of some steps only, so that a rank has none."""

    def __call__(self, batch: Batch) -> list[bool]:
        return [batch.progress.step != 1 or i == 0 for i in range(len(batch.groups))]


STAGE = Stage(
    name="ragged", tasks=Ragged(), rollout=Sample(num=3, limit=7), steps=3, groups=5, filters=(First(),),
    rewards=(Term("even", Even()),), losses=(ClippedSurrogate(), KLPenalty()),
)  # fmt: skip


def models(shard: str, **more: Any) -> tuple[Any, ...]:
    """Everything whose weights may be spread: policy, reference, moving average."""
    given: dict[str, Any] = {
        "model": "mmreason-tiny", "device": "cpu", "budget": 250, "rates": (("vision", 0.5),),
        "optim": AdamW(lr=2e-4, weight_decay=0.1, clip=0.5, warmup=2),
    }  # fmt: skip
    policy = Policy(shard=shard, **(given | more))
    return (POLICY, policy), (REFERENCE, Frozen()), (EMA, Ema(decay=0.5, every=2))


def of(stage: Stage, *roles: Any) -> Recipe:
    return Recipe(name="ragged", stages=(stage,), models=roles)


def opened(recipe: Recipe, across: Across) -> Run:
    torch.manual_seed(0)  # from which new adapters are drawn
    run = Run(models={}, across=across)
    run.open(recipe)
    return run


def told(run: Run) -> dict[str, Any]:
    """What must not depend on how the weights are spread; every rank must call."""
    policy, average = run.models[POLICY], run.models[EMA]
    counts = run.across.gather([run.ledger.counts["tower_calls"]])
    state = policy.state_dict()
    return {
        "weights": policy.sharding.host_weights(),
        "average": average.state_dict().get("average", {}),
        "moments": {f"{i}.{k}": x for i, s in state.get("optimizer", {}).get("state", {}).items()
                    for k, x in s.items() if k != "step"},
        "history": run.history, "tower_calls": counts, "checksum": state["checksum"],
    }  # fmt: skip


def keep(found: dict[str, Any], place: Path, across: Across) -> None:
    """Write it, on the first rank."""
    if across.rank:
        return
    place.mkdir(parents=True)
    for name in ("weights", "average", "moments"):
        save_file(
            {k: x.detach().clone().contiguous() for k, x in found.pop(name).items()}, place / f"{name}.safetensors"
        )
    (place / "told.json").write_text(json.dumps(found))


def record(home: Path) -> None:
    """The rollouts that all learn from."""
    recipe = of(STAGE, *models("none", budget=16384))
    train_recipe(recipe, home, saving=Saving(buffers=-1, curves=-1, traces=0), quiet=True)


class Stopped(Exception):
    """The run is to go on elsewhere."""


@dataclass
class StopAfter(Silent):
    """Ends a run after so many steps."""

    steps: int

    def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        if run.step == self.steps:
            raise Stopped


def learn(buffers: Path, across: Across, shard: str, **more: Any) -> Run:
    """Learn from them."""
    recipe = of(recorded(STAGE, str(buffers)), *models(shard, **more))
    run = opened(recipe, across)
    engine.train(recipe, run)
    return run


def moved(folder: Path, across: Across, shard: str, onto: str) -> Run:
    """Learn two steps, save, and go on in another way."""
    recipe = of(recorded(STAGE, str(folder / "recorded" / "buffers")), *models(shard))
    run = opened(recipe, across)
    with suppress(Stopped):
        engine.train(recipe, run, StopAfter(2))
    place = checkpoint.save(run, recipe, folder / f"moved-{shard}-on-{across.num}")
    return gone_on(place, recipe, fresh(), onto)


def gone_on(place: Path, recipe: Recipe, across: Across, onto: str) -> Run:
    """Go on from a checkpoint with what ``onto`` spreads."""
    recipe = of(recipe.stages[0], *models(onto))
    run = opened(recipe, across)
    checkpoint.load(run, recipe, place)
    engine.train(recipe, run)
    return run


def fresh() -> Across:
    """The ranks, with no model of an earlier run taking part."""
    return Processes() if dist.is_initialized() and dist.get_world_size() > 1 else Alone()


def sampling(rank: int) -> list[Generate]:
    """A rank's requests: the first has one short one, the second three, with pictures."""
    numbers = [(0, 3)] if rank == 0 else [(1, 9), (2, 6), (5, 4)]
    return [
        Generate(POLICY, question(n), num=2, limit=limit, sampling=Sampling(temperature=0.7), seed=n)
        for n, limit in numbers
    ]


def scoring(rank: int) -> list[Score]:
    """The first rank asks nothing."""
    rows = [Row(question(n), (torch.arange(300, 305 + n),)) for n in (1, 2, 4)]
    return [Score(POLICY, (row,), (LogProb(), Entropy())) for row in rows] if rank else []


def answers(run: Run, rank: int) -> Any:
    """What the policy says to a rank's requests."""
    texts = [[c.text for c in of_prompt] for of_prompt in run.answer(sampling(rank))]
    with torch.no_grad():
        found = run.answer(scoring(rank))
    run.across.gather([None])
    return texts, [torch.cat([x.double() for xs in scores.found.values() for x in xs]) for scores in found]


def check_answers() -> None:
    """Ranks that have more to sample or score than others get what they would get alone."""
    rank = dist.get_rank()
    texts, scores = answers(opened(of(STAGE, *models("none")), Alone()), rank)
    for generate in ("gathered", "sharded"):
        found, near = answers(opened(of(STAGE, *models("zero3", generate=generate)), fresh()), rank)
        assert found == texts, (generate, found, texts)
        assert all(torch.allclose(a, b, rtol=1e-5, atol=1e-5) for a, b in zip(scores, near, strict=True))


WAYS: dict[str, dict[str, Any]] = {
    "lora": {"lora": Lora(rank=4), "freeze": ("vision",)},
    "checkpointing": {"checkpointing": True, "budget": 16384},
    "bf16": {"dtype": "bfloat16"},
}
"""Other policies, each compared with itself unsharded."""


def main(folder: Path, kinds: list[str]) -> None:
    across = join()
    buffers = folder / "recorded" / "buffers"
    if across.num == 1 and not buffers.exists():
        record(folder / "recorded")
    for kind in kinds:
        name, _, way = kind.partition("+")
        across = fresh()
        if name == "answers":
            check_answers()
            continue
        if name == "resumed":
            recipe = of(recorded(STAGE, str(buffers)), *models("none"))
            run = gone_on(checkpoint.found(folder / "moved-zero3-on-2")[-1], recipe, across, "none")
        elif way in KINDS:
            run = moved(folder, across, name, way)
        else:
            run = learn(buffers, across, name, **WAYS.get(way, {}))
        keep(told(run), folder / f"{kind}-on-{across.num}", run.across)
    leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or list(KINDS))
