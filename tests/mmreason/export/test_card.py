"""The card says what is known, in the form that the hub reads, and nothing about the machine."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mmreason.export.card import Exported, card, compact, files_in, private
from mmreason.export.record import Record, read_record
from mmreason.export.weights import Weights
from mmreason.models.specs import Lora


def told(record: Record, **changes: Any) -> Exported:
    weights = Weights(
        None, None, changes.pop("base", "mmreason-tiny"), changes.pop("lora", None), record.folder / "policy"
    )
    plain = Exported(record, "policy", False, "torch.float32", "unknown", weights, None)
    return replace(plain, **changes)


def front(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


def test_the_front_matter_is_what_the_hub_expects(full_run: Path) -> None:
    record = read_record(full_run)
    tiny = front(card(told(record), "out"))
    assert tiny == {
        "library_name": "transformers", "pipeline_tag": "image-text-to-text", "license": "unknown",
        "tags": ["mmreason", "reinforcement-learning", "small"],
    }  # fmt: skip
    hub = "Qwen/Qwen2.5-VL-3B-Instruct"
    found = front(card(told(record, base=hub, lora=Lora(rank=8), adapter=True, licence="apache-2.0"), "out"))
    assert (found["base_model"], found["base_model_relation"], found["license"]) == (hub, "adapter", "apache-2.0")
    assert found["library_name"] == "peft"
    local = front(card(told(record, base="/home/me/secret/base"), "out"))
    assert "base_model" not in local


def test_exams_stand_before_and_after(full_run: Path, tmp_path: Path) -> None:
    text = card(told(read_record(full_run)), "out")
    row = next(line for line in text.splitlines() if line.startswith("| reward |"))
    assert "-" not in row
    early = card(told(read_record(full_run, "step_000001")), "out")
    row = next(line for line in early.splitlines() if line.startswith("| reward |"))
    assert row.endswith("| - |")
    assert "Only the start of the run was measured; this checkpoint was not." in early
    average = card(told(read_record(full_run), role="ema"), "out")
    assert "the role `ema` was not" in average
    run = tmp_path / "run"
    shutil.copytree(full_run, run)
    (run / "metrics.jsonl").unlink()
    assert "Nothing was measured" in card(told(read_record(run)), "out")


def test_what_is_unknown_is_called_so(full_run: Path) -> None:
    text = card(told(read_record(full_run)), "out")
    assert "- these weights: unknown: whoever publishes them has to say" in text
    assert "- base model `mmreason-tiny`: apache-2.0, as its card says" in text
    assert "- training data: unknown" in text
    assert "base model `base`: unknown here" in card(told(read_record(full_run), base="/home/me/base"), "out")


def test_no_folder_of_the_machine_is_told(full_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(full_run, run)
    (run / "recipe.txt").write_text("Tasks(path='/home/me/data/train.jsonl', url='http://a/b')\n")
    text = card(told(read_record(run), base="/home/me/models/base"), "out")
    assert "/home/me" not in text
    assert str(tmp_path) not in text
    assert "Tasks(path='.../train.jsonl', url='http://a/b')" in text
    assert private("x='/a'") == "x='/a'"


def test_files_are_hashed_where_the_contract_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text("{}\n")
    tasks = {"_type": "Shuffled", "of": {"_type": "Tasks", "path": str(path)}}
    stages = [{"tasks": tasks}, {"tasks": tasks}, {"tasks": {"path": "/gone"}}]
    ((name, digest),) = files_in(stages)
    path.write_text("{ }\n")
    assert name == "train.jsonl"
    assert len(digest) == 64
    assert compact(tasks["of"]).startswith("Tasks(path='...")


@pytest.mark.parametrize("bits", [None, 4])
def test_an_adapter_is_described(full_run: Path, bits: Any) -> None:
    text = card(told(read_record(full_run), lora=Lora(rank=8, bits=bits)), "out")
    assert "A LoRA adapter of rank 8 was trained" in text
    assert ("four bits (NF4)" in text) == (bits == 4)
