from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmreason.credit.group_norm import GroupNorm
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.recipe import Stage
from mmreason.rewards.base import Term
from mmreason.runs.traces import Traces
from mmreason.types import Batch, Group, Progress, Task
from tests.mmreason.fakes import comp, fixed, settled
from tests.mmreason.runs.world import PNG, recipe
from vision_data.media import Image, Video
from vision_data.messages import Prompt, user

PAIR = (comp([1, 2], [-1.0, -3.0], text="yes"), comp([3], [-0.5], text="no", finish="length"))


def measured(prompt: Prompt, rewards: Any, step: int = 0, **stage: Any) -> tuple[Stage, Batch]:
    of = replace(
        recipe().stages[0],
        rewards=(Term("right", fixed(rewards), 0.5), Term("form", fixed([1, 1]))),
        losses=(CrossEntropy(), ClippedSurrogate(by=GroupNorm(scale=False))),
        **stage,
    )
    group = Group(Task(id="q0", prompt=prompt, answer="yes"), PAIR)
    return of, settled([group], of.losses, terms=of.rewards, progress=Progress(step, 10, of.name))


def lines(home: Path, stage: str = "first") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "traces" / f"{stage}.jsonl").read_text().splitlines()]


def written(home: Path, prompt: Prompt, rewards: Any = (1, 0)) -> dict[str, Any]:
    stage, batch = measured(prompt, rewards)
    Traces(home).write(stage, batch, step=1)
    return lines(home)[-1]


def test_a_line_tells_the_group_and_what_each_completion_got(tmp_path: Path) -> None:
    line = written(tmp_path, (user("Is it?"),))
    completions = line.pop("completions")
    assert line == {
        "stage": "first", "step": 1, "task": "q0", "question": "Is it?", "media": [], "answer": "yes",
        "weights": {"right": 0.5, "form": 1.0},
    }  # fmt: skip
    assert completions == [
        {
            "text": "yes", "tokens": 2, "finish": "stop", "rewards": {"right": 1.0, "form": 1.0},
            "advantage": 0.25, "logprob": -2.0, "total": 1.5,
        },
        {
            "text": "no", "tokens": 1, "finish": "length", "rewards": {"right": 0.0, "form": 1.0},
            "advantage": -0.25, "logprob": -0.5, "total": 1.0,
        },
    ]  # fmt: skip


def test_a_reward_that_is_missing_is_null(tmp_path: Path) -> None:
    first, second = written(tmp_path, (user("?"),), (float("nan"), 0))["completions"]
    assert first["rewards"]["right"] is None
    assert (first["total"], second["total"]) == (1.0, 1.0)


def test_pictures_elsewhere_are_copied_once_and_those_of_the_run_are_not(tmp_path: Path) -> None:
    home, data = tmp_path / "run", tmp_path / "data"
    (home / "data").mkdir(parents=True)
    data.mkdir()
    for path in (home / "data" / "own.png", data / "a.PNG", data / "same.png"):
        path.write_bytes(PNG)
    media = [Image(str(home / "data" / "own.png")), Image(str(data / "a.PNG")), Image(str(data / "same.png"))]
    first, *others = written(home, (user(*media, "?"),))["media"]
    assert first == "data/own.png"
    assert others[0] == others[1]
    assert others[0].startswith("media/")
    assert [(home / path).read_bytes() for path in others] == [PNG, PNG]
    assert len(list((home / "media").iterdir())) == 1


def test_pictures_in_memory_and_frames_of_a_video_become_files(tmp_path: Path) -> None:
    inline = "data:image/png;base64," + base64.b64encode(PNG).decode()
    first, second, frames = written(tmp_path, (user(Image(PNG), Image(inline), Video((inline, inline))),))["media"]
    assert first == second == frames[0] == frames[1]
    assert first.endswith(".png")
    assert (tmp_path / first).read_bytes() == PNG


def test_a_picture_that_is_gone_is_told_by_name(tmp_path: Path) -> None:
    assert written(tmp_path, (user(Image("nowhere.png")),))["media"] == ["'nowhere.png'"]


def test_a_run_that_was_moved_still_finds_its_pictures(tmp_path: Path) -> None:
    outside = tmp_path / "a.png"
    outside.write_bytes(PNG)
    path = written(tmp_path / "run", (user(Image(str(outside))),))["media"][0]
    shutil.move(tmp_path / "run", tmp_path / "moved")
    outside.unlink()
    assert (tmp_path / "moved" / path).read_bytes() == PNG


@pytest.mark.parametrize(("every", "steps"), [(0, []), (1, [0, 1, 2, 3]), (3, [0, 3])])
def test_steps_are_written_every_so_often(tmp_path: Path, every: int, steps: list[int]) -> None:
    traces = Traces(tmp_path, every)
    for step in range(4):
        traces.write(*measured((user("?"),), (1, 0), step), at=step)
    assert (tmp_path / "traces").exists() == bool(steps)
    assert [line["at"] for line in (lines(tmp_path) if steps else [])] == steps


def test_a_stage_with_a_strange_name_stays_in_the_folder(tmp_path: Path) -> None:
    traces = Traces(tmp_path / "run")
    traces.write(*measured((user("?"),), (1, 0), name="../a b/v1.5"))
    assert [path.name for path in (tmp_path / "run" / "traces").iterdir()] == [".._a_b_v1.5.jsonl"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_files_go_back_to_a_state(tmp_path: Path) -> None:
    traces = Traces(tmp_path)
    traces.write(*measured((user("?"),), (1, 0)))
    state = traces.state_dict()
    traces.write(*measured((user("?"),), (1, 0)))
    traces.write(*measured((user("?"),), (1, 0), name="later"))
    traces.load_state_dict(state)
    assert len(lines(tmp_path)) == 1
    assert not (tmp_path / "traces" / "later.jsonl").exists()
