from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from mmreason.inspector.model import Exam, InspectorError
from mmreason.inspector.run_curves import spread_over_seeds
from mmreason.inspector.run_folder import RunFolder, seeds_together
from tests.mmreason.inspector.written import line, picture, write


def logged(stage: str, step: int, kind: str = "step", when: str = "", **metrics: float | None) -> dict[str, Any]:
    named = {f"{stage}/{name.replace('__', '/')}": value for name, value in metrics.items()}
    return {"kind": kind, "stage": stage, "step": step, "metrics": named} | ({"when": when} if when else {})


def run(home: Path, seed: int = 0, gain: float = 0.0, recipe: str = "toy") -> Path:
    write(home, [
        logged("exam", 0, "exam", "before", accuracy=0.25, length=None),
        logged("exam", 0, "exam", "before", accuracy=0.75),
        logged("first", 1, reward=1.0 + gain, term__right=0.5, term__form=1.0, policy__kl=None),
        logged("first", 2, reward=2.0 + gain, term__right=1.0, term__form=1.0, policy__kl=0.5),
        logged("monitor", 2, "survey", accuracy=0.5),
        logged("second", 3, reward=3.0 + gain, term__right=1.0, accuracy__map=0.5),
        logged("exam", 3, "exam", "after", accuracy=1.0),
    ], "metrics.jsonl")  # fmt: skip
    write(
        home,
        [{"kind": "step", "stage": "first", "step": 1, "seconds": 2.5, "costs": {"prompt_tokens": 7}}],
        "costs.jsonl",
    )
    write(home, [line("a", 1, stage="first", weights={"right": 2.0, "form": 1.0})], "traces/first.jsonl")
    stages = [{"name": "first", "steps": 2}, {"name": "second", "steps": 4}]
    (home / "recipe.json").write_text(json.dumps({"name": recipe, "stages": stages}))
    (home / "versions.json").write_text(json.dumps({"seed": seed, "torch": "2", "command": ["x"]}))
    return home


def opened(home: Path) -> RunFolder:
    return RunFolder(home, home.parent / "cache")


def test_what_a_run_is(tmp_path: Path) -> None:
    info = opened(run(tmp_path / "run", seed=3)).info()
    assert (info.name, info.recipe, info.seed, info.steps, info.planned) == ("run", "toy", 3, 3, 6)
    assert (info.stages, info.status, info.warnings) == (("first", "second"), "running", ())
    assert info.exams[0] == Exam("exam", "accuracy", 0.5, 1.0)
    assert info.exams[1].metric == "length"
    assert info.versions == {"torch": "2"}
    assert info.started.endswith("+00:00")
    assert info.files["traces/first.jsonl"] > 0


def test_a_run_is_over_when_it_is_summed_up_and_stopped_when_it_is_quiet(tmp_path: Path) -> None:
    home = run(tmp_path / "run")
    os.utime(home / "metrics.jsonl", (0, 0))
    assert opened(home).info().status == "stopped"
    (home / "summary.json").write_text('{"recipe": "toy"}')
    assert opened(home).info().status == "finished"


def test_a_folder_with_traces_alone_is_a_run(tmp_path: Path) -> None:
    write(tmp_path / "live", [line("a")])
    folder = opened(tmp_path / "live")
    info = folder.info()
    assert (info.recipe, info.seed, info.steps, info.status, info.stages) == ("", None, 0, "", ("train",))
    assert folder.curves() == []
    assert folder.index() is folder.index()


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.write_text("x"), lambda p: p.mkdir()])
def test_what_is_no_run_is_refused_in_one_line(tmp_path: Path, make: Any) -> None:
    make(tmp_path / "run")
    with pytest.raises(InspectorError, match="run") as error:
        RunFolder(tmp_path / "run")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"stages": 3, "seed": "x", "name": []}', "[" * 10_000])
def test_damaged_records_are_survived(tmp_path: Path, content: str) -> None:
    home = run(tmp_path / "run")
    for name in ("recipe.json", "versions.json", "summary.json"):
        (home / name).write_text(content)
    info = opened(home).info()
    assert info.seed is None
    assert info.stages[0] == "first"


