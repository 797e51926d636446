"""Whole runs whose rollouts a server draws, with and without a step of delay, stopped and gone on with."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from mmreason.asks import POLICY
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.importance import ImportanceCorrected
from mmreason.engine import Silent
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.metrics.batch import Lengths
from mmreason.metrics.engine_mismatch import EngineMismatch
from mmreason.models.optim import AdamW
from mmreason.models.specs import Policy
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.rollouts.sample import Sample
from mmreason.run import Run
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorder import Saving
from mmreason.serving.sampler import SAMPLER
from mmreason.serving.served import ServedRollouts
from mmreason.types import Batch
from tests.mmreason.fakes import Even
from tests.mmreason.runs.real import Noise
from tests.mmreason.serving.vllm_server import Vllm, vllm_server

SAVING = Saving(every=1, traces=0, curves=-1, buffers=0)


def recipe(server: Vllm, behind: Any) -> Recipe:
    stage = Stage(
        name="noise", tasks=Noise(), rollout=Sample(num=4, limit=6, by=SAMPLER), steps=3, groups=2, behind=behind,
        rewards=(Term("even", Even()),), metrics=(Lengths(), EngineMismatch()),
        losses=(ClippedSurrogate(old=TokenLogprobs(), by=ImportanceCorrected(GroupNorm(), "token", "truncate")),),
    )  # fmt: skip
    policy = Policy(model="mmreason-tiny", device="cpu", optim=AdamW(lr=5e-3))
    models = ((POLICY, policy), (SAMPLER, ServedRollouts(url=server.url, model="tiny", pause=0.001)))
    return Recipe(name="served", stages=(stage,), models=models)


def steps_of(home: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (home / "metrics.jsonl").read_text().splitlines()]
    return [line["metrics"] for line in lines if line["kind"] == "step"]


class Gone(Exception):
    """The machine went away."""


class GoneAfter(Silent):
    """Fails when the second step is over and saved."""

    def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
        if run.updates == 2 and run.step == 2:
            raise Gone


@pytest.mark.slow
@pytest.mark.guard
@pytest.mark.parametrize("behind", [None, 1])
def test_a_run_by_a_server_learns_and_goes_on(tmp_path: Path, behind: Any) -> None:
    with vllm_server() as server:
        train_recipe(recipe(server, behind), tmp_path / "whole", saving=SAVING, quiet=True)
        whole = steps_of(tmp_path / "whole")
        assert server.version == "3"
        assert whole[0]["noise/engine_gap/image"] < 1e-3
        stale = [metrics["noise/engine_gap/image"] for metrics in whole[1:]]
        fresh = whole[0]["noise/engine_gap/image"]
        assert max(stale) > 2 * fresh if behind == 1 else max(stale) < 1e-3  # the weights of one step
        assert all(metrics["noise/engine_gap/text"] is None for metrics in whole)
        with pytest.raises(Gone):
            train_recipe(recipe(server, behind), tmp_path / "cut", saving=SAVING, quiet=True, observers=[GoneAfter()])
        train_recipe(recipe(server, behind), tmp_path / "cut", saving=SAVING, quiet=True, resume=True)
        assert steps_of(tmp_path / "cut") == whole
    assert not any(thread.name.startswith("flight") for thread in threading.enumerate())
