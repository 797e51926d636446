"""The task file for lmms-eval: questions and scores are the suite's; run by the package where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image as Pictures

from mmreason.errors import DataError
from tools.lmms_eval import utils

ROOT = Path(__file__).parents[2]
PYTHON = os.environ.get("LMMS_EVAL_PYTHON") or (sys.executable if find_spec("lmms_eval") else "")
"""An interpreter that has lmms-eval, which pins other versions of what we need."""


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Three drawn questions as our JSONL, and as the documents that lmms-eval makes of the lines."""
    lines = []
    for i in range(3):
        Pictures.new("RGB", (56, 56), (40 * i, 90, 20)).save(tmp_path / f"{i}.png")
        lines.append({"id": f"k{i}", "prompt": "<image>How many mugs?", "images": [f"{i}.png"], "answer": "2"})
    (tmp_path / "records.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    monkeypatch.chdir(tmp_path)
    return [{"text": json.dumps(line)} for line in lines]


def test_a_line_becomes_the_suites_question(records: list[dict[str, str]]) -> None:
    doc = records[0]
    (picture,) = utils.doc_to_visual(doc)
    assert picture.size[0] > 0
    assert utils.doc_to_text(doc) == json.loads(doc["text"])["prompt"].removeprefix("<image>").strip()
    (message,) = utils.doc_to_messages(doc)
    assert [part["type"] for part in message["content"]] == ["image", "text"]
    assert utils.doc_to_target(doc) == "2"


def test_an_answer_is_read_as_the_suite_reads_it(
    records: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert utils.process_results(records[0], [r"So \boxed{2}"]) == {"mmreason_score": 1.0}
    assert utils.process_results(records[0], ["3"]) == {"mmreason_score": 0.0}
    monkeypatch.setenv("MMREASON_SUITE", "grit")
    assert utils.process_results(records[0], ["<think>2</think><answer>2</answer>"]) == {"mmreason_score": 1.0}
    assert utils.process_results(records[0], ["2"]) == {"mmreason_score": 0.0}
    assert "<rethink>" in utils.doc_to_text(records[0])


def test_a_line_without_a_question_is_named(records: list[dict[str, str]]) -> None:
    with pytest.raises(DataError, match=r"records.jsonl: the suite asks no question 'gone'"):
        utils.doc_to_text({"text": '{"id": "gone"}'})


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="needs lmms-eval: set LMMS_EVAL_PYTHON to the python of an environment with it")
def test_the_package_runs_the_task(records: list[dict[str, str]], tmp_path: Path) -> None:
    command = [PYTHON, "-m", "lmms_eval", "--model", "dummy", "--model_args", "response=2", "--tasks", "mmreason_jsonl"]
    command += ["--include_path", str(ROOT / "tools" / "lmms_eval"), "--batch_size", "1", "--output_path", "out"]
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    env = os.environ | offline | {"PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path / "hf")}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert ran.returncode == 0, ran.stderr[-2000:]
    (found,) = (tmp_path / "out").rglob("*results.json")
    assert json.loads(found.read_text())["results"]["mmreason_jsonl"]["mmreason_score,none"] == 1.0
    shutil.rmtree(tmp_path / "out")
