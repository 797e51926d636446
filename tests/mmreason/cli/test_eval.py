"""Scoring from the command line: what is refused, who is asked, what is written and said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmreason.asks import POLICY
from mmreason.cli.checkpoints import find_checkpoint, label, longest_answer, split_adapter
from mmreason.errors import CheckpointError
from mmreason.evaluation import contract, scoring
from mmreason.evaluation.contract import Contract
from mmreason.evaluation.items import Item
from mmreason.evaluation.scoring import Job, Result, Way
from mmreason.models.loading import TINY, where
from mmreason.models.specs import Policy


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Stands in for the model: notes who is asked what; greedily all is right under an even seed, else every other."""
    jobs: list[Job] = []

    def note(job: Job, home: Path, tell: Callable[[int], None]) -> Result:
        jobs.append(job)
        right = [term.name for term in job.terms()]
        result = Result(asked=1, missing=int(job.way.limit == 66), metrics={"greedy": {"found": 1.0}})
        for stage, _ in job.exams():
            num = getattr(stage.rollout, "num")  # noqa: B009
            for number, task in enumerate(stage.tasks.of.load_tasks(home)[0]):  # type: ignore[attr-defined]
                value = float(stage.name == "greedy" and (len(jobs) % 2 == 1 or number % 6 == 0))
                result.items.append(
                    Item(
                        exam=stage.name,
                        task=task.id,
                        cluster=task.id,
                        labels=(str(task.record.get("type")),),
                        values=dict.fromkeys(right, (value,) * num),
                        votes=("x",) * num,
                        chosen=((0,),) * num,
                        tokens=(3.0,) * num,
                        cut=(0.0,) * num,
                    )
                )
        (home / "eval.jsonl").write_text("")
        return result

    monkeypatch.setattr(scoring, "evaluate", note)
    return jobs


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "transit"], "CHECKPOINT is required, or --server URL --model NAME"),
        (["mmreason-tiny"], "--suite NAME or --data FILE is required"),
        (["mmreason-tiny", "--suite", "clevr"], "unknown suite 'clevr'; did you mean 'clevrer'?"),
        (["mmreason-tiny", "--data", "transit", "--numm", "3"], "unknown option '--numm'; did you mean '--num'?"),
        (["mmreason-tiny", "--data", "transit", "--num", "0"], "--num: expected at least 1, got 0"),
        (["mmreason-tiny", "--data", "transit", "--max-tasks", "0"], "--max-tasks: expected at least 1, got 0"),
        (["mmreason-tiny", "--data", "transit", "--temperature", "-1"], "--temperature: expected 0 or more"),
        (["mmreason-tiny", "--data", "transit", "--temperature", "nan"], "--temperature: expected 0 or more"),
        (["mmreason-tiny", "--data", "transit", "--top-p", "0"], "--top-p: expected above 0 and up to 1"),
        (["mmreason-tiny", "--data", "transit", "--control", "blind"], "--control"),
        (["mmreason-tiny", "--data", "gone.jsonl"], "gone.jsonl: this data file does not exist"),
        (["mmreason-tiny", "--suite", "grit", "--data", "gone.jsonl"], "gone.jsonl: this data file does not exist"),
        (["mmreason-tiny", "--suite", "clevrer", "--judge", "m"], "this suite asks no judge"),
        (["mmreason-tiny", "--suite", "clevrer", "--world", "collision"], "did you mean 'collisions'?"),
        (["mmreason-tiny", "--suite", "grit", "--judge-server", "u"], "--judge-server needs --judge"),
        (["mmreason-tiny", "--data", "transit", "--server", "http://localhost:1"], "--server URL and --model NAME go"),
        (
            ["--server", "localhost", "--model", "m", "--suite", "grit"],
            "expected one such as 'http://localhost:8000/v1'",
        ),
        (["mmreason-tiny", "--data", "transit", "--against", "gone"], "gone: no such file"),
        (["mmreason-tiny", "mmreason-tiny", "--data", "transit", "--inspect-log", "a.eval"], "one log holds one"),
        (["mmreason-tiny", "--data", "transit", "--inspect-log", "a.txt"], "a name that ends in .eval or .json"),
        (["mmreason-tinny", "--data", "transit"], "model 'mmreason-tinny': expected a folder with config.json"),
        (["runs/gone", "--data", "transit"], "runs: unknown run or checkpoint 'gone'; did you mean 'gones'?"),
    ],
)
def test_bad_input_is_one_line(words: list[str], said: str, say, asked: list[Any]) -> None:
    Path("runs/gones").mkdir(parents=True)
    told = say("eval", *words)
    assert told.code == 2
    assert said in told.err
    assert told.err.count("\n") == 1
    assert asked == []


