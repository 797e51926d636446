"""Asking: every question once, also after a kill; what is kept, what is refused."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmreason.asks import POLICY
from mmreason.errors import CheckError, CheckpointError
from mmreason.evaluation.controls import ORDER
from mmreason.evaluation.items import FILE, read_items
from mmreason.evaluation.kept import Kept, fingerprint, settle_folder, weights_of
from mmreason.evaluation.scoring import Job, Way, evaluate
from mmreason.judges.server import OpenAIServer
from tests.mmreason.evaluation.world import SUITE, Colours, answer, job
from tests.mmreason.judges.vllm import served

TWO_EXAMS = 24
"""Questions of both exams."""


def asked(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.is_file() else []


def digests(home: Path) -> dict[str, str]:
    files = [path for path in sorted(home.rglob("*")) if path.is_file() and path.suffix != ".pt"]
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_question_is_asked_once_and_counted(tmp_path: Path) -> None:
    told: list[int] = []
    result = evaluate(job(tmp_path / "log"), tmp_path / "out", told.append)
    assert len(asked(tmp_path / "log")) == TWO_EXAMS == told[-1] == result.asked
    assert [(item.exam, len(item.votes)) for item in result.items[::12]] == [("greedy", 1), ("sampled", 3)]
    assert result.items == read_items(tmp_path / "out"), "the file says the same"
    assert len({item.cluster for item in result.items}) == 6, "two questions on each picture"
    line = json.loads((tmp_path / "out" / FILE).read_text().splitlines()[1])
    assert (line["v"], line["stage"], line["task"], line["labels"]) == (2, "greedy", "q1", ["colour"])
    assert line["completions"][0]["right"] == line["completions"][0]["rewards"]["strict"]


def test_a_finished_evaluation_asks_nobody_again_and_says_the_same(tmp_path: Path) -> None:
    first = evaluate(job(tmp_path / "log"), tmp_path / "out")
    before = digests(tmp_path / "out")
    again = evaluate(job(tmp_path / "log"), tmp_path / "out")
    assert len(asked(tmp_path / "log")) == TWO_EXAMS
    assert again.asked == 0
    assert digests(tmp_path / "out") == before
    assert again.items == first.items
    assert again.metrics == first.metrics


def test_more_questions_ask_only_what_is_new(tmp_path: Path) -> None:
    evaluate(job(tmp_path / "log", num=6), tmp_path / "out")
    evaluate(job(tmp_path / "log", num=12), tmp_path / "out")
    assert len(asked(tmp_path / "log")) == TWO_EXAMS


@pytest.mark.slow
@pytest.mark.guard
def test_killed_anywhere_it_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """kill -9 in the middle of several answers, one after another; no answered step is asked again."""
    evaluate(job(tmp_path / "whole.log"), tmp_path / "whole")
    context = multiprocessing.get_context("spawn")
    log, home = tmp_path / "log", tmp_path / "out"
    for dies_at in (3, 7, 16, 25):
        process = context.Process(target=answer, args=(str(log), str(home), dies_at))
        process.start()
        process.join()
        assert process.exitcode == -9
    evaluate(job(log), home)
    assert digests(home) == digests(tmp_path / "whole")
    assert len(asked(log)) <= TWO_EXAMS + 4 * 4, "a kill costs the four questions of its step at most"


def test_controls_are_exams_of_their_own(tmp_path: Path) -> None:
    found = replace(job(tmp_path / "log"), controls=("text-only", "shuffle-options"))
    items = evaluate(replace(found, way=Way(num=1, temperature=0.0, batch=8)), tmp_path / "out").items
    by_exam: dict[str, list[Any]] = {}
    for item in items:
        by_exam.setdefault(item.exam, []).append(item)
    assert {name: len(some) for name, some in by_exam.items()} == {
        "greedy": 12,
        "greedy-text-only": 12,
        "greedy-shuffle-options": 9,
    }
    assert [i.cluster for i in by_exam["greedy-text-only"]] == [i.cluster for i in by_exam["greedy"]]
    lines = [json.loads(text) for text in (tmp_path / "out" / FILE).read_text().splitlines()]
    assert all(not line["media"] for line in lines if line["stage"] == "greedy-text-only")
    assert all(sorted(line["record"][ORDER]) == [0, 1, 2] for line in lines if "shuffle" in line["stage"])


def test_a_question_that_has_changed_is_refused(tmp_path: Path) -> None:
    evaluate(job(tmp_path / "log"), tmp_path / "out")
    other = replace(job(tmp_path / "log"), tasks=Colours(12, "Of what colour is it?"))
    with pytest.raises(CheckpointError, match="question 'q1' was another one when it was answered"):
        evaluate(other, tmp_path / "out")


def test_other_settings_are_refused_unless_all_is_forgotten(tmp_path: Path) -> None:
    settle_folder(tmp_path, {"limit": 8, "weights": "a"}, fresh=False)
    (tmp_path / "answers").mkdir()
    settle_folder(tmp_path, {"limit": 8, "weights": "a"}, fresh=False)
    with pytest.raises(CheckpointError, match=r"given otherwise \(limit: 8 before, 9 now\); give --fresh"):
        settle_folder(tmp_path, {"limit": 9, "weights": "a"}, fresh=False)
    settle_folder(tmp_path, {"limit": 9, "weights": "a"}, fresh=True)
    assert not (tmp_path / "answers").exists()


def test_a_damaged_file_of_answers_is_named(tmp_path: Path) -> None:
    evaluate(job(tmp_path / "log"), tmp_path / "out")
    broken = tmp_path / "out" / "answers" / "greedy" / "00001.pt"
    broken.write_bytes(broken.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"00001.pt \(100 bytes\) cannot be read"):
        evaluate(job(tmp_path / "log"), tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / "answers" / "greedy")
    assert evaluate(job(tmp_path / "log"), tmp_path / "out").asked == 12


def test_what_killed_writers_left_is_swept(tmp_path: Path) -> None:
    found = job(tmp_path / "log")
    (tmp_path / "answers" / "greedy").mkdir(parents=True)
    left = tmp_path / "answers" / "greedy" / ".unfinished-00000.pt-1"
    left.write_text("half")
    Kept(tmp_path, found.exam("greedy"))
    assert not left.exists()


def test_a_question_is_known_by_its_words_media_and_answer(tmp_path: Path) -> None:
    one, two = Colours(2).load_tasks(tmp_path)[0]
    assert fingerprint(one) == fingerprint(Colours(1).load_tasks(tmp_path)[0][0]) != fingerprint(two)
    assert fingerprint(replace(one, answer="3")) != fingerprint(one)


def test_other_weights_have_another_name(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"a" * 200_000)
    before = weights_of(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"a" * 199_999 + b"b")
    assert weights_of(str(tmp_path)) != before
    assert weights_of("owner/name") == "owner/name"


def server_job(url: str, num: int = 8, **fields: Any) -> Job:
    server = OpenAIServer(url=url, model="m", role=POLICY, cache=None, retries=0, pause=0.0, **fields)
    return Job(suite=SUITE, tasks=Colours(num), models=((POLICY, server),), way=Way(num=2, limit=8, batch=4))


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of these tests are none; what is sent is left out."""
    monkeypatch.setattr("mmreason.judges.wire.shown", lambda medium, seen: [])


