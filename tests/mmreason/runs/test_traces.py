from __future__ import annotations

import base64
import json
import shutil
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from torch import Tensor

from mmreason.credit.group_norm import GroupNorm
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.metrics.batch import Mean
from mmreason.recipe import Stage
from mmreason.rewards.base import GroupReward, Term
from mmreason.runs.traces import Traces
from mmreason.shown import Shown, ShownBox
from mmreason.types import Batch, Group, Progress, Task
from tests.mmreason.fakes import comp, fixed, settled
from tests.mmreason.runs.world import PNG, recipe
from vision_data.frames import Uniform
from vision_data.media import Image, Video
from vision_data.messages import Prompt, user

PAIR = (comp([1, 2], [-1.0, -3.0], text="yes"), comp([3], [-0.5], text="no", finish="length"))


def measured(prompt: Prompt, rewards: Any, step: int = 0, task: Any = None, **stage: Any) -> tuple[Stage, Batch]:
    of = replace(
        recipe().stages[0],
        rewards=(Term("right", fixed(rewards), 0.5), Term("form", fixed([1, 1]))),
        losses=(CrossEntropy(), ClippedSurrogate(by=GroupNorm(scale=False))),
        **{"metrics": (), **stage},
    )
    group = Group(Task(id="q0", prompt=prompt, answer="yes", **(task or {})), PAIR)
    return of, settled([group], (of.losses, of.metrics), terms=of.rewards, progress=Progress(step, 10, of.name))


def lines(home: Path, stage: str = "first") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "traces" / f"{stage}.jsonl").read_text().splitlines()]


def written(home: Path, prompt: Prompt, rewards: Any = (1, 0), **more: Any) -> dict[str, Any]:
    stage, batch = measured(prompt, rewards, **more)
    Traces(home).write(stage, batch, step=1)
    return lines(home)[-1]