def test_damaged_lines_of_a_log_are_passed_over(tmp_path: Path) -> None:
    home = run(tmp_path / "run")
    odd = [{"kind": "step", "stage": 3, "step": "x", "metrics": [1]}, "{", {"kind": "exam", "metrics": {"a": "b"}}]
    write(home, odd, "metrics.jsonl")
    folder = opened(home)
    assert folder.info().steps == 3
    assert {curve.name for curve in folder.curves() if curve.group == "Reward"} == {"reward"}


def test_curves_by_group_with_terms_as_they_add_up(tmp_path: Path) -> None:
    found = {(c.group, c.name): c.points for c in opened(run(tmp_path / "run")).curves()}
    assert found == {
        ("Reward", "reward"): ((1, 1.0), (2, 2.0), (3, 3.0)),
        ("Reward terms", "right"): ((1, 1.0), (2, 2.0)),
        ("Reward terms", "form"): ((1, 1.0), (2, 1.0)),
        ("Reward terms (unweighted)", "right"): ((3, 1.0),),
        ("Accuracy", "accuracy/map"): ((3, 0.5),),
        ("KL", "policy/kl"): ((2, 0.5),),
        ("Surveys", "monitor/accuracy"): ((2, 0.5),),
        ("Costs", "seconds"): ((1, 2.5),),
        ("Costs", "prompt_tokens"): ((1, 7.0),),
    }


def test_several_seeds_of_a_recipe_are_one_curve_with_a_spread(tmp_path: Path) -> None:
    folders = [opened(run(tmp_path / f"s{seed}", seed, seed)) for seed in (0, 1, 5)]
    other = opened(run(tmp_path / "other", 0, 0, "another"))
    found = [curve for curve in seeds_together([*folders, other]) if curve.name == "reward"]
    together, alone = found
    assert (together.run, together.seed) == ("toy (3 seeds)", None)
    assert together.points == ((1, 3.0), (2, 4.0), (3, 5.0))
    assert together.spread == ((1, 1.0, 6.0), (2, 2.0, 7.0), (3, 3.0, 8.0))
    assert (alone.run, alone.seed, alone.spread) == ("other", 0, ())


def test_seeds_are_compared_at_the_steps_that_all_have(tmp_path: Path) -> None:
    long = opened(run(tmp_path / "a")).curves()
    home = run(tmp_path / "b")
    write(home, [logged("second", 4, reward=9.0)], "metrics.jsonl")
    (reward, *_) = spread_over_seeds([long, opened(home).curves()])
    assert [step for step, _ in reward.points] == [1, 2, 3]


HOSTILE = [
    "../secret", "/etc/passwd", "a/../../secret", "link", "linked/secret", "traces", "missing", "", "\0", "a\\b",
    "C:/x", "pipe", "..", ".", "./../secret", "traces/..", "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
def test_files_outside_are_never_given_out(tmp_path: Path, path: str) -> None:
    home = run(tmp_path / "run")
    (tmp_path / "secret").write_text("secret")
    (home / "link").symlink_to(tmp_path / "secret")
    (home / "linked").symlink_to(tmp_path)
    os.mkfifo(home / "pipe")
    with pytest.raises(InspectorError) as error:
        opened(home).file(path)
    assert "\n" not in str(error.value)


def test_files_inside_are_given_by_their_real_place(tmp_path: Path) -> None:
    home = run(tmp_path / "run")
    path = picture(home, "media/a b.png")
    (home / "again.png").symlink_to("media/a b.png")
    folder = opened(home)
    assert folder.file(path) == folder.file("again.png") == (home / path).resolve()


def test_records_that_are_links_out_of_the_folder_are_not_read(tmp_path: Path) -> None:
    home = run(tmp_path / "run")
    (tmp_path / "secret.json").write_text('{"name": "secret", "seed": 99}')
    for name in ("recipe.json", "versions.json"):
        (home / name).unlink()
        (home / name).symlink_to(tmp_path / "secret.json")
    info = opened(home).info()
    assert (info.recipe, info.seed, info.versions) == ("", None, {})
    assert "recipe.json" not in info.files


def test_a_read_only_folder_can_be_looked_at(tmp_path: Path) -> None:
    home = run(tmp_path / "run")
    for folder in (home, home / "traces"):
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        folder_ = opened(home)
        assert folder_.index().count() == 1
        assert folder_.info().steps == 3
    finally:
        for folder in (home, home / "traces"):
            folder.chmod(stat.S_IRWXU)