def says_b(body: dict[str, Any]) -> str:
    return "<think>Hm.</think><answer>B</answer>"


@pytest.mark.usefixtures("blind")
def test_a_server_is_asked_as_a_policy_is(tmp_path: Path) -> None:
    with served(says=says_b) as vllm:
        result = evaluate(server_job(vllm.url), tmp_path)
        assert len(vllm.bodies) == 8 + 16
        assert {body["temperature"] for body in vllm.bodies} == {0.0, 1.0}
        assert len({body["seed"] for body in vllm.bodies if "seed" in body}) == 16
    assert result.missing == 0
    assert {vote for item in result.items for vote in item.votes} == {"b"}
    assert result.items[1].tokens[0] != result.items[1].tokens[0], "nobody knows the tokens"


@pytest.mark.usefixtures("blind")
def test_what_a_server_does_not_answer_is_missing_and_asked_again(tmp_path: Path) -> None:
    def fault(number: int, body: dict[str, Any]) -> str:
        return "500" if number == 2 else ""

    with served(fault, says_b) as vllm:
        first = evaluate(server_job(vllm.url, concurrency=1), tmp_path)
        assert first.missing == 1
        assert len(first.items) == 15
        num = len(vllm.bodies)
        again = evaluate(server_job(vllm.url, concurrency=1), tmp_path)
        assert (again.missing, again.asked, len(vllm.bodies) - num) == (0, 1, 1)
        assert len(again.items) == 16


@pytest.mark.usefixtures("blind")
def test_a_server_that_is_down_is_one_line(tmp_path: Path) -> None:
    with served() as vllm:
        gone = vllm.url
    with pytest.raises(CheckError, match=r"answered none of the first 4 questions \(.*refused.*\); is it running"):
        evaluate(server_job(gone), tmp_path)
