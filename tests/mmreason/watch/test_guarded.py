"""Guards around a run: what is logged, what stops it, and what a resumed run finds."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mmreason.asks import POLICY
from mmreason.engine import Silent
from mmreason.errors import CheckError, Elsewhere
from mmreason.recipe import Stage
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.plain_file import read_plain
from mmreason.runs.recorded import recorded
from mmreason.runs.recorder import Saving
from mmreason.types import Batch
from mmreason.watch.alarms import Alarmed
from mmreason.watch.guard import Action, Found, Guard, View
from mmreason.watch.guards import DEFAULT
from mmreason.watch.watch import Watch
from tests.mmreason.ranks import Ranks
from tests.mmreason.runs.world import recipe
from tests.mmreason.watch.world import watched


@dataclass(frozen=True, kw_only=True)
class Suspicious(Guard):
    """Finds every step after the first one of a stage bad."""

    first: int = 1
    remedy = "trust more"

    def look(self, view: View) -> Found:
        step = view.batch.progress.step
        return Found(step >= self.first, f"step {step} looks odd", {"seen": view.mean([float(step)])})


def only(action: Action = "warn", **fields: Any) -> Watch:
    return Watch(guards=(Suspicious(action=action, **fields),), dog=None)


def alarms(home: Path) -> list[dict[str, Any]]:
    file = home / "alarms.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def metrics(home: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (home / "metrics.jsonl").read_text().splitlines()]
    return [line["metrics"] for line in lines if line["kind"] == "step"]


def test_a_warning_is_said_written_and_logged_and_the_run_goes_on(tmp_path: Path) -> None:
    run, lines = watched(recipe(), tmp_path, only(after=2))
    assert run.stage == 2
    assert [(a["guard"], a["step"], a["stage"], a["stage_step"], a["row"]) for a in alarms(tmp_path)] == [
        ("suspicious", 3, "first", 3, 2),
        ("suspicious", 6, "second", 3, 2),
    ]
    assert lines[0] == ("warning: guard suspicious, step 3 (first 3): step 2 looks odd (2 steps in a row); trust more")
    rows = [line.get("first/guard/suspicious", line.get("second/guard/suspicious")) for line in metrics(tmp_path)]
    assert rows == [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]
    assert run.history["first/guard/seen"] == [0.0, 1.0, 2.0]


def test_stop_saves_the_step_and_raise_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    for action, name, logged in (("stop", "step_000002", 2), ("raise", "step_000001", 1)):
        home = tmp_path / action
        with pytest.raises(
            Alarmed, match=r"guard suspicious, step 2 \(first 2\): .*; trust more; the batch is in"
        ) as e:
            watched(recipe(), home, only(action))  # type: ignore[arg-type]
        assert e.value.code == 3
        latest = checkpoint.latest(home)
        assert latest is not None
        assert (latest.name, len(metrics(home))) == (name, logged)
        assert [a["dump"] for a in alarms(home)] == ["alarms/step_000002_suspicious.pt"]


def test_a_run_that_was_stopped_goes_on_and_the_alarm_is_not_raised_again_at_once(tmp_path: Path) -> None:
    with pytest.raises(Alarmed):
        watched(recipe(4), tmp_path, only("stop"))
    with pytest.raises(Alarmed, match=r"step 3 \(first 3\): .* \(2 steps in a row\)"):
        watched(recipe(4), tmp_path, only("stop"), resume=True)
    watched(recipe(4), tmp_path, only("warn"), resume=True)
    assert [a["step"] for a in alarms(tmp_path)] == [2, 3, 6, 7]


def test_the_dump_can_be_learned_from_again(tmp_path: Path) -> None:
    with pytest.raises(Alarmed):
        watched(recipe(), tmp_path, only("stop"))
    file = tmp_path / "alarms" / "step_000002_suspicious.pt"
    told = json.loads(file.with_suffix(".json").read_text())
    assert (told["guard"], told["stage"], told["stage_step"]) == ("suspicious", "first", 2)
    assert {record["id"] for record in told["records"]} <= {f"t{i}" for i in range(7)}
    kinds = {medium["kind"] for record in told["records"] for medium in record["media"]}
    assert kinds <= {"image", "video"}
    again = recipe()
    again = replace(again, stages=(recorded(again.stages[0], str(file)),), exams=())
    watched(again, tmp_path / "again", Watch(guards=(), dog=None))
    assert len(metrics(tmp_path / "again")) == 1
    assert len(read_plain(file)["batch"]["groups"]) == 3


class Crash(Silent):
    """Dies after an update."""

    def __init__(self, updates: int) -> None:
        self.updates = updates

    def updated(self, run: Run, stage: Stage) -> None:
        if run.updates == self.updates:
            raise KeyboardInterrupt


@pytest.mark.parametrize("updates", [5])
def test_a_resumed_run_finds_what_the_uninterrupted_one_does(tmp_path: Path, updates: int) -> None:
    """Also where it was stopped between two updates, or alarms were written that are forgotten again."""
    watch = Watch(guards=(*DEFAULT, Suspicious(after=1)), dog=None)
    saving = Saving(every=3, unit="update", curves=-1)
    watched(recipe(), tmp_path / "whole", watch, saving=saving)
    home = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        watched(recipe(), home, watch, saving=saving, observers=(Crash(updates),))
    run, _ = watched(recipe(), home, watch, saving=saving, resume=True)
    assert run.stage == 2
    assert (home / "alarms.jsonl").read_bytes() == (tmp_path / "whole" / "alarms.jsonl").read_bytes()
    assert json.dumps(metrics(home)) == json.dumps(metrics(tmp_path / "whole"))


def test_every_rank_stops_and_the_first_one_says_it(tmp_path: Path) -> None:
    def work(rank: Any) -> BaseException:
        with pytest.raises((Alarmed, Elsewhere)) as caught:
            watched(recipe(), tmp_path, only("stop"), across=rank)
        return caught.value

    (tmp_path / "checkpoints").mkdir()
    first, second = Ranks(2).run(work)
    assert (type(first), type(second)) == (Alarmed, Elsewhere)
    assert first.code == second.code == 3  # type: ignore[attr-defined]
    assert len(read_plain(tmp_path / "alarms" / "step_000002_suspicious.pt")["batch"]["groups"]) == 3


def test_a_gradient_that_is_no_number_names_the_record_and_leaves_the_batch(tmp_path: Path) -> None:
    class Spoils(Silent):
        """Spoils a log-prob of one record, and refuses the gradient, as the optimiser of a real model does."""

        def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
            if run.updates == 4:
                self.spoilt, self.all = batch.groups[1].task.id, [g.task.id for g in batch.groups]
                batch.groups[1].completions[0].logprobs[:] = float("nan")

        def updated(self, run: Run, stage: Stage) -> None:
            if run.updates == 5:
                for p in run.models[POLICY].core.parameters():  # whose weights it leaves as they were
                    p.data.nan_to_num_(0.01)
                raise CheckError("the gradient is no number")

    spoils = Spoils()
    with pytest.raises(CheckError, match="the gradient is no number; it comes from the record") as caught:
        watched(recipe(), tmp_path, Watch(guards=(), dog=None), observers=(spoils,))
    assert f"record(s) {spoils.spoilt}; the batch and its records are in " in str(caught.value)
    told = json.loads((tmp_path / "alarms" / "step_000002_error.json").read_text())
    assert told["suspects"] == [spoils.spoilt]
    assert [record["id"] for record in told["records"]] == spoils.all
    assert (tmp_path / "alarms" / "step_000002_error.pt").is_file()


def test_an_unexpected_error_leaves_the_batch_and_its_traceback_and_stays_itself(tmp_path: Path) -> None:
    class Breaks(Silent):
        def updated(self, run: Run, stage: Stage) -> None:
            raise IndexError("index 7 is out of range")

    with pytest.raises(IndexError, match=r"^index 7 is out of range$"):
        watched(recipe(), tmp_path, Watch(guards=(), dog=None), observers=(Breaks(),))
    told = json.loads((tmp_path / "alarms" / "step_000001_error.json").read_text())
    assert told["error"] == "IndexError: index 7 is out of range"
    assert any("in updated" in line for line in told["traceback"])