def test_suites_are_listed(say) -> None:
    told = say("eval", "--suites")
    assert told.code == 0
    assert "seed-bench-r1" in told.out


def test_answers_numbers_and_a_table_are_given(say, asked: list[Job], records: Path, tmp_path: Path) -> None:
    told = say("eval", "mmreason-tiny", "--data", records, "--num", "2", "--limit", "9", "--seed", "4", "--out", "o")
    assert told.code == 0, told.err
    (job,) = asked
    policy = dict(job.models)[POLICY]
    assert isinstance(policy, Policy)
    assert (policy.model, job.adapter) == ("mmreason-tiny", None)
    assert job.way == Way(num=2, temperature=1.0, limit=9, seed=4)
    summary = json.loads((tmp_path / "o" / "summary.json").read_text())
    assert (summary["checkpoint"], summary["suite"], summary["limit"]) == ("mmreason-tiny", "reasonmap", 9)
    found = summary["scores"]["greedy"]["TorF1"]["accuracy"]
    assert (found["value"], found["low"], found["num"]) == (1.0, None, 1), "one question has no interval"
    assert set(summary["scores"]["sampled"]["all"]) >= {"accuracy", "pass@1", "pass@2"}
    assert "TorF1" in told.out
    assert "pass@2" in told.out
    assert "contract none beside the weights" in told.out
    assert say("eval", "mmreason-tiny", "--data", records, "--limit", "9", "--quiet").out == ""


def test_two_checkpoints_are_compared_and_controls_are_told(say, asked: list[Job], tmp_path: Path) -> None:
    one, two = copy_of(tmp_path / "one"), copy_of(tmp_path / "two")
    words = ("--suite", "grit", "--draw", "24", "--temperature", "0", "--limit", "8", "--control", "text-only")
    told = say("eval", one, two, *words)
    assert told.code == 0, told.err
    assert len(asked) == 2
    assert "one → two on grit, question by question" in told.out
    assert "one is better than two: accuracy 100.0 → 16.7" in told.out
    assert "control text-only: with pictures is better than text alone: accuracy 100.0 → 0.0" in told.out
    path = tmp_path / "runs" / "eval" / "two-grit" / "comparison-one.json"
    (first, *_) = json.loads(path.read_text())["rewards"]
    assert (first["exam"], first["reward"], first["significant"]) == ("greedy", "accuracy", True)


def test_unanswered_questions_are_told_and_end_with_1(say, asked: list[Job]) -> None:
    told = say("eval", "mmreason-tiny", "--suite", "grit", "--draw", "4", "--limit", "66")
    assert told.code == 1
    assert told.err == "1 questions were not answered; run the same command again to ask them\n"