def picture(colour: str) -> str:
    out = BytesIO()
    PIL.Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def test_a_line_tells_the_group_and_what_each_completion_got(tmp_path: Path) -> None:
    line = written(tmp_path, (user("Is it?"),))
    completions = line.pop("completions")
    assert line == {
        "v": 2, "stage": "first", "step": 1, "task": "q0", "question": "Is it?", "media": [], "answer": "yes",
        "weights": {"right": 0.5, "form": 1.0}, "tracks_at": 0,
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


def test_who_is_right_is_told_by_the_stages_accuracy(tmp_path: Path) -> None:
    line = written(tmp_path, (user("?"),), metrics=(Mean("accuracy", fixed([0, 1])),))
    assert [c["right"] for c in line["completions"]] == [0.0, 1.0]


def test_small_plain_fields_of_the_record_are_kept(tmp_path: Path) -> None:
    record = {
        "type": "counting", "options": ["a", "b"], "boxes": [[1, 2, 3, 4]], "long": "x" * 3000, "raw": b"bytes",
        "said": "How many red cups are there?", "answer": "yes", "nan": float("nan"),
    }  # fmt: skip
    line = written(tmp_path, (user("How many red cups are there? Think."),), task={"record": record})
    assert line["kind"] == "counting"
    assert line["record"] == {
        "type": "counting", "options": ["a", "b"], "boxes": [[1, 2, 3, 4]], "nan": None
    }  # fmt: skip


@dataclass(frozen=True)
class Telling(GroupReward):
    """A reward that has more to tell."""

    def score(self, group: Group) -> Tensor:
        return fixed([1, 0]).score(group)

    def shown(self, group: Group, i: int) -> Shown | None:
        boxes = (ShownBox((0.1, 0.2, 0.3, 0.4), 0, 2),) if i == 0 else ()
        if boxes:
            return Shown(kind="boxes", title="Boxes", boxes=boxes, gold_boxes=((0.0, 0.0, 1.0, 0.12345),))
        return Shown(kind="second_pass", title="Again", numbers={"p": float("nan")}, agrees=False)


def test_what_signals_have_to_tell_stands_with_the_completion(tmp_path: Path) -> None:
    line = written(tmp_path, (user("?"),), metrics=(Mean("told", Telling()),))
    first, second = line["completions"]
    assert line["gold_boxes"] == [[0.0, 0.0, 1.0, 0.1235]]
    assert first["boxes"] == [[0.1, 0.2, 0.3, 0.4, 0, 2]]
    assert "extras" not in first
    assert second["extras"] == [{"kind": "second_pass", "title": "Again", "numbers": {"p": None}, "agrees": False}]


def test_pictures_elsewhere_are_copied_once_and_those_of_the_run_are_not(tmp_path: Path) -> None:
    home, data = tmp_path / "run", tmp_path / "data"
    (home / "data").mkdir(parents=True)
    data.mkdir()
    for path in (home / "data" / "own.png", data / "a.PNG", data / "same.png"):
        path.write_bytes(PNG)
    media = [Image(str(home / "data" / "own.png")), Image(str(data / "a.PNG")), Image(str(data / "same.png"))]
    first, *others = written(home, (user(*media, "?"),))["media"]
    assert first == {"kind": "image", "path": "data/own.png", "width": 1, "height": 1}
    assert others[0] == others[1]
    assert others[0]["path"].startswith("media/")
    assert [(home / other["path"]).read_bytes() for other in others] == [PNG, PNG]
    assert len(list((home / "media").iterdir())) == 1


def test_pictures_in_memory_become_files(tmp_path: Path) -> None:
    inline = "data:image/png;base64," + base64.b64encode(PNG).decode()
    first, second = written(tmp_path, (user(Image(PNG), Image(inline)),))["media"]
    assert first == second
    assert (tmp_path / first["path"]).read_bytes() == PNG


def test_of_a_video_the_chosen_frames_are_kept_in_small(tmp_path: Path) -> None:
    frames = tuple(picture(colour) for colour in ("red", "green", "blue", "white"))
    (told,) = written(tmp_path, (user(Video(frames, Uniform(2), fps=2.0), "?"),))["media"]
    assert (told["kind"], told["selector"], told["seconds"]) == ("video", "Uniform(num=2)", 2.0)
    assert [frame["second"] for frame in told["frames"]] == [0.0, 1.5]
    assert [frame["reason"] for frame in told["frames"]] == ["1 of 2, evenly spaced", "2 of 2, evenly spaced"]
    for frame, colour in zip(told["frames"], ((255, 0, 0), (255, 255, 255)), strict=True):
        with PIL.Image.open(tmp_path / frame["path"]) as kept:
            assert kept.size == (frame["width"], frame["height"]) == (40, 30)
            red, green, blue = kept.convert("RGB").getpixel((20, 15))  # type: ignore[misc]
            assert abs(red - colour[0]) + abs(green - colour[1]) + abs(blue - colour[2]) < 12


def test_of_more_videos_than_there_is_room_for_the_names_are_kept_also_after_a_resume(tmp_path: Path) -> None:
    shown = [(user(Video((picture(c), picture("black")), fps=1.0)),) for c in ("red", "green", "red", "blue")]
    traces = Traces(tmp_path, clips=2)

    def kept(prompt: Prompt, by: Traces) -> bool:
        by.write(*measured(prompt, (1, 0)))
        return "frames" in lines(tmp_path)[-1]["media"][0]

    assert [kept(prompt, traces) for prompt in shown] == [True, True, True, False]
    state = json.loads(json.dumps(traces.state_dict()))
    again = Traces(tmp_path, clips=2)
    again.load_state_dict(state)
    assert [kept(prompt, again) for prompt in (*shown[2:], *shown[:2])] == [True, False, True, True]


@pytest.mark.parametrize("gone", [Image("nowhere.png"), Video("nowhere.mp4")])
def test_a_medium_that_is_gone_is_told_by_name(tmp_path: Path, gone: Any) -> None:
    (told,) = written(tmp_path, (user(gone),))["media"]
    assert "nowhere" in told["name"]
    assert not {"path", "frames"} & told.keys()


def test_a_run_that_was_moved_still_finds_its_pictures(tmp_path: Path) -> None:
    outside = tmp_path / "a.png"
    outside.write_bytes(PNG)
    told = written(tmp_path / "run", (user(Image(str(outside))),))["media"][0]
    shutil.move(tmp_path / "run", tmp_path / "moved")
    outside.unlink()
    assert (tmp_path / "moved" / told["path"]).read_bytes() == PNG


@pytest.mark.parametrize(("every", "steps"), [(0, []), (1, [0, 1, 2, 3]), (3, [0, 3])])
def test_steps_are_written_every_so_often(tmp_path: Path, every: int, steps: list[int]) -> None:
    traces = Traces(tmp_path, every)
    for step in range(4):
        traces.write(*measured((user("?"),), (1, 0), step), at=step)
    assert (tmp_path / "traces").exists() == bool(steps)
    assert [line["at"] for line in (lines(tmp_path) if steps else [])] == steps


@pytest.mark.parametrize(("tokens", "steps"), [(0, []), (1, [0, 1, 2, 3]), (2, [0, 2])])
def test_numbers_of_tokens_are_written_every_so_often(tmp_path: Path, tokens: int, steps: list[int]) -> None:
    traces = Traces(tmp_path, 1, tokens)
    for step in range(4):
        traces.write(*measured((user("?"),), (1, 0), step), at=step)
    assert [line["at"] for line in lines(tmp_path) if "tracks_at" in line] == steps
    file = tmp_path / "tokens" / "first.jsonl"
    assert file.exists() == bool(steps)
    assert steps == [] or len(file.read_text().splitlines()) == len(steps)


def test_a_stage_with_a_strange_name_stays_in_the_folder(tmp_path: Path) -> None:
    traces = Traces(tmp_path / "run")
    traces.write(*measured((user("?"),), (1, 0), name="../a b/v1.5"))
    assert [path.name for path in (tmp_path / "run" / "traces").iterdir()] == [".._a_b_v1.5.jsonl"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_files_go_back_to_a_state(tmp_path: Path) -> None:
    traces = Traces(tmp_path)
    traces.write(*measured((user("?"),), (1, 0)))
    state = traces.state_dict()
    before = [(tmp_path / folder / "first.jsonl").read_bytes() for folder in ("traces", "tokens")]
    traces.write(*measured((user("?"),), (1, 0)))
    traces.write(*measured((user("?"),), (1, 0), name="later"))
    traces.load_state_dict(state)
    assert [(tmp_path / folder / "first.jsonl").read_bytes() for folder in ("traces", "tokens")] == before
    assert not any((tmp_path / folder / "later.jsonl").exists() for folder in ("traces", "tokens"))


def test_a_state_of_an_older_version_has_no_tokens(tmp_path: Path) -> None:
    traces = Traces(tmp_path)
    traces.write(*measured((user("?"),), (1, 0)))
    traces.load_state_dict({"first": (tmp_path / "traces" / "first.jsonl").stat().st_size})
    assert len(lines(tmp_path)) == 1
    assert not (tmp_path / "tokens" / "first.jsonl").exists()
