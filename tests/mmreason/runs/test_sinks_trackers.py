"""Trackers with their real packages where these are installed; what holds without them is tested anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mmreason.errors import RecipeError
from mmreason.runs import tracked
from mmreason.runs.sinks import Entry
from mmreason.runs.sinks_trackio import TrackioSink
from mmreason.runs.sinks_wandb import WandbSink
from tests.mmreason.runs.world import recipe

ROOT = Path(__file__).parents[3]
SECRET = "k3y-that-nobody-may-read"


def entry(step: int, **metrics: float) -> Entry:
    named = {f"first/{name}": value for name, value in metrics.items()}
    return Entry("step", "first", step, step, 4 * step, named, 1.5, {"patches": 7.0})


@pytest.mark.parametrize("sink", [WandbSink, TrackioSink])
def test_a_missing_package_is_one_line_with_the_remedy(sink: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracked, "find_spec", lambda name: None)
    with pytest.raises(RecipeError, match=r"--track (\w+): the package \1 is not installed; pip install \1"):
        sink()


def test_what_was_not_measured_is_left_out() -> None:
    assert tracked.numbers(entry(1, reward=0.5, odd=float("nan"))) == {
        "first/reward": 0.5, "costs/patches": 7.0, "seconds": 1.5,
    }  # fmt: skip


def test_a_resumed_run_keeps_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracked, "find_spec", lambda name: name)
    first, again = tracked.Tracked("any"), tracked.Tracked("any")
    first.begin(recipe(), tmp_path / "mine", 0)
    again.begin(recipe(), tmp_path / "mine", 3)
    assert first.name.startswith("mine-")
    assert first.name != again.name
    again.load_state_dict(first.state_dict())
    assert again.name == first.name
    again.close()


SESSIONS = """
import json, sys
from pathlib import Path
from mmreason.runs.sinks_{which} import {sink} as Sink
from tests.mmreason.runs.test_sinks_trackers import entry
from tests.mmreason.runs.world import recipe
state = {{}}
for steps in ((1, 2), (2, 3)):
    sink = Sink()
    sink.begin(recipe(), Path(sys.argv[1]), steps[0])
    sink.load_state_dict(state)
    for step in steps:
        sink.log(entry(step, reward=step / 4))
    state = sink.state_dict()
    sink.close()
print(json.dumps(state))
"""


def sessions(which: str, sink: str, home: Path) -> tuple[str, str]:
    """Two sessions of one run, in a process of their own; gives the run's name and what else was printed."""
    home.mkdir()
    # No login is asked for, and the keys that lie about must not end up in any file.
    env = {**os.environ, "PYTHONPATH": str(ROOT), "WANDB_API_KEY": SECRET, "HF_TOKEN": SECRET, "OPENAI_API_KEY": SECRET}
    env |= {"TRACKIO_DIR": str(home / "trackio"), "HF_HUB_OFFLINE": "1"}
    program = SESSIONS.format(which=which, sink=sink)
    ran = subprocess.run(
        [sys.executable, "-c", program, str(home)], cwd=home, env=env, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    *said, last = ran.stdout.splitlines()
    return json.loads(last)["name"], "\n".join(said)


def holds(home: Path, text: str) -> list[Path]:
    """Files below a folder that hold a text."""
    return [path for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.slow
def test_wandb_goes_on_with_the_same_run_offline_and_knows_no_secret(tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="needs the package wandb")
    home = tmp_path / "mine"
    name, said = sessions("wandb", "WandbSink", home)
    assert said == ""
    folders = sorted((home / "wandb").glob("offline-run-*"))
    assert folders
    assert all(folder.name.endswith(name) for folder in folders)
    assert holds(home, "first/reward")
    assert holds(home, SECRET) == []


@pytest.mark.slow
def test_trackio_goes_on_with_the_same_run_and_knows_no_secret(tmp_path: Path) -> None:
    pytest.importorskip("trackio", reason="needs the package trackio")
    import sqlite3

    home = tmp_path / "mine"
    name, said = sessions("trackio", "TrackioSink", home)
    assert said == ""
    (file,) = (home / "trackio").glob("small*.db")
    with sqlite3.connect(file) as db:
        rows = db.execute("select run_name, step, metrics from metrics order by step, id").fetchall()
    assert {row[0] for row in rows} == {name}
    assert [row[1] for row in rows] == [1, 2, 2, 3]
    assert "first/reward" in str(rows[0][2])
    assert holds(home, SECRET) == []