def copy_of(folder: Path) -> Path:
    """The embedded model's files that tell what it is, without its weights."""
    folder.mkdir()
    for path in Path(where(TINY)).iterdir():
        if path.suffix in (".json", ".jinja", ".txt"):
            (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_the_contract_beside_the_weights_is_followed_and_overriding_it_is_told(
    say, asked: list[Job], tmp_path: Path
) -> None:
    folder = copy_of(tmp_path / "trained")
    contract.write(folder, Contract(recipe="grit", limit=33, max_pixels=12544, coordinates="original"))
    told = say("eval", folder, "--draw", "4")
    assert told.code == 0, told.err
    assert told.err == ""
    assert "trained on grit (a drawn world)" in told.out, "the suite of the recipe"
    assert "contract of grit (mmreason_eval.json): limit 33, max pixels 12544" in told.out
    assert (asked[0].way.limit, dict(asked[0].models)[POLICY].max_pixels) == (33, 12544)  # type: ignore[attr-defined]
    told = say("eval", folder, "--draw", "4", "--limit", "50", "--out", "other")
    assert (
        told.err == "warning: --limit 50 overrides the 33 that the checkpoint was trained with (mmreason_eval.json)\n"
    )
    assert asked[1].way.limit == 50
    told = say("eval", folder, "--suite", "grit", "--draw", "4", "--no-contract", "--out", "third")
    assert "contract left aside (--no-contract)" in told.out
    assert asked[2].way.limit == 128


def test_other_settings_in_the_same_folder_are_refused(say, asked: list[Job]) -> None:
    words = ("eval", "mmreason-tiny", "--suite", "grit", "--draw", "4", "--out", "o")
    assert say(*words, "--limit", "8").code == 0
    Path("o/answers").mkdir()
    told = say(*words, "--limit", "9")
    assert told.code == 2
    assert "limit: 8 before, 9 now" in told.err
    assert say(*words, "--limit", "9", "--fresh").code == 0


@pytest.mark.slow
@pytest.mark.guard
def test_the_embedded_model_is_scored_on_a_drawn_world_and_goes_on_where_it_stopped(say, tmp_path: Path) -> None:
    words = ("eval", "mmreason-tiny", "--data", "transit", "--maps", "2", "--num", "2", "--limit", "40", "--out", "o")
    told = say(*words)
    assert told.code == 0, told.err
    before = {path.name: path.read_bytes() for path in (tmp_path / "o").iterdir() if path.is_file()}
    assert len(before["eval.jsonl"].splitlines()) == 24
    again = say(*words)
    assert "24 of 24 were answered before" in again.out
    assert {path.name: path.read_bytes() for path in (tmp_path / "o").iterdir() if path.is_file()} == before


def run_with(folder: Path, *steps: str) -> Path:
    for step in steps:
        (folder / "checkpoints" / step / "policy").mkdir(parents=True)
    (folder / "versions.json").write_text("{}")
    return folder


def test_a_run_means_its_newest_checkpoint(tmp_path: Path) -> None:
    home = run_with(tmp_path / "a", "step_000009", "step_000010", "step_000010_update_002")
    newest = home / "checkpoints" / "step_000010_update_002"
    assert find_checkpoint(str(home)) == str(newest / "policy")
    assert find_checkpoint(str(newest)) == str(newest / "policy")
    assert find_checkpoint(str(newest / "policy")) == str(newest / "policy")
    assert find_checkpoint("owner/name") == "owner/name"
    with pytest.raises(CheckpointError, match="is a run without a checkpoint yet"):
        find_checkpoint(str(run_with_none(tmp_path / "b")))


def run_with_none(folder: Path) -> Path:
    folder.mkdir()
    return run_with(folder)


def test_results_are_called_after_run_and_step(tmp_path: Path) -> None:
    home = run_with(tmp_path / "a", "step_000009")
    assert label(str(home), find_checkpoint(str(home))) == "a-step_000009"
    assert label("mmreason-tiny", "mmreason-tiny") == "mmreason-tiny"
    assert label(str(tmp_path), str(tmp_path)) == tmp_path.name


def test_an_adapter_names_its_base_and_shape(tmp_path: Path) -> None:
    described = {"r": 4, "lora_alpha": 8, "target_modules": ["v_proj", "q_proj"], "base_model_name_or_path": "o/n"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(described))
    model, lora, folder = split_adapter(str(tmp_path))
    assert (model, folder) == ("o/n", tmp_path)
    assert lora is not None
    assert (lora.rank, lora.alpha, lora.targets) == (4, 8, r".*\.(q_proj|v_proj)")
    assert split_adapter("mmreason-tiny") == ("mmreason-tiny", None, None)
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(CheckpointError, match="no whole description of an adapter"):
        split_adapter(str(tmp_path))


def test_the_longest_answer_leaves_room_in_a_short_context() -> None:
    assert longest_answer("mmreason-tiny") == 128
