"""Whole runs with a judge that fails: what is missing is counted, and what the run leaves behind holds no key."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from mmreason.asks import JUDGE
from mmreason.errors import CheckError
from mmreason.judges.asks import LISTENER
from mmreason.judges.judge_score import JudgeScore
from mmreason.judges.listened import Listened
from mmreason.judges.server import OpenAIServer
from mmreason.metrics.batch import Mean
from mmreason.recipe import Recipe
from mmreason.rewards.base import GroupReward, Term
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorder import Saving
from mmreason.types import Completion, Group, Task
from tests.mmreason.fakes import close
from tests.mmreason.judges.vllm import Vllm, all_text, nobody, served
from tests.mmreason.runs import world
from vision_data.messages import Prompt, media_of, user

KEY = "sk-secret-0123456789"


def shown(task: Task, completion: Completion) -> Prompt | None:
    """The question's pictures and the answer."""
    return (user(*media_of(task.prompt), f"{task.id} <{completion.text}>"),)


SCORE = JudgeScore(shown)


@dataclass(frozen=True)
class Share(GroupReward):
    """The listener's probability as it is."""

    of: Listened = Listened(shown)

    def score(self, group: Group) -> Tensor:
        return group[self.of]


def recipe(url: str, **fields: Any) -> Recipe:
    """The small recipe with a judge's score beside its own term."""
    of = world.recipe(steps=1)
    spec = OpenAIServer(url=url, model="m", pause=0.002, **fields)
    stages = tuple(replace(s, rewards=(*s.rewards, Term("judge", SCORE)), surveys=()) for s in of.stages[:1])
    return replace(of, stages=stages, exams=(), models=(*of.models, (JUDGE, spec)))


def read(home: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / f"{name}.jsonl").read_text().splitlines()]


def leaves_no_key(home: Path) -> None:
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        assert b"secret" not in path.read_bytes(), path


def test_a_run_with_a_judge_that_fails_at_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of the questions is never answered; the server echoes the key in its errors and its replies."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def fails(number: int, body: dict[str, Any]) -> str:
        return "echo_key:500" if "t1 " in all_text(body) else ""

    with served(fails, says=lambda body: f"{{score: 0.5}}, and your key is {KEY}") as vllm:
        train_recipe(recipe(vllm.url, retries=1), tmp_path / "run", quiet=True, saving=Saving(every=1, curves=-1))
        assert vllm.headers[0]["Authorization"] == f"Bearer {KEY}"
    [line], [spent] = read(tmp_path / "run", "metrics"), read(tmp_path / "run", "costs")
    close(line["metrics"]["first/missing/judge"], 1 / 3)
    assert line["metrics"]["first/term/judge"] == 0.5
    costs = spent["costs"]
    assert (costs["judge/requests"], costs["judge/failed"], costs["judge/failed/http_500"]) == (12, 4, 4)
    assert costs["judge/retries"] == 4
    assert costs["seconds/judge_latency"] > 0
    assert list((tmp_path / "run" / "judge_cache").rglob("*.json"))
    assert list((tmp_path / "run" / "traces").glob("*.jsonl"))
    leaves_no_key(tmp_path / "run")


def test_a_judge_that_is_gone_stops_the_run_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(CheckError, match="nothing was measured of judge") as stopped:
        train_recipe(recipe(nobody(), retries=0), tmp_path / "run", quiet=True, saving=Saving(curves=-1))
    assert "\n" not in str(stopped.value)
    leaves_no_key(tmp_path / "run")


def test_a_refused_key_stops_the_run_with_what_the_server_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with (
        served(lambda number, body: "echo_key:401") as vllm,
        pytest.raises(CheckError, match="see to the key in OPENAI_API_KEY") as stopped,
    ):
        train_recipe(recipe(vllm.url), tmp_path / "run", quiet=True, saving=Saving(curves=-1))
    assert "secret" not in str(stopped.value)


def test_a_run_that_is_repeated_asks_nothing_twice(tmp_path: Path) -> None:
    """The replies of the first run answer the second one, which is the same."""
    kept = str(tmp_path / "kept")

    def reward(vllm: Vllm, name: str) -> dict[str, Any]:
        train_recipe(recipe(vllm.url, cache=kept), tmp_path / name, quiet=True, saving=Saving(curves=-1))
        [line] = read(tmp_path / name, "metrics")
        found: dict[str, Any] = line["metrics"]
        return found

    with served() as vllm:
        first = reward(vllm, "first")
        num = len(vllm.bodies)
        assert num > 0
        assert reward(vllm, "second") == first
        assert len(vllm.bodies) == num


def test_a_listener_that_gives_no_logprobs_stops_the_run(tmp_path: Path) -> None:
    of = world.recipe(steps=1)
    stage = replace(of.stages[0], rewards=(Term("listener", Share()),), surveys=(), metrics=(Mean("share", Share()),))
    with served(lambda number, body: "ignores") as vllm:
        spec = OpenAIServer(url=vllm.url, model="m", role=LISTENER, cache=None)
        small = replace(of, stages=(stage,), exams=(), models=(*of.models, (LISTENER, spec)))
        with pytest.raises(CheckError, match="ignores the request for log-probs"):
            train_recipe(small, tmp_path / "run", quiet=True, saving=Saving(curves=-1))
